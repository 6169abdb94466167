"""What to make of a mail: reading, instructions, questions, a reply, prompts, a step. No language model, no guess.

Every sentence with a slot has a twin without one. `advise` builds the answer, lets the linter read it, and takes the
twin of each sentence that the linter refuses: a sentence may fall back or go, the answer never does.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Protocol

from feedback_nlp.advice.facts import Facts, read_facts
from feedback_nlp.advice.guard import Guard
from feedback_nlp.advice.instructions import instruct
from feedback_nlp.advice.letter import connection_note
from feedback_nlp.advice.notes import despair, help_line, notes
from feedback_nlp.advice.prompts import prompt
from feedback_nlp.advice.questions import ask
from feedback_nlp.advice.reading import read
from feedback_nlp.advice.reply import write
from feedback_nlp.advice.situation import Situation, decide
from feedback_nlp.advice.steps import if_then, step
from feedback_nlp.advice.words import word_count
from feedback_nlp.content import read_table
from feedback_nlp.schema import Advice, Analysis, Tone

__all__ = ["advise", "despair", "help_line"]

ROUNDS = 8  # how often an answer is built anew before what is still refused is left out


class Finding(Protocol):
    """What the linter says: `where` names the part ("questions[1]"), `text` the words that it refuses."""

    @property
    def where(self) -> str:
        """The part of the answer."""

    @property
    def text(self) -> str:
        """The words that are refused."""


Lint = Callable[[Analysis, Advice], Sequence[Finding]]


def advise(
    analysis: Analysis, *, tone: Tone = Tone.MIRROR, leave_out: Collection[int] = frozenset(), lint: Lint | None = None
) -> Advice:
    """The advice on a mail, linted when `lint` is given. The same mail always gets the same answer.

    `leave_out` are indexes of `Advice.questions` that the reply shall not ask. Never raises for a mail's content.
    """
    facts = read_facts(analysis)
    situation = decide(facts)
    guard = Guard()
    advice = _build(facts, situation, tone, leave_out, guard)
    if lint is None:
        return advice
    for _ in range(ROUNDS):
        findings = lint(analysis, advice)
        if not findings:
            return advice
        guard = _lowered(guard, findings)
        advice = _build(facts, situation, tone, leave_out, guard)
    return _without(advice, lint(analysis, advice))


def _build(facts: Facts, situation: Situation, tone: Tone, leave_out: Collection[int], guard: Guard) -> Advice:
    questions = ask(facts, situation, guard)
    draft = write(facts, situation, questions, tone, leave_out, guard)
    advice = Advice(
        situation=situation.key,
        reading=read(facts, situation, guard),
        tone_line=guard.first(situation.tone),
        instructions=instruct(facts, guard),
        questions=questions,
        reply=draft.reply,
        no_reply_reason=draft.reason,
        connection_note=connection_note(facts, guard),
        prompts=prompt(facts, situation, guard),
        step=step(facts, situation, guard),
        if_then=if_then(facts, situation, guard),
        notes=notes(facts, situation, has_draft=draft.reply is not None),
    )
    return _trimmed(advice, situation.words)


def _trimmed(advice: Advice, limit: int) -> Advice:
    """The advice within its words: spare prompts go first, then the if-then line, the tone, spare questions."""
    cuts: tuple[Callable[[Advice], Advice], ...] = (
        lambda a: replace(a, prompts=a.prompts[:4]),
        lambda a: replace(a, prompts=a.prompts[:3]),
        lambda a: replace(a, questions=a.questions[:3]),
        lambda a: replace(a, if_then=""),
        lambda a: replace(a, questions=a.questions[:2]),
        lambda a: replace(a, tone_line=""),
        lambda a: replace(a, questions=a.questions[:1]),
        lambda a: replace(a, connection_note=""),
        lambda a: replace(a, prompts=a.prompts[:2]),
        lambda a: replace(a, prompts=a.prompts[:1]),
        lambda a: replace(a, instructions=a.instructions[:6]),
    )
    for cut in cuts:
        if _words(advice) <= limit:
            break
        advice = cut(advice)
    return advice


def _words(advice: Advice) -> int:
    lists = (
        [i.text for i in advice.instructions] + [q.text for q in advice.questions] + [p.text for p in advice.prompts]
    )
    single = [
        advice.reading,
        advice.tone_line,
        advice.no_reply_reason,
        advice.connection_note,
        advice.step,
        advice.if_then,
    ]
    return word_count(*lists, *single, *advice.notes, advice.reply.body if advice.reply else "")


def _lowered(guard: Guard, findings: Sequence[Finding]) -> Guard:
    """Refuse the texts that were found fault with; a reply without a known sentence falls back as a whole."""
    guard = guard.refuse(finding.text for finding in findings if finding.text)
    if any(finding.where.startswith("reply") for finding in findings):
        guard = guard.lower_reply()
    return guard


def _without(advice: Advice, findings: Sequence[Finding]) -> Advice:
    """The advice without the parts that are still refused; the reading always stays."""
    parts = {finding.where.split("[")[0].split(".")[0] for finding in findings}
    empty: dict[str, object] = {"reply": None, "connection_note": "", "tone_line": "", "if_then": ""}
    empty |= dict.fromkeys(("questions", "prompts", "instructions", "notes"), ())
    if "reply" in parts:
        advice = replace(advice, no_reply_reason=read_table("drafts")["no_reply"]["unsafe"])
    return replace(advice, **{name: value for name, value in empty.items() if name in parts})  # type: ignore[arg-type]
