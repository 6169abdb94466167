"""The nouns of the program: what a mail is read into.

All records are frozen. All spans are half-open and count code points of `Message.text`
(`text[start:end]`), unless a `Slot` says that it lies in the subject or a header.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SCHEMA = "feedback-nlp/1"


# --- labels (LABELS.md) -----------------------------------------------------------------------------------------------


class Tag(enum.StrEnum):
    """What a mail is, as a whole."""

    ACTIONABLE = "actionable"
    GENERIC = "generic"
    UNRELATED = "unrelated"


class Outcome(enum.StrEnum):
    """What was decided."""

    REJECTED = "rejected"
    ADVANCED = "advanced"
    PENDING = "pending"
    UNKNOWN = "unknown"


class Stage(enum.StrEnum):
    """How far the candidate got, as far as the text shows."""

    APPLICATION = "application"
    ASSESSMENT = "assessment"
    INTERVIEW = "interview"
    FINAL = "final"
    UNKNOWN = "unknown"


class Role(enum.StrEnum):
    """What a sentence does. The order is the order of precedence."""

    FEEDBACK = "feedback"
    FEEDBACK_OFFER = "feedback_offer"
    CIRCUMSTANCE = "circumstance"
    STOCK_REASON = "stock_reason"
    STRENGTH = "strength"
    DECISION = "decision"
    DOOR_OPEN = "door_open"
    COURTESY = "courtesy"
    OTHER = "other"


class Kind(enum.StrEnum):
    """The twelve kinds of gap; the kind decides the shape of a question."""

    HARD_REQUIREMENT = "hard_requirement"  # K1 permit, clearance, licence, degree, place, "must hold"
    THRESHOLD = "threshold"  # K2 score, pass mark, N years, level B2, size
    MISSING = "missing"  # K3 "no experience of", "never used", "lapsed"
    NOT_SHOWN = "not_shown"  # K4 "we did not hear", "not evidenced"
    LEVEL = "level"  # K5 "deeper", "stronger", "not yet"
    BEHAVIOR = "behavior"  # K6 late, interrupted, read out
    COMPARISON = "comparison"  # K7 "the other person had"
    DEFECT = "defect"  # K8 typo, dead link, wrong name
    AIM = "aim"  # K9 overqualified, other motive
    DOUBT = "doubt"  # K10 "we wondered whether"
    ADVICE = "advice"  # K11 "brush up", "would help"
    OPEN_CONDITION = "open_condition"  # K12 "if you can …, then"


# --- a mail -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open run `text[start:end]`, in code points."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The words of this span."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two spans share at least one character."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Whether `other` lies inside this span."""
        return self.start <= other.start and other.end <= self.end


class AsideKind(enum.StrEnum):
    """Why a part of the text does not count as the employer's words."""

    OWN_WORDS = "own_words"  # what the candidate wrote, quoted
    QUOTE_HEADER = "quote_header"  # "On … wrote:", Outlook's From/Sent/To block, ">" on a line of its own
    SIGNATURE = "signature"
    FOOTER = "footer"  # legal text, unsubscribe lines, disclaimers


@dataclass(frozen=True, slots=True)
class Aside:
    """A part of the text that was set aside; it stays in `text` and can be shown."""

    kind: AsideKind
    span: Span


@dataclass(frozen=True, slots=True)
class Source:
    """Where a mail came from: a path (or ``-``) and the number of the mail inside it, from 0."""

    path: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as text. `text` is what a reader sees; nothing is cut out of it, see `asides`."""

    text: str
    subject: str = ""
    sender: str = ""  # display name and address of the From header, decoded
    to: str = ""
    sent: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()  # the few others that are used: reply-to, message-id, in-reply-to, …
    asides: tuple[Aside, ...] = ()
    source: Source = Source()
    id: str = ""  # passed through from JSONL, else the first 16 hex digits of `key`
    key: str = ""  # sha256 of the raw bytes
    notes: tuple[str, ...] = ()  # what a reader should know: "read as HTML", "cut at 200 kB", "seems to be French"
    language: str = ""  # the English name of the language where it clearly is another one than English

    def header(self, name: str) -> str:
        """A kept header by its lower-case name, or an empty string."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Refused:
    """A mail or file that was not read, and why, in words for a person. No reason quotes a mail."""

    source: Source
    reason: str
    key: str = ""  # sha256 of the raw bytes where they could be read


# --- what was read ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and, once labelled, what it does."""

    span: Span
    text: str
    role: Role = Role.OTHER
    areas: tuple[str, ...] = ()
    confidence: float = 0.0  # probability of `role`


@dataclass(frozen=True, slots=True)
class Mark:
    """A run that the model marked: an improvement (with its area) or a strength (area is empty)."""

    area: str
    evidence: Span
    topic: Span
    confidence: float


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the encoder says of one mail of `s` sentences and `t` tokens.

    `token_spans` are spans in `Message.text`; `token_sentence` the index of each token's sentence.
    Logits, not probabilities. The columns follow the order of the names in the encoder's own card.
    """

    role_logits: NDArray[np.float32]  # (s, 9)
    area_logits: NDArray[np.float32]  # (s, 14)
    mail_logits: NDArray[np.float32]  # (3 tags + 4 outcomes + 5 stages + 1 feedback offered,)
    token_logits: NDArray[np.float32]  # (t, channels)
    token_spans: NDArray[np.int64]  # (t, 2)
    token_sentence: NDArray[np.int64]  # (t,)


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of a mail and of its sentences."""

    tag: Tag
    probabilities: dict[Tag, float]  # calibrated, sum 1
    unsure: bool
    outcome: Outcome
    stage: Stage
    feedback_offered: bool
    sentences: tuple[Sentence, ...]
    marks: tuple[Mark, ...] = ()

    @property
    def confidence(self) -> float:
        """Calibrated probability of `tag`."""
        return self.probabilities[self.tag]


@dataclass(frozen=True, slots=True)
class Improvement:
    """One thing that this candidate could improve, show better or aim differently for."""

    area: str
    kind: Kind
    evidence: Span
    topic: Span
    confidence: float
    weight: float = 2.0  # 4 main reason · 3 hard or threshold · 2 plain · 1.5 hedged · 1 aside
    sentence: int = 0  # index of the sentence that holds it


@dataclass(frozen=True, slots=True)
class Strength:
    """One thing that this candidate did well."""

    evidence: Span
    topic: Span


# --- the frame (ADVICE.md §1) -----------------------------------------------------------------------------------------


class Where(enum.StrEnum):
    """The string that a slot's span counts in."""

    TEXT = "text"
    SUBJECT = "subject"
    SENDER = "sender"


@dataclass(frozen=True, slots=True)
class Slot:
    """A proved fact: `value` is what may be written, `span` where the mail says it."""

    value: str
    span: Span
    where: Where = Where.TEXT


class SenderKind(enum.StrEnum):
    """Who writes."""

    PERSON = "person"  # a person of the employer
    TEAM = "team"  # the employer, signed by a team or not signed
    AGENCY = "agency"
    COLLEAGUE = "colleague"  # a colleague or the own manager
    MACHINE = "machine"
    SELLER = "seller"
    USER = "user"  # the candidate's own mail


class RouteKind(enum.StrEnum):
    """How an answer reaches the sender."""

    REPLY = "reply"
    NO_REPLY = "no_reply"
    PORTAL = "portal"
    PHONE = "phone"
    THIRD_PERSON = "third_person"  # write to somebody else, who is named


class AskKind(enum.StrEnum):
    """What the sender wants from the reader."""

    QUESTION = "question"
    CONSENT = "consent"  # "shall I pass your name on?"
    CONFIRM = "confirm"  # "please confirm", "let me know by"


class DateKind(enum.StrEnum):
    """What a date is for."""

    DEADLINE = "deadline"
    NEXT_CONTACT = "next_contact"
    REAPPLY = "reapply"
    INTAKE = "intake"
    EVENT = "event"
    OTHER = "other"


class DoorKind(enum.StrEnum):
    """What stays open."""

    OTHER_ROLE = "other_role"
    OTHER_LEVEL = "other_level"
    BRANCH = "branch"
    POOL = "pool"
    REAPPLY = "reapply"
    STAY_IN_TOUCH = "stay_in_touch"
    TALK = "talk"


class EventKind(enum.StrEnum):
    """What is proved to have happened."""

    APPLIED = "applied"
    TESTED = "tested"
    CALLED = "called"
    MET = "met"  # an interview or a talk, in person or by video
    PRESENTED = "presented"
    TRIAL = "trial"


class Register(enum.StrEnum):
    """How the sender writes."""

    CHAT = "chat"
    INFORMAL = "informal"
    NEUTRAL = "neutral"
    FORMAL = "formal"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who signs the mail. `title` only where it is printed (Mrs, Dr, Prof.)."""

    kind: SenderKind
    name: Slot | None = None
    title: Slot | None = None
    role: Slot | None = None
    team: Slot | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """How to answer. `address` is a mail address, a number or a link; `window` e.g. "within five days"."""

    kind: RouteKind
    address: Slot | None = None
    person: Slot | None = None
    window: Slot | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """An offer of feedback, with its own route if one is named."""

    slot: Slot
    route: Route | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Something that the sender wants to know."""

    kind: AskKind
    slot: Slot


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date as written; `day` where it can be proved (from a full date, or with the mail's own date)."""

    kind: DateKind
    slot: Slot
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Door:
    """An opening that the mail names."""

    kind: DoorKind
    slot: Slot


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is proved to have happened; the value can follow "thank you for"."""

    kind: EventKind
    slot: Slot


@dataclass(frozen=True, slots=True)
class Frame:
    """What the mail proves about people, routes, dates and doors. Silence beats a guess: None or empty otherwise."""

    sender: Sender
    route: Route
    candidate: Slot | None = None
    speaker: Slot | None = None  # who really speaks, when the sender relays ("the client")
    company: Slot | None = None
    role_title: Slot | None = None
    reference: Slot | None = None
    contact: Slot | None = None  # a named person to turn to, other than the sender
    offer: Offer | None = None
    asks: tuple[Ask, ...] = ()
    dates: tuple[DateMention, ...] = ()
    doors: tuple[Door, ...] = ()
    events: tuple[Event, ...] = ()
    no_gap: Slot | None = None  # "nothing to change", "no reflection on you"
    no_details: Slot | None = None  # "we cannot give individual feedback", "final", "no correspondence"
    private: Slot | None = None  # "please don't forward", "off the record"
    general_list: Slot | None = None  # a list said to be for everyone
    register: Register = Register.NEUTRAL
    effort: int = 1  # 0 form or application · 1 a test or one talk · 2 several talks or a trial · 3 final, days of work


@dataclass(frozen=True, slots=True)
class Analysis:
    """All that was read in one mail."""

    message: Message
    labels: Labels
    improvements: tuple[Improvement, ...]
    strengths: tuple[Strength, ...]
    frame: Frame

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas of the mail: the union of its sentences' areas, sorted."""
        found = {area for sentence in self.labels.sentences for area in sentence.areas}
        return tuple(sorted(found | {item.area for item in self.improvements}))


# --- advice -----------------------------------------------------------------------------------------------------------


class Tone(enum.StrEnum):
    """How the reply is written."""

    MIRROR = "mirror"  # as the sender writes
    WARM = "warm"
    BRIEF = "brief"
    FORMAL = "formal"


@dataclass(frozen=True, slots=True)
class Instruction:
    """An improvement as something to do: verb first, at most 14 words.

    `about` is the index of the improvement, `also` are those that say the same in one breath and were taken with it.
    """

    text: str
    about: int
    also: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """A question with a choice. `to` is who is asked, `about` what it is about (a quote, an area or a door)."""

    text: str
    to: str
    about: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A mail that is ready to send. `commitments` are the sentences of `body` that promise something ("I will …")."""

    to: str
    subject: str
    body: str
    commitments: tuple[str, ...] = ()


class PromptKind(enum.StrEnum):
    """What a reflection prompt works with."""

    MEMORY = "memory"
    EVIDENCE = "evidence"
    CHOICE = "choice"
    STRENGTH = "strength"
    FEELING = "feeling"


@dataclass(frozen=True, slots=True)
class Prompt:
    """A reflection prompt. `about` is a quote of the mail or empty, `source` the key of the practice it rests on."""

    text: str
    kind: PromptKind
    about: str
    source: str


@dataclass(frozen=True, slots=True)
class Advice:
    """What to make of the mail. Everything here has passed the linter."""

    situation: str
    reading: str
    tone_line: str = ""
    instructions: tuple[Instruction, ...] = ()
    questions: tuple[Question, ...] = ()
    reply: Reply | None = None
    no_reply_reason: str = ""
    connection_note: str = ""
    prompts: tuple[Prompt, ...] = ()
    step: str = ""
    if_then: str = ""
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Report:
    """The whole answer to one mail. `advice` is None with ``--no-advice``."""

    analysis: Analysis
    advice: Advice | None = None
