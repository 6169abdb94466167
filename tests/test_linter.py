"""Every rule of the linter finds a planted fault, and finds none in an honest answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.advice_mails import MAILS, farida

from feedback_nlp.advice import advise
from feedback_nlp.linter import lint
from feedback_nlp.schema import (
    Advice,
    Analysis,
    Aside,
    AsideKind,
    Instruction,
    Outcome,
    Prompt,
    PromptKind,
    Question,
    RouteKind,
    Span,
    Stage,
    Strength,
)


def with_body(advice: Advice, old: str, new: str) -> Advice:
    assert advice.reply is not None
    assert old in advice.reply.body
    return replace(advice, reply=replace(advice.reply, body=advice.reply.body.replace(old, new, 1)))


def said(advice: Advice, sentence: str) -> Advice:
    assert advice.reply is not None
    return replace(advice, reply=replace(advice.reply, body=advice.reply.body.replace("\n\n", f"\n\n{sentence} ", 1)))


def prompted(advice: Advice, text: str, about: str = "") -> Advice:
    return replace(advice, prompts=(*advice.prompts[:2], Prompt(text, PromptKind.MEMORY, about, "reflect")))


def questioned(advice: Advice, text: str) -> Advice:
    return replace(advice, questions=(Question(text, "Noreen Tait", ""),))


def below(analysis: Analysis) -> Analysis:
    start = analysis.message.text.index("relief dispenser")
    text = analysis.message.text + "\n> Hello, Gwendolen here."
    aside = Aside(AsideKind.OWN_WORDS, Span(len(analysis.message.text), len(text)))
    assert start
    return replace(analysis, message=replace(analysis.message, text=text, asides=(aside,)))


def without_talk(analysis: Analysis) -> Analysis:
    labels = replace(analysis.labels, stage=Stage.APPLICATION)
    return replace(analysis, labels=labels, frame=replace(analysis.frame, events=()))


def unread(analysis: Analysis) -> Analysis:
    route = replace(analysis.frame.route, kind=RouteKind.NO_REPLY)
    return replace(analysis, frame=replace(analysis.frame, route=route))


def advanced(analysis: Analysis) -> Analysis:
    return replace(analysis, labels=replace(analysis.labels, outcome=Outcome.ADVANCED))


def praised(analysis: Analysis) -> Analysis:
    gap = analysis.improvements[0]
    return replace(analysis, strengths=(Strength(gap.evidence, gap.topic),))


def same(analysis: Analysis) -> Analysis:
    return analysis


FAULTS: list[tuple[int, str, Callable[[Analysis], Analysis], Callable[[Advice], Advice]]] = [
    (1, "a quote that is no run of the mail", same, lambda a: prompted(a, "And now?", "you were far too loud")),
    (1, "a quotation inside a sentence", same, lambda a: prompted(a, "“you were far too loud”: and now?")),
    (2, "a name that is not in the mail", same, lambda a: said(a, "Please greet Percival.")),
    (3, "a name below the quote line", below, lambda a: said(a, "Please greet Gwendolen.")),
    (4, "the candidate is greeted", same, lambda a: with_body(a, "Hi Noreen", "Hi Farida")),
    (4, "the sender signs", same, lambda a: with_body(a, "\nFarida", "\nNoreen Tait")),
    (5, "thanks for a talk that is not proved", without_talk, lambda a: said(a, "Thank you for the interview.")),
    (6, "a draft to an unread box", unread, lambda a: a),
    (6, "no draft and no reason", same, lambda a: replace(a, reply=None)),
    (7, "a deadline is missing", same, lambda a: replace(a, step="Tonight: sleep well.")),
    (8, "a question that the mail has answered", same, lambda a: questioned(a, "Are there other openings?")),
    (9, "three questions", same, lambda a: said(a, "Is it so? Or so? Or so?")),
    (10, "a long draft", same, lambda a: said(a, "and so on " * 50)),
    (11, "an argument", same, lambda a: said(a, "However, I had three years of it.")),
    (11, "a worn phrase", same, lambda a: replace(a, tone_line="Never give up.")),
    (11, "an exclamation mark at a no", same, lambda a: replace(a, tone_line="On we go!")),
    (12, "an open slot", same, lambda a: replace(a, if_then="If {event}, then I go.")),
    (12, "two prompts that begin alike", same, lambda a: prompted(a, a.prompts[0].text + " And then?")),
    (13, "a prompt that says you", same, lambda a: prompted(a, "What did you mean?")),
    (14, "a doubled word", same, lambda a: questioned(a, "What about the the robot?")),
    (14, "a for an", same, lambda a: questioned(a, "Is it a honest question, or a empty one?")),
    (14, "a full stop after a question", same, lambda a: questioned(a, "Is it so?.")),
    (15, "regret at good news", advanced, lambda a: said(a, "I was sorry to hear it.")),
    (15, "joy at a no", same, lambda a: said(a, "Thank you for the good news.")),
    (16, "a third person", same, lambda a: said(a, "Please tell Dispensary Dave.")),
    (17, "a note to connect without a talk", without_talk, lambda a: replace(a, connection_note="Hello Noreen.")),
    (17, "a note that is too long", same, lambda a: replace(a, connection_note="Hello Noreen. " + "x" * 200)),
    (18, "a strength as a gap", praised, lambda a: replace(a, instructions=(Instruction("Look at it", 0),))),
    (19, "an answer that is too long", same, lambda a: replace(a, notes=("Read on. " * 250,))),
    (19, "an instruction that is too long", same, lambda a: replace(a, instructions=(Instruction("go on " * 8, 0),))),
    (20, "no reading", same, lambda a: replace(a, reading="")),
]


@pytest.mark.parametrize(("rule", "fault", "change", "plant"), FAULTS, ids=[f"{n}-{name}" for n, name, _, _ in FAULTS])
def test_a_planted_fault_is_found(
    rule: int, fault: str, change: Callable[[Analysis], Analysis], plant: Callable[[Advice], Advice]
) -> None:
    """The rule of ADVICE.md §10 finds its own fault."""
    analysis = farida()
    advice = advise(analysis, lint=lint)
    if rule == 16:
        text = analysis.message.text + " Dave says hello."
        analysis = replace(analysis, message=replace(analysis.message, text=text))
    assert rule in {finding.rule for finding in lint(change(analysis), plant(advice))}


def test_every_rule_has_a_planted_fault() -> None:
    """All twenty rules are tested."""
    assert {rule for rule, *_ in FAULTS} == set(range(1, 21))


@pytest.mark.parametrize("name", ["farida", *MAILS])
def test_an_honest_answer_passes(name: str) -> None:
    """No rule speaks up against an answer that was built from its own mail."""
    analysis = farida() if name == "farida" else MAILS[name]()
    assert lint(analysis, advise(analysis, lint=lint)) == []


def test_no_message_quotes_the_mail() -> None:
    """A finding's message is our own words; only `text` holds what was refused."""
    analysis = farida()
    advice = said(advise(analysis), "Please greet Percival.")
    assert all("Percival" not in finding.message for finding in lint(analysis, advice))
