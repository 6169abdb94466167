"""The order of the steps, and models that are verified before they are opened."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from feedback_nlp.analyzer import Analyzer, Repeats, check_digests, load, read_card, shipped_models
from feedback_nlp.errors import EmptyInput, ModelError
from feedback_nlp.mail import read_mail
from feedback_nlp.report import to_dict
from feedback_nlp.schema import Message, Tag, Tone

MAIL = (
    "Hi Ines,\n\nThank you for coming in on Monday. We have decided not to move forward with your application. "
    "The panel felt that your answers lacked concrete examples, and your SQL needs to be deeper for this level.\n\n"
    "Best,\nJonas Pihl\nOrchard Data"
)
FORM = (
    "Dear applicant,\n\nThank you for your interest. We have decided to move forward with other candidates whose "
    "experience more closely matches our needs. We wish you all the best.\n\nThe Recruiting Team"
)


def test_reads_text_bytes_path_and_message_alike(analyzer: Analyzer, tmp_path: Path) -> None:
    """The same mail gives the same labels, however it comes in."""
    path = tmp_path / "mail.txt"
    path.write_text(MAIL, encoding="utf-8")
    found = [analyzer.analyze(source).analysis for source in (MAIL, MAIL.encode(), path, read_mail(MAIL))]
    assert len({analysis.labels.tag for analysis in found}) == 1
    assert len({analysis.improvements for analysis in found}) == 1


def test_improvements_and_tag_agree(analyzer: Analyzer) -> None:
    """A mail is actionable exactly when it has an improvement; evidence is an exact run of its sentence."""
    for mail in (MAIL, FORM):
        analysis = analyzer.analyze(mail, advice=False).analysis
        assert (analysis.labels.tag is Tag.ACTIONABLE) == bool(analysis.improvements)
        for item in analysis.improvements:
            assert analysis.labels.sentences[item.sentence].span.contains(item.evidence)
            assert item.evidence.contains(item.topic)


def test_without_advice_there_is_none(analyzer: Analyzer) -> None:
    """`advice=False` stops after the reading."""
    assert analyzer.analyze(MAIL, advice=False).advice is None
    assert analyzer.analyze(MAIL, tone=Tone.BRIEF).advice is not None


def test_many_are_the_same_as_one_by_one(analyzer: Analyzer) -> None:
    """Windows of mails give the labels that single mails get."""
    messages = [read_mail(text) for text in (MAIL, FORM, MAIL + "\n\nP.S. Your portfolio link is dead.")]
    together = analyzer.analyze_all(messages, advice=False)
    for message, report in zip(messages, together, strict=True):
        alone = analyzer.analyze(message, advice=False).analysis
        assert report.analysis.labels.tag is alone.labels.tag
        assert report.analysis.improvements == pytest.approx(alone.improvements) or [
            item.evidence for item in report.analysis.improvements
        ] == [item.evidence for item in alone.improvements]


def repeated() -> list[Message]:
    """Form letters that come again from other senders on other days, between mails that do not."""
    wordings = [MAIL, FORM, MAIL.replace("Dear", "Hello"), FORM + "\nP.S. Good luck.", MAIL, FORM]
    return [
        replace(
            read_mail(text),
            subject=f"No {number % 2}",
            sender=f"Team {number} <t{number}@example.com>",
            key=str(number),
        )
        for number, text in enumerate(wordings * 3)
    ]


@pytest.mark.parametrize("size", [1, 2, 100])
def test_remembered_wordings_change_no_label(analyzer: Analyzer, size: int) -> None:
    """A reading that is remembered is the one that a run without memory gives, in whatever windows the mails come."""
    remembering = replace(analyzer, repeats=Repeats(size))
    messages = repeated()
    wanted = [to_dict(analyzer.analyze(message)) for message in messages]
    found = remembering.analyze_all(messages[:7]) + remembering.analyze_all(messages[7:])
    assert [to_dict(report) for report in found] == wanted


def test_a_wording_is_read_once(analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Subject, text and asides the same: the networks see the mail once in a run, and memory is bounded."""
    asked: list[str] = []
    kind = type(analyzer.encoder)
    encode_all = kind.encode_all
    monkeypatch.setattr(
        kind, "encode_all", lambda self, mails: (asked.extend(m.text for m, _ in mails), encode_all(self, mails))[1]
    )
    repeats = Repeats(3)
    remembering = replace(analyzer, repeats=repeats)
    messages = repeated()
    remembering.analyze_all(messages, advice=False)
    remembering.analyze_all(messages[-3:], advice=False)
    assert len(asked) == len({(message.subject, message.text) for message in messages})
    assert len(repeats) == 3


def test_threads_share_one_analyzer(analyzer: Analyzer) -> None:
    """Eight threads get what one gets."""
    wanted = analyzer.analyze(MAIL)
    with ThreadPoolExecutor(8) as pool:
        assert all(report == wanted for report in pool.map(lambda _: analyzer.analyze(MAIL), range(16)))


def test_nothing_to_read_is_said(analyzer: Analyzer) -> None:
    """An empty mail is refused with a reason."""
    with pytest.raises(EmptyInput):
        analyzer.analyze("  \n ")


GERMAN = (
    "Sehr geehrte Frau Klein,\n\nvielen Dank für Ihre Bewerbung und das Gespräch am Dienstag. Leider haben wir uns für "
    "einen anderen Bewerber entschieden. Ihre Antworten zur Kalkulation blieben etwas allgemein.\n\n"
    "Mit freundlichen Grüßen\nJonas Pihl"
)


def test_another_language_is_asked_about_and_not_answered_in_english(analyzer: Analyzer) -> None:
    """However sure the models are of a foreign mail, it is unsure and gets a request to read it, not a letter."""
    report = analyzer.analyze(GERMAN)
    assert report.analysis.labels.unsure
    assert report.advice is not None
    assert (report.advice.reply, report.advice.questions) == (None, ())
    assert "German" in report.advice.reading
    assert "German" in report.advice.no_reply_reason


def test_a_foreign_mail_is_answered_once_a_person_says_what_it_is(analyzer: Analyzer) -> None:
    """With the label set by hand the answer follows it, as for any other mail."""
    analysis = analyzer.read(read_mail(GERMAN))
    told = replace(analysis, labels=replace(analysis.labels, tag=Tag.GENERIC, unsure=False))
    advice = analyzer.advise(told).advice
    assert advice is not None
    assert advice.situation != "other_language"


# --- models -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A small folder of files that a card names truly, none of them a real model."""
    import hashlib

    names = {"encoder.onnx": b"x", "heads.npz": b"x", "labeler.joblib": b"not a pickle", "tokenizer.json": b"{}"}
    for name, raw in names.items():
        (tmp_path / name).write_bytes(raw)
    files = {name: {"sha256": hashlib.sha256(raw).hexdigest(), "bytes": len(raw)} for name, raw in names.items()}
    (tmp_path / "card.json").write_text(json.dumps({"schema": "feedback-nlp/model/1", "files": files}))
    return tmp_path


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as error:
        load(folder)
    return str(error.value)


def test_a_changed_file_is_never_opened(models: Path) -> None:
    """One other byte, and the file is refused by name with the command that mends it."""
    (models / "labeler.joblib").write_bytes(b"cos\nsystem\n(S'touch pwned'\ntR.")
    said = refusal(models)
    assert "labeler.joblib" in said
    assert "was not opened" in said
    assert "feedback-nlp train" in said


@pytest.mark.parametrize("name", ["card.json", "labeler.joblib", "tokenizer.json"])
def test_a_missing_file_is_named(models: Path, name: str) -> None:
    """Each missing file is named."""
    (models / name).unlink()
    assert name in refusal(models)


@pytest.mark.parametrize("card", ["[]", "{}", "not json", '{"schema": "other", "files": {}}', "\udcff"])
def test_a_foreign_card_is_refused(models: Path, card: str) -> None:
    """A card of another program, or no card at all, is refused by name."""
    (models / "card.json").write_bytes(card.encode("utf-8", "surrogateescape"))
    assert "card.json" in refusal(models)


def test_a_card_cannot_name_files_elsewhere(models: Path) -> None:
    """A path in the card that leads out of the folder is refused."""
    card = json.loads((models / "card.json").read_text())
    card["files"]["../x"] = {"sha256": "0"}
    (models / "card.json").write_text(json.dumps(card))
    assert "outside of its folder" in refusal(models)


def test_a_file_that_the_card_does_not_name_is_refused(models: Path) -> None:
    """A network that the card knows nothing of is not loaded."""
    card = json.loads((models / "card.json").read_text())
    del card["files"]["encoder.onnx"]
    (models / "card.json").write_text(json.dumps(card))
    assert "encoder.onnx is not named" in refusal(models)


def test_stale_models_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models of another version are refused with the command that mends it."""
    if not (shipped_models() / "card.json").is_file():
        pytest.skip("models/ is empty")

    def stale(*_: object) -> None:
        raise KeyError("area")

    monkeypatch.setattr("feedback_nlp.labels.Labeler.load", stale)
    assert "another version" in refusal(shipped_models())


def test_shipped_models_match_their_card() -> None:
    """The files in models/ are the ones that card.json names."""
    folder = shipped_models()
    if not (folder / "card.json").is_file():
        pytest.skip("models/ is empty")
    check_digests(folder, read_card(folder))


def test_a_copied_folder_works(analyzer: Analyzer, tmp_path: Path) -> None:
    """`load(folder)` takes models from anywhere."""
    copy = tmp_path / "models"
    shutil.copytree(shipped_models(), copy)
    assert load(copy, threads=1).analyze(FORM, advice=False).analysis.labels == (
        analyzer.analyze(FORM, advice=False).analysis.labels
    )


def test_no_network_is_needed() -> None:
    """The whole path works in a process where sockets are forbidden."""
    if not (shipped_models() / "card.json").is_file():
        pytest.skip("models/ is empty")
    script = (
        "import socket\n"
        "def no(*a, **k): raise RuntimeError('network')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = no\n"
        "import feedback_nlp as fn\n"
        f"fn.load().analyze({MAIL!r})\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
