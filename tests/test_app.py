"""The pages' states, through Streamlit's own test harness."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

import fake_reports
from feedback_nlp.errors import ModelError
from feedback_nlp.schema import Tone

ROOT = Path(__file__).parents[1]
TIMEOUT = 90  # seconds; a run takes a tenth of one, but not while other tests train models
HOSTILE = (
    "Unfortunately we chose someone else. <script>window.hit=1</script><img src='http://198.51.100.1/p.png'> "
    "![x](http://198.51.100.1/q.png) [a](javascript:alert(1)) you have not used a dispensing robot \u202eevil\u202c "
    "<style>body{display:none}</style><meta http-equiv=refresh content='0;url=http://198.51.100.1'>"
)
GERMAN = "Guten Tag, vielen Dank für Ihre Bewerbung. Leider haben wir uns für eine andere Bewerberin entschieden."


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Reports by rule instead of the models."""
    import sys

    monkeypatch.setitem(sys.modules, "feedback_nlp.analyzer", sys.modules.get("feedback_nlp.analyzer"))
    fake_reports.install()
    st.cache_resource.clear()
    yield
    st.cache_resource.clear()


@pytest.fixture
def app(fake: None) -> AppTest:
    """The page as it opens."""
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT).run()
    assert not at.exception
    return at


def html(at: AppTest) -> str:
    """Everything that the page shows through `st.html`, without the style sheet."""
    return "\n".join(each.value for each in at.get("html") if not each.value.startswith("<style"))


def markdown_texts(at: AppTest) -> str:
    """Everything that Streamlit reads as Markdown: bodies and labels."""
    widgets = [*at.button, *at.checkbox, *at.selectbox, *at.text_area, *at.expander]
    bodies = [*at.markdown, *at.header, *at.subheader, *at.title, *at.caption, *at.error, *at.warning, *at.info]
    return "\n".join([*(str(each.value) for each in bodies), *(str(each.label) for each in widgets)])


def paste(at: AppTest, text: str) -> AppTest:
    """Paste a mail and ask for it to be read."""
    at.text_area(key="mail_text").set_value(text)
    form = next(each for each in at.button if each.label == "Read this mail")
    form.click()
    at.run()
    assert not at.exception
    return at


def press(at: AppTest, label: str) -> AppTest:
    """Press the first button with this label."""
    next(each for each in at.button if each.label == label).click()
    at.run()
    assert not at.exception
    return at


def test_opens_with_a_worked_example(app: AppTest) -> None:
    """A newcomer sees an invented mail, marked, with its answer, and that it is an example."""
    page = html(app)
    assert "This is an invented example" in page
    assert '<mark class="fn-mark fn-work"' in page
    assert "you have not used a dispensing robot" in page


def test_each_mark_says_why(app: AppTest) -> None:
    """A mark carries its label inside, and its reason with the confidence in words."""
    page = html(app)
    assert '<span class="fn-label">Technical skills</span>' in page
    assert "It names something that you could improve, show or aim at. (very likely)" in page


def test_pasted_mail_takes_the_place_of_the_example(app: AppTest) -> None:
    """After a paste the answer is about that mail, and the box folds away."""
    page = html(paste(app, "Dear Sam, unfortunately we chose someone else."))
    assert "This is an invented example" not in page
    assert "says nothing about you" in page
    assert any(each.label == "Read another mail" for each in app.expander)


def test_an_empty_box_is_said_kindly(app: AppTest) -> None:
    """Nothing pasted: a message with what to do, and the example stays."""
    page = html(paste(app, "   "))
    assert 'role="alert"' in page
    assert "There is nothing to read yet" in page
    assert "This is an invented example" in page


def test_every_example_can_be_tried(app: AppTest) -> None:
    """Each of the invented mails gives an answer."""
    pills = next(each for each in app.button_group if each.key == "example")
    for key in ("form", "agency", "receipt", "dispensary"):
        pills.set_value(key)
        app.run()
        assert not app.exception
        assert "fn-verdict" in html(app)
        pills = next(each for each in app.button_group if each.key == "example")


def test_the_legend_filters_and_counts(app: AppTest) -> None:
    """A kind that is switched off loses its marks and keeps its words."""
    box = next(each for each in app.checkbox if each.label == "To work on (2)")
    box.uncheck()
    app.run()
    mail = next(each.value for each in app.get("html") if 'class="fn-mail"' in each.value)
    assert "fn-work" not in mail
    assert "you have not used a dispensing robot" in mail
    assert "fn-strength" in mail


def test_unsure_asks_instead_of_guessing(app: AppTest) -> None:
    """A mail that the program is unsure about comes with a question and no answer yet."""
    paste(app, "A doubtful note: one campaign with its numbers.")
    assert any(each.value.startswith("I am not sure") for each in app.header)
    assert "fn-verdict" not in html(app)
    assert not any(each.value == "Ask next" for each in app.header)
    press(app, "No, it is a form mail")
    assert "You said it is: Form mail" in html(app)
    assert "says nothing about you" in html(app)


def test_another_language_is_asked_about_and_not_guessed(app: AppTest) -> None:
    """A mail in another language comes with its language and a question; who can't tell gets no label and no letter."""
    paste(app, GERMAN)
    assert any(each.value.startswith("This mail seems to be in German") for each in app.header)
    assert "Form mail" not in html(app)
    press(app, "I can't tell either")
    page = html(app)
    assert "Form mail" not in page
    assert "Answer in German" in page
    assert not any(each.value == "A reply to send" for each in app.subheader)


def test_the_box_is_empty_for_the_next_mail_and_keeps_what_could_not_be_read(app: AppTest) -> None:
    """Words that were read stand on the page below; words that could not be read stay in the box."""
    paste(app, "Dear Sam, unfortunately we chose someone else.")
    assert app.text_area(key="mail_text").value == ""
    paste(app, "   ")
    assert "unfortunately we chose someone else" in html(app)


def test_what_nobody_is_asked_in_a_letter_has_no_box_to_tick(app: AppTest) -> None:
    """Without a reply there is nothing to leave a question out of."""
    paste(app, "Dear Sam, unfortunately we chose someone else.")
    assert not any(each.label.startswith("Question ") for each in app.checkbox)


def test_unsure_can_stay_open(app: AppTest) -> None:
    """Who can't tell either gets the likeliest answer, marked as a first thought."""
    paste(app, "A doubtful note: one campaign with its numbers.")
    press(app, "I can't tell either")
    assert "Nobody can be sure about this mail" in html(app)
    assert "fn-verdict" in html(app)


def test_an_area_is_corrected_in_place_and_taken_back(app: AppTest) -> None:
    """A corrected area shows in the mark at once; undo brings the first label back."""
    box = next(each for each in app.selectbox if each.label == "It is about")
    box.select("experience")
    app.run()
    assert '<span class="fn-label">Experience</span>' in html(app)
    assert "You changed 1 label" in html(app)
    press(app, "Undo the last change")
    assert '<span class="fn-label">Experience</span>' not in html(app)


def test_a_wrong_point_can_be_taken_out(app: AppTest) -> None:
    """A point that is no feedback to this person goes, with its question."""
    press(app, "This is not feedback to me")
    assert len([each for each in app.button if each.label == "This is not feedback to me"]) == 1
    assert len([each for each in app.checkbox if each.label.startswith("Question ")]) == 1


def test_a_missed_sentence_can_be_added(app: AppTest) -> None:
    """A sentence that the program passed over becomes a point."""
    paste(app, "Dear Sam, unfortunately we chose someone else.")
    press(app, "Add it")
    assert "You changed 1 label" in html(app)
    assert 'class="fn-mark fn-work"' in html(app)


def test_the_reply_follows_questions_and_tone(app: AppTest) -> None:
    """A question left out leaves the reply and stays in the list; the tone changes the letter."""
    letter = app.code[0].value
    assert "second check”: would" in letter
    next(each for each in app.checkbox if each.label == "Question 2").uncheck()
    app.run()
    assert "second check”: would" not in app.code[0].value
    assert len([each for each in app.checkbox if each.label.startswith("Question ")]) == 2
    tone = next(each for each in app.button_group if each.label == "Tone")
    tone.set_value(Tone.FORMAL)
    app.run()
    assert app.code[0].value.startswith("Dear Ms Tait")


def test_own_words_are_not_overwritten(app: AppTest) -> None:
    """A reply that the person changed stays until they ask for the suggestion again."""
    box = next(each for each in app.text_area if each.label == "Your reply")
    box.set_value("My own words.")
    app.run()
    assert app.code[0].value == "My own words."
    next(each for each in app.checkbox if each.label == "Question 1").uncheck()
    app.run()
    assert app.code[0].value == "My own words."
    press(app, "Take the suggested words again")
    assert app.code[0].value.startswith("Dear Noreen")


def test_notes_stay_while_the_page_is_open(app: AppTest) -> None:
    """Notes survive a look at another page and never leave the session."""
    box = next(each for each in app.text_area if each.label == "Your notes (1)")
    box.set_value("I was in a hurry.")
    app.run()
    app.switch_page("app_pages/about.py").run()
    app.switch_page("app_pages/analyze.py").run()
    box = next(each for each in app.text_area if each.label == "Your notes (1)")
    assert box.value == "I was in a hurry."


def test_no_reply_comes_with_its_reason(app: AppTest) -> None:
    """Where nobody reads, there is no letter but a reason."""
    paste(app, "Dear Sam, unfortunately we chose someone else.")
    assert "Nobody reads that mailbox." in html(app)
    assert not any(each.value.startswith(("Dear", "Hi")) for each in app.code)


def test_mail_text_never_meets_markdown(app: AppTest) -> None:
    """Words of a hostile mail are in no text that Streamlit reads as Markdown, and come out escaped elsewhere."""
    paste(app, HOSTILE)
    texts = markdown_texts(app)
    assert not any(sign in texts for sign in ("198.51.100.1", "<script", "javascript:", "\u202e"))
    page = html(app)
    assert "<script" not in page
    assert "<img" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;" in page


def test_a_model_that_is_missing_is_explained(fake: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without models the page opens and says what to do."""
    import sys

    def broken() -> Any:
        raise ModelError("labeler.joblib is missing: run 'feedback-nlp train'")

    monkeypatch.setattr(sys.modules["feedback_nlp.analyzer"], "load", broken)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT).run()
    assert not at.exception
    assert "The reader could not start" in html(at)
    assert "feedback-nlp train" in html(at)


def test_a_dropped_mail_is_read(app: AppTest) -> None:
    """A saved mail gives an answer like a pasted one."""
    raw = b"Subject: No\r\nFrom: A <a@b.example>\r\n\r\nUnfortunately we chose someone else.\r\n"
    app.file_uploader(key="mail_file").upload("no.eml", raw, "message/rfc822")
    app.run()
    assert not app.exception
    assert "says nothing about you" in html(app)


def test_a_dropped_picture_is_refused_with_a_reason(app: AppTest) -> None:
    """A picture is not a mail: the reason is said, and the page goes on."""
    app.file_uploader(key="mail_file").upload("a.png", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8, "image/png")
    app.run()
    assert not app.exception
    assert 'role="alert"' in html(app)
    assert "This is an invented example" in html(app)


def test_a_fault_of_the_program_is_said_kindly(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the program itself breaks, the person is told so, and the words stay in the box."""

    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("with words of the mail")

    monkeypatch.setattr(fake_reports.FakeAnalyzer, "analyze", broken)
    page = html(paste(app, "Unfortunately we chose someone else."))
    assert "Something in the program broke" in page
    assert "with words of the mail" not in page
    assert app.text_area(key="mail_text").value == "Unfortunately we chose someone else."


def test_a_page_that_breaks_shows_no_traceback(fake: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails while the page is made: kind words instead of Streamlit's box with links to other sites."""

    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("with words of the mail")

    monkeypatch.setattr(fake_reports.FakeAnalyzer, "analyze", broken)
    at = AppTest.from_file(str(ROOT / "app.py"), default_timeout=TIMEOUT).run()
    assert not at.exception
    assert "Something in the program broke here" in html(at)
    assert "with words of the mail" not in html(at)


def test_despair_in_own_notes_shows_a_help_line(app: AppTest) -> None:
    """Who writes that they want to end it sees a help line; other notes change nothing."""
    from feedback_nlp.advice import help_line

    def write(words: str) -> str:
        box = next(each for each in app.text_area if each.label == "Your notes (1)")
        box.set_value(words)
        app.run()
        assert not app.exception
        return html(app)

    first = help_line().split(".")[0][:40].replace("'", "&#x27;")
    assert first not in write("I was in a hurry.")
    assert first in write("I want to kill myself.")


@pytest.fixture
def mailbox(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The Mailbox page, reading in this process."""
    from app_pages import mailrun

    started = mailrun.MailRun.start
    monkeypatch.setattr(mailrun.MailRun, "start", lambda run: (setattr(run, "jobs", 0), started(run))[1])
    app.switch_page("app_pages/mailbox.py").run()
    assert not app.exception
    yield app
    app.switch_page("app_pages/mailbox.py").run()
    for each in app.button:
        if each.label == "Yes, forget them":
            press(app, each.label)
            break


def read_box(at: AppTest, mails: list[str], refused: int = 0, subject: str = "") -> AppTest:
    """Drop an mbox of these mails and wait until it is read."""
    box = "".join(
        f"From a@b.example Mon Mar  4 10:00:00 2024\nFrom: Halden <j@h.example>\nSubject: {subject or f'![x](http://h/{number})'}\n"
        f"Date: Mon, {number + 1} Mar 2024 10:00:00 +0000\n\n{text}\n\n"
        for number, text in enumerate(mails)
    )
    files = [("box.mbox", box.encode(), "application/mbox")]
    files += [(f"{n}.png", b"\x89PNG\r\n\x1a\n" + bytes(200 + n), "image/png") for n in range(refused)]
    at.file_uploader(key="mailbox_files").set_value(files)
    press(at, "Read them")
    wait_for_run(at)
    return at


def wait_for_run(at: AppTest) -> None:
    """Wait for the thread of the run, then let the page look again."""
    import threading

    for thread in threading.enumerate():
        if thread.name == "mail-run":
            thread.join(30)
    at.run()
    assert not at.exception


NO = "Unfortunately we chose someone else. You would need one campaign with its numbers, case {n}."


def test_the_mailbox_opens_empty_and_says_what_it_takes(mailbox: AppTest) -> None:
    """A newcomer reads what can be dropped; starting with nothing says so."""
    assert "Exports from Gmail (Takeout)" in html(mailbox)
    press(mailbox, "Read them")
    assert "There is nothing to read yet" in html(mailbox)
    mailbox.text_input(key="mailbox_path").set_value("/no/such/folder")
    press(mailbox, "Read them")
    assert "There is no file or folder at this place" in html(mailbox)


def test_a_mailbox_gives_a_table_charts_and_reasons(mailbox: AppTest) -> None:
    """Every mail is accounted for: in the table, or refused with its reason."""
    read_box(mailbox, [NO.format(n=n) for n in range(5)] + ["Hello, your order was sent."], refused=1)
    assert "5 of 5" in html(mailbox)
    assert [each.value for each in mailbox.header] == [
        "Offers of feedback still open",
        "Applications",
        "What comes back",
        "Take it with you",
    ]
    assert any(each.label == "Not read: 1" for each in mailbox.expander)
    assert any("picture" in each.value for each in mailbox.get("html") if "fn-bullets" in each.value)
    table = mailbox.dataframe[0].value
    assert list(table["areas"]) == ["Interview answers"] * 5
    for fact in ("Mails seen: 7", "Applications: 5", "Set aside: 1"):
        assert f"<li>{fact}</li>" in html(mailbox)


def test_mails_of_one_application_are_one_row(mailbox: AppTest) -> None:
    """Mails that belong to one application are counted once; what was set aside has a table of its own."""
    read_box(mailbox, [NO.format(n=n) for n in range(3)] + ["Hello, your order was sent."], subject="Ward planner R-7")
    assert "1 of 1" in html(mailbox)
    assert list(mailbox.dataframe[0].value["mails"]) == [3]
    view = next(each for each in mailbox.button_group if each.key == "mailbox_view")
    view.set_value("unrelated")
    mailbox.run()
    assert not mailbox.exception
    assert list(mailbox.dataframe[0].value["kind"]) == ["Not feedback"]
    assert "Neither a rejection nor feedback" in html(mailbox)


def test_few_mails_are_no_pattern(mailbox: AppTest) -> None:
    """With a handful of mails the page names no pattern, and says why."""
    read_box(mailbox, [NO.format(n=n) for n in range(3)])
    assert "a pattern would be chance" in html(mailbox)


def test_open_offers_come_first(mailbox: AppTest) -> None:
    """Offers of feedback stand above all, each with its mail's words and the way to a reply."""
    read_box(mailbox, ["Unfortunately we chose someone else. If you want to talk any of this through, ring me."])
    assert mailbox.header[0].value == "Offers of feedback still open"
    press(mailbox, "Write a reply")
    assert any(each.value == "What does the mail really say?" for each in mailbox.title)
    assert "talk any of this through" in html(mailbox)


def test_an_area_leads_to_its_applications(mailbox: AppTest) -> None:
    """From what comes back one click leads to the applications that name it."""
    read_box(mailbox, [NO.format(n=n) for n in range(5)] + ["Unfortunately we chose someone else."])
    assert "6 of 6" in html(mailbox)
    press(mailbox, "Show these in the table")
    assert "5 of 6" in html(mailbox)


def test_filters_narrow_the_table(mailbox: AppTest) -> None:
    """Kind, area, stage and words narrow the table; nothing left is said."""
    read_box(mailbox, [NO.format(n=n) for n in range(3)] + ["Unfortunately we chose someone else."])
    mailbox.multiselect(key="filter_area").set_value(["interview_answers"])
    mailbox.run()
    assert "3 of 4" in html(mailbox)
    mailbox.text_input(key="filter_text").set_value("h/2)")
    mailbox.run()
    assert "1 of 4" in html(mailbox)
    mailbox.text_input(key="filter_text").set_value("nobody")
    mailbox.run()
    assert any(each.value == "Nothing fits these filters." for each in mailbox.markdown)


def test_words_of_many_mails_never_meet_markdown(mailbox: AppTest) -> None:
    """Subjects and senders are in tables only, where Markdown is not read."""
    read_box(mailbox, [NO.format(n=n) for n in range(3)])
    assert "http://h/" not in markdown_texts(mailbox)


def test_a_run_that_was_stopped_goes_on(fake: None, tmp_path: Path) -> None:
    """A stop keeps what was read; going on reads the rest, and nothing twice."""
    from tempfile import TemporaryDirectory

    from app_pages.mailrun import MailRun, State

    for number in range(200):
        (tmp_path / f"{number:03d}.txt").write_text(NO.format(n=number))

    class StopsItself(fake_reports.FakeAnalyzer):
        """Asks for a stop while it reads the first mails."""

        def analyze_all(self, *args: Any, **options: Any) -> Any:
            run._stop.set()
            return super().analyze_all(*args, **options)

    run = MailRun((tmp_path,), StopsItself, TemporaryDirectory(), jobs=0)
    run.start()
    run._thread.join(30)  # type: ignore[union-attr]
    assert run.state is State.STOPPED
    first = run.counts.read
    assert 0 < first < 200
    run.factory = fake_reports.FakeAnalyzer
    run.start()
    run._thread.join(30)  # type: ignore[union-attr]
    assert run.state is State.FINISHED
    assert run.counts.read == 200
    assert run.progress.analyzed == 200 - first
    run.forget()
    assert not Path(run.folder.name).exists()


def test_a_fault_in_the_middle_of_a_run_is_told(fake: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the program breaks while it reads, the run ends as failed, without words of a mail, and can be gone on."""
    from tempfile import TemporaryDirectory

    from app_pages import mailrun

    def broken(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError("with words of the mail")

    (tmp_path / "a.txt").write_text(NO.format(n=1))
    run = mailrun.MailRun((tmp_path,), fake_reports.FakeAnalyzer, TemporaryDirectory(), jobs=0)
    with monkeypatch.context() as patched:
        patched.setattr(mailrun, "run_batch", broken)
        run.start()
        run._thread.join(30)  # type: ignore[union-attr]
    assert (run.state, run.problem) == (mailrun.State.FAILED, "")
    assert run.overview is not None
    run.start()
    run._thread.join(30)  # type: ignore[union-attr]
    assert (run.state, run.counts.read) == (mailrun.State.FINISHED, 1)
    run.forget()


def test_a_dropped_name_leads_nowhere_else(fake: None, tmp_path: Path) -> None:
    """The name of a dropped file cannot leave the folder that it is put into."""
    from app_pages.mailbox_files import put_aside

    for name in ("../../etc/passwd", "..", "/abs", "a" * 300, "", "\x00x", "C:\\x.eml"):
        path = put_aside(tmp_path, name, b"x")
        assert path.resolve().is_relative_to(tmp_path.resolve())
        assert path.read_bytes() == b"x"


def test_about_says_what_is_kept_and_what_labels_mean(app: AppTest) -> None:
    """Privacy, labels, figures and versions stand on one page."""
    app.switch_page("app_pages/about.py").run()
    assert not app.exception
    assert [each.value for each in app.header][:3] == [
        "What is read and what is kept",
        "What it does not do",
        "What the labels mean",
    ]
    assert "We needed deeper Kubernetes experience." in markdown_texts(app)


def test_about_takes_any_card() -> None:
    """Figures are found in a card however it is laid out, and a card without figures is no error."""
    from app_pages.figures import figures

    assert figures({}) == []
    assert figures({"evaluation": {"tag": {"accuracy": {"value": 0.912, "low": 0.89, "high": 0.93}}}}) == [
        ("tag · accuracy", "0.912", "0.890 to 0.930")
    ]
    assert figures(
        {"scores": {"blind": {"mails": 9, "measures": {"f1": {"value": 0.5, "low": 0.4, "high": 0.6}}}}}
    ) == [("blind · f1", "0.500", "0.400 to 0.600")]
    assert figures({"figures": {"f1": {"estimate": 1, "interval": [0.5, 1.0]}, "odd": "text"}})[0][0] == "f1"


def test_about_says_figures_in_plain_words_and_names_the_weak_ones() -> None:
    """Known figures have plain words, one value for each set; a set without a figure leaves its cell empty."""
    from app_pages.figures import known, per_cent, sets

    measure = {"value": 0.7204, "low": 0.63, "high": 0.811, "n": 9}
    card = {"scores": {"one": {"mails": 9, "measures": {"f1": measure}}, "two": {"mails": 8, "measures": {}}, "odd": 1}}
    assert sets(card) == {"one": 9, "two": 8}
    (row,) = known(card, {"f1": "Points found", "else": "Something else"})
    assert (row.name, row.worst) == ("Points found", 0.7204)
    assert [per_cent(value) for value in row.values] == ["72 % (63 to 81)", ""]
    assert known({}, {"f1": "Points found"}) == []


def test_every_word_of_the_page_is_used() -> None:
    """No text in content/page.toml is left over."""
    from feedback_nlp import content

    source = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "app.py", *ROOT.glob("app_pages/*.py")])
    table = content.read_table("page")
    for section in ("app", "analyze", "mailbox"):
        unused = [key for key in table[section] if f'"{key}"' not in source and f"'{key}'" not in source]
        assert unused == []
