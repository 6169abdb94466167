"""Model folders made to hurt: pickles that call, files that lie, cards that point elsewhere."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import pickle
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

FILES = ("labeler.joblib", "tokenizer.json", "encoder.onnx", "heads.npz")


class Calls:
    """Unpickling an object of this class calls something."""

    def __init__(self, function: Callable[..., Any], *arguments: object) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> Any:
        return self._call


@dataclass(frozen=True, slots=True)
class BadFolder:
    """`make` fills a folder; `flag` is a file that must never come into being."""

    name: str
    make: Callable[[Path, Path], None]
    opened: bool = (
        True  # the digests are right, so the file is opened: then nothing but numbers and estimators may load
    )


def payloads(flag: Path) -> Iterator[tuple[str, bytes]]:
    """Pickles that leave a mark when they are loaded."""
    touch = f"touch {flag}"
    calls: dict[str, Any] = {
        "os.system": Calls(os.system, touch),
        "exec": Calls(exec, f"open({str(flag)!r}, 'w')"),
        "eval": Calls(eval, f"open({str(flag)!r}, 'w')"),
        "open": Calls(open, str(flag), "w"),
        "os.mkdir": Calls(os.mkdir, str(flag)),
        "getattr": Calls(getattr, 5, "real"),
        "inside the models": {"tag": Calls(os.system, touch), "outcome": None},
        "in a list of lists": [[[Calls(os.system, touch)]]],
    }
    for name, value in calls.items():
        yield name, pickle.dumps(value)
    plain = pickle.dumps(calls["os.system"])
    yield "os.system, protocol 0", pickle.dumps(calls["os.system"], protocol=0)
    for name, pack in (("gzip", gzip.compress), ("zlib", zlib.compress), ("bz2", bz2.compress), ("xz", lzma.compress)):
        yield f"os.system in {name}", pack(plain)
    yield "name with a dot", b"\x80\x04\x8c\x0bsklearn.base\x8c\x09os.system\x93\x8c" + _short(touch) + b"\x85R."
    yield "module of ours", b"\x80\x04\x8c\x14sklearn.linear_model\x8c\x0eos.path.exists\x93."
    yield "posix", b"cposix\nsystem\n(S'" + touch.encode() + b"'\ntR."
    yield "subprocess", b"csubprocess\ncheck_call\n((S'touch'\nS'" + str(flag).encode() + b"'\nltR."
    yield "numpy's own runner", b"cnumpy.testing._private.utils\nrunstring\n(S'1'\n}tR."
    yield "object array", _joblib(np.array([Calls(os.system, touch)], dtype=object))


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode()


def _joblib(value: object) -> bytes:
    import joblib

    out = io.BytesIO()
    joblib.dump(value, out)
    return out.getvalue()


def damaged() -> Iterator[tuple[str, bytes]]:
    """Files that hold nothing to load."""
    yield "empty", b""
    yield "noise", bytes(range(256)) * 9
    yield "half a pickle", pickle.dumps({"tag": 1})[:9]
    yield "no models", pickle.dumps([1, 2, 3])
    yield "a dictionary of other things", pickle.dumps({"a": 1})
    yield "zlib bomb", zlib.compress(b"\0" * 50_000_000)
    yield "very deep", b"(" * 100_000 + b"."
    yield "a thousand million", b"\x80\x04\x8e" + (2**40).to_bytes(8, "little") + b"."
    yield "persistent id", b"P1\n."
    yield "extension code", b"\x80\x04\x82\x01."


def write(folder: Path, **content: bytes) -> None:
    """A folder of models with a card that names every file truly."""
    folder.mkdir(exist_ok=True)
    files = {name: content.get(name.partition(".")[0].replace("-", "_"), b"x") for name in FILES}
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    card(folder, {name: {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)} for name, raw in files.items()})


def card(folder: Path, files: object) -> None:
    """The card of a folder."""
    (folder / "card.json").write_text(json.dumps({"schema": "feedback-nlp/model/1", "files": files}))


def folders() -> Iterator[BadFolder]:
    """Folders that must be refused before anything in them is opened."""

    def bad(name: str, act: Callable[[Path], object]) -> BadFolder:
        def make(folder: Path, flag: Path) -> None:
            write(folder, labeler=pickle.dumps(Calls(os.system, f"touch {flag}")))
            act(folder)

        return BadFolder(name, make, opened=False)

    def text(raw: bytes) -> Callable[[Path], object]:
        return lambda folder: (folder / "card.json").write_bytes(raw)

    head = b'{"schema": "feedback-nlp/model/1", "files": '
    for name in FILES:
        yield bad(f"{name} with one more byte", lambda f, n=name: (f / n).write_bytes(b"xx"))
        yield bad(f"{name} is gone", lambda f, n=name: (f / n).unlink())
        yield bad(f"{name} is a folder", lambda f, n=name: ((f / n).unlink(), (f / n).mkdir()))
        yield bad(f"{name} is a pipe", lambda f, n=name: ((f / n).unlink(), os.mkfifo(f / n)))
        yield bad(f"{name} is a device", lambda f, n=name: ((f / n).unlink(), (f / n).symlink_to("/dev/zero")))
        yield bad(f"{name} is not on the card", lambda f, n=name: _forget(f, n))
    yield bad("no card", lambda f: (f / "card.json").unlink())
    yield bad("card is a pipe", lambda f: ((f / "card.json").unlink(), os.mkfifo(f / "card.json")))
    yield bad("card is a device", lambda f: ((f / "card.json").unlink(), (f / "card.json").symlink_to("/dev/zero")))
    yield bad("card of brackets", text(head + b"[" * 100_000))
    yield bad("card with a long number", text(head + b"9" * 10_000 + b"}"))
    yield bad("card of nothing", text(b""))
    yield bad("card of another program", text(b'{"schema": "other", "files": {}}'))
    yield bad("card without files", text(head + b"{}}"))
    yield bad("card with a list of files", text(head + b'["labeler.joblib"]}'))
    yield bad("card with a digest of null", lambda f: card(f, {name: {"sha256": None} for name in FILES}))
    yield bad("card with no digest", lambda f: card(f, {name: {} for name in FILES}))
    yield bad("card with text for an entry", lambda f: card(f, dict.fromkeys(FILES, "x")))
    yield bad(
        "card with true for a digest", lambda f: card(f, {name: {"sha256": True, "bytes": True} for name in FILES})
    )
    for path in ("../labeler.joblib", "/etc/passwd", "a/b", "..", ""):
        yield bad(f"card that names {path!r}", lambda f, p=path: card(f, {p: {"sha256": "0" * 64}}))


def _forget(folder: Path, name: str) -> None:
    files = json.loads((folder / "card.json").read_text())["files"]
    del files[name]
    card(folder, files)


def arrays() -> Iterator[tuple[str, bytes]]:
    """npz files that call, lie or grow."""
    out = io.BytesIO()
    np.savez(out, role_weight=np.array([Calls(os.getcwd)], dtype=object))
    yield "objects inside", out.getvalue()
    yield "a pickle", pickle.dumps(Calls(os.getcwd))
    yield "noise", b"PK\x03\x04" + bytes(range(256)) * 9
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "role_weight.npy",
            b"\x93NUMPY\x01\x00\x76\x00"
            + b"{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }".ljust(117)
            + b"\n",
        )
    yield "shape that lies", out.getvalue()
