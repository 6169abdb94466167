"""Turn a hand-written page of mails into labelled rows.

Writing JSON by hand repeats each sentence up to four times. A page repeats nothing: the mail is written once, a line a
sentence, with its role in front and the evidence marked where it stands. `CONTRIBUTING.md` shows the format::

    @@ w01-001 | actionable | rejected | interview | offered hard group=g1
    Subject: Your interview on Tuesday

    C Hi Sam,

    C Thank you for coming in.
    S ⟦+|⟪Your dashboards⟫ were a highlight⟧.
    F You were quick, but ⟦interview_answers|⟪your answers⟫ stayed rather high-level⟧.
    F:interview_answers We had hoped for a number or two.

    C Best,
    /- Noor

A blank line starts a paragraph, ``/`` starts a new line, ``⏎`` is a line break inside a sentence. Otherwise a sentence
follows the one before it after a space. A bullet, number or quote mark in front of the words is text, not sentence.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

from feedback_nlp.content import areas
from feedback_nlp.errors import DataError
from feedback_nlp.schema import Outcome, Stage, Tag

ROLES = {
    "F": "feedback",
    "O": "feedback_offer",
    "X": "circumstance",
    "R": "stock_reason",
    "S": "strength",
    "D": "decision",
    "N": "door_open",
    "C": "courtesy",
    "-": "other",
}
AREAS = tuple(areas())

_LINE = re.compile(r"^(?P<newline>/?)(?P<role>[FOXRSDNC-])(?::(?P<areas>[a-z_,]+))?(?: (?P<words>.*))?$")
_LEAD = re.compile(r"^(?:(?:[-*•–>]+|\(?\d{1,2}[.)]|[a-z]\))[ \t]+)+")
_MARK = re.compile(r"⟦(?P<area>[a-z_+]+)\|(?P<body>[^⟦⟧]*)⟧")


class PageError(DataError):
    """A page breaks the format; the message starts with file, line and mail."""


def _unmark(marked: str, where: str) -> tuple[str, list[dict[str, str]], list[dict[str, str]]]:
    """Plain words of a sentence, its improvements and its strengths."""
    improvements: list[dict[str, str]] = []
    strengths: list[dict[str, str]] = []

    def take(match: re.Match[str]) -> str:
        area, body = match["area"], match["body"]
        topics = re.findall(r"⟪([^⟪⟫]*)⟫", body)
        if len(topics) != 1 or not topics[0].strip():
            raise PageError(f"{where}: a marked run needs one ⟪topic⟫: {body!r}")
        evidence = body.replace("⟪", "").replace("⟫", "")
        if evidence != evidence.strip() or topics[0] != topics[0].strip():
            raise PageError(f"{where}: no space at the edge of a marked run: {body!r}")
        if area == "+":
            strengths.append({"evidence": evidence, "topic": topics[0]})
        elif area in AREAS:
            improvements.append({"area": area, "evidence": evidence, "topic": topics[0]})
        else:
            raise PageError(f"{where}: unknown area {area!r}; areas are {', '.join(AREAS)}")
        return evidence

    plain = _MARK.sub(take, marked)
    left = re.search(r"[⟦⟧⟪⟫]", plain)
    if left:
        raise PageError(f"{where}: a mark is not closed or stands inside another: {marked!r}")
    return plain, improvements, strengths


def _row(header: str, lines: list[tuple[int, str]], path: str, first: int) -> dict[str, Any]:
    where = f"{path}:{first}"
    parts = [part.strip() for part in header.split("|")]
    if len(parts) < 4:
        raise PageError(f"{where}: the header needs id | tag | outcome | stage: {header!r}")
    row_id, tag, outcome, stage = parts[:4]
    flags = parts[4].split() if len(parts) > 4 else []
    for value, known in ((tag, tuple(Tag)), (outcome, tuple(Outcome)), (stage, tuple(Stage))):
        if value not in known:
            raise PageError(f"{where}: {row_id}: {value!r} is not one of {', '.join(known)}")
    row: dict[str, Any] = {"id": row_id, "subject": "", "text": "", "tag": tag, "outcome": outcome, "stage": stage}
    text, gap = "", ""
    improvements: list[dict[str, str]] = []
    strengths: list[dict[str, str]] = []
    sentences: list[dict[str, Any]] = []
    note = ""
    for number, line in lines:
        at = f"{path}:{number}: {row_id}"
        if not line.strip():
            gap = "\n\n" if text else ""
            continue
        if line.startswith("Subject:") and not text:
            row["subject"] = line[8:].strip()
            continue
        if line.startswith("# "):
            note = line[2:].strip()
            continue
        match = _LINE.match(line)
        if not match or not (match["words"] or "").strip():
            raise PageError(f"{at}: not a sentence line (role letter, space, words): {line!r}")
        if match["newline"] and gap == " ":
            gap = "\n"
        words = match["words"].strip().replace("⏎", "\n")
        lead = _LEAD.match(words)
        prefix = lead.group(0) if lead else ""
        plain, found, good = _unmark(words[len(prefix) :], at)
        role = ROLES[match["role"]]
        areas = sorted({*(match["areas"].split(",") if match["areas"] else []), *(item["area"] for item in found)})
        unknown = [area for area in areas if area not in AREAS]
        if unknown:
            raise PageError(f"{at}: unknown area {unknown[0]!r}; areas are {', '.join(AREAS)}")
        if role == "feedback" and not areas:
            raise PageError(f"{at}: a feedback sentence needs an area (F:area or a mark)")
        if role != "feedback" and areas:
            raise PageError(f"{at}: only a feedback sentence has areas")
        if role == "strength" and not good:
            raise PageError(f"{at}: a strength sentence needs a ⟦+|…⟧ mark")
        if good and role not in ("strength", "feedback"):
            raise PageError(f"{at}: a sentence that marks a strength is S (or F where it also names a gap)")
        sentence: dict[str, Any] = {"text": plain, "role": role}
        if areas:
            sentence["areas"] = areas
        sentences.append(sentence)
        text += gap + prefix + plain
        gap = " "
        improvements += found
        strengths += good
    feedback = any(sentence["role"] == "feedback" for sentence in sentences)
    if feedback != (tag == "actionable"):
        raise PageError(f"{where}: {row_id}: a mail is actionable exactly when it has a feedback sentence")
    if tag == "actionable" and not improvements:
        raise PageError(f"{where}: {row_id}: an actionable mail needs at least one marked improvement")
    if tag == "unrelated" and strengths:
        raise PageError(f"{where}: {row_id}: praise on a candidacy makes a mail generic, not unrelated")
    offered = "offered" in flags
    if offered != any(sentence["role"] == "feedback_offer" for sentence in sentences) and not feedback:
        raise PageError(f"{where}: {row_id}: the flag 'offered' and an O sentence go together")
    row.update(
        text=text,
        areas=sorted({area for sentence in sentences for area in sentence.get("areas", [])}),
        improvements=improvements,
        strengths=strengths,
        feedback_offered=offered,
        sentences=sentences,
        hard="hard" in flags,
    )
    group = next((flag[6:] for flag in flags if flag.startswith("group=")), "")
    if group:
        row["group"] = group
    if note:
        row["note"] = note
    return row


def read_page(page: str, path: str = "page") -> list[dict[str, Any]]:
    """Rows of a page, in order. Raises `PageError` naming file, line and mail at the first fault."""
    mails: list[tuple[str, int, list[tuple[int, str]]]] = []
    for number, line in enumerate(page.splitlines(), start=1):
        if line.startswith("@@ "):
            mails.append((line[3:], number, []))
        elif mails:
            mails[-1][2].append((number, line.rstrip()))
        elif line.strip():
            raise PageError(f"{path}:{number}: text before the first '@@' header")
    rows = [_row(header, lines, path, number) for header, number, lines in mails]
    seen: set[str] = set()
    for row in rows:
        if row["id"] in seen:
            raise PageError(f"{path}: the id {row['id']} occurs twice")
        seen.add(row["id"])
    return rows


def main(arguments: list[str]) -> int:
    """Check pages and, given ``-o FILE``, write their rows as JSON lines."""
    out = None
    if "-o" in arguments:
        at = arguments.index("-o")
        out = Path(arguments[at + 1])
        arguments = arguments[:at] + arguments[at + 2 :]
    rows: list[dict[str, Any]] = []
    for name in arguments:
        try:
            rows += read_page(Path(name).read_text(encoding="utf-8"), name)
        except PageError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    tags = {tag.value: sum(row["tag"] == tag for row in rows) for tag in Tag}
    sys.stderr.write(f"{len(rows)} mails, {sum(len(row['sentences']) for row in rows)} sentences, {tags}\n")
    if out:
        out.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
