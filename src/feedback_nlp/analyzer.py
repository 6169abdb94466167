"""The order of the steps, and nothing else: a mail goes in, a report comes out."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from feedback_nlp.errors import ModelError
from feedback_nlp.schema import Analysis, Improvement, Labels, Message, Report, Strength, Tone

if TYPE_CHECKING:
    from feedback_nlp.encoder import Encoder
    from feedback_nlp.labels import Labeler
    from feedback_nlp.sentences import Parser

Source = str | bytes | Path | Message

CARD_SCHEMA = "feedback-nlp/model/1"
NOT_NEEDED = frozenset({"held_out.npz"})  # used by training only; left out of the wheel
MAX_REPEATED = 20_000  # characters; a longer mail is no form letter
WINDOW = 64  # mails that go through the networks together


class Reading(NamedTuple):
    """What the words of a mail say, whoever wrote them when."""

    labels: Labels
    improvements: tuple[Improvement, ...]
    strengths: tuple[Strength, ...]


class Repeats:
    """The readings of the last `size` wordings: a form letter that comes again and again is read once.

    May be shared between threads. A reading takes about as much memory as its mail has characters, times ten.
    """

    def __init__(self, size: int = 1_000) -> None:
        self._size = size
        self._held: OrderedDict[bytes, Reading] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._held)

    def get(self, keys: Iterable[bytes]) -> dict[bytes, Reading]:
        """Those readings that are known."""
        with self._lock:
            found = {key: self._held[key] for key in keys if key in self._held}
            for key in found:
                self._held.move_to_end(key)
        return found

    def put(self, readings: Mapping[bytes, Reading]) -> None:
        """Keep these, and let go of what was not asked for longest."""
        with self._lock:
            self._held.update(readings)
            while len(self._held) > self._size:
                self._held.popitem(last=False)


@dataclass(frozen=True, slots=True)
class Analyzer:
    """Reads mails. Make one with `load`; it may be shared between threads, and its only state are the `repeats`."""

    parser: Parser
    encoder: Encoder
    labeler: Labeler
    models: Path
    card: dict[str, Any]
    repeats: Repeats | None = None

    def analyze(
        self, source: Source, *, advice: bool = True, tone: Tone = Tone.MIRROR, leave_out: Collection[int] = frozenset()
    ) -> Report:
        """The report on one mail: pasted text (`str`), raw bytes, a path, or a `Message`.

        `leave_out` are numbers of follow-up questions, from 0, that the reply shall not ask. Raises `InputError` with a
        reason for a person when there is nothing to read.
        """
        message = self.message(source)
        analysis = self.read(message)
        return self.advise(analysis, tone=tone, leave_out=leave_out) if advice else Report(analysis)

    def analyze_all(
        self, messages: Iterable[Message], *, advice: bool = True, tone: Tone = Tone.MIRROR
    ) -> list[Report]:
        """The reports on many mails, in order. Much faster than one by one: the networks see them in windows."""
        analyses = self.read_all(list(messages))
        return [self.advise(analysis, tone=tone) if advice else Report(analysis) for analysis in analyses]

    def message(self, source: Source) -> Message:
        """The mail as text, with the parts that do not count set aside."""
        from feedback_nlp.mail import read_mail

        return source if isinstance(source, Message) else read_mail(source)

    def read(self, message: Message) -> Analysis:
        """What one mail says, without advice."""
        return self.read_all([message])[0]

    def read_all(self, messages: Sequence[Message]) -> list[Analysis]:
        """What many mails say, in order, without advice."""
        found: list[Analysis] = []
        for start in range(0, len(messages), WINDOW):
            window = messages[start : start + WINDOW]
            found += map(_framed, window, self._readings(window))
        return found

    def _readings(self, messages: Sequence[Message]) -> list[Reading]:
        """What is the same wherever the same words stand; each wording goes through the networks once."""
        keys = [_words_key(message) for message in messages]
        known = self.repeats.get(keys) if self.repeats is not None else {}
        fresh = {key: message for key, message in zip(keys, messages, strict=True) if key not in known}
        read = dict(zip(fresh, self._read_fresh(list(fresh.values())), strict=True))
        if self.repeats is not None:
            self.repeats.put({key: read[key] for key, message in fresh.items() if len(message.text) <= MAX_REPEATED})
        return [known[key] if key in known else read[key] for key in keys]

    def _read_fresh(self, window: Sequence[Message]) -> list[Reading]:
        """Sentences, networks and labels."""
        from feedback_nlp.improvements import find_improvements, find_strengths

        if not window:
            return []
        sentences = self.parser.parse_all(window)
        encodings = self.encoder.encode_all(list(zip(window, sentences, strict=True)))
        labels = self.labeler.label_all(list(zip(window, sentences, encodings, strict=True)))
        # The models know English only: what they say of another language is not to be trusted, however sure.
        labels = [
            replace(label, unsure=True) if message.language else label
            for message, label in zip(window, labels, strict=True)
        ]
        chunks = self.parser.chunks
        return [
            Reading(label, find_improvements(message, label, chunks), find_strengths(message, label, chunks))
            for message, label in zip(window, labels, strict=True)
        ]

    def advise(
        self, analysis: Analysis, *, tone: Tone = Tone.MIRROR, leave_out: Collection[int] = frozenset()
    ) -> Report:
        """The report on a mail that was read before, for instance with a label corrected by hand.

        A mail in another language gets no English letter, but a request to read it, until a person says what it is.
        """
        from feedback_nlp.advice import advise
        from feedback_nlp.advice.other_language import own_reading
        from feedback_nlp.linter import lint

        if analysis.message.language and analysis.labels.unsure:
            return Report(analysis, own_reading(analysis.message.language))
        return Report(analysis, advise(analysis, tone=tone, leave_out=leave_out, lint=lint))


def _framed(message: Message, reading: Reading) -> Analysis:
    """The analysis: what the words say, and who says it to whom and when."""
    from feedback_nlp.frame import read_frame

    frame = read_frame(message, reading.labels)
    return Analysis(message, reading.labels, reading.improvements, reading.strengths, frame)


def _words_key(message: Message) -> bytes:
    """A digest of all that a `Reading` depends on."""
    words = (message.subject, message.text, message.asides, message.language)
    return hashlib.sha256(repr(words).encode("utf-8", "surrogatepass")).digest()


def load(models: Path | None = None, *, threads: int | None = None, repeats: int = 0) -> Analyzer:
    """An analyzer with the shipped models, or those of a folder. `threads`: by default all cores; 1 in a worker.

    `repeats`: of so many different wordings the reading is remembered, for mailboxes in which letters come again.

    The digest of every file is checked against ``card.json`` before any of them is opened, because a pickle can run
    code. Raises `ModelError`, with the command that mends it, when a file is missing, foreign, stale or changed.
    """
    folder = models if models is not None else shipped_models()
    card = read_card(folder)
    check_digests(folder, card)

    from feedback_nlp.encoder import Encoder
    from feedback_nlp.labels import Labeler
    from feedback_nlp.sentences import Parser

    try:
        # The networks load beside the rest: their library works without Python's lock.
        with ThreadPoolExecutor(1) as beside:
            encoder = beside.submit(Encoder.load, folder, threads)
            parser, labeler = Parser.load(), Labeler.load(folder)
        return Analyzer(parser, encoder.result(), labeler, folder, card, Repeats(repeats) if repeats else None)
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise ModelError(
            f"the models in {folder} belong to another version of this program: "
            "run 'feedback-nlp train', or install the package again"
        ) from error


def shipped_models() -> Path:
    """The folder of the models that came with the package."""
    return Path(str(resources.files("feedback_nlp").joinpath("_models")))


def read_card(folder: Path) -> dict[str, Any]:
    """The model card of a folder. Raises `ModelError` when it is missing or is not one of ours."""
    path = folder / "card.json"
    try:
        if path.exists() and not path.is_file():
            raise OSError("no regular file")
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelError(
            f"{path} is missing: run 'feedback-nlp train --models {folder}', or install the package again"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read ({type(error).__name__}): install the package again") from None
    if not isinstance(card, dict) or card.get("schema") != CARD_SCHEMA or not isinstance(card.get("files"), dict):
        raise ModelError(
            f"{path} is not a card of {CARD_SCHEMA}: run 'feedback-nlp train', or install the package again"
        )
    return card


def check_digests(folder: Path, card: dict[str, Any]) -> None:
    """Refuse a model file that is missing or is not, byte for byte, the one that the card names."""
    for name, entry in card["files"].items():
        if name in NOT_NEEDED:
            continue
        if Path(name).name != name or not isinstance(entry, dict):
            raise ModelError(
                f"{folder / 'card.json'} names a file outside of its folder, or without a digest: "
                "install the package again"
            )
        path = folder / name
        if not path.is_file():  # a pipe would be waited for, and a device never ends
            raise ModelError(f"{path} is missing: run 'feedback-nlp train', or install the package again")
        same = path.stat().st_size == entry.get("bytes") and _digest(path) == entry.get("sha256")
        if not same:
            raise ModelError(
                f"{folder / name} is not the file that card.json names and was not opened: "
                "run 'feedback-nlp train', or install the package again"
            )
    strange = {"encoder.onnx", "heads.npz", "labeler.joblib", "tokenizer.json"} - set(card["files"])
    if strange:
        odd = folder / min(strange)
        raise ModelError(f"{odd} is not named in card.json: run 'feedback-nlp train', or install the package again")


def _digest(path: Path) -> str:
    """The sha256 of a file, in hex. Raises `ModelError` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({type(error).__name__}): install the package again") from None
