"""Labelled mails are checked row by row."""

import json

import pytest

from feedback_nlp.errors import DataError
from feedback_nlp.training.dataset import digest, near_duplicates, read_corpus, read_gold

ROW = {
    "id": "x-1",
    "subject": "",
    "text": "Hi. Your answers were vague. Your answers were vague.",
    "tag": "actionable",
    "outcome": "rejected",
    "stage": "interview",
    "areas": ["interview_answers"],
    "improvements": [{"area": "interview_answers", "evidence": "Your answers were vague", "topic": "answers"}],
    "strengths": [],
    "feedback_offered": False,
    "sentences": [
        {"text": "Hi.", "role": "courtesy"},
        {"text": "Your answers were vague.", "role": "stock_reason"},
        {"text": "Your answers were vague.", "role": "feedback", "areas": ["interview_answers"]},
    ],
}


def write(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_evidence_that_occurs_twice_is_the_one_in_the_feedback_sentence(tmp_path):
    """The label means the occurrence that stands in a feedback sentence of its area."""
    (mail,) = read_gold(write(tmp_path / "x.jsonl", ROW))
    assert mail.improvements[0].evidence.start == ROW["text"].rindex("Your")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"tag": "good"}, "'tag' is 'good'"),
        ({"extra": 1}, "unknown key 'extra'"),
        ({"text": ""}, "'text' is empty"),
        ({"areas": []}, "'areas' must be the union"),
        ({"improvements": []}, "'improvements' is empty"),
        ({"improvements": [{"area": "speed", "evidence": "Hi", "topic": "Hi"}]}, "unknown area 'speed'"),
        ({"improvements": [{"area": "logistics", "evidence": "nowhere", "topic": "no"}]}, "not an exact run"),
        ({"sentences": [{"text": "Absent.", "role": "other"}]}, "does not follow in the text"),
        ({"tag": "generic"}, "actionable exactly when"),
    ],
)
def test_a_faulty_row_is_refused_with_file_line_and_key(tmp_path, change, fault):
    """The message starts with file and line and says what is wrong."""
    path = write(tmp_path / "x.jsonl", {**ROW, **change})
    with pytest.raises(DataError) as caught:
        read_gold(path)
    assert str(caught.value).startswith(f"{path}:1: x-1")
    assert fault in str(caught.value)


def test_a_missing_key_and_broken_json_are_refused(tmp_path):
    """A row without a key, and a line that is not JSON, name file and line."""
    with pytest.raises(DataError, match=r"x\.jsonl:1: x-1: the key 'tag' is missing"):
        read_gold(write(tmp_path / "x.jsonl", {key: value for key, value in ROW.items() if key != "tag"}))
    (tmp_path / "y.jsonl").write_text("{not json\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"y\.jsonl:1: not a JSON object"):
        read_gold(tmp_path / "y.jsonl")


def test_the_same_mail_twice_is_refused(tmp_path):
    """Neither an id nor a text may stand in the corpus twice."""
    write(tmp_path / "a.jsonl", ROW)
    write(tmp_path / "b.jsonl", {**ROW, "id": "x-2"})
    with pytest.raises(DataError, match="the same mail as x-1"):
        read_corpus(tmp_path)
    write(tmp_path / "b.jsonl", {**ROW, "subject": "other"})
    with pytest.raises(DataError, match="the id stands also in"):
        read_corpus(tmp_path)


def test_near_duplicates_are_found_under_another_layout(tmp_path):
    """A copy with other numbers, casing and wraps is still a near-duplicate; another mail is not."""
    words = "we liked your calm manner but the panel wanted someone who had run a ward of at least 20 beds"
    left = read_gold(write(tmp_path / "a.jsonl", {**ROW, "text": words + ". " + ROW["text"]}))
    copy = words.upper().replace("20", "25").replace(" ", "\n")
    right = read_gold(write(tmp_path / "b.jsonl", {**ROW, "id": "x-2", "text": copy + ".\n" + ROW["text"]}))
    other = read_gold(write(tmp_path / "c.jsonl", {**ROW, "id": "x-3"}))
    assert [pair[:2] for pair in near_duplicates(left, right)] == [("x-1", "x-2")]
    assert near_duplicates(other, [mail for mail in left if mail.id == "none"]) == []


def test_the_digest_changes_with_any_label(tmp_path):
    """The digest pins ids, texts and labels."""
    first = digest(read_gold(write(tmp_path / "a.jsonl", ROW)))
    second = digest(read_gold(write(tmp_path / "a.jsonl", {**ROW, "stage": "final"})))
    assert first != second
