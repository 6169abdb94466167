"""A report as JSON, Markdown or plain text.

The JSON is the contract (DESIGN: ``"schema": "feedback-nlp/1"``): offsets are half-open and count code points of
``text``, and ``text[start:end] == evidence`` always. Markdown and text are for people: what the mail's author wrote
cannot change their layout, and control characters are shown, not sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any

from feedback_nlp.content import areas, explanations, read_table
from feedback_nlp.schema import SCHEMA, Advice, Analysis, Improvement, Reply, Report, Span, Tag

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]"
)
_MARKDOWN = re.compile(r"[\\`*_{}\[\]#!|<>~&@]|(?<=www)\.|:(?=//)|(?<![^\s])[-+=](?=\s|[-+=]|\Z)")
_NUMBERED = re.compile(r"\A(\d{1,9})([.)])")


@dataclass(frozen=True, slots=True)
class Point:
    """One thing to work on: an instruction, empty where there is none, and the improvements (indexes) it answers."""

    instruction: str
    improvements: tuple[int, ...]


def points(report: Report) -> tuple[Point, ...]:
    """What to work on, the heaviest first. Each improvement is in exactly one point.

    Where the advice took two remarks of one breath for one, their point holds both, so that no quote is without its
    instruction.
    """
    items = report.analysis.improvements
    given = report.advice.instructions if report.advice else ()
    found = [Point(each.text, tuple(sorted((each.about, *each.also)))) for each in given]
    told = {index for point in found for index in point.improvements}
    found += [Point("", (index,)) for index in range(len(items)) if index not in told]
    return tuple(
        sorted(
            found,
            key=lambda point: (
                -max(items[index].weight for index in point.improvements),
                items[point.improvements[0]].evidence.start,
            ),
        )
    )


# --- JSON -------------------------------------------------------------------------------------------------------------


def to_dict(report: Report) -> dict[str, Any]:
    """The report as plain values, ready for JSON. ``frame`` and ``advice`` are there only if there is advice."""
    analysis = report.analysis
    message, labels, text = analysis.message, analysis.labels, analysis.message.text
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "id": message.id,
        "source": {"path": message.source.path, "index": message.source.index},
        "subject": message.subject,
        "sender": message.sender,
        "sent": message.sent.isoformat() if message.sent else None,
        "text": text,
        "tag": str(labels.tag),
        "confidence": _number(labels.confidence),
        "probabilities": {str(tag): _number(value) for tag, value in labels.probabilities.items()},
        "unsure": bool(labels.unsure),
        "outcome": str(labels.outcome),
        "stage": str(labels.stage),
        "feedback_offered": bool(labels.feedback_offered),
        "areas": list(analysis.areas),
        "improvements": [_improvement(item, text) for item in analysis.improvements],
        "strengths": [_marked(item.evidence, item.topic, text) for item in analysis.strengths],
        "sentences": [
            {
                "text": sentence.span.of(text),
                "start": sentence.span.start,
                "end": sentence.span.end,
                "role": str(sentence.role),
                "areas": list(sentence.areas),
                "confidence": _number(sentence.confidence),
            }
            for sentence in labels.sentences
        ],
        "asides": [
            {"kind": str(aside.kind), "start": aside.span.start, "end": aside.span.end} for aside in message.asides
        ],
        "notes": list(message.notes),
        "language": message.language,
    }
    if report.advice is not None:
        found["frame"] = _plain(analysis.frame)
        found["advice"] = _advice(report.advice)
    return found


def to_json(report: Report, *, indent: int | None = 2) -> str:
    """The report as JSON text, one document. Characters outside of ASCII stay; lone surrogates are escaped."""
    document = json.dumps(to_dict(report), ensure_ascii=False, indent=indent)
    return re.sub("[\ud800-\udfff]", lambda match: f"\\u{ord(match.group()):04x}", document)


def _marked(evidence: Span, topic: Span, text: str) -> dict[str, Any]:
    return {
        "evidence": evidence.of(text),
        "topic": topic.of(text),
        "start": evidence.start,
        "end": evidence.end,
        "topic_start": topic.start,
        "topic_end": topic.end,
    }


def _improvement(item: Improvement, text: str) -> dict[str, Any]:
    return {
        "area": item.area,
        "kind": str(item.kind),
        **_marked(item.evidence, item.topic, text),
        "confidence": _number(item.confidence),
        "weight": item.weight,
        "sentence": item.sentence,
    }


def _advice(advice: Advice) -> dict[str, Any]:
    plain: dict[str, Any] = _plain(advice)
    return plain


def _number(value: float) -> float:
    return round(float(value), 4)


def _plain(value: Any) -> Any:
    """Records as dictionaries, enumerations and dates as text."""
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return _number(value) if isinstance(value, float) else value


# --- words for people -------------------------------------------------------------------------------------------------


def shown(text: str) -> str:
    """Text that is safe on a terminal: control and direction characters become ``\\x1b`` etc.; tab, newline stay."""
    return _CONTROL.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    """`shown` on one line."""
    return " ".join(shown(text).split())


def sureness(report: Report) -> str:
    """The confidence of the tag in words."""
    labels = report.analysis.labels
    if labels.unsure:
        return "unsure: please read it yourself"
    return "very sure" if labels.confidence >= 0.95 else "sure" if labels.confidence >= 0.8 else "fairly sure"


def verdict(report: Report) -> str:
    """What the mail is, in a few words."""
    labels, language = report.analysis.labels, report.analysis.message.language
    if language and labels.unsure:
        return str(read_table("other_language")["verdict"]).format(language=language)
    known = explanations()
    parts = [known[str(labels.tag)].name]
    if labels.tag is not Tag.UNRELATED:
        parts += [known[str(label)].name.lower() for label in (labels.outcome, labels.stage) if label != "unknown"]
    return f"{', '.join(parts)} ({sureness(report)})"


def to_text(report: Report, heading: Callable[[str], str] = str) -> str:
    """The report for a terminal, plain words. `heading` may make a heading bold."""
    return "\n".join(_text_lines(report, heading)).rstrip() + "\n"


def _text_lines(report: Report, heading: Callable[[str], str]) -> list[str]:
    analysis, advice = report.analysis, report.advice
    lines = [heading(verdict(report))]
    if advice and advice.reading:
        lines += ["", shown(advice.reading)]
    if analysis.improvements:
        lines += ["", heading("To work on")]
        lines += [line for number, item in enumerate(analysis.improvements) for line in _gap(number, item, report)]
    if analysis.strengths:
        lines += [
            "",
            heading("What went well"),
            *(f"  “{one_line(s.evidence.of(analysis.message.text))}”" for s in analysis.strengths),
        ]
    if advice:
        lines += _advice_lines(advice, heading)
    return lines


def _gap(number: int, item: Improvement, report: Report) -> list[str]:
    text = report.analysis.message.text
    name = areas()[item.area].name
    instruction = _instruction(number, report)
    lines = [f"  {number + 1}. {name}" + (f": {shown(instruction)}" if instruction else "")]
    return [*lines, f"     “{one_line(item.evidence.of(text))}”"]


def _instruction(number: int, report: Report) -> str:
    return next(point.instruction for point in points(report) if number in point.improvements)


def _advice_lines(advice: Advice, heading: Callable[[str], str]) -> list[str]:
    lines: list[str] = []
    if advice.questions:
        asked = [f"  - {one_line(question.text)}" for question in advice.questions]
        lines += ["", heading(f"To ask next ({one_line(_asked_of(advice))})"), *asked]
    lines += _reply_lines(advice, heading)
    if advice.prompts:
        lines += ["", heading("To think about"), *(f"  - {one_line(prompt.text)}" for prompt in advice.prompts)]
    for name, words in (("Next step", advice.step), ("If, then", advice.if_then)):
        if words:
            lines += ["", f"{heading(name)}: {one_line(words)}"]
    lines += ["", *(f"Note: {one_line(note)}" for note in advice.notes)] if advice.notes else []
    return lines


def _asked_of(advice: Advice) -> str:
    """Who is asked: a name, or a word such as "the employer"."""
    return ", ".join(dict.fromkeys(question.to for question in advice.questions))


def _reply_lines(advice: Advice, heading: Callable[[str], str] = str) -> list[str]:
    if advice.reply is None:
        return ["", f"{heading('No reply')}: {one_line(advice.no_reply_reason)}"] if advice.no_reply_reason else []
    return ["", heading("A reply"), *(f"  {line}".rstrip() for line in _letter(advice.reply))]


def _letter(reply: Reply) -> list[str]:
    head = [f"To: {one_line(reply.to)}"] if reply.to else []
    head += [f"Subject: {one_line(reply.subject)}"] if reply.subject else []
    return [*head, *([""] if head else []), *shown(reply.body).splitlines()]


def asking(report: Report) -> str:
    """Only what to ask next, and the reply, for ``feedback-nlp ask``."""
    if report.advice is None:
        return ""
    advice = report.advice
    lines = [f"- {one_line(question.text)}" for question in advice.questions]
    lines += _reply_lines(advice)
    return "\n".join(lines or ["Nothing to ask about this mail."]).strip() + "\n"


# --- Markdown ---------------------------------------------------------------------------------------------------------


def to_markdown(report: Report) -> str:
    """The report as Markdown. Words of the mail are escaped: they bring no link, picture or heading of their own."""
    analysis, advice = report.analysis, report.advice
    text = analysis.message.text
    lines = [f"# {_escaped(analysis.message.subject) or 'A mail'}", "", f"**{_escaped(verdict(report))}**"]
    if advice and advice.reading:
        lines += ["", _escaped(advice.reading)]
    if analysis.improvements:
        lines += ["", "## To work on", ""]
        for number, item in enumerate(analysis.improvements):
            instruction = _instruction(number, report)
            name = areas()[item.area].name
            lines += [f"{number + 1}. **{name}**" + (f": {_escaped(instruction)}" if instruction else "")]
            lines += [f"   > {_escaped(item.evidence.of(text))}"]
    if analysis.strengths:
        lines += ["", "## What went well", "", *(f"- {_escaped(s.evidence.of(text))}" for s in analysis.strengths)]
    if advice:
        lines += _advice_markdown(advice)
    return "\n".join(lines).rstrip() + "\n"


def _advice_markdown(advice: Advice) -> list[str]:
    lines: list[str] = []
    if advice.questions:
        asked = [f"- {_escaped(question.text)}" for question in advice.questions]
        lines += ["", f"## To ask next ({_escaped(_asked_of(advice))})", "", *asked]
    if advice.reply is not None:
        lines += ["", "## A reply", "", *(f"> {_escaped(line)}  ".rstrip(" ") + "  " for line in _letter(advice.reply))]
    elif advice.no_reply_reason:
        lines += ["", "## No reply", "", _escaped(advice.no_reply_reason)]
    if advice.prompts:
        lines += ["", "## To think about", "", *(f"- {_escaped(prompt.text)}" for prompt in advice.prompts)]
    for heading, words in (("Next step", advice.step), ("If, then", advice.if_then)):
        if words:
            lines += ["", f"**{heading}:** {_escaped(words)}"]
    return lines + [line for note in advice.notes for line in ("", f"*{_escaped(note)}*")]


def _escaped(text: str) -> str:
    """One line of text in which Markdown finds nothing: every mark of it is escaped, and so is every HTML sign."""
    return _NUMBERED.sub(r"\1\\\2", _MARKDOWN.sub(r"\\\g<0>", one_line(text)))


def summary(analysis: Analysis) -> str:
    """One line for a list: tag and areas."""
    names = ", ".join(areas()[area].name for area in analysis.areas)
    return f"{analysis.labels.tag}{f': {names}' if names else ''}"
