"""Reports made by rule, for tests of the pages: no model, no words of the advice, every noun of the schema.

`install` puts an analyzer of this kind where the pages look for the real one.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from types import ModuleType

from factory import odds, where
from feedback_nlp.advice.other_language import own_reading
from feedback_nlp.errors import EmptyInput
from feedback_nlp.schema import (
    Advice,
    Analysis,
    Frame,
    Improvement,
    Instruction,
    Kind,
    Labels,
    Message,
    Outcome,
    Prompt,
    PromptKind,
    Question,
    Reply,
    Report,
    Role,
    Route,
    RouteKind,
    Sender,
    SenderKind,
    Sentence,
    Slot,
    Span,
    Stage,
    Strength,
    Tag,
    Tone,
)

# pattern of the evidence, topic inside it, area, kind, weight
GAPS = [
    ("you have not used a dispensing robot", "a dispensing robot", "technical_skills", Kind.MISSING, 2.0),
    ("you initialled before the second check", "the second check", "professionalism", Kind.BEHAVIOR, 2.0),
    (
        "your answers on stakeholder management stayed rather high-level",
        "your answers",
        "interview_answers",
        Kind.LEVEL,
        4.0,
    ),
    ("one campaign with its numbers", "its numbers", "interview_answers", Kind.NOT_SHOWN, 1.5),
    ("run paid search budgets of over 500k", "paid search budgets", "experience", Kind.THRESHOLD, 3.0),
]
PRAISE = [
    ("very calm with the queue", "the queue"),
    ("your portfolio walkthrough was excellent", "your portfolio walkthrough"),
]
ROLES = [
    ("pass your name on", Role.DOOR_OPEN),
    ("similar role", Role.DOOR_OPEN),
    ("on file", Role.DOOR_OPEN),
    ("talk any of this through", Role.FEEDBACK_OFFER),
    ("more closely matches", Role.STOCK_REASON),
    ("to someone else", Role.DECISION),
    ("not the news", Role.DECISION),
    ("thank you", Role.COURTESY),
]
DOUBTFUL = "doubtful"  # a mail with this word is one that the fake analyzer is unsure about
GERMAN = "Leider"  # pasted text with this word is German


def report(source: str | Message) -> Report:
    """A report on a mail, by the rules above."""
    language = "German" if isinstance(source, str) and GERMAN in source else ""
    message = source if isinstance(source, Message) else Message(text=source, language=language)
    if not message.text.strip():
        raise EmptyInput("there is no text to read: paste the words of the mail")
    analysis = _analysis(message)
    return Report(analysis, advise(analysis))


def advise(analysis: Analysis, tone: Tone = Tone.MIRROR, leave_out: Iterable[int] = ()) -> Advice:
    """Advice with every field filled that the mail allows."""
    text = analysis.message.text
    if analysis.message.language and analysis.labels.unsure:
        return own_reading(analysis.message.language)
    if analysis.labels.tag is Tag.UNRELATED:
        return Advice(
            "unrelated",
            "This is practical mail, not feedback.",
            no_reply_reason="Answer what they ask, by their route.",
        )
    quotes = [item.evidence.of(text) for item in analysis.improvements]
    left_out = set(leave_out)
    questions = [
        Question(f"You mention “{quote}”: would a small start be enough, or do you need more?", "Noreen", quote)
        for quote in quotes
    ]
    kept = [question.text for index, question in enumerate(questions) if index not in left_out]
    opening = {Tone.BRIEF: "Hi Noreen,", Tone.FORMAL: "Dear Ms Tait,"}.get(tone, "Dear Noreen,")
    body = "\n\n".join(
        [opening, "Thank you for letting me know.", "I will practice the second check.", *kept, "Kind regards,\nFarida"]
    )
    reply = Reply(
        "noreen.tait@tait-pharmacy.example",
        f"Re: {analysis.message.subject}",
        body,
        ("I will practice the second check.",),
    )
    return Advice(
        situation="rejected-interview",
        reading="Yes: there is something to act on, and a question about Malton that needs your answer by the 12th."
        if quotes
        else "No: this letter says nothing about you that you could act on.",
        tone_line="That is a hard note after a whole morning; the useful part is clear.",
        instructions=tuple(
            Instruction(f"Show “{each.topic.of(text)}” with one example", i)
            for i, each in enumerate(analysis.improvements)
        ),
        questions=tuple(questions),
        reply=reply if quotes else None,
        no_reply_reason="" if quotes else "Nobody reads that mailbox.",
        connection_note="Thank you for the morning at the dispensary." if quotes else "",
        prompts=(
            Prompt(
                "What was I trying to save when I initialled early: time, worry, face?",
                PromptKind.MEMORY,
                quotes[0] if quotes else "",
                "reflect",
            ),
            Prompt("The queue stayed calm because I did something: what was it?", PromptKind.STRENGTH, "", "victories"),
            Prompt(
                "How many adverts near me name a robot, and who could show me one for an hour?",
                PromptKind.EVIDENCE,
                "",
                "skills",
            ),
        ),
        step="Ring one pharmacy with a robot on Tuesday, and ask for an hour of watching.",
        if_then="If they say no, then I will ask the next one on the list.",
    )


class FakeAnalyzer:
    """Has the two calls that the pages use."""

    def analyze(self, source: str | Message, *, advice: bool = True) -> Report:
        return report(source)

    def advise(self, analysis: Analysis, *, tone: Tone = Tone.MIRROR, leave_out: Sequence[int] = ()) -> Report:
        return Report(analysis, advise(analysis, tone, leave_out))

    def analyze_all(self, sources: Iterable[str | Message], *, advice: bool = True) -> list[Report]:
        return [report(source) for source in sources]


def install() -> None:
    """Put the fake where the pages import the real one from."""
    module = ModuleType("feedback_nlp.analyzer")
    vars(module).update(load=FakeAnalyzer, Analyzer=FakeAnalyzer)
    sys.modules["feedback_nlp.analyzer"] = module


def _analysis(message: Message) -> Analysis:
    text = message.text
    sentences = [_sentence(text, match.start(), match.end()) for match in re.finditer(r"[^\s.!?][^.!?\n]*[.!?]?", text)]
    improvements = tuple(_improvement(text, sentences, gap) for gap in GAPS if gap[0] in text)
    strengths = tuple(
        Strength(where(text, words), where(text, words, topic)) for words, topic in PRAISE if words in text
    )
    rejected = any(
        word in text for word in ("someone else", "not the news", "Not the news", "move forward", "Unfortunately")
    )
    tag = Tag.ACTIONABLE if improvements else Tag.GENERIC if rejected else Tag.UNRELATED
    unsure = DOUBTFUL in text or bool(message.language)
    labels = Labels(
        tag=tag,
        probabilities=odds(tag, 0.48 if unsure else 0.93),
        unsure=unsure,
        outcome=Outcome.REJECTED if rejected else Outcome.UNKNOWN,
        stage=Stage.INTERVIEW if improvements else Stage.APPLICATION if rejected else Stage.UNKNOWN,
        feedback_offered=any(each.role is Role.FEEDBACK_OFFER for each in sentences),
        sentences=tuple(sentences),
    )
    frame = Frame(Sender(SenderKind.PERSON), Route(RouteKind.REPLY), company=_company(message))
    return Analysis(message, labels, improvements, strengths, frame)


def _company(message: Message) -> Slot | None:
    name = message.sender.partition("<")[0].strip()
    return Slot(name, Span(0, len(name))) if name else None


def _sentence(text: str, start: int, end: int) -> Sentence:
    words = text[start:end]
    areas = tuple(sorted({gap[2] for gap in GAPS if gap[0] in words}))
    if areas:
        role = Role.FEEDBACK
    elif any(praise in words for praise, _ in PRAISE):
        role = Role.STRENGTH
    else:
        role = next((role for pattern, role in ROLES if pattern in words.lower()), Role.OTHER)
    return Sentence(Span(start, end), words, role, areas, 0.9)


def _improvement(text: str, sentences: list[Sentence], gap: tuple[str, str, str, Kind, float]) -> Improvement:
    words, topic, area, kind, weight = gap
    evidence = where(text, words)
    index = next((i for i, each in enumerate(sentences) if each.span.overlaps(evidence)), 0)
    return Improvement(area, kind, evidence, where(text, words, topic), 0.88, weight, index)


def with_tag(found: Report, **changes: object) -> Report:
    """The same report with other labels."""
    return replace(found, analysis=replace(found.analysis, labels=replace(found.analysis.labels, **changes)))  # type: ignore[arg-type]
