"""Who wrote which part of a mail: quotes, forwards, signatures, footers."""

from __future__ import annotations

import pytest

from feedback_nlp.mail import read_mail
from feedback_nlp.schema import AsideKind, Message


def parts(message: Message, kind: AsideKind) -> str:
    """The words that were set aside for one reason."""
    return "\n".join(aside.span.of(message.text) for aside in message.asides if aside.kind is kind)


def left(message: Message) -> str:
    """The words that count as the employer's."""
    out, at = [], 0
    for aside in message.asides:
        out.append(message.text[at : aside.span.start])
        at = aside.span.end
    return "".join([*out, message.text[at:]])


REPLY = "Hi Sam,\n\nYour SQL answers stayed at the surface, so we went with somebody else.\n\nBest,\nNoor\n"
ASKED = "Hi Noor,\n\nI know my SQL was weak. Could you tell me why I was not chosen?\n\nThanks,\nSam Reed\n"


def quoted(text: str, mark: str = "> ") -> str:
    """`text` as a mail program quotes it."""
    return "".join(f"{mark}{line}".rstrip() + "\n" for line in text.splitlines())


HEADERS = {
    "gmail": "On Mon, Mar 3, 2025 at 10:04 AM Sam Reed <sam.reed@example.com> wrote:\n\n" + quoted(ASKED),
    "gmail, wrapped": "On Mon, Mar 3, 2025 at 10:04 AM Sam Reed\n<sam.reed@example.com> wrote:\n\n" + quoted(ASKED),
    "apple": "On 3 Mar 2025, at 10:04, Sam Reed <sam.reed@example.com> wrote:\n\n" + quoted(ASKED),
    "short": "On Mon, Sam wrote:\n" + quoted(ASKED),
    "quoted header": quoted("On 3 Mar Sam R wrote:\n" + ASKED),
    "no quote marks": "On Mon, 3 Mar 2025 at 10:04, Sam Reed <sam.reed@example.com> wrote:\n\n" + ASKED,
    "outlook en": "From: Sam Reed <sam.reed@example.com>\nSent: Monday, 3 March 2025 10:04\nTo: Noor Haddad\n"
    "Subject: RE: Analyst\n\n" + ASKED,
    "outlook bold": "*From:* Sam Reed <sam.reed@example.com>\n*Sent:* Monday, 3 March 2025 10:04\n*To:* Noor\n"
    "*Subject:* RE: Analyst\n\n" + ASKED,
    "outlook rule": "________________________________\nFrom: Sam Reed\nSent: 03 March 2025 10:04\nTo: Noor Haddad\n"
    "Subject: RE: Analyst\n\n" + ASKED,
    "original message": "-----Original Message-----\nFrom: Sam Reed [mailto:sam.reed@example.com]\n"
    "Sent: Monday, March 03, 2025 10:04 AM\nTo: Noor Haddad\nSubject: RE: Analyst\n\n" + ASKED,
    "outlook de": "Von: Sam Reed <sam.reed@example.com>\nGesendet: Montag, 3. März 2025 10:04\nAn: Noor Haddad\n"
    "Betreff: AW: Analyst\n\n" + ASKED,
    "outlook fr": "De : Sam Reed <sam.reed@example.com>\nEnvoyé : lundi 3 mars 2025 10:04\nÀ : Noor Haddad\n"
    "Objet : RE: Analyst\n\n" + ASKED,
    "outlook es": "De: Sam Reed <sam.reed@example.com>\nEnviado: lunes, 3 de marzo de 2025 10:04\nPara: Noor Haddad\n"
    "Asunto: RE: Analyst\n\n" + ASKED,
    "outlook it": "Da: Sam Reed <sam.reed@example.com>\nInviato: lunedì 3 marzo 2025 10:04\nA: Noor Haddad\n"
    "Oggetto: RE: Analyst\n\n" + ASKED,
    "outlook nl": "Van: Sam Reed <sam.reed@example.com>\nVerzonden: maandag 3 maart 2025 10:04\nAan: Noor Haddad\n"
    "Onderwerp: RE: Analyst\n\n" + ASKED,
    "german": "Am 3. März 2025 um 10:04 schrieb Sam Reed <sam.reed@example.com>:\n\n" + quoted(ASKED),
    "french": "Le lun. 3 mars 2025 à 10:04, Sam Reed <sam.reed@example.com> a écrit :\n\n" + quoted(ASKED),
    "spanish": "El lun, 3 mar 2025 a las 10:04, Sam Reed (<sam.reed@example.com>) escribió:\n\n" + quoted(ASKED),
    "italian": "Il giorno lun 3 mar 2025 alle ore 10:04 Sam Reed <sam.reed@example.com> ha scritto:\n\n"
    + quoted(ASKED),
    "dutch": "Op ma 3 mrt 2025 om 10:04 schreef Sam Reed <sam.reed@example.com>:\n\n" + quoted(ASKED),
    "you wrote": "You wrote:\n" + quoted(ASKED),
    "signed quote without a header": quoted(ASKED),
}


@pytest.mark.parametrize("name", HEADERS)
def test_the_candidates_mail_below_an_answer_is_own_words(name: str) -> None:
    """What the candidate wrote below a recruiter's answer is set aside, whatever the header looks like."""
    message = read_mail(REPLY + "\n" + HEADERS[name])
    own = parts(message, AsideKind.OWN_WORDS)
    assert "I know my SQL was weak" in own
    assert "Thanks,\n" in own.replace("> ", "")
    assert "stayed at the surface" in left(message)
    assert "SQL was weak" not in left(message)
    if "header" not in name:
        assert parts(message, AsideKind.QUOTE_HEADER)


@pytest.mark.parametrize(
    "name", [name for name, text in HEADERS.items() if text.rstrip().endswith("> Sam Reed") and text.startswith("On ")]
)
def test_an_answer_below_the_quote_is_found(name: str) -> None:
    """With the newest mail at the bottom, the quote above it is the candidate's and the answer counts."""
    message = read_mail(HEADERS[name] + "\n" + REPLY)
    assert "SQL was weak" not in left(message)
    assert "stayed at the surface" in left(message)


@pytest.mark.parametrize("name", ["gmail", "outlook en", "outlook de", "original message"])
def test_a_mail_by_the_candidate_leaves_the_quoted_employer(name: str) -> None:
    """When the candidate is the newest author, the newest part is own words and the quote is the employer's."""
    employer = "Hi Sam,\n\nUnfortunately your application was not successful. Your SQL needs work.\n\nBest,\nNoor\n"
    below = HEADERS[name].replace(quoted(ASKED), quoted(employer)).replace(ASKED, employer)
    below = below.replace("Sam Reed", "Noor Haddad").replace("sam.reed", "noor.haddad")
    message = read_mail("Hi Noor,\n\nthank you for letting me know. I know I was slow.\n\nSam\n\n" + below)
    assert "I know I was slow" in parts(message, AsideKind.OWN_WORDS)
    assert "Your SQL needs work" in left(message)


def test_answers_between_quoted_questions_count() -> None:
    """Inline answers are the employer's; the quoted questions between them are the candidate's."""
    message = read_mail(
        "Hi Sam, answers below.\n\n> Was my case study too long?\nYes, nine pages where we asked for three.\n\n"
        "> Did I talk too fast?\nA little, and you skipped the numbers.\n\nNoor"
    )
    assert "my case study" not in left(message)
    assert "nine pages" in left(message)
    assert "skipped the numbers" in left(message)


@pytest.mark.parametrize(
    "text",
    [
        "Hey Enrico,\n\nStraight from the client:\n\n> He could not explain Annex 11.\n> We stop here.\n\nPilar",
        "Hi Irati, what the coordinator sent me:\n\n> She is fast. Sant Pere de where?\n> No from my side.\n\nJordi",
        "Hi Ana,\n\nOn 3 March, Dr. Ruiz wrote:\n> She has not used SAP, and we need that on day one.\n\nCarla",
        "Tips:\n\n> How to structure an answer\n> Looking into the lens\n\nCareers team",
    ],
)
def test_a_quote_that_nothing_proves_stays(text: str) -> None:
    """Relayed words of a client or a third person are never taken for the candidate's."""
    assert not parts(read_mail(text), AsideKind.OWN_WORDS)


@pytest.mark.parametrize(
    "header",
    [
        (
            "---------- Forwarded message ---------\nFrom: Declan Furey\nDate: Mon, 3 Mar 2025\n"
            "Subject: Re: Analyst\nTo: Niamh\n"
        ),
        (
            "Begin forwarded message:\n\n"
            "From: Declan Furey <d@example.com>\nSubject: Re: Analyst\nDate: 3 March 2025\nTo: Niamh\n"
        ),
        (
            "-------- Weitergeleitete Nachricht --------\n"
            "Betreff: Re: Analyst\nDatum: 3. März 2025\nVon: Declan Furey\nAn: Niamh\n"
        ),
        "From: Declan Furey <d@example.com>\nTo: Niamh\n",
    ],
)
def test_a_forwarded_mail_holds_the_employers_words(header: str) -> None:
    """Of a forwarded mail only the header is set aside."""
    text = f"Hi Aoife,\n\nsee below.\n\nNiamh\n\n{header}\nNiamh,\nshe was lost on the capital call.\nD.\n"
    message = read_mail(text)
    assert "Declan" in parts(message, AsideKind.QUOTE_HEADER)
    assert "lost on the capital call" in left(message)
    assert not parts(message, AsideKind.OWN_WORDS)


def test_words_after_the_end_of_a_forward_are_the_senders() -> None:
    """An end mark closes the forwarded mail."""
    message = read_mail(
        "Hi Aoife,\n\n---------- Forwarded message ---------\nFrom: Declan\nSubject: x\n\nToo junior.\n\n"
        "---------- End ---------\n\nChin up.\n\nNiamh"
    )
    assert "Chin up." in left(message)
    assert "End" in parts(message, AsideKind.QUOTE_HEADER)


def test_in_a_long_thread_only_the_candidates_mails_go() -> None:
    """Employer over candidate over employer: the middle one is set aside."""
    middle = quoted("On 2 Mar 2025, Noor Haddad <noor@example.com> wrote:\n> We found your tests too thin.")
    message = read_mail(
        REPLY + "\nOn 3 Mar 2025, Sam Reed <sam@example.com> wrote:\n" + quoted("I am sorry I rushed.\n") + middle
    )
    assert "I am sorry I rushed" not in left(message)
    assert "too thin" in left(message)


def test_headers_of_the_mail_prove_the_author() -> None:
    """The To header names the candidate when the text does not."""
    raw = (
        b"From: Noor Haddad <noor@example.com>\nTo: Sam Reed <sam@example.com>\nMIME-Version: 1.0\nSubject: Re: hi\n\n"
        b"Your tests were thin.\n\nOn 3 March 2025, sam@example.com wrote:\n> I rushed.\n"
    )
    message = read_mail(raw)
    assert "I rushed" in parts(message, AsideKind.OWN_WORDS)


def test_html_quotes_are_read_by_their_blockquotes() -> None:
    """A webmail's blockquote marks the quote although its text has no ">"."""
    message = read_mail(
        "<html><body><div>Hi Sam,<br>your tests were thin.<br>Noor</div><div class='gmail_quote'><div>"
        "On Mon, 3 Mar 2025 "
        "at 10:04, Sam Reed &lt;sam@example.com&gt; wrote:</div><blockquote><div>Dear Noor,</div><div>I rushed, I know."
        "</div></blockquote></div><div>PS: apply again in May.</div></body></html>"
    )
    assert "I rushed" in parts(message, AsideKind.OWN_WORDS)
    assert "apply again in May" in left(message)


def test_a_copied_header_block_gives_subject_sender_and_date() -> None:
    """Text copied out of Outlook begins with its header block."""
    message = read_mail(
        "From: Noor Haddad <noor@example.com>\nSent: Monday, March 3, 2025 10:04 AM\nTo: Sam Reed\n"
        "Subject: Your application\n\nHi Sam,\n\nyour tests were thin.\n"
    )
    assert message.subject == "Your application"
    assert message.sender == "Noor Haddad <noor@example.com>"
    assert message.to == "Sam Reed"
    assert message.sent is not None
    assert message.sent.isoformat() == "2025-03-03T10:04:00"
    assert left(message).strip() == "Hi Sam,\n\nyour tests were thin."


@pytest.mark.parametrize(
    ("text", "kept", "aside"),
    [
        ("Hi Sam, no.\n\n-- \nNoor Haddad\nAcme", "Hi Sam, no.", "Noor Haddad"),
        (
            "Hi Sam, no.\n\nKind regards,\nNoor Haddad\nTalent Lead\nT: +44 20 7946 0000\nwww.acme.example",
            "Noor Haddad",
            "+44 20 7946 0000",
        ),
        ("Hi Sam, no.\n\nNoor\n\nSent from my iPhone", "Noor", "Sent from my iPhone"),
        ("Hi Sam, no.\n\nBest, Noor\n\nM: 0123 456789\nnoor@example.com", "Noor", "noor@example.com"),
    ],
)
def test_signatures_are_told_from_the_body(text: str, kept: str, aside: str) -> None:
    """A contact block or what follows "-- " is a signature; the name of the signer stays."""
    message = read_mail(text)
    assert aside in parts(message, AsideKind.SIGNATURE)
    assert kept in left(message)


@pytest.mark.parametrize(
    "text",
    [
        "Hi Sam, no.\n\nBest,\nNoor\n\nIf you want to talk, call me on 020 7946 0000 after four.",
        "Hi Sam, no.\n\nBest,\nNoor\nTalent Lead",
        "Call the front desk on +44 20 7946 0000.",
    ],
)
def test_a_sentence_with_a_number_is_no_signature(text: str) -> None:
    """A phone number inside a sentence is a way to answer, not a signature."""
    assert not parts(read_mail(text), AsideKind.SIGNATURE)


@pytest.mark.parametrize(
    ("text", "kept", "aside"),
    [
        (
            (
                "Hi Sam, no.\n\nNoor\n\nThis email and any attachments are confidential.\n"
                "If you are not the recipient, delete it."
            ),
            "Noor",
            "confidential",
        ),
        ("Dear Sam, no.\n\nUnsubscribe | Privacy policy\n\nAcme Ltd | 1 High Street", "no.", "1 High Street"),
        (
            "Dear Sam, we chose another. You may apply again. Acme is an equal opportunity employer.",
            "You may apply again.",
            "Acme is an equal",
        ),
        ("[EXTERNAL] This email originated from outside our company.\n\nHi Sam, no.", "Hi Sam", "originated"),
    ],
)
def test_footers_are_told_from_the_body(text: str, kept: str, aside: str) -> None:
    """Legal text, links to leave a list and gateway warnings are footers, also inside a line."""
    message = read_mail(text)
    assert aside in parts(message, AsideKind.FOOTER)
    assert kept in left(message)


@pytest.mark.parametrize(
    "text",
    [
        "We will keep your CV on file for a year in line with our privacy policy.",
        "The panel's scores are confidential, so I cannot share them.",
        "Hi Sam,\n\nAcme is an equal opportunity employer. "
        + "We could not offer the role since your tests were thin. " * 8,
        "Please do not reply to this email.",
    ],
)
def test_sentences_that_mention_footer_words_stay(text: str) -> None:
    """People write about confidentiality and privacy too."""
    assert "".join(left(read_mail(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "> Your tests were thin.\n> Best, Noor",
        "On 3 March 2025, Noor Haddad <noor@example.com> wrote:\n> Your tests were thin.",
        "From: Noor <n@example.com>\nSent: 3 March 2025\nSubject: x",
        "Unsubscribe",
        "-- \nNoor\n+44 20 7946 0000",
        "You wrote:\n> I rushed.",
    ],
)
def test_something_is_always_left_to_read(text: str) -> None:
    """Setting aside never takes all the words of a mail."""
    assert any(map(str.isalnum, left(read_mail(text))))
