"""The order of the steps, and nothing else: a mail goes in, a report comes out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from feedback_nlp.errors import ModelError
from feedback_nlp.schema import Analysis, Labels, Message, Report, Tone

if TYPE_CHECKING:
    from feedback_nlp.encoder import Encoder
    from feedback_nlp.labels import Labeler
    from feedback_nlp.sentences import Parser

Source = str | bytes | Path | Message

CARD_SCHEMA = "feedback-nlp/model/1"
NOT_NEEDED = frozenset({"held_out.npz"})  # used by training only; left out of the wheel
WINDOW = 64  # mails that go through the networks together


@dataclass(frozen=True, slots=True)
class Analyzer:
    """Reads mails. Make one with `load`; it keeps no state and may be shared between threads."""

    parser: Parser
    encoder: Encoder
    labeler: Labeler
    models: Path
    card: dict[str, Any]

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
            sentences = self.parser.parse_all(window)
            encodings = self.encoder.encode_all(list(zip(window, sentences, strict=True)))
            labels = self.labeler.label_all(list(zip(window, sentences, encodings, strict=True)))
            # The models know English only: what they say of another language is not to be trusted, however sure.
            labels = [
                replace(label, unsure=True) if message.language else label
                for message, label in zip(window, labels, strict=True)
            ]
            found += [self._analysis(message, label) for message, label in zip(window, labels, strict=True)]
        return found

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

    def _analysis(self, message: Message, labels: Labels) -> Analysis:
        from feedback_nlp.frame import read_frame
        from feedback_nlp.improvements import find_improvements, find_strengths

        return Analysis(
            message,
            labels,
            find_improvements(message, labels, self.parser.chunks),
            find_strengths(message, labels, self.parser.chunks),
            read_frame(message, labels),
        )


def load(models: Path | None = None, *, threads: int | None = None) -> Analyzer:
    """An analyzer with the shipped models, or those of a folder. `threads`: by default all cores; 1 in a worker.

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
        return Analyzer(parser, encoder.result(), labeler, folder, card)
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
