"""From the encoder's numbers to labels that agree with each other."""

import numpy as np
import pytest

from feedback_nlp.content import areas
from feedback_nlp.encoder import TOKEN_CHANNELS
from feedback_nlp.errors import ModelError
from feedback_nlp.labels import Labeler, mail_features
from feedback_nlp.schema import (
    Aside,
    AsideKind,
    Encoding,
    Message,
    Outcome,
    Role,
    Sentence,
    Span,
    Stage,
    Tag,
)

AREAS = list(areas())


class Fixed:
    """A model that always says the same."""

    def __init__(self, names, row):
        self.classes_ = np.array(names)
        self.row = row

    def predict_proba(self, features):
        return np.tile(self.row, (len(features), 1))


def labeler(tag=(0.9, 0.08, 0.02), actionable_from=0.5, unsure_below=0.6):
    return Labeler(
        {
            "tag": Fixed([t.value for t in Tag], tag),
            "outcome": Fixed([o.value for o in Outcome], (0.7, 0.1, 0.1, 0.1)),
            "stage": Fixed([s.value for s in Stage], (0.1, 0.1, 0.6, 0.1, 0.1)),
            "role": Fixed(sorted(r.value for r in Role), np.full(len(Role), 1 / len(Role))),
            "area": Fixed(sorted(AREAS), np.full(len(AREAS), 1 / len(AREAS))),
            "offered": Fixed([False, True], (0.8, 0.2)),
            "role_temperature": 1.0,
            "unsure_below": unsure_below,
            "actionable_from": actionable_from,
        }
    )


def reading(text, roles, marked=(), topic=(), area="communication", begins=(), column=1):
    """A message of sentences split at '|', with words of `marked` inside a mark and of `topic` inside a topic."""
    parts = text.split("|")
    plain = "".join(parts)
    message = Message(text=plain)
    sentences, spans, owners = [], [], []
    at = 0
    for number, part in enumerate(parts):
        start = at + len(part) - len(part.lstrip())
        sentences.append(Sentence(Span(start, at + len(part)), part.strip()))
        position = start
        for word in part.split():
            position = plain.index(word, position)
            spans.append((position, position + len(word)))
            owners.append(number)
            position += len(word)
        at += len(part)
    tokens = np.full((len(spans), len(TOKEN_CHANNELS) + len(AREAS)), -5.0, np.float32)
    for row, (start, end) in enumerate(spans):
        word = plain[start:end].strip(".,")
        if word in marked:
            tokens[row, column] = 5.0
        if word in topic:
            tokens[row, 4] = 5.0
        if word in begins:
            tokens[row, column - 1] = 5.0
        tokens[row, len(TOKEN_CHANNELS) + AREAS.index(area)] = 5.0
    role_logits = np.full((len(parts), len(Role)), -3.0, np.float32)
    for row, role in enumerate(roles):
        role_logits[row, list(Role).index(role)] = 4.0
    area_logits = np.full((len(parts), len(AREAS)), -3.0, np.float32)
    area_logits[:, AREAS.index(area)] = 3.0
    encoding = Encoding(
        role_logits,
        area_logits,
        np.zeros(13, np.float32),
        tokens,
        np.array(spans, np.int64).reshape(-1, 2),
        np.array(owners, np.int64),
    )
    return message, sentences, encoding


def test_marked_words_become_evidence_with_their_topic_and_area():
    """The run of marked words is the evidence, without the full stop; the topic lies inside it."""
    item = reading(
        "We liked you.| But your answers were long.",
        [Role.COURTESY, Role.FEEDBACK],
        marked=["your", "answers", "were", "long"],
        topic=["your", "answers"],
    )
    labels = labeler().label(*item)
    (mark,) = labels.marks
    assert mark.evidence.of(item[0].text) == "your answers were long"
    assert mark.topic.of(item[0].text) == "your answers"
    assert (mark.area, labels.sentences[1].areas) == ("communication", ("communication",))


def test_two_points_in_one_sentence_are_two_marks():
    """A likely beginning inside a run starts a second mark."""
    item = reading(
        "Voice too quiet and slides too full.",
        [Role.FEEDBACK],
        marked=["Voice", "too", "quiet", "slides", "full"],
        begins=["Voice", "slides"],
    )
    marks = labeler().label(*item).marks
    assert [mark.evidence.of(item[0].text) for mark in marks] == ["Voice too quiet", "slides too full"]


def test_a_mail_that_is_not_actionable_has_no_feedback_and_no_improvement():
    """Tag and sentences agree: a feedback sentence in form mail takes its next best role."""
    item = reading("You lack nothing.", [Role.FEEDBACK], marked=["lack", "nothing"])
    labels = labeler(tag=(0.1, 0.85, 0.05)).label(*item)
    assert labels.tag is Tag.GENERIC
    assert labels.sentences[0].role is not Role.FEEDBACK
    assert not [mark for mark in labels.marks if mark.area]


def test_an_actionable_mail_always_shows_its_evidence():
    """Without a marked run the whole sentence is the evidence."""
    item = reading("Be more concise.", [Role.FEEDBACK])
    (mark,) = labeler().label(*item).marks
    assert mark.evidence == item[1][0].span


def test_below_the_stated_probability_a_mail_is_not_called_actionable():
    """A false alarm costs more than a miss: under the threshold the next tag is taken, and the mail is unsure."""
    item = reading("Be more concise.", [Role.FEEDBACK])
    labels = labeler(tag=(0.55, 0.4, 0.05), actionable_from=0.6).label(*item)
    assert (labels.tag, labels.unsure) == (Tag.GENERIC, True)


def test_a_no_that_is_not_surely_actionable_is_generic():
    """Between the readings of a mail that is most likely a no, unrelated is never chosen."""
    message, sentences, encoding = reading("We chose another person.", [Role.DECISION])
    labels = labeler(tag=(0.5, 0.1, 0.4), actionable_from=0.65).label(message, sentences, encoding)
    assert labels.tag is Tag.GENERIC
    assert labels.unsure


def test_a_run_of_empty_words_is_no_mark():
    """A strength or a gap needs a word that says something."""
    message, sentences, encoding = reading("Your answers were vague.", [Role.FEEDBACK], marked=("Your",))
    (mark,) = labeler().label(message, sentences, encoding).marks
    assert mark.evidence.of(message.text) != "Your"


def test_what_the_candidate_wrote_never_counts():
    """A sentence inside the candidate's own words is neither feedback nor strength."""
    message, sentences, encoding = reading(
        "Work on SQL.| I lack SQL.", [Role.FEEDBACK, Role.FEEDBACK], marked=["SQL", "lack"]
    )
    own = Message(text=message.text, asides=(Aside(AsideKind.OWN_WORDS, sentences[1].span),))
    labels = labeler().label(own, sentences, encoding)
    assert labels.sentences[1].role in (Role.COURTESY, Role.OTHER)
    assert all(mark.evidence.end <= sentences[1].span.start for mark in labels.marks)


def test_features_do_not_depend_on_the_order_of_sentences_and_are_finite():
    """A mail without any sentence still has features."""
    _, _, encoding = reading("A b.| C d.", [Role.DECISION, Role.COURTESY])
    features = mail_features(encoding, np.zeros(2, bool), 10)
    assert np.isfinite(features).all()
    empty = Encoding(
        np.zeros((0, 9), np.float32),
        np.zeros((0, 14), np.float32),
        np.zeros(13, np.float32),
        np.zeros((0, 19), np.float32),
        np.zeros((0, 2), np.int64),
        np.zeros(0, np.int64),
    )
    assert mail_features(empty, np.zeros(0, bool), 0).shape == features.shape


def test_a_missing_model_names_the_mending_command(tmp_path):
    """The message says which file is missing and what to run."""
    with pytest.raises(ModelError, match=r"labeler\.joblib is missing: run 'feedback-nlp train'"):
        Labeler.load(tmp_path)
