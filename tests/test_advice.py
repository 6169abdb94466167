"""The advice: one golden answer for each situation, and what holds for every answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import pytest
from tests.advice_mails import MAILS, farida
from tests.factory import make

from feedback_nlp.advice import advise, despair, help_line
from feedback_nlp.advice.situation import situations
from feedback_nlp.content import check_advice_words, read_table
from feedback_nlp.linter import answer_words, lint
from feedback_nlp.schema import Advice, Analysis, PromptKind, RouteKind, Tag, Tone

GOLDEN = Path(__file__).parent / "golden" / "advice"


def as_page(advice: Advice) -> str:
    """An answer as one page of text, for the golden files."""
    lines = [advice.reading, advice.tone_line, "", *(f"- {item.text}" for item in advice.instructions)]
    lines += [f"? [{item.to}] {item.text}" for item in advice.questions]
    if advice.reply:
        lines += ["", advice.reply.subject, advice.reply.body]
    else:
        lines += ["", f"No draft: {advice.no_reply_reason}"]
    lines += ["", f"Note: {advice.connection_note}"] if advice.connection_note else []
    lines += ["", *(f"* {item.kind}/{item.source}: {item.text}" for item in advice.prompts)]
    lines += [advice.step, advice.if_then]
    return "\n".join([*lines, *advice.notes]).rstrip() + "\n"


def test_there_is_a_mail_for_each_situation() -> None:
    """The 27 situations of ADVICE.md §8, and one for everything else, each have an invented mail."""
    assert set(MAILS) == set(situations())
    assert len(situations()) == 28


@pytest.mark.parametrize("name", [*MAILS, "farida"])
def test_the_golden_answer(name: str) -> None:
    """The answer is the one that a person has read. Write it anew by deleting the file and reading the new one."""
    analysis = farida() if name == "farida" else MAILS[name]()
    advice = advise(analysis, lint=lint)
    if name != "farida":
        assert advice.situation == name
    file = GOLDEN / f"{name}.txt"
    page = as_page(advice)
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(page, encoding="utf-8")
        pytest.fail(f"{file.name} was missing and has been written: read it")
    assert page == file.read_text(encoding="utf-8")


def test_answers_of_two_situations_differ_in_more_than_slots() -> None:
    """No two situations share their reading, and none shares most of its own sentences with another."""
    answers = {name: advise(build(), lint=lint) for name, build in MAILS.items()}
    for one, other in combinations(answers.values(), 2):
        assert one.reading.split(":")[0] != other.reading.split(":")[0] or one.tone_line != other.tone_line
        a, b = ({item.text for item in (*x.questions, *x.prompts)} | {x.step} for x in (one, other))
        assert len(a & b) <= 0.6 * min(len(a), len(b)) or min(len(a), len(b)) < 3


@pytest.mark.parametrize("tone", Tone)
@pytest.mark.parametrize("name", MAILS)
def test_every_tone_passes_the_linter(name: str, tone: Tone) -> None:
    """A chosen tone changes the words of the reply and breaks no rule."""
    analysis = MAILS[name]()
    assert lint(analysis, advise(analysis, tone=tone, lint=lint)) == []


def test_a_form_letter_gets_a_short_answer() -> None:
    """Little mail, little answer: at most 150 words in all."""
    for name in ("generic_application_machine", "generic_application_person"):
        advice = advise(MAILS[name](), lint=lint)
        assert answer_words(advice) <= 150
        assert advice.prompts


def test_the_worked_example() -> None:
    """The reading names the date, the reply says yes, the step keeps the 12th, and nothing asks what was offered."""
    advice = advise(farida(), lint=lint)
    assert advice.reading.startswith("Yes: one skill to learn (a dispensing robot) and one habit to change")
    assert "by the 12th" in advice.reading
    assert "the 12th" in advice.step
    assert advice.reply is not None
    assert "please pass my name on" in advice.reply.body
    assert advice.reply.body.startswith("Hi Noreen,")
    assert advice.reply.body.endswith("\nFarida")
    assert not any("other openings" in question.text for question in advice.questions)
    assert len({prompt.kind for prompt in advice.prompts}) >= 4
    assert advice.prompts[0].kind is PromptKind.FEELING


def test_a_promise_is_marked() -> None:
    """Sentences of the reply that bind the person are listed, word for word."""
    advice = advise(farida(), lint=lint)
    assert advice.reply is not None
    assert advice.reply.commitments
    flat = " ".join(advice.reply.body.split())
    assert all(sentence in flat for sentence in advice.reply.commitments)
    assert any("I will" in sentence for sentence in advice.reply.commitments)


def test_a_question_can_be_left_out_of_the_reply() -> None:
    """`leave_out` takes a question out of the reply and leaves it on the list."""
    analysis = farida()
    whole = advise(analysis, lint=lint)
    less = advise(analysis, leave_out=frozenset({0}), lint=lint)
    none = advise(analysis, leave_out=frozenset(range(4)), lint=lint)
    assert whole.questions == less.questions == none.questions
    assert whole.reply is not None
    assert less.reply is not None
    assert none.reply is not None
    assert "supervised practice be enough" in whole.reply.body
    assert "supervised practice be enough" not in less.reply.body
    assert "?" not in none.reply.body


def test_nobody_is_asked_where_nobody_reads() -> None:
    """Without a route there is no draft, a true reason, and questions for somebody who knows the trade."""
    advice = advise(MAILS["actionable_application_no_reply"](), lint=lint)
    assert advice.reply is None
    assert "do not read" in advice.no_reply_reason
    assert {question.to for question in advice.questions} == {"a mentor or a friend"}


def test_the_same_mail_gets_the_same_answer() -> None:
    """Nothing in the advice depends on chance or on the clock."""
    assert advise(farida(), lint=lint) == advise(farida(), lint=lint)


def test_variants_differ_between_mails() -> None:
    """The words of the thanks are picked by a hash of the mail: not all mails get the same ones."""
    thanks = set()
    manners = ("often", "twice", "daily", "again", "much", "badly", "loudly", "sadly", "late", "early", "always", "on")
    for manner in manners:
        advice = advise(make(f"Hi Ana, [[communication behavior| you interrupted us {manner}]]. No, sorry. Bo"))
        assert advice.reply is not None
        thanks.add(advice.reply.body.splitlines()[2].split(".")[0])
    assert len(thanks) == 3


@dataclass(frozen=True)
class Refusal:
    """A finding of a linter that is never content."""

    where: str
    text: str = ""


def test_an_answer_never_disappears() -> None:
    """A linter that refuses every question and prompt leaves a reading and a step."""

    def strict(_: Analysis, advice: Advice) -> Sequence[Refusal]:
        found = [Refusal(f"questions[{index}]", item.text) for index, item in enumerate(advice.questions)]
        found += [Refusal(f"prompts[{index}]", item.text) for index, item in enumerate(advice.prompts)]
        return found + ([Refusal("reply.body")] if advice.reply else [])

    advice = advise(farida(), lint=strict)
    assert advice.reading
    assert advice.step
    assert advice.reply is None
    assert advice.no_reply_reason


def test_a_refused_sentence_falls_back_to_its_twin() -> None:
    """A question with a topic that is refused comes back without the topic."""

    def no_robots(_: Analysis, advice: Advice) -> Sequence[Refusal]:
        return [Refusal(f"questions[{i}]", q.text) for i, q in enumerate(advice.questions) if "robot" in q.text]

    advice = advise(farida(), lint=no_robots)
    assert not any("robot" in question.text for question in advice.questions)
    assert any("supervised practice" in question.text for question in advice.questions)


def test_a_connection_note_needs_a_named_person_and_a_talk() -> None:
    """A note to connect is short and is there only after a proved talk with somebody whose name is known."""
    for name, build in MAILS.items():
        note = advise(build(), lint=lint).connection_note
        assert len(note) <= 200
        if note:
            assert build().frame.sender.name is not None
            assert name.split("_")[1] in ("interview", "final", "no", "feedback", "employer")


def test_a_protected_trait_becomes_no_area() -> None:
    """A remark about age or family is no improvement: it is left out, and a neutral note says where to turn."""
    analysis = make(
        "Hi Ana, [[team_fit doubt| we wondered whether {your age} would fit the team]]. Best, Bo", sender="Bo"
    )
    advice = advise(analysis, lint=lint)
    assert advice.instructions == ()
    assert any("Acas" in note for note in advice.notes)
    assert "age" not in " ".join(question.text for question in advice.questions).split()


def test_data_access_is_never_suggested() -> None:
    """No answer tells anybody to demand their data."""
    pages = [as_page(advise(build(), lint=lint)).lower() for build in MAILS.values()]
    assert not any("subject access" in page or "gdpr" in page for page in pages)


@pytest.mark.parametrize(
    ("text", "heavy"),
    [
        ("I want to die, nothing works", True),
        ("they'd be better off without me", True),
        ("I can’t go on like this", True),
        ("I died a little when I read that typo", False),
        ("this was hard and I am tired", False),
        ("", False),
    ],
)
def test_despair_is_heard(text: str, heavy: bool) -> None:
    """A person's own words of despair are heard; tired words are left alone."""
    assert despair(text) is heavy


def test_the_help_line_names_numbers() -> None:
    """The help line can be used at once."""
    assert "116 123" in help_line()
    assert "988" in help_line()


def test_every_prompt_rests_on_a_practice_with_sources() -> None:
    """Each practice that a prompt names is in sources.toml, with sources that are there too."""
    sources = read_table("sources")
    for build in MAILS.values():
        for prompt in advise(build(), lint=lint).prompts:
            practice = sources["practice"][prompt.source]
            assert practice["sources"]
            assert all(key in sources["source"] for key in practice["sources"])


def test_all_thirteen_practices_are_there() -> None:
    """The practices are those of the issue, no more and no less."""
    assert sorted(read_table("sources")["practice"]) == [
        "ask", "feel", "fit", "keep_going", "materials", "mentor", "other_openings", "reflect", "skills", "small_goals",
        "stay_connected", "thank", "victories",
    ]  # fmt: skip


def test_the_words_of_the_advice_are_checked_by_name() -> None:
    """Every key of the advice's content files is known, and every name that one file uses of another is there."""
    check_advice_words()


@pytest.mark.parametrize("text", ["", " ", "x", "\x00\x00", "{event} {mine} {t}", "“”" * 40, "\ud800 broken"])
def test_odd_text_gets_an_answer(text: str) -> None:
    """Whatever a mail holds, there is an answer, and braces of the mail are no slots."""
    for tag in Tag:
        analysis = make("", tag=tag)
        analysis = replace(analysis, message=replace(analysis.message, text=text, subject=text))
        assert advise(analysis, lint=lint).reading


def test_no_draft_where_the_route_is_closed() -> None:
    """A portal or a telephone gets no draft in any situation."""
    for build in MAILS.values():
        for kind in (RouteKind.NO_REPLY, RouteKind.PORTAL, RouteKind.PHONE):
            analysis = build()
            closed = replace(analysis, frame=replace(analysis.frame, route=replace(analysis.frame.route, kind=kind)))
            advice = advise(closed, lint=lint)
            assert advice.reply is None
            assert advice.no_reply_reason
            assert lint(closed, advice) == []
