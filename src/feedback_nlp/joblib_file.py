"""A joblib file as data: numbers, words, lists and named parts with attributes. Nothing in the file is called.

joblib writes a pickle with the numbers of its arrays in between. A pickle is a program for a small stack machine; this
is that machine without the means to call: a name in the file becomes a `Part` that remembers what it was called, and
only the types of arrays are made, from a fixed list. It is also several times faster than the one in Python, which
joblib uses, and takes no memory on the word of the file, as the one in C does.
"""

from __future__ import annotations

import math
import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LARGEST = 100_000_000  # bytes of an unpacked file; that of our models has a twentieth

DAMAGE = (
    ArithmeticError, AttributeError, LookupError, MemoryError, RecursionError, TypeError, ValueError, struct.error,
    zlib.error,
)  # fmt: skip
"""What `read` raises, beside `StrangeName`, for a file that is cut, damaged or made to hurt."""


class StrangeName(Exception):
    """The file names what no model has."""


@dataclass(slots=True)
class Part:
    """An object of the file: the name of its class, "module.Class", and its attributes."""

    name: str
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Name:
    name: str


_ARRAY = "joblib.numpy_pickle.NumpyArrayWrapper"
_DTYPE = "numpy.dtype"
_SCALAR = "numpy._core.multiarray.scalar"
_OF_ARRAYS = frozenset(
    [_ARRAY, _DTYPE, _SCALAR, "numpy.ndarray"]
    + [f"numpy.{name}" for name in ("bool", "float32", "float64", "int32", "int64", "str_")]
)


def unpacked(raw: bytes) -> bytes:
    """The bytes of a file that joblib packed with zlib, or did not pack. Raises `ValueError` above `LARGEST`."""
    if raw[:1] != b"\x78":
        return raw
    unpacking = zlib.decompressobj()
    whole = unpacking.decompress(raw, LARGEST)
    if unpacking.unconsumed_tail:
        raise ValueError("too large")
    return whole


def read(raw: bytes, known: frozenset[str]) -> Any:
    """What the file `raw` holds; `known` are the classes whose objects become a `Part`.

    Raises `StrangeName` for any other, and one of `DAMAGE` where the file is not well made.
    """
    return _Machine(unpacked(raw), known | _OF_ARRAYS).run()


_SCALAR_NAME: Final = _Name(_SCALAR)
_INT64: Final = np.dtype("<i8")
# The seven steps that make a number of 64 bits, taken at once: a vocabulary has one for each word.
_WHOLE_NUMBER: Final = re.compile(rb"(?:h(.)|j(.{4}))C\x08(.{8})\x94\x86\x94R\x94", re.DOTALL)


class _Machine:
    """The stack machine of pickle, protocols 4 and 5, for data alone."""

    def __init__(self, raw: bytes, known: frozenset[str]) -> None:
        self._raw, self._known = raw, known
        self._at = 0  # kept up to date only while a step of the table runs
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []
        self._memo: list[Any] = []

    def run(self) -> Any:
        """Run to the end. The few steps of which a vocabulary has a hundred thousand stand in the loop itself."""
        raw, memo, at = self._raw, self._memo, 0
        while (code := raw[at]) != _STOP:
            at += 1
            if code == _MEMOIZE:
                memo.append(self._stack[-1])
            elif code in (_RECALL, _RECALL_LONG):
                size = 1 if code == _RECALL else 4
                recalled = memo[int.from_bytes(raw[at : at + size], "little")]
                at += size
                number = _WHOLE_NUMBER.match(raw, at) if recalled == _SCALAR_NAME else None
                if number and memo[int.from_bytes(number[1] or number[2], "little")] == _INT64:
                    value = int.from_bytes(number[3], "little", signed=True)
                    memo += [number[3], (_INT64, number[3]), value]
                    self._stack.append(value)
                    at = number.end()
                else:
                    self._stack.append(recalled)
            elif code in (_WORD, _BYTES):
                end = at + 1 + raw[at]
                piece = raw[at + 1 : end]
                self._stack.append(piece if code == _BYTES else piece.decode("utf-8", "surrogatepass"))
                at = end
            elif code == _PAIR:
                last = self._stack.pop()
                self._stack[-1] = (self._stack[-1], last)
            elif code == _CALL:
                self._reduce()
            else:
                self._at = at
                _STEPS[code](self)
                at = self._at
        return self._stack.pop()

    def _take(self, size: int) -> bytes:
        """The next bytes. Raises `ValueError` where the file ends before."""
        end = self._at + size
        if size < 0 or end > len(self._raw):
            raise ValueError("the file is cut")
        found = self._raw[self._at : end]
        self._at = end
        return found

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def _push(self, value: Any) -> None:
        self._stack.append(value)

    def _since_mark(self) -> list[Any]:
        found = self._stack
        self._stack = self._marks.pop()
        return found

    def _mark(self) -> None:
        self._marks.append(self._stack)
        self._stack = []

    def _tuple(self, size: int) -> None:
        if len(self._stack) < size:
            raise ValueError("nothing to join")
        self._stack[len(self._stack) - size :] = [tuple(self._stack[len(self._stack) - size :])]

    def _append_all(self, items: list[Any]) -> None:
        into = self._stack[-1]
        if not isinstance(into, list):
            raise TypeError("no list")
        into.extend(items)

    def _set_all(self, items: list[Any]) -> None:
        into = self._stack[-1]
        if not isinstance(into, dict):
            raise TypeError("no dictionary")
        into.update(zip(items[::2], items[1::2], strict=True))

    def _name(self) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        if not isinstance(name, str) or not isinstance(module, str) or f"{module}.{name}" not in self._known:
            raise StrangeName(str(module)[:60])
        self._push(_Name(f"{module}.{name}"))

    def _new(self) -> None:
        arguments, named = self._stack.pop(), self._stack.pop()
        if not isinstance(named, _Name) or arguments != ():
            raise TypeError("no object without arguments")
        self._push(Part(named.name))

    def _reduce(self) -> None:
        """Types of numbers and single numbers; all else that pickle would call is refused."""
        arguments, named = self._stack.pop(), self._stack.pop()
        if not isinstance(named, _Name) or named.name not in (_SCALAR, _DTYPE):
            raise TypeError("a call")
        if named.name == _DTYPE:
            self._stack.append(_dtype(arguments[0]))
            return
        dtype, raw = arguments
        if not isinstance(dtype, np.dtype) or len(raw) != dtype.itemsize:
            raise ValueError("no number")
        whole = dtype.kind == "i" and dtype.byteorder in "=<"
        self._stack.append(int.from_bytes(raw, "little", signed=True) if whole else np.frombuffer(raw, dtype)[0])

    def _build(self) -> None:
        state, built = self._stack.pop(), self._stack[-1]
        if isinstance(built, np.dtype):  # version, byte order, …: the order alone matters for numbers and words
            self._stack[-1] = built.newbyteorder(state[1]) if state[1] in "<>" else built
            return
        if not isinstance(built, Part) or not isinstance(state, dict):
            raise TypeError("no attributes")
        built.state.update(state)
        if built.name == _ARRAY:
            self._stack[-1] = self._array(built.state)

    def _array(self, state: dict[str, Any]) -> NDArray[Any]:
        dtype, shape = state["dtype"], [int(length) for length in state["shape"]]
        if not isinstance(dtype, np.dtype) or min(shape, default=0) < 0:
            raise ValueError("no array of numbers or words")
        if state.get("numpy_array_alignment_bytes") is not None:
            self._take(self._take(1)[0])
        flat = np.frombuffer(self._take(math.prod(shape) * dtype.itemsize), dtype, count=math.prod(shape))
        return flat.reshape(shape, order="F" if state["order"] == "F" else "C").astype(dtype.newbyteorder("="))


def _dtype(code: Any) -> np.dtype[Any]:
    """The type of an array of numbers, truths or words. Raises `ValueError` for any other, objects above all."""
    if not isinstance(code, str) or code[:1] not in ("f", "i", "u", "b", "U") or not code[1:].isdecimal():
        raise ValueError("no type of numbers or words")
    if len(code) > 6:
        raise ValueError("words too long")
    return np.dtype(code)


_STOP: Final = ord(".")
_WORD: Final = 0x8C
_MEMOIZE: Final = 0x94
_RECALL, _RECALL_LONG, _BYTES, _PAIR, _CALL = ord("h"), ord("j"), ord("C"), 0x86, ord("R")
_STEPS: Final[dict[int, Callable[[_Machine], object]]] = {
    0x80: lambda m: m._take(1),  # the protocol
    0x95: lambda m: m._take(8),  # the length of a frame
    ord("("): lambda m: m._mark(),
    ord("N"): lambda m: m._push(None),
    0x88: lambda m: m._push(True),
    0x89: lambda m: m._push(False),
    ord("K"): lambda m: m._push(m._number("<B")),
    ord("M"): lambda m: m._push(m._number("<H")),
    ord("J"): lambda m: m._push(m._number("<i")),
    0x8A: lambda m: m._push(int.from_bytes(m._take(m._take(1)[0]), "little", signed=True)),
    ord("G"): lambda m: m._push(m._number(">d")),
    ord("X"): lambda m: m._push(m._take(m._number("<I")).decode("utf-8", "surrogatepass")),
    ord("B"): lambda m: m._push(m._take(m._number("<I"))),
    ord("}"): lambda m: m._push({}),
    ord("]"): lambda m: m._push([]),
    ord(")"): lambda m: m._push(()),
    0x85: lambda m: m._tuple(1),
    0x87: lambda m: m._tuple(3),
    ord("t"): lambda m: m._push(tuple(m._since_mark())),
    ord("a"): lambda m: m._append_all([m._stack.pop()]),
    ord("e"): lambda m: m._append_all(m._since_mark()),
    ord("s"): lambda m: m._set_all([m._stack.pop(-2), m._stack.pop()]),
    ord("u"): lambda m: m._set_all(m._since_mark()),
    0x93: lambda m: m._name(),
    0x81: lambda m: m._new(),
    ord("b"): lambda m: m._build(),
}
