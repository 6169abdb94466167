"""Whole mail in, whole report out: what a careful reader says of it, in ``tests/mails``."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from feedback_nlp.analyzer import Analyzer
from feedback_nlp.content import check_keys
from feedback_nlp.mail import read_mail
from feedback_nlp.report import to_json, to_markdown, to_text

KEYS = {
    "subject": str,
    "outcome": str,
    "stage": str,
    "areas": list,
    "strengths": list,
    "kinds": list,
    "feedback_offered": bool,
    "never_quoted": list,
    "reply": bool,
    "reply_to": str,
    "known_fault": str,  # why the program does not read it rightly yet
}


def cases() -> list[Any]:
    found = []
    for path in sorted(Path(__file__).with_name("mails").glob("*.toml")):
        for case in tomllib.loads(path.read_text(encoding="utf-8"))["case"]:
            check_keys(
                case,
                f"{path.name}: {case.get('name')}",
                {"name": str, "mail": str, "tag": str, "improvements": list},
                KEYS,
            )
            marks = [pytest.mark.xfail(reason=case["known_fault"])] if "known_fault" in case else []
            found.append(pytest.param(case, id=f"{path.stem}: {case['name']}", marks=marks))
    return found


@pytest.mark.parametrize("case", cases())
def test_mail(case: dict[str, Any], analyzer: Analyzer) -> None:
    """Tag, outcome, stage, areas, evidence, kinds and route are those of a careful reader."""
    message = read_mail(case["mail"].strip())
    message = replace(message, subject=case.get("subject", message.subject))
    report = analyzer.analyze(message)
    found = json.loads(to_json(report))
    assert found["tag"] == case["tag"]
    for key in ("outcome", "stage", "feedback_offered"):
        if key in case:
            assert found[key] == case[key], key
    assert set(case.get("areas", ())) <= set(found["areas"])
    _quotes(found["improvements"], case["improvements"])
    _quotes(found["strengths"], case.get("strengths", []))
    assert set(case.get("kinds", ())) <= {item["kind"] for item in found["improvements"]}
    shown = to_text(report) + to_markdown(report)
    for words in case.get("never_quoted", ()):
        assert words not in shown
    reply = found["advice"]["reply"]
    if "reply" in case:
        assert (reply is not None) == case["reply"]
    if "reply_to" in case:
        assert case["reply_to"] in reply["to"]


def _quotes(found: list[dict[str, Any]], wanted: list[str]) -> None:
    """Each wanted run lies half inside an evidence; where none is wanted there is none."""
    if not wanted:
        return
    for words in wanted:
        tokens = set(words.split())
        best = max((len(tokens & set(item["evidence"].split())) / len(tokens) for item in found), default=0)
        assert best >= 0.5, words
