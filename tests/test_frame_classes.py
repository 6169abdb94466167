"""Faults that mails of other writers showed, by class: each with variants that were not in those mails."""

from __future__ import annotations

import pytest
from tests.frame.fresh import frame_of_source

from feedback_nlp.schema import AskKind, DateKind, RouteKind, SenderKind

BODY = "Thank you for the interview. We have chosen somebody else."


def mail(end: str, greeting: str = "Dear Ana,", body: str = BODY, head: str = "") -> str:
    return f"{head}{greeting}\n\n{body}\n\n{end}\n"


@pytest.mark.parametrize(
    "words",
    [
        "Don't answer now, take the weekend.",
        "Please do not reply tonight; sleep on it.",
        "You need not answer the phone.",
    ],
)
def test_a_wish_to_wait_shuts_no_address(words: str) -> None:
    """Only a sentence about the address or this mail shuts the way of an answer."""
    text = mail("Kind regards,\nMaud Ellery", body=f"{BODY} {words}")
    assert frame_of_source(text).route.kind is RouteKind.REPLY


@pytest.mark.parametrize(
    "words",
    ["Please do not reply to this message.", "Do not reply.", "Don't respond to this e-mail, as this box is not read."],
)
def test_a_shut_address_is_shut(words: str) -> None:
    """The plain forms still bar an answer."""
    assert frame_of_source(mail(f"Recruitment Team\n{words}")).route.kind is RouteKind.NO_REPLY


@pytest.mark.parametrize(
    ("signed", "name", "title"),
    [
        ("(Mrs) Winifred Osgood-Bell", "Winifred Osgood-Bell", "Mrs"),
        ("Prof. (Mrs.) T. O. Adelaja", "T. O. Adelaja", "Prof. (Mrs.)"),
        ("Col. (retd) M. K. Bhat", "M. K. Bhat", "Col. (retd)"),
        ("Ross Dalgleish BVMS MRCVS", "Ross Dalgleish", None),
        ("Mirjam Koster PhD", "Mirjam Koster", None),
        ("Siobhan & Terence Quill", "Siobhan & Terence", None),
        ("Annika + Joachim Brandt", "Annika + Joachim", None),
    ],
)
def test_titles_letters_and_pairs_around_a_name(signed: str, name: str, title: str | None) -> None:
    """Titles in brackets, letters after a name and two signers are told from the name."""
    sender = frame_of_source(mail(f"Yours sincerely,\n{signed}\nHarrow Mill Nursery")).sender
    assert sender.name is not None
    assert sender.name.value == name
    assert (sender.title.value if sender.title else None) == title


@pytest.mark.parametrize(
    ("display", "line"),
    [("Tan Hui Min", "Hui Min"), ("Cornelius Achterberg", "Corn"), ("Yusra Halabi-Nour", "Yusra")],
)
def test_a_last_line_of_the_from_name_signs(display: str, line: str) -> None:
    """A short last line that is a part of the From name is the name, whatever stands around it."""
    text = mail(f"{line}\nSelby & Rowe", head=f"Subject: the post\nFrom: {display}\nDate: 3 March 2026\n\n")
    name = frame_of_source(text).sender.name
    assert name is not None
    assert name.value in (line, display)


@pytest.mark.parametrize("greeting", ["Sæl Dagrún,", "Blagovest Ana,", "Kaixo Miren,"])
def test_a_greeting_of_an_unknown_tongue_is_no_name(greeting: str) -> None:
    """Two words before a comma are a name only if the first is one."""
    found = frame_of_source(mail("Kind regards,\nIda Holm", greeting=greeting)).candidate
    assert found is None or " " not in found.value


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("hey jess its a no for the kitchen sorry, u were late twice. shaz x", "Jess"),
        ("hi bao, we took someone with a licence. thanks for coming", "Bao"),
        ("hey maya - no luck this time, more knife practice and come back", "Maya"),
    ],
)
def test_small_letters_can_greet(text: str, name: str) -> None:
    """A chat that greets in small letters names the candidate; the name is given its capital."""
    found = frame_of_source(text).candidate
    assert found is not None
    assert found.value == name


@pytest.mark.parametrize(
    "text", ["hey there, it is a no", "hi all, the job has gone", "hey again - no news yet", "hi team, see below"]
)
def test_small_words_greet_nobody(text: str) -> None:
    """Words that greet everybody are no name in small letters either."""
    assert frame_of_source(text).candidate is None


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("I need a yes or no by 5pm tomorrow.", "2026-11-20"),
        ("Please let me know by noon on Friday 27 November.", "2026-11-27"),
        ("Your form must reach us not later than 30 November 2026.", "2026-11-30"),
        ("Need from you by close of business on Monday:", "2026-11-23"),
        ("Your link is personal and closes Friday 4 December 2026.", "2026-12-04"),
    ],
)
def test_a_time_of_day_stands_before_a_deadline(words: str, day: str) -> None:
    """The time of day between "by" and the date does not hide the deadline."""
    head = "Subject: next\nFrom: Ida Holm <ida@holm.example>\nDate: Thu, 19 Nov 2026 10:00:00 +0000\n\n"
    dates = frame_of_source(mail("Best,\nIda Holm", body=f"{BODY}\n\n{words}", head=head)).dates
    assert [(item.kind, str(item.day)) for item in dates] == [(DateKind.DEADLINE, day)]


@pytest.mark.parametrize(
    "words",
    [
        "You had hoped to hear by Friday 4 December, you said.",
        "Your test result stays valid until 31 December 2027.",
        "The security form remains valid until 1 May 2027 and need not be sent again.",
    ],
)
def test_no_deadline_without_something_to_do(words: str) -> None:
    """What the reader had said, and what stays valid, is no deadline."""
    dates = frame_of_source(mail("Best,\nIda Holm", body=f"{BODY} {words}")).dates
    assert all(item.kind is not DateKind.DEADLINE for item in dates)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Is it ok to put you forward for the night shift?", AskKind.CONSENT),
        ("Mind if I give your number to our Leeds shop?", AskKind.CONSENT),
        ("The director asks: may she pass your file to the museum?", AskKind.CONSENT),
        ("May I have your answer by Friday?", AskKind.QUESTION),
        ("Could u bring the keys back?", AskKind.QUESTION),
        ("Please send me your train tickets.", AskKind.CONFIRM),
        ("Please bring back the badge by Saturday.", AskKind.CONFIRM),
    ],
)
def test_wishes_of_the_sender_are_found(words: str, kind: AskKind) -> None:
    """Consents, questions and requests in the forms that people use."""
    asks = frame_of_source(mail("Best,\nIda Holm", body=f"{BODY} {words}")).asks
    assert [ask.kind for ask in asks] == [kind]


@pytest.mark.parametrize(
    "words",
    [
        "Can I contact the hiring manager? Kindly refrain from doing so.",
        "Can I apply again? Yes, at any time.",
        "May I see the scores? No.",
    ],
)
def test_the_readers_own_questions_are_no_asks(words: str) -> None:
    """A list of questions and answers speaks in the reader's voice."""
    assert frame_of_source(mail("Recruitment Team", body=f"{BODY}\n\nFAQ\n{words}")).asks == ()


@pytest.mark.parametrize(
    "body",
    [
        "Thank you for letting me know. I understand your decision. Could you tell me where my answers fell short?",
        "I wondered whether there is any news. I am still very interested in the post.",
        "Just following up on my application. I would be grateful for a short answer.",
    ],
)
def test_the_candidates_own_mail_is_known(body: str) -> None:
    """A mail that speaks as a candidate does is the reader's own, whatever the labels say."""
    assert (
        frame_of_source(mail("Kind regards,\nIgor Danso", greeting="Dear Orla,", body=body)).sender.kind
        is SenderKind.USER
    )


@pytest.mark.parametrize(
    ("text", "company"),
    [
        (mail("Testmill AB on behalf of Lakeview Bank\nDo not reply to this mail."), "Lakeview Bank"),
        (mail("Recruitment Testing Unit"), None),
        (mail("Best,\nOdile & Marcus Fenn"), None),
        (
            "> Dear Ana,\n> Unfortunately we chose other candidates.\n\nI would love to work at Merrow Boats.\nAna",
            None,
        ),
    ],
    ids=["a service for a bank", "a unit", "two people", "the candidate's own words"],
)
def test_only_the_employers_words_name_the_house(text: str, company: str | None) -> None:
    """A service writes for somebody else; a unit, two people and the candidate's words name no house."""
    found = frame_of_source(text).company
    assert (found.value if found else None) == company


def test_answers_between_quoted_lines_belong_to_the_newest_message() -> None:
    """What stands between and below the quoted questions is read, with its signature."""
    frame = frame_of_source(
        "My answers are below.\n\nOn Wed, Nov 11, 2026 at 8:02 AM Theo Marsh <theo@mail.example> wrote:\n"
        "> Dear Ida, was it my test?\n\nYes, the second part.\n\n> Can I try again?\n\nIn spring. Could you bring the "
        "badge back on Monday?\n\nIda Holm\n"
    )
    assert frame.sender.name is not None
    assert frame.sender.name.value == "Ida Holm"
    assert [ask.slot.value for ask in frame.asks] == ["Could you bring the badge back on Monday?"]


@pytest.mark.parametrize(
    "line", ["Third Officer, MV Polar Quince", "Re: PGT Chemistry", "Competition: Assistant Planner (DC-4471)"]
)
def test_a_heading_names_the_post(line: str) -> None:
    """A title alone above the first sentence is the role."""
    found = frame_of_source(mail("Yours truly,\nIda Holm", body=f"{line}\n\n{BODY}")).role_title
    assert found is not None
    assert found.value in line
