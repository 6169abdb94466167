"""What may be said about a mail: its frame and its gaps, ready to be put into sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from feedback_nlp.advice.dates import MONTH, again_after, asked_by, is_absence, open_until, widened
from feedback_nlp.advice.gaps import (
    Gap,
    Praise,
    gap_of,
    is_aside,
    is_failed,
    is_passed,
    is_praised,
    opens,
    without_twins,
)
from feedback_nlp.advice.offers import taken_up
from feedback_nlp.advice.people import candidate_of, hello_of, is_formal, person_of, title_of
from feedback_nlp.advice.said_back import promised
from feedback_nlp.advice.signs import Sign, outcome_of, read_sign, undecided
from feedback_nlp.advice.topics import accept
from feedback_nlp.advice.words import has_cue
from feedback_nlp.content import read_table
from feedback_nlp.schema import (
    Analysis,
    AsideKind,
    Ask,
    AskKind,
    DateKind,
    DateMention,
    Door,
    DoorKind,
    Event,
    EventKind,
    Outcome,
    Register,
    Role,
    RouteKind,
    SenderKind,
    Sentence,
    Slot,
    Stage,
    Tag,
)

_NO_FEEDBACK = re.compile(
    r"\b(?:feedback|comments?|correspond\w*|reasons?|final|details?|scores?|breakdown|discuss|disclose"
    r"|individual\w*|remarks"
    r"|telephone|marks|grounds|elaborate|explain)\b",
    re.IGNORECASE,
)
_READERS = re.compile(
    r"\b(?:can|may|do|will|should|must|when|what if|how) (?:\w+ )?I\b(?:(?!\byour?\b)[^.?!\n]){2,80}\?", re.IGNORECASE
)
# What asks for something without a question mark; "the board asked us to wait" asks the reader for nothing.
_REQUEST = re.compile(
    r"\b(?:please|kindly|(?:i|we)(?:'ll| will)? (?:also )?need|if you|(?:can|could|would|will) you"
    r"|would like you|want you)\b"
    r"|(?:^|[.,;:–—-]\s*|\b(?:and|so|just|then|or|also|must|do) )(?:confirm|let|tell|send|reply|answer|say|ring"
    r"|call|give|text"
    r"|drop|write|bring|book|choose|pick|sign|return|complete|fill|get|have|take|ask|check)\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"(?:^|\n)[ \t]*(?:[-*•–]|\d{1,2}[.)])[ \t]+$")
MANY = 2
_NO_LETTERS = re.compile(
    r"\b(?:no (?:further )?correspondence|not (?:be able to )?(?:enter"
    r"|engage) in)",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"\bplease accept(?! (?:or|by|this offer|the offer))|\b(?:can't|cannot|can not|unable to) confirm\b|\bhesitate\b",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"\b(?:accept|take|find|found|secure)\w* (?:another|a different|some other) (?:position|job|role|post|offer)",
    re.IGNORECASE,
)
_FIND_ME = re.compile(
    r"\bcome (?:and )?(?:find|see) me(?: (?:on )?((?:mon|tue|wed|thu|fri|sat|sun)\w*))?", re.IGNORECASE
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NEAR = 300  # characters from an offer to its last day
SURE = 2  # cues that make a colleague
_PLAIN_WORD = re.compile(r"(?<![\w'’-])[a-z]+(?![\w'’-])")
_PRONOUNS = frozenset(
    ["he", "him", "his", "himself", "she", "her", "hers", "herself", "they", "them", "their", "theirs", "themselves"]
)


def wording_seed(text: str) -> str:
    """The words that choose between equal wordings: without names, origins, ages and pronouns, so that these do not."""
    return " ".join(word for word in _PLAIN_WORD.findall(text) if word not in _PRONOUNS)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the builders need. Names are empty where the mail does not prove them."""

    analysis: Analysis
    seed: str
    gaps: tuple[Gap, ...]  # heaviest first; protected ones left out
    praise: tuple[Praise, ...]
    person: str  # who can be greeted: a full name, or ""
    title: str
    candidate: str
    formal_greeting: bool  # the candidate is addressed by surname
    event: str  # may follow "thank you for"
    met: bool  # a talk with a person is proved
    can_reply: bool
    no_details: bool
    protected: bool
    deadline: DateMention | None
    dates: tuple[DateMention, ...] = ()  # with what stands around them: "the second half of June", "Monday noon"
    said: tuple[Sentence, ...] = ()  # the sentences of the newest message, without what is quoted
    hello: str = ""  # the sender's own greeting word, where it may be mirrored
    kind: SenderKind | None = None  # who writes, where the words say more than the signature
    sign: Sign | None = None  # what the words say was decided, although the labels call it no feedback
    introduction: bool = False  # they offer to introduce the candidate to somebody
    find: str | None = None  # "come and find me": the day, or "" where none is named
    taken: tuple[str, ...] = ()  # what they hold out besides feedback, said back
    requested: tuple[str, ...] = ()  # what they ask the reader to do, as promises
    undecided: bool = False  # nothing is decided, whatever the labels say
    coffee: str | None = None  # they offer a coffee: when, or "" where no day is named

    @property
    def offered(self) -> bool:
        """Whether feedback is offered; a coffee is not feedback."""
        return (self.analysis.labels.feedback_offered or self.denied_with_offer) and self.coffee is None

    @property
    def feedback_by(self) -> DateMention | None:
        """The last day for the feedback: a deadline that stands in the offer or close behind it."""
        offer = self.analysis.frame.offer
        if offer is None or self.deadline is None or not self.offered:
            return None
        return self.deadline if 0 <= self.deadline.slot.span.start - offer.slot.span.start <= NEAR else None

    @property
    def denied_with_offer(self) -> bool:
        """A no with an offer of feedback, although the labels call it no feedback."""
        return self.sign is Sign.REFUSED and self.analysis.frame.offer is not None

    @property
    def outcome(self) -> Outcome:
        """The outcome of the mail: what its words say where the labels call it no feedback, else the label."""
        return outcome_of(self.sign) or (Outcome.PENDING if self.undecided else self.analysis.labels.outcome)

    @property
    def about_candidacy(self) -> bool:
        """Whether the mail decides something: not unrelated by its label, or its words say otherwise."""
        return self.analysis.labels.tag is not Tag.UNRELATED or self.sign is not None

    @property
    def stage(self) -> Stage:
        """The stage of the mail."""
        return self.analysis.labels.stage

    @property
    def sender_kind(self) -> SenderKind:
        """Who writes."""
        return self.kind or self.analysis.frame.sender.kind

    @property
    def third(self) -> str:
        """Who is to be written to instead of the sender, by name; empty for the sender."""
        route = self.analysis.frame.route
        return " ".join(route.person.value.split()) if route.kind is RouteKind.THIRD_PERSON and route.person else ""

    @property
    def asks(self) -> tuple[Ask, ...]:
        """What the sender wants to know."""
        return _real_asks(self.analysis)

    @property
    def about_job(self) -> bool:
        """Whether the words of the mail are about a job at all."""
        words = f"{self.analysis.message.subject}\n{self.analysis.message.text}"
        return self.about_candidacy or has_cue(words, read_table("situations")["unrelated"]["about_job"])

    @property
    def doubtful(self) -> bool:
        """Whether a mail called no feedback may still want something: the label is unsure, or words and dates speak."""
        labels = self.analysis.labels
        if labels.tag is not Tag.UNRELATED or self.sender_kind in (SenderKind.SELLER, SenderKind.USER):
            return False
        return labels.unsure or (self.about_job and (self.deadline is not None or bool(self.asks)))

    @property
    def unexplained(self) -> bool:
        """Whether the mail decides something and names nothing to work on."""
        return self.about_candidacy and self.analysis.labels.tag is not Tag.ACTIONABLE

    @property
    def closed(self) -> bool:
        """Whether they say that letters about the decision are not answered."""
        slot = self.analysis.frame.no_details
        return slot is not None and not self.asks and bool(_NO_LETTERS.search(slot.value))

    def date(self, kind: DateKind) -> DateMention | None:
        """The first date of a kind."""
        return next((item for item in self.dates if item.kind is kind), None)

    def has_door(self, kind: DoorKind) -> bool:
        """Whether the mail names a door of a kind."""
        return any(
            _door_kind(door) is kind for door in self.analysis.frame.doors if not _ELSEWHERE.search(door.slot.value)
        )


def _door_kind(door: Door) -> DoorKind:
    """Vacancies that are only expected are a later try, not another post that stands open."""
    expected = door.kind is DoorKind.OTHER_ROLE and has_cue(
        door.slot.value, ("further vacanc*", "advertis*", "our website")
    )
    return DoorKind.REAPPLY if expected else door.kind


def _real_asks(analysis: Analysis) -> tuple[Ask, ...]:
    """Without the courtesies that only look like requests."""
    if analysis.frame.sender.kind in (SenderKind.MACHINE, SenderKind.SELLER):
        return ()
    asks = [ask for ask in analysis.frame.asks if not _COURTESY.search(ask.slot.value)]
    asks = [ask for ask in asks if "?" in ask.slot.value or _REQUEST.search(ask.slot.value)]
    asks += _listed(analysis, asks)
    if len(_READERS.findall(analysis.message.text)) >= MANY:  # a list of usual questions, asked by the reader
        asks = [ask for ask in asks if not _READERS.search(ask.slot.value)]
    return tuple(asks)


def _listed(analysis: Analysis, asks: list[Ask]) -> list[Ask]:
    """Questions on lines of a list, in a mail that asks something elsewhere: "- Tue 10:00 or Wed 2:00?"."""
    wants = asks or any(mention.kind is DateKind.DEADLINE for mention in analysis.frame.dates)
    if not wants or analysis.frame.sender.kind is not SenderKind.PERSON or analysis.labels.outcome is Outcome.REJECTED:
        return []
    return [
        Ask(AskKind.QUESTION, Slot(sentence.text, sentence.span))
        for sentence in analysis.labels.sentences
        if sentence.text.rstrip().endswith("?")
        and _BULLET.search(analysis.message.text[max(0, sentence.span.start - 6) : sentence.span.start])
        and not any(ask.slot.span.overlaps(sentence.span) for ask in asks)
        and not any(aside.span.overlaps(sentence.span) for aside in analysis.message.asides)
    ]


def read_facts(analysis: Analysis) -> Facts:
    """Collect what may be said about a mail."""
    frame, text = analysis.frame, analysis.message.text
    person = person_of(analysis)
    names = frozenset(
        word.lower()
        for slot in (frame.sender.name, frame.candidate, frame.contact, frame.speaker)
        if slot
        for word in slot.value.split()
    )
    gaps = [gap_of(index, item, analysis, names) for index, item in enumerate(analysis.improvements)]
    words = read_table("situations")["words"]["protected"]
    gaps = without_twins(
        [gap for gap in gaps if not is_passed(gap.quote) and not is_aside(analysis, gap)] or gaps, analysis
    )
    kept = [gap for gap in gaps if not has_cue(gap.quote, words) and not is_praised(analysis, gap.index)]
    event = _event(analysis)
    said = _said(analysis)
    dates = tuple(widened(mention, text) for mention in frame.dates if not is_absence(mention, text))
    if not {DateKind.REAPPLY, DateKind.NEXT_CONTACT} & {mention.kind for mention in dates}:
        dates += tuple(mention for mention in (again_after(said),) if mention)
    facts = Facts(
        analysis=analysis,
        seed=wording_seed(text),
        gaps=tuple(sorted(kept, key=lambda gap: (-gap.weight, gap.start))),
        praise=tuple(
            Praise(item.evidence.of(text), accept(item.topic.of(text), opens(text, item.topic.start), names))
            for item in analysis.strengths
            if not is_failed(item.evidence.of(text), text)
        ),
        person=person,
        title=title_of(analysis) if person else "",
        candidate=candidate_of(analysis),
        formal_greeting=is_formal(analysis),
        event=event.slot.value if event else "",
        met=any(item.kind is EventKind.MET for item in frame.events),
        can_reply=frame.route.kind is RouteKind.REPLY or frame.route.kind is RouteKind.THIRD_PERSON,
        no_details=frame.no_details is not None and bool(_NO_FEEDBACK.search(frame.no_details.value)),
        protected=any(has_cue(gap.quote, words) for gap in gaps)
        or any(has_cue(each.text, words) for each in analysis.labels.sentences if each.role is Role.FEEDBACK),
        deadline=_asked_day(said, text)
        or next((item for item in dates if item.kind is DateKind.DEADLINE), None)
        or _last_day(said, text),
        dates=dates,
        said=said,
        hello=hello_of(analysis),
        kind=_kind(analysis, said),
        sign=read_sign(analysis, said),
        introduction=_introduction(said),
        taken=taken_up(said) if frame.sender.kind not in (SenderKind.MACHINE, SenderKind.SELLER) else (),
        undecided=undecided(said),
        coffee=_coffee(said),
        find=_find(said),
    )
    if facts.outcome not in (Outcome.PENDING, Outcome.ADVANCED):
        return facts
    return replace(facts, requested=tuple(text for s in said if (text := promised(s.text))))


def _asked_day(said: tuple[Sentence, ...], text: str) -> DateMention | None:
    """The day by which the sender needs the reader's answer, with its hour."""
    found = asked_by(said)
    return widened(found, text) if found else None


def _last_day(said: tuple[Sentence, ...], text: str) -> DateMention | None:
    """A deadline that only the words show, with what makes it exact."""
    found = open_until(said)
    return widened(found, text) if found else None


def _kind(analysis: Analysis, said: tuple[Sentence, ...]) -> SenderKind | None:
    """An agent by the name in the header and what is passed on; a colleague by how they mean to meet."""
    words = read_table("situations")["words"]
    text, sender = " ".join(s.text for s in said), analysis.frame.sender
    if sender.kind not in (SenderKind.PERSON, SenderKind.TEAM):
        return None
    if has_cue(analysis.message.sender, words["agency"]) and has_cue(text, words["relayed"]):
        return SenderKind.AGENCY
    if has_cue(text, words["client_says"]):
        return SenderKind.AGENCY
    if analysis.frame.register is Register.CHAT and _find(said) is not None:
        return SenderKind.COLLEAGUE
    return SenderKind.COLLEAGUE if sum(has_cue(text, [cue]) for cue in words["colleague"]) >= SURE else None


def _said(analysis: Analysis) -> tuple[Sentence, ...]:
    """What the sender says: no quoted mail, no header, no footer."""
    asides = [aside.span for aside in analysis.message.asides if aside.kind is not AsideKind.SIGNATURE]
    return tuple(s for s in analysis.labels.sentences if not any(span.overlaps(s.span) for span in asides))


def _introduction(said: tuple[Sentence, ...]) -> bool:
    words = read_table("situations")["words"]
    return any(has_cue(s.text, words["introduction"]) and "?" not in s.text for s in said)


def _find(said: tuple[Sentence, ...]) -> str | None:
    """The day on which a colleague wants to be found, "" where none stands beside it; None where nobody asks for it."""
    for sentence in said:
        match = _FIND_ME.search(sentence.text)
        if match:
            return next((day for day in _DAYS if match[1] and day.lower().startswith(match[1].lower()[:3])), "")
    return None


def _coffee(said: tuple[Sentence, ...]) -> str | None:
    """When a coffee is offered: "on 9 May", or "" where no day stands in the sentence; None where none is."""
    for sentence in said:
        if re.search(
            r"\b(?:buy|stand|treat|have|grab|meet|invite) (?:you |for |us )*(?:to |for )?a (?:coffee|cup of|lunch)\b"
            r"|\bcome (?:in|by|round|over) (?:and |for )(?:[a-z]+ ){0,3}(?:coffee|tea)\b",
            sentence.text,
            re.I,
        ):
            day = re.search(
                rf"\bon (?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{MONTH}"
                rf"|{MONTH} \d{{1,2}})\b",
                sentence.text,
            )
            return day.group() if day else ""
    return None


def _event(analysis: Analysis) -> Event | None:
    """The deepest thing that is proved to have happened and can be thanked for."""
    depth = [EventKind.TRIAL, EventKind.MET, EventKind.PRESENTED, EventKind.CALLED, EventKind.TESTED, EventKind.APPLIED]
    text = analysis.message.text.lower()
    usable = [
        event
        for event in analysis.frame.events
        if not re.search(r"\b(?:you|your|we|our|us|i)\b|\n", event.slot.value, re.IGNORECASE)
        and len(event.slot.value.split()) <= 9
    ]
    return min(
        usable,
        key=lambda e: (
            e.kind is EventKind.APPLIED,  # a talk goes before a form
            not _is_literal(e, text),
            len(e.slot.value.split()) <= 2,
            depth.index(e.kind),
            -len(e.slot.value),
        ),
        default=None,
    )


def _is_literal(event: Event, text: str) -> bool:
    """Whether the mail itself uses the event's noun: "the call" before an interview that only the label knows."""
    return any(word in text for word in event.slot.value.lower().split()[1:3] if len(word) > 3)
