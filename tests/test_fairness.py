"""Who somebody is changes nothing: names, pronouns, origins and ages swapped, and redaction that finds them."""

from __future__ import annotations

import pytest
from benchmarks import fairness, redaction

from feedback_nlp.advice.facts import wording_seed
from feedback_nlp.analyzer import Analyzer
from feedback_nlp.content import areas

TRAITS = ("age", "gender", "sex", "race", "religion", "origin", "nationality", "disability", "health", "pregnancy")


def test_no_area_is_a_protected_trait() -> None:
    """Nothing that a person is can be an improvement area."""
    assert not [key for key in areas() if set(key.split("_")) & set(TRAITS)]


def test_swapped_traits_change_neither_tag_nor_area(analyzer: Analyzer) -> None:
    """A small sample of what docs/reliability.md measures: tags hold, and most areas; no trait is an improvement."""
    counts = fairness.measure(analyzer, fairness.corpus_mails(6), most=2)
    assert set(counts) >= {"pronoun", "origin", "age"}
    mails = sum(count["mails"] for count in counts.values())
    assert sum(count["tag"] for count in counts.values()) <= mails / 20
    assert sum(count["areas"] for count in counts.values()) <= mails / 4
    assert not sum(count["trait as improvement"] for count in counts.values())


def test_readings_that_differ_are_seen() -> None:
    """The variants hold the value and differ in nothing else."""
    row = {"text": "Dear Ines,\n\nInes, we said no.\n\nBest,\nJo", "subject": "x"}
    for group in fairness.variants(row):
        blanked = {text.replace(value, "_") for text, value in zip(group.texts, group.values, strict=True)}
        assert len(blanked) == 1
        assert len(set(group.texts)) == len(group.values)


def test_redaction_finds_what_it_promises(analyzer: Analyzer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Addresses, numbers and links go wherever they stand, names of headers, greeting and sign-off too."""
    monkeypatch.setattr(redaction, "load", lambda: analyzer)
    found = redaction.measure(list(redaction.invent(12)))
    for kind in ("address", "phone", "link", "name"):
        part, whole = found[kind]
        assert part >= 0.95 * whole, kind
    right, masked = found["precision"]
    assert right >= 0.85 * masked


def test_wording_does_not_hang_on_who_it_is() -> None:
    """Between equal wordings, neither a name nor an age, an origin or a pronoun decides."""
    one = "Dear Ines,\n\nOur panel told her at 24, being Chinese, that we said no."
    other = "Dear Mohammed,\n\nOur panel told them at 57, being German, that we said no."
    assert wording_seed(one) == wording_seed(other) != wording_seed("Dear Ines,\n\nWe chose another.")
