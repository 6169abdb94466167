"""From sentences to numbers: the one module that knows onnxruntime.

A whole mail goes through a small transformer in one pass, because context decides most hard cases: who speaks, what was
quoted, what was negated a sentence before. The layout of a window of at most `WINDOW` tokens is::

    [CLS] subject [SEP] ¶ sentence [SEP] ↵ - sentence [SEP] …

``¶`` (new paragraph) and ``↵`` (new line) are spare tokens of the vocabulary; what stands between two sentences
(bullets, quote marks, numbers) is kept as context. A long mail is cut at sentence borders; the sentence before the cut
is repeated.

The transformer is an ONNX file (int8), its heads are a few small matrices, applied here with NumPy.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from feedback_nlp.errors import ModelError
from feedback_nlp.neutral import Neutral, neutral
from feedback_nlp.schema import Encoding, Message, Sentence, Span

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from tokenizers import Tokenizer

WINDOW = 320  # tokens; longer windows gain nothing and cost quadratically
SUBJECT_TOKENS = 24
SENTENCE_TOKENS = 96  # a longer "sentence" is a table or a footer: its head says enough
GAP_TOKENS = 6

PARAGRAPH = "[unused1]"
NEWLINE = "[unused2]"

TOKEN_CHANNELS = ("improvement_begin", "improvement", "strength_begin", "strength", "topic")


@dataclass(frozen=True, slots=True)
class Window:
    """One run of the network: `t` token ids with, for each, its span in the text and its sentence (-1: context)."""

    ids: NDArray[np.int64]  # (t,)
    spans: NDArray[np.int64]  # (t, 2)
    sentences: NDArray[np.int64]  # (t,)


@dataclass(frozen=True, slots=True)
class _Piece:
    ids: list[int]
    spans: list[tuple[int, int]]
    sentences: list[int]


class Layout:
    """Cuts a mail into windows of token ids. `tokenizer` is a BERT word-piece tokenizer.

    Words that say who somebody is are made the same, unless `as_written`: training shows them all, reading does not.
    """

    def __init__(self, tokenizer: Tokenizer, *, as_written: bool = False) -> None:
        self._same = Neutral.as_written if as_written else neutral
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self.tokenizer = tokenizer
        self.cls, self.sep, self.paragraph, self.newline = (
            _token_id(tokenizer, token) for token in ("[CLS]", "[SEP]", PARAGRAPH, NEWLINE)
        )

    def windows(self, subject: str, text: str, spans: Sequence[Span]) -> list[Window]:
        """The windows of a mail whose sentences are `spans` of `text`. At least one window."""
        head = [self.cls, *self._ids(subject[:400])[:SUBJECT_TOKENS], self.sep]
        pieces = self._pieces(text, spans)
        windows: list[Window] = []
        taken: list[_Piece] = []
        size = len(head)
        for piece in pieces:
            if taken and size + len(piece.ids) > WINDOW:
                windows.append(_window(head, taken))
                context = taken[-1]
                taken = [_Piece(context.ids, context.spans, [-1] * len(context.ids))]
                size = len(head) + len(context.ids)
            taken.append(piece)
            size += len(piece.ids)
        windows.append(_window(head, taken))
        return windows

    def _ids(self, words: str) -> list[int]:
        return list(self.tokenizer.encode(words, add_special_tokens=False).ids) if words else []

    def _pieces(self, text: str, spans: Sequence[Span]) -> list[_Piece]:
        sentences = [self._same(text[span.start : min(span.end, span.start + 1200)]) for span in spans]
        # One by one: a batch is spread over threads, which costs more than a mail as soon as another job runs.
        encoded = [self.tokenizer.encode(sentence.text, add_special_tokens=False) for sentence in sentences]
        pieces: list[_Piece] = []
        before = 0
        for index, (span, same, tokens) in enumerate(zip(spans, sentences, encoded, strict=True)):
            gap = text[max(before, span.start - 40) : span.start]
            if not index:
                gap = gap.rpartition("\n")[2]  # what stands above the first sentence is a copied head
            ids: list[int] = []
            if "\n" in gap:
                ids.append(self.paragraph if gap.count("\n") > 1 else self.newline)
            if gap.strip():
                ids += self._ids(gap.strip())[-GAP_TOKENS:]
            lead = len(ids)
            ids += tokens.ids[:SENTENCE_TOKENS]
            runs = [same.old(*run) for run in tokens.offsets[:SENTENCE_TOKENS]] if same.changes else tokens.offsets
            offsets = [(span.start + start, span.start + end) for start, end in runs[:SENTENCE_TOKENS]]
            ids.append(self.sep)
            pieces.append(
                _Piece(
                    ids,
                    [(span.start, span.start)] * lead + offsets + [(span.end, span.end)],
                    [-1] * lead + [index] * (len(offsets) + 1),
                )
            )
            before = span.end
        return pieces


def _token_id(tokenizer: Tokenizer, token: str) -> int:
    found = tokenizer.token_to_id(token)
    if found is None:
        raise ModelError(f"tokenizer.json has no token {token}: it belongs to another model; reinstall")
    return int(found)


def _window(head: list[int], pieces: list[_Piece]) -> Window:
    ids = head + [token for piece in pieces for token in piece.ids]
    spans = [(0, 0)] * len(head) + [span for piece in pieces for span in piece.spans]
    sentences = [-1] * len(head) + [number for piece in pieces for number in piece.sentences]
    return Window(
        np.asarray(ids, np.int64), np.asarray(spans, np.int64).reshape(-1, 2), np.asarray(sentences, np.int64)
    )


class Encoder:
    """The trained network with its heads. Thread-safe: `encode` keeps no state."""

    def __init__(self, session: Any, heads: dict[str, NDArray[np.float32]], layout: Layout) -> None:
        self._session = session
        self._heads = heads
        self.layout = layout

    @classmethod
    def load(cls, folder: Path, threads: int | None = None) -> Encoder:
        """Load ``encoder.onnx``, ``heads.npz`` and ``tokenizer.json`` from `folder`.

        `threads`: threads to use, by default all cores; give 1 in a worker process. Raises `ModelError` when a file is
        missing or damaged. Digests are checked by the caller, which knows the card.
        """
        from tokenizers import Tokenizer

        for name in ("encoder.onnx", "heads.npz", "tokenizer.json"):
            if not (folder / name).is_file():
                raise ModelError(f"{folder / name} is missing: run 'feedback-nlp train --encoder', or reinstall")
        session, width = _session(folder / "encoder.onnx", threads or os.cpu_count() or 1)
        path = folder / "heads.npz"
        with _names_damage(path), path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            heads = {name: file[name] for name in file.files}
            _check_heads(heads, width)
        path = folder / "tokenizer.json"
        with _names_damage(path):
            tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        return cls(session, heads, Layout(tokenizer))

    def encode(self, message: Message, sentences: Sequence[Sentence]) -> Encoding:
        """The encoding of one mail."""
        return self.encode_all([(message, sentences)])[0]

    def encode_all(self, mails: Sequence[tuple[Message, Sequence[Sentence]]]) -> list[Encoding]:
        """The encodings of many mails, in order; each is what it would be alone."""
        answers = []
        for message, sentences in mails:
            windows = self.layout.windows(message.subject, message.text, [sentence.span for sentence in sentences])
            parts = list(zip(windows, _run(self._session, windows), strict=True))
            answers.append(apply_heads(self._heads, parts, len(sentences)))
        return answers


def _session(network: Path, threads: int) -> tuple[Any, int]:
    """The network, and how wide its hidden states are."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning threads cost a factor of five as soon as another job runs on the same cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    with _names_damage(network):
        session = onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
        if {node.name for node in session.get_inputs()} != {"ids", "mask"}:
            raise ValueError("other inputs")
        (hidden,) = [node for node in session.get_outputs() if node.name == "hidden"]
        return session, hidden.shape[-1]


@contextmanager
def _names_damage(path: Path) -> Iterator[None]:
    """Turn what the libraries raise for a damaged file into a `ModelError` that names the file and what mends it."""
    try:
        yield
    except Exception as error:  # noqa: BLE001  (onnxruntime and tokenizers raise bare ones)
        raise ModelError(
            f"{path} is damaged ({type(error).__name__}): run 'feedback-nlp train --encoder', "
            "or install the package again"
        ) from None


def _check_heads(heads: dict[str, NDArray[np.float32]], width: int) -> None:
    """Refuse heads that lack a matrix, or whose matrices fit neither their biases nor a network `width` wide."""
    roles = len(heads["role_bias"])
    widths = {"role": 2 * width, "area": 2 * width, "mail": 5 * width + roles, "token": width}
    for name, columns in widths.items():
        weight, bias = heads[f"{name}_weight"], heads[f"{name}_bias"]
        if weight.shape != (*bias.shape, columns) or weight.dtype != np.float32 or not np.isfinite(weight).all():
            raise ValueError("heads of another network")


def _run(session: Any, windows: list[Window]) -> list[NDArray[np.float32]]:
    """Hidden states (t, d) of each window.

    One window a run: the 8-bit network scales its numbers by the largest of the run, so that mails which run together
    would change each other's labels. One thread is busy with a single window anyway.
    """
    return [
        session.run(["hidden"], {"ids": window.ids[None], "mask": np.ones_like(window.ids)[None]})[0][0]
        for window in windows
    ]


def apply_heads(
    heads: dict[str, NDArray[np.float32]], parts: Sequence[tuple[Window, NDArray[np.float32]]], count: int
) -> Encoding:
    """The heads on the hidden states of one mail's windows; `count` sentences. Training does the same in torch."""
    width = parts[0][1].shape[1]
    sums = np.zeros((count, width), np.float32)
    ends = np.zeros((count, width), np.float32)
    sizes = np.zeros((count, 1), np.float32)
    first = np.zeros(width, np.float32)
    token_states, token_spans, token_sentences = [], [], []
    for window, states in parts:
        inside = window.sentences >= 0
        numbers = window.sentences[inside]
        np.add.at(sums, numbers, states[inside])
        np.add.at(sizes, numbers, 1.0)
        last = inside & (window.spans[:, 0] == window.spans[:, 1])  # a sentence's closing [SEP]
        ends[window.sentences[last]] = states[last]
        first += states[0] / len(parts)
        words = inside & ~last
        token_states.append(states[words])
        token_spans.append(window.spans[words])
        token_sentences.append(window.sentences[words])
    vectors = np.concatenate([sums / np.maximum(sizes, 1.0), ends], axis=1)
    role = vectors @ heads["role_weight"].T + heads["role_bias"]
    area = vectors @ heads["area_weight"].T + heads["area_bias"]
    if count:
        role_top = _softmax(role).max(axis=0)
        mail = np.concatenate([first, vectors.mean(axis=0), vectors.max(axis=0), role_top])
    else:
        mail = np.concatenate([first, np.zeros(4 * width, np.float32), np.zeros(role.shape[1], np.float32)])
    tokens = np.concatenate(token_states)
    return Encoding(
        role_logits=role.astype(np.float32),
        area_logits=area.astype(np.float32),
        mail_logits=(mail @ heads["mail_weight"].T + heads["mail_bias"]).astype(np.float32),
        token_logits=(tokens @ heads["token_weight"].T + heads["token_bias"]).astype(np.float32),
        token_spans=np.concatenate(token_spans),
        token_sentence=np.concatenate(token_sentences),
    )


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), np.float32)
