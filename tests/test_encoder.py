"""How a mail is laid out for the network."""

from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer

from feedback_nlp.encoder import PARAGRAPH, SENTENCE_TOKENS, WINDOW, Encoder, Layout, apply_heads
from feedback_nlp.errors import ModelError
from feedback_nlp.schema import Span

VOCABULARY = [
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "[unused1]",
    "[unused2]",
    "-",
    "hi",
    "sam",
    "you",
    "were",
    "late",
    ".",
]


@pytest.fixture
def layout():
    from tokenizers.models import WordPiece
    from tokenizers.normalizers import BertNormalizer
    from tokenizers.pre_tokenizers import BertPreTokenizer

    tokenizer = Tokenizer(WordPiece({word: index for index, word in enumerate(VOCABULARY)}, unk_token="[UNK]"))
    tokenizer.normalizer = BertNormalizer()
    tokenizer.pre_tokenizer = BertPreTokenizer()
    return Layout(tokenizer)


def test_a_window_keeps_breaks_and_bullets_as_context(layout):
    """Subject, break tokens and bullets stand in the window, but belong to no sentence."""
    text = "Hi Sam.\n\n- you were late"
    (window,) = layout.windows("late", text, [Span(0, 7), Span(11, 24)])
    words = [VOCABULARY[token] for token in window.ids]
    assert words[:3] == ["[CLS]", "late", "[SEP]"]
    assert words[3:7] == ["hi", "sam", ".", "[SEP]"]
    assert words[7:9] == [PARAGRAPH, "-"]
    assert window.sentences.tolist() == [-1, -1, -1, 0, 0, 0, 0, -1, -1, 1, 1, 1, 1]
    assert text[slice(*window.spans[9])] == "you"


def test_a_long_mail_is_cut_at_sentences_and_no_sentence_is_lost(layout):
    """Every sentence is owned by exactly one window, and no window is too long."""
    sentence = "you were late. " * 20
    text = sentence * 12
    spans = [Span(at * len(sentence), (at + 1) * len(sentence) - 1) for at in range(12)]
    windows = layout.windows("", text, spans)
    assert len(windows) > 1
    assert all(len(window.ids) <= WINDOW for window in windows)
    owned = [set(window.sentences[window.sentences >= 0].tolist()) for window in windows]
    assert sorted(number for numbers in owned for number in numbers) == list(range(12))


def test_an_endless_sentence_is_cut(layout):
    """A table of thousands of words costs no more than a long sentence."""
    text = "late " * 5000
    (window,) = layout.windows("", text, [Span(0, len(text) - 1)])
    assert len(window.ids) <= SENTENCE_TOKENS + 4


def test_heads_on_a_mail_without_sentences_give_numbers(layout):
    """An empty text has a mail reading and no sentences."""
    windows = layout.windows("hi", "", [])
    width, rng = 8, np.random.default_rng(0)
    heads = {
        f"{name}_{part}": rng.normal(size=shape).astype(np.float32)
        for name, rows, columns in (("role", 9, 16), ("area", 14, 16), ("mail", 13, 49), ("token", 19, 8))
        for part, shape in (("weight", (rows, columns)), ("bias", (rows,)))
    }
    states = rng.normal(size=(len(windows[0].ids), width)).astype(np.float32)
    encoding = apply_heads(heads, [(windows[0], states)], 0)
    assert encoding.role_logits.shape == (0, 9)
    assert np.isfinite(encoding.mail_logits).all()


def test_a_missing_network_names_the_mending_command(tmp_path):
    """The message says which file is missing and what to run."""
    with pytest.raises(ModelError, match=r"encoder\.onnx is missing: run 'feedback-nlp train --encoder'"):
        Encoder.load(Path(tmp_path))
