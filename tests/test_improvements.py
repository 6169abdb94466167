"""From marks to improvements and strengths: what holds, its edges, its kind and its weight."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factory import odds

from feedback_nlp.improvements import find_improvements, find_strengths, kind_of, ranked, weight_of
from feedback_nlp.schema import (
    Aside,
    AsideKind,
    Kind,
    Labels,
    Mark,
    Message,
    Outcome,
    Role,
    Sentence,
    Span,
    Stage,
    Tag,
)

K = Kind


def labels(text: str, marks: list[tuple[str, str, str]], sentences: list[str] | None = None, tag: Tag = Tag.ACTIONABLE):
    """Labels with the given (area, evidence, topic) marked in `text`; every sentence is feedback."""
    spans = []
    at = 0
    for words in sentences or [text]:
        start = text.index(words, at)
        at = start + len(words)
        spans.append(Sentence(Span(start, at), words, Role.FEEDBACK, ("communication",), 0.9))
    found = []
    for area, evidence, topic in marks:
        start = text.index(evidence)
        first = start + evidence.index(topic)
        found.append(Mark(area, Span(start, start + len(evidence)), Span(first, first + len(topic)), 0.8))
    return Labels(tag, odds(tag), False, Outcome.REJECTED, Stage.INTERVIEW, False, tuple(spans), tuple(found))


def chunks_of(*phrases: str):
    """A stand-in for the parser: these phrases are the noun chunks."""

    def chunks(sentence: str) -> tuple[Span, ...]:
        return tuple(Span(at, at + len(p)) for p in phrases if (at := sentence.find(p)) >= 0)

    return chunks


def improve(text: str, marks: list[tuple[str, str, str]], chunks=None, **more):
    return find_improvements(Message(text), labels(text, marks, **more), chunks)


# --- what holds -------------------------------------------------------------------------------------------------------


def test_only_actionable_mail_has_improvements() -> None:
    """Marks in a generic mail are not shown."""
    text = "Your answers were long."
    marks = [("communication", "Your answers were long", "Your answers")]
    assert find_improvements(Message(text), labels(text, marks, tag=Tag.GENERIC)) == ()


def test_the_candidates_own_words_do_not_count() -> None:
    """A mark inside a quotation of the candidate is dropped, and the employer's sentence stands in."""
    text = "You were late.\n> I know my German is weak"
    message = Message(text, asides=(Aside(AsideKind.OWN_WORDS, Span(15, len(text))),))
    found = find_improvements(
        message,
        labels(
            text,
            [("communication", "my German is weak", "my German")],
            sentences=["You were late.", "I know my German is weak"],
        ),
    )
    assert [item.evidence.of(text) for item in found] == ["You were late"]


def test_denied_gaps_are_dropped() -> None:
    """A negated topic is no improvement; the one after "but" is."""
    text = "Your SQL was never in question, but your examples stayed vague."
    found = improve(
        text,
        [
            ("technical_skills", "Your SQL was never in question", "Your SQL"),
            ("interview_answers", "your examples stayed vague", "your examples"),
        ],
    )
    assert [item.area for item in found] == ["interview_answers"]


@pytest.mark.parametrize(
    ("evidence", "topic"),
    [
        ("nationality as Nigerian", "nationality"),
        ("you are too old for the team", "too old"),
        ("your pregnancy would make the start difficult", "your pregnancy"),
        ("your accent may put customers off", "your accent"),
        ("with your disability the stairs are a problem", "the stairs"),
        ("your religion", "your religion"),
    ],
)
def test_what_somebody_is_is_never_an_improvement(evidence: str, topic: str) -> None:
    """A mark that is about a protected trait alone is dropped, and no stand-in brings it back."""
    assert improve(f"We felt that {evidence}.", [("experience", evidence, topic)]) == ()
    both = f"We felt that {evidence}. Your SQL was thin."
    found = improve(
        both,
        [("experience", evidence, topic), ("technical_skills", "Your SQL was thin", "SQL")],
        sentences=[f"We felt that {evidence}.", "Your SQL was thin."],
    )
    assert [item.evidence.of(both) for item in found] == ["Your SQL was thin"]


@pytest.mark.parametrize(
    ("evidence", "topic"),
    [
        ("your German is not at the level of B2 yet", "your German"),
        ("you would need a work permit for Switzerland", "a work permit"),
        ("your nationality means that a visa would take too long", "a visa"),
        ("your accent and vocabulary in French need practice", "vocabulary"),
        ("your knowledge of disability law was thin", "disability law"),
        ("your health and safety records had gaps", "health and safety records"),
        ("your SQL was thin, and you are too young", "your SQL"),
        ("your age analysis of debtors was wrong", "analysis of debtors"),
    ],
)
def test_languages_permits_and_subjects_of_work_stay(evidence: str, topic: str) -> None:
    """Words that only sound like a trait, and gaps beside one, are still improvements."""
    assert len(improve(f"We felt that {evidence}.", [("experience", evidence, topic)])) == 1


def test_an_actionable_mail_always_has_one() -> None:
    """Without a mark that holds, the surest feedback sentence is the evidence."""
    text = "Hello. More depth please."
    (item,) = improve(text, [], sentences=["Hello.", "More depth please."])
    assert item.area == "communication"
    assert item.evidence.of(text) == item.topic.of(text)


def test_edges_are_snapped() -> None:
    """Half words are made whole, the words up to the next stop are taken in, loose marks and conjunctions go."""
    text = "All fine, but you spoke rather too fast at the end, sadly."
    (item,) = improve(text, [("communication", "but you spoke rather too fa", "you spoke rather too fa")])
    assert item.evidence.of(text) == "you spoke rather too fast at the end"


def test_quotes_and_brackets_stay_whole() -> None:
    """A quote mark goes if its other half is outside, and stays if both are inside."""
    text = 'You said "we" a lot (nine times).'
    (item,) = improve(text, [("interview_answers", '"we" a lot (nine times', '"we" a lot')])
    assert item.evidence.of(text) == '"we" a lot (nine times)'
    assert item.topic.of(text) == '"we" a lot'


def test_topics_are_fitted_to_noun_chunks() -> None:
    """A topic that cuts a chunk is widened to it; of a clause its first chunk is taken."""
    text = "We did not hear a concrete example of your own work in the talk that we had."
    chunks = chunks_of("We", "a concrete example", "your own work", "the talk")
    evidence = "We did not hear a concrete example of your own work in the talk that we had"
    (cut,) = improve(text, [("interview_answers", evidence, "example")], chunks)
    assert cut.topic.of(text) == "a concrete example"
    (clause,) = improve(text, [("interview_answers", evidence, evidence)], chunks)
    assert clause.topic.of(text) == "a concrete example"


def test_the_same_point_twice_is_one() -> None:
    """A repeat keeps the first mention and the heavier weight."""
    text = "Your stakeholder work was thin. The main reason was stakeholder work."
    found = improve(
        text,
        [
            ("leadership", "Your stakeholder work was thin", "Your stakeholder work"),
            ("leadership", "The main reason was stakeholder work", "stakeholder work"),
        ],
        sentences=["Your stakeholder work was thin.", "The main reason was stakeholder work."],
    )
    assert [(item.evidence.start, item.weight) for item in found] == [(0, 4.0)]


def test_ranked_puts_the_heaviest_first_and_the_mail_keeps_its_order() -> None:
    """`find_improvements` keeps the order of the mail, `ranked` sorts by weight, then order."""
    text = "Small tip: slow down. You must hold a licence. Your CV was long. What decided it was the case."
    sentences = [
        "Small tip: slow down.",
        "You must hold a licence.",
        "Your CV was long.",
        "What decided it was the case.",
    ]
    marks = [
        ("communication", "slow down", "slow down"),
        ("qualifications", "You must hold a licence", "a licence"),
        ("application_materials", "Your CV was long", "Your CV"),
        ("problem_solving", "What decided it was the case", "the case"),
    ]
    found = improve(text, marks, sentences=sentences)
    assert [item.weight for item in found] == [1.0, 3.0, 2.0, 4.0]
    assert [item.weight for item in ranked(found)] == [4.0, 3.0, 2.0, 1.0]
    assert [item.sentence for item in found] == [0, 1, 2, 3]


def test_a_postscript_is_an_aside() -> None:
    """What stands in a P.S. weighs little."""
    text = "Your case was slow.\n\nP.S. Your link is dead."
    found = improve(
        text,
        [
            ("problem_solving", "Your case was slow", "Your case"),
            ("application_materials", "Your link is dead", "Your link"),
        ],
        sentences=["Your case was slow.", "P.S. Your link is dead."],
    )
    assert [item.weight for item in found] == [2.0, 1.0]


def test_strengths_keep_exact_runs() -> None:
    """Marks without an area are strengths; those in the candidate's own words are not."""
    text = "Your dashboards were a highlight."
    found = labels(text, [("", "Your dashboards were a highlight", "Your dashboards")])
    (item,) = find_strengths(Message(text), found)
    assert (item.evidence.of(text), item.topic.of(text)) == ("Your dashboards were a highlight", "Your dashboards")
    own = Message(text, asides=(Aside(AsideKind.OWN_WORDS, Span(0, 10)),))
    assert find_strengths(own, found) == ()


@given(st.data())
def test_spans_lie_inside_each_other(data: st.DataObject) -> None:
    """Whatever is marked: the topic lies in the evidence, the evidence in one sentence, and no edge is a space."""
    text = data.draw(st.text(alphabet=st.sampled_from('ab "(),.-\n’but'), min_size=1, max_size=60))
    if not any(char.isalnum() for char in text):
        return
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    first = data.draw(st.integers(start, end - 1))
    last = data.draw(st.integers(first + 1, end))
    base = labels(text, [])
    marked = Labels(
        **{name: getattr(base, name) for name in Labels.__dataclass_fields__}
        | {"marks": (Mark("communication", Span(start, end), Span(first, last), 0.5),)}
    )
    for item in find_improvements(Message(text), marked):
        assert item.evidence.contains(item.topic)
        assert item.evidence.of(text) == item.evidence.of(text).strip() != ""
        assert 0 <= item.topic.start < item.topic.end <= len(text)


# --- kinds: labelled by hand, phrases invented ------------------------------------------------------------------------

KINDS = [
    ("qualifications", "you need a valid forklift licence before the first shift", K.HARD_REQUIREMENT),
    ("qualifications", "the post requires SC clearance", K.HARD_REQUIREMENT),
    ("logistics", "we cannot sponsor a visa for this role", K.HARD_REQUIREMENT),
    ("logistics", "your three months' notice does not fit our start", K.HARD_REQUIREMENT),
    ("logistics", "your salary expectations are above our band", K.HARD_REQUIREMENT),
    ("logistics", "the desk has to be based in Utrecht", K.HARD_REQUIREMENT),
    ("qualifications", "a nursing degree is mandatory here", K.HARD_REQUIREMENT),
    ("qualifications", "the gas certificate has to be on the file", K.HARD_REQUIREMENT),
    ("qualifications", "your score of 54 was below the pass mark", K.THRESHOLD),
    ("experience", "the grade asks for at least five years on the bench", K.THRESHOLD),
    ("qualifications", "written French is at A2, the post is B2", K.THRESHOLD),
    ("qualifications", "numerical reasoning: 31/60", K.THRESHOLD),
    ("experience", "you have run teams of 4, this one is 40 people", K.THRESHOLD),
    ("qualifications", "typing was 34 wpm", K.THRESHOLD),
    ("experience", "eight years of pensions work are expected at this level", K.THRESHOLD),
    ("technical_skills", "no experience with Kafka", K.MISSING),
    ("technical_skills", "you have never used a spectrometer", K.MISSING),
    ("domain_knowledge", "insurance law was new to you", K.MISSING),
    ("work_sample", "there were no tests in the repository", K.MISSING),
    ("experience", "a background in retail banking is missing", K.MISSING),
    ("technical_skills", "you lack hands-on time with SAP", K.MISSING),
    ("domain_knowledge", "did not know the deposit rules", K.MISSING),
    ("technical_skills", "hasn't worked with live sound", K.MISSING),
    ("interview_answers", "we did not hear a concrete example", K.NOT_SHOWN),
    ("interview_answers", "your answers stopped before the result", K.NOT_SHOWN),
    ("leadership", "we could not tell which decisions were yours", K.NOT_SHOWN),
    ("application_materials", "your CV doesn't say what you sold", K.NOT_SHOWN),
    ("motivation", "you did not mention why you want to leave", K.NOT_SHOWN),
    ("leadership", "there was little evidence of managing upwards", K.NOT_SHOWN),
    ("interview_answers", "no numbers behind the claims", K.NOT_SHOWN),
    ("application_materials", "the best project is buried on page four", K.NOT_SHOWN),
    ("team_fit", "how you handle conflict did not come across", K.NOT_SHOWN),
    ("technical_skills", "your SQL needs to be deeper", K.LEVEL),
    ("interview_answers", "your answers stayed rather high-level", K.LEVEL),
    ("communication", "the second half was hard to follow", K.LEVEL),
    ("technical_skills", "your soldering was a bit rusty", K.LEVEL),
    ("communication", "your explanations were too long", K.LEVEL),
    ("work_sample", "the commentary was thin", K.LEVEL),
    ("domain_knowledge", "your grasp of tariffs was superficial", K.LEVEL),
    ("communication", "your spoken English could be more fluent", K.LEVEL),
    ("work_sample", "the deck felt rough in places", K.LEVEL),
    ("professionalism", "you arrived twenty minutes late", K.BEHAVIOR),
    ("communication", "you interrupted the chair twice", K.BEHAVIOR),
    ("communication", "you read out your slides", K.BEHAVIOR),
    ("problem_solving", "you jumped into code at once", K.BEHAVIOR),
    ("motivation", "you asked no questions at the end", K.BEHAVIOR),
    ("team_fit", "you blamed your last team for the outage", K.BEHAVIOR),
    ("professionalism", "your camera was off for most of the call", K.BEHAVIOR),
    ("communication", "your stories rambled", K.BEHAVIOR),
    ("team_fit", "in the group task you took over", K.BEHAVIOR),
    ("problem_solving", "you guessed instead of asking for the data", K.BEHAVIOR),
    ("experience", "the other candidate had led two relocations", K.COMPARISON),
    ("technical_skills", "we went with someone who writes Rust daily", K.COMPARISON),
    ("leadership", "the chosen candidate had run larger sales teams", K.COMPARISON),
    ("experience", "another applicant was ahead of you on payroll", K.COMPARISON),
    ("domain_knowledge", "the person we hired brought a decade in dairy", K.COMPARISON),
    ("technical_skills", "their welding was stronger than yours", K.COMPARISON),
    ("application_materials", "there are two typos in your cover letter", K.DEFECT),
    ("application_materials", "your letter named another company", K.DEFECT),
    ("application_materials", "the portfolio link is dead", K.DEFECT),
    ("application_materials", "the reference was not attached", K.DEFECT),
    ("work_sample", "the program crashed on the sample file", K.DEFECT),
    ("application_materials", "our name is spelled wrong on page one", K.DEFECT),
    ("work_sample", "the notebook would not run", K.DEFECT),
    ("experience", "you are overqualified for a trainee post", K.AIM),
    ("motivation", "your heart is in research rather than sales", K.AIM),
    ("motivation", "this would be a step down for you", K.AIM),
    ("motivation", "we felt you would get bored by spring", K.AIM),
    ("experience", "your profile is better suited to the senior opening", K.AIM),
    ("motivation", "we wondered whether you would stay", K.DOUBT),
    ("leadership", "the board was not convinced that you could say no", K.DOUBT),
    ("team_fit", "there was a worry about working alone so much", K.DOUBT),
    ("logistics", "we were not sure about the long drive", K.DOUBT),
    ("communication", "one of us had doubts about phone work in English", K.DOUBT),
    ("technical_skills", "brush up on window functions", K.ADVICE),
    ("application_materials", "it would help to put results first", K.ADVICE),
    ("interview_answers", "try to end each story with the outcome", K.ADVICE),
    ("qualifications", "it may be worth getting the first-aid badge", K.ADVICE),
    ("communication", "I'd suggest practising with a timer", K.ADVICE),
    ("domain_knowledge", "read up on the new packaging rules", K.ADVICE),
    ("experience", "spend another year on a ward", K.ADVICE),
    ("qualifications", "come back when the Level 3 is done", K.OPEN_CONDITION),
    ("logistics", "if you could start in May we would go ahead", K.OPEN_CONDITION),
    ("logistics", "please confirm whether weekends are possible", K.OPEN_CONDITION),
    ("qualifications", "once you have the permit, call me", K.OPEN_CONDITION),
    ("qualifications", "as soon as you have the card we can talk", K.OPEN_CONDITION),
]


@pytest.mark.parametrize(("area", "evidence", "kind"), KINDS)
def test_kinds(area: str, evidence: str, kind: Kind) -> None:
    """The kind decides the shape of a question."""
    assert kind_of(area, evidence, evidence) is kind


def test_every_kind_is_in_the_table() -> None:
    """At least five phrases for each of the twelve kinds."""
    assert len(KINDS) >= 80
    assert all(sum(row[2] is kind for row in KINDS) >= 5 for kind in Kind)


@pytest.mark.parametrize(
    ("kind", "evidence", "sentence", "wanted"),
    [
        (K.LEVEL, "your pricing", "The deciding factor was your pricing.", 4.0),
        (K.HARD_REQUIREMENT, "no licence", "You have no licence.", 3.0),
        (K.THRESHOLD, "below 60", "Your mark is below 60.", 3.0),
        (K.LEVEL, "your pricing was thin", "Your pricing was thin.", 2.0),
        (K.LEVEL, "your pricing was perhaps thin", "", 1.5),
        (K.DEFECT, "a typo", "Small thing: a typo.", 1.0),
    ],
)
def test_weights(kind: Kind, evidence: str, sentence: str, wanted: float) -> None:
    """Main reason, hard or threshold, plain, hedged, aside."""
    assert weight_of(kind, evidence, sentence) == wanted
