"""The grammar of the questions: twelve kinds by fourteen areas, topics, heads, instructions, prompts."""

from __future__ import annotations

import re

import pytest
from tests.factory import make

from feedback_nlp.advice import advise
from feedback_nlp.advice.facts import read_facts
from feedback_nlp.advice.questions import fill, gap_questions
from feedback_nlp.advice.topics import accept, mine, plain_quote
from feedback_nlp.content import areas, read_table
from feedback_nlp.linter import lint
from feedback_nlp.schema import Kind

NONE: frozenset[str] = frozenset()
COMBINATIONS = [(area, kind) for area in areas() for kind in Kind]


def sound(text: str) -> None:
    """What every sentence of ours must be."""
    assert not re.search(r"[{}]|  |\.\.|\?\.|\s[,.?]", text)
    assert not re.search(r"\b(\w+) \1\b", text, re.IGNORECASE)
    assert not re.search(r"\ba [aeio]\w|\ban [bcdfgjklmnpqrstvwxyz]\w", text)
    assert text[0].isupper() or text[0] == "“"


@pytest.mark.parametrize(("area", "kind"), COMBINATIONS)
@pytest.mark.parametrize("topic", ["", "{your handling of the ledger} "])
def test_every_kind_and_area_renders(area: str, kind: Kind, topic: str) -> None:
    """Each of the 168 combinations gives an instruction, a question with a choice or an aim, prompts and a step."""
    analysis = make(f"Hi Ana, [[{area} {kind}| {topic}qwrt zxcv]]. We say no. Bo", sender="Bo", candidate="Ana")
    advice = advise(analysis, lint=lint)
    assert lint(analysis, advice) == []
    assert len(advice.instructions) == 1
    assert len(advice.instructions[0].text.split()) <= 14
    assert 2 <= len(advice.questions) <= 4
    assert 3 <= len(advice.prompts) <= 5
    for item in (*advice.instructions, *advice.questions, *advice.prompts):
        sound(item.text)
    assert all(question.text.endswith("?") for question in advice.questions)
    assert not re.search(r"\bwhy (?:was|were|did|not)\b", " ".join(q.text for q in advice.questions), re.IGNORECASE)


def test_the_table_allows_the_known_combinations() -> None:
    """The table of ADVICE.md §4: where a word is there, its pattern renders; where a cell is empty, it does not."""
    questions = read_table("questions")
    rendered = 0
    for area in areas():
        words = questions["area"][area]
        for kind in Kind:
            for pattern in questions["kind"][kind.value]["patterns"]:
                text = fill(pattern, words, "")
                needed = re.findall(r"{(\w+)}", pattern)
                assert bool(text) == all(words.get(name) for name in needed)
                rendered += bool(text and needed)
                if text:
                    sound(text)
    assert rendered >= 40


def test_a_choice_that_the_quote_has_made_is_not_offered() -> None:
    """ "No results" does not get asked whether the result was missing."""
    analysis = make("Hi, [[interview_answers not_shown| your story had no result]]. Bo")
    gap = read_facts(analysis).gaps[0]
    assert not any("my own part or the result" in item.text for item in gap_questions(gap)[:1])


@pytest.mark.parametrize(
    ("raw", "page", "own"),
    [
        ("stock rotation", "stock rotation", "stock rotation"),
        ("SAP FI", "SAP FI", "SAP FI"),
        ("Your explanation of the plan", "your explanation of the plan", "my explanation of the plan"),
        ("checking the drawing", "checking the drawing", "checking the drawing"),
        ("presenting yourself", "presenting yourself", "presenting myself"),
        ("at least six years of brewing", None, None),
        ("six years of brewing", "six years of brewing", "six years of brewing"),
        ("someone who has run warehouse teams", "warehouse teams", "warehouse teams"),
        ("a lack of budget planning", "budget planning", "budget planning"),
        ("no welding", "welding", "welding"),
        ("our product range", "their product range", "your product range"),
        ("cover letter", "the cover letter", "the cover letter"),
        ("you left before the end", None, None),
        ("your answers", None, None),
        ("skills", None, None),
        ("letter", None, None),
        ("what was yours", None, None),
        ("on your phone", None, None),
        ("the point (see above)", None, None),
        ("that the plan was far too long for all of us there", None, None),
        ("too quiet", None, None),
        ("{mine}", None, None),
    ],
)
def test_which_topics_are_accepted(raw: str, page: str | None, own: str | None) -> None:
    """A topic is a noun phrase or a gerund of at most seven words that may stand in any sentence, or it is left out."""
    topic = accept(raw, True, NONE)
    assert (topic.page, topic.mine) == (page, own) if topic else page is None


def test_a_persons_name_is_no_topic() -> None:
    """Names of the frame are never slotted in."""
    assert accept("the talk with Noreen", False, frozenset({"noreen"})) is None


def test_your_becomes_my() -> None:
    """The switch to the candidate's voice leaves no "your" behind and turns "our" around."""
    assert mine("Your plan for our site, by yourself") == "My plan for your site, by myself"


@pytest.mark.parametrize(
    ("quote", "usable"),
    [("the plan was thin", True), ("you were late", False), ("we missed the point", False), ("a\nb", False)],
)
def test_which_quotes_stand_in_a_sentence(quote: str, usable: bool) -> None:
    """A quote with a first or second person, or over two lines, is not put into a sentence."""
    assert plain_quote(quote) is usable


def test_two_gaps_have_heads() -> None:
    """As soon as there are two gaps, each question says what it is about."""
    advice = advise(
        make("Hi, [[technical_skills missing| no {COBOL}]], and [[communication level| {your pace} is off]]. No. Bo")
    )
    assert advice.questions[0].text.startswith("On COBOL: ")
    assert advice.questions[1].text.startswith("On my pace: ")


def test_the_heaviest_gap_comes_first() -> None:
    """Weight ranks the gaps; ties stay in the order of the mail."""
    advice = advise(
        make("Hi, [[communication level 1.0| {your pace} is off]], but above all [[technical_skills missing 4.0| no "
             "{COBOL}]]. No. Bo")
    )  # fmt: skip
    assert [item.about for item in advice.instructions] == [1, 0]


@pytest.mark.parametrize(
    ("quote", "start"),
    [
        ("you arrived twenty minutes late", "Be there"),
        ("you interrupted the panel", "Let others finish"),
        ("you read from the slides", "Speak from"),
        ("you were rather quiet", "Say one thing early"),
        ("your answers rambled", "Stop after"),
        ("the talk ran over time", "Cut the talk"),
    ],
)
def test_a_seen_behavior_gets_the_opposite_act(quote: str, start: str) -> None:
    """The table of behaviors turns what was seen into what to do."""
    advice = advise(make(f"Hi, [[communication behavior| {quote}]]. No. Bo")) if "arrived" not in quote else advise(
        make(f"Hi, [[professionalism behavior| {quote}]]. No. Bo")
    )  # fmt: skip
    assert advice.instructions[0].text.startswith(start)


def test_there_are_more_than_25_behaviors_and_each_is_sound() -> None:
    """Each block has an instruction of at most 14 words, a plan, a prompt, and known areas."""
    blocks = read_table("behaviors")
    assert len(blocks) >= 25
    for block in blocks.values():
        assert len(block["do"].split()) <= 14
        assert set(block["areas"]) <= set(areas())
        sound(block["do"])
        sound(block["prompt"])
        sound(f"I will {block['plan']}.")
        assert not re.search(r"\byour?\b", re.sub(r'"[^"]*"', "", block["prompt"]))
        if "ask" in block:
            sound(block["ask"])
            assert block["ask"].endswith("?")
        if "if" in block:
            sound(f"If {block['if']}, then I {block['then']}.")
        if "step" in block:
            assert re.match(r"(?:Tonight|Tomorrow|This week|By Sunday): ", block["step"])


def test_advice_of_the_sender_is_kept_as_it_is() -> None:
    """A quote that is already an instruction becomes the instruction."""
    advice = advise(make("Hi, [[technical_skills advice| brush up on {pivot tables}]]. No. Bo"))
    assert advice.instructions[0].text == "Brush up on pivot tables"
