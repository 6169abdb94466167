"""Changes to labelled mails keep their labels exact."""

import random
from pathlib import Path

import pytest

from feedback_nlp.training.augment import augmented, rebuild
from feedback_nlp.training.dataset import read_gold

CORPUS = Path(__file__).parent.parent.parent / "data" / "corpus"


@pytest.fixture(scope="module")
def mails():
    return read_gold(CORPUS / "t1.jsonl") + read_gold(CORPUS / "n10.jsonl")


def test_every_span_of_a_changed_mail_still_says_the_same(mails):
    """Evidence and topics keep their words, but for the characters that the residue replaces."""
    rng = random.Random(3)
    seen = 0
    for mail in mails:
        changed = augmented(mail, rng)
        if changed is None:
            continue
        before = {mark.topic.of(mail.text) for mark in mail.improvements + mail.strengths}
        new = changed.mail
        plain = not set("â&=–’") & set(new.text)
        for mark in new.improvements + new.strengths:
            assert 0 <= mark.evidence.start <= mark.topic.start < mark.topic.end <= mark.evidence.end <= len(new.text)
            if plain:
                assert mark.topic.of(new.text) in before
                seen += 1
        ends = [edge for sentence in new.sentences for edge in (sentence.span.start, sentence.span.end)]
        assert ends == sorted(ends)
    assert seen > 30


def test_leaving_out_sentences_leaves_out_their_marks(mails):
    """A mail rebuilt from its courtesy alone has no improvement left."""
    mail = next(mail for mail in mails if mail.improvements and mail.sentences[0].role == "courtesy")
    assert rebuild(mail, [mail.sentences[0]]).improvements == ()


def test_the_same_seed_gives_the_same_changes(mails):
    """Augmentation is deterministic."""
    first = [augmented(mail, random.Random(5)) for mail in mails[:20]]
    assert first == [augmented(mail, random.Random(5)) for mail in mails[:20]]
