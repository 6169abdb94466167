"""What may be said about a mail: its frame and its gaps, ready to be put into sentences."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from feedback_nlp.advice.imperatives import imperative
from feedback_nlp.advice.offers import taken_up
from feedback_nlp.advice.said_back import promised
from feedback_nlp.advice.signs import Sign, outcome_of, read_sign, undecided
from feedback_nlp.advice.topics import Topic, accept
from feedback_nlp.advice.words import has_cue, upper_first
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
    Improvement,
    Kind,
    Outcome,
    Register,
    Role,
    RouteKind,
    SenderKind,
    Sentence,
    Slot,
    Span,
    Stage,
    Tag,
    Where,
)

_HONORIFIC = re.compile(
    r"\b(?:captain|capt|sgt|sergeant|pc|garda|inspector|insp|officer|lt|col|judge|chef|nurse|ma'am|sir|mr|mrs"
    r"|ms|miss|mx|dr|prof|professor|herr|frau|sir|madam|madame|mme|mlle|señora?|sra?|dhr|mevr"
    r"|mevrouw|meneer)\.?\s*$",
    re.IGNORECASE,
)
_TITLES = re.compile(
    r"(?:mr|mrs|ms|miss|mx|dr|prof|professor|sir|rev|reverend|herr|frau|mme|madame)\.?$", re.IGNORECASE
)
_RANK = re.compile(
    r"^(?:pc|pcso|sgt|insp|cpl|pte|capt|captain|ma'am|mam|sir|madam|sr|sra|dr|prof|mr|mrs|ms|miss|mx|chef|nurse"
    r"|sister|brother)\.? ",
    re.I,
)
_NOT_A_PERSON = re.compile(
    r"\b(?:team|office|department|dept|careers?|talent|recruit\w*|admin|services?|group|grupo|resources|hr"
    r"|school|college"
    r"|university|ltd|gmbh|inc|llc|plc|council|trust|hospital|board|committee|unit|section|panel|admissions"
    r"|bank|centre"
    r"|center|conservatorium|foundation|hotel|the|and|client|support|no.?reply|jobs?|people|selection|hiring"
    r"|secretariat"
    r"|engagement|campus|medical|staffing|early|lending|recruiting|lines?|desk|head|clerk|secretary|director"
    r"|chair|hiring|[\w.]*@[\w.]*)\b|\d|&",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"(?:maestro|maestra|colleagues?|candidates?|applicants?|friend|mate|all|both|sir or madam)$", re.IGNORECASE
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
_WHEN = re.compile(
    r"(?:in|on|after|from|by|at|next|this|once|within|before|around|later|early|late|any|until|tomorrow)\b",
    re.IGNORECASE,
)
_COURTESY = re.compile(
    r"\bplease accept(?! (?:or|by|this offer|the offer))|\b(?:can't|cannot|can not|unable to) confirm\b|\bhesitate\b",
    re.IGNORECASE,
)
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_AWAY = re.compile(
    r"\b(?:on leave|away|on holiday|on vacation|out of (?:the )?office|off|give (?:me|us)|wait)\b[^.;!?\n]{0,25}$",
    re.IGNORECASE,
)
_BEFORE_DATE = re.compile(
    r"\b((?:(?:the )?(?:first|second|latter) half of|(?:the )?(?:end|beginning|start|middle) of|early(?: in)?"
    r"|late(?: in)?|mid"
    r"|\d{1,2}(?:[:.]\d\d)?(?: ?[ap]\.?m\.?)?(?: on|,)?|noon on)\s+)$",
    re.IGNORECASE,
)
_AFTER_DATE = re.compile(r"\s(?:noon|midday|morning|afternoon|evening|at noon)\b", re.IGNORECASE)
_HELLO = re.compile(
    r"(?:^|\n)\s*(hi|hello|hiya|hey|dear|kia ora|moin|hej|hola|ciao|good (?:morning|afternoon))\s+$", re.IGNORECASE
)
_MARKS = re.compile(r"(?<![\d./])(\d{1,3}(?:\.\d)?) ?/ ?(\d{1,3}(?:\.\d)?)(?![\d./])")
_ELSEWHERE = re.compile(
    r"\b(?:accept|take|find|found|secure)\w* (?:another|a different|some other) (?:position|job|role|post|offer)",
    re.IGNORECASE,
)
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_UNTIL = re.compile(
    rf"\b(?:by|until|before|no later than) ((?:\d{{1,2}}(?:[:.]\d\d)? ?(?:[ap]\.?m\.?)? on )?"
    rf"(?:{_WEEKDAY},? )?(?:the )?"
    rf"(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|{_MONTH} \d{{1,2}}))\b"
)
_BY_DAY = re.compile(
    rf"\b(?:by|before|until|no later than) ((?:(?:noon|midday|lunchtime|midnight|close|(?:the )?end of (?:play"
    rf"|day|business)"
    rf"|\d{{1,2}}(?:[:.]\d\d)? ?(?:[ap]\.?m\.?)?)(?: on)? )?(?:{_WEEKDAY}|tomorrow)"
    rf"(?: (?:noon|midday|lunchtime|morning|afternoon|evening|night))?)\b"
    rf"|\b(?:by|before|until|no later than) ((?:the )?(?:\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|{_MONTH} \d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)))\b",
    re.IGNORECASE,
)
_ASKED_OF = re.compile(
    r"\b(?:please|if you can|they (?:want|need|ask)|i(?:'ll| will)? need|we(?:'ll| will)? need|need (?:it|them"
    r"|to know|your)"
    r"|just say|say so|drop (?:me|us)|tell (?:me|us)|text (?:me|us)|ring (?:me|us)|get (?:it|them) to|want it)\b",
    re.IGNORECASE,
)
# "The manager makes the list on Wednesday, so please answer before."
_BEFORE_THEN = re.compile(
    r"\b(?:please |just )?(?:answer|reply|write|respond|tell (?:me|us)|let (?:me|us) know|say(?: so)?"
    r"|get back to (?:me|us)|decide"
    r"|confirm|ring|call|text)\b[^.?!\n]{0,25}\b(?:before(?: then| that)?|by then)\s*(?:please)?\s*(?:[.!?;,]|$)",
    re.IGNORECASE,
)
_ANY_DAY = re.compile(
    rf"\b((?:on )?(?:{_WEEKDAY}|the \d{{1,2}}(?:st|nd|rd|th)|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}"
    rf"|{_MONTH} \d{{1,2}}))\b",
    re.IGNORECASE,
)
_SEASON = re.compile(
    rf"\b((?:from|in|after) (?:the )?(?:spring|summer|autumn|new year|{_MONTH}))\b(?![^.]*\b(?:from|in) {_MONTH})",
    re.IGNORECASE,
)
_RETEST = re.compile(
    r"\b(?:re-?test|re-?sit|re-?take|second attempt|another attempt)\b[^.?!\n]{0,50}?"
    r"\b((?:within|in|after) \d{1,3} (?:days|weeks|months))\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(r"\bagain (after \d{1,3} (?:days|weeks|months|years))\b", re.IGNORECASE)
_ACT = re.compile(
    r"\b(?:please|open until|valid until|book|choose|accept|confirm|reply|respond|return|sign|complete|submit"
    r"|let (?:me|us) know)\b",
    re.IGNORECASE,
)
_THEIRS = re.compile(r"\b(?:we|i)(?:'ll| will| expect| hope| aim| plan)\b", re.IGNORECASE)
_THEIR_WORD = re.compile(
    r"\b(?:we|i)(?:'ll| will| expect| hope| aim| plan)(?: to)? (?:be|let|tell|know|decide|ring|call|write|get"
    r"|have|come|send"
    r"|contact)\b",
    re.IGNORECASE,
)
_MODAL_BEFORE = re.compile(
    r"\b(?:would|could|can|will|should|did|didn't|must|you|they|he|she|i"
    r"|we)\s+$",
    re.IGNORECASE,
)
_FIND_ME = re.compile(
    r"\bcome (?:and )?(?:find|see) me(?: (?:on )?((?:mon|tue|wed|thu|fri|sat|sun)\w*))?", re.IGNORECASE
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NOT_DONE = (
    "haven't done",
    "havent done",
    "have not done",
    "haven't got",
    "havent got",
    "not yet have",
    "don't have",
    "do not have",
)
_NOT_KIND = frozenset({Kind.LEVEL, Kind.BEHAVIOR, Kind.DOUBT})
_NEVER_DONE = re.compile(
    r"\b(?:hadn't|haven't|hasn't|had not|have not|has not|never|not yet|not ever)(?: yet| ever| actually"
    r"| really)? (?:worked|used|cut"
    r"|done|held|run|managed|led|handled|tried|seen|taught|driven|operated|built|written|made|touched"
    r"|been responsible|had to)\b"
    r"|\b(?:not|n't) (?:yet |really |very )?familiar with\b|\bno experience\b",
    re.IGNORECASE,
)
_SOFT = frozenset({"problem_solving", "interview_answers", "team_fit", "communication", "professionalism"})
NEAR = 300  # characters from an offer to its last day
SURE = 2  # cues that make a colleague

_ENOUGH_BEFORE = re.compile(
    r"\b(?:only|just|solely|merely|purely|mainly|mostly|all of (?:his|her|their|your|its)"
    r"|whereas|so far|apart from|other than"
    r"|rather than|instead of|a lot about)\b(?!.*\b(?:not|no|lack\w*|missing|need\w*|n't)\b)[^.;:]*$",
    re.IGNORECASE,
)
_LITTLE_AFTER = re.compile(
    r"[^.;:]{0,40}\b(?:and|but) (?:very |too |rather )?(?:little|less|nothing|not)\b", re.IGNORECASE
)
_AT_BEST = re.compile(
    r"^(?:by|before|until|till|within|in|on|after|from|no later than|not later than|at)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Gap:
    """An improvement with the words for it. `behavior` is the key of a block of behaviors.toml, or empty."""

    index: int
    area: str
    kind: Kind
    quote: str
    topic: Topic | None
    weight: float
    start: int
    behavior: str = ""
    words: str = ""  # the block of questions.toml whose words fit: the area, or a variant of it
    also: tuple[int, ...] = ()  # indexes of the improvements that say the same in one breath


@dataclass(frozen=True, slots=True)
class Praise:
    """A strength with the words for it."""

    quote: str
    topic: Topic | None


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


def by_date(mention: DateMention) -> str:
    """A date as it may follow a verb: "by Friday", "within ten days"."""
    value = on_date(mention)
    return value if _AT_BEST.match(value) else f"by {value}"


def on_date(mention: DateMention) -> str:
    """A date as a noun phrase: "Friday", "after six months"."""
    return " ".join(mention.slot.value.split())


def when(mention: DateMention) -> str:
    """A date that may follow "opens": "in the autumn", "after six months", "on 1 January", "in March"."""
    value = re.sub(r"^for\b", "after", on_date(mention))
    if _WHEN.match(value):
        return value
    if re.match(r"(?:the )?week\b", value, re.IGNORECASE):
        return f"in {value}"
    day = re.search(r"\b\d{1,2}(?:st|nd|rd|th)?\b", value) or re.match(
        r"(?:mon|tues|wednes|thurs|fri|satur|sun)day\b", value, re.I
    )
    return f"on {value}" if day else f"in {value}"


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
    person = _person(analysis)
    names = frozenset(
        word.lower()
        for slot in (frame.sender.name, frame.candidate, frame.contact, frame.speaker)
        if slot
        for word in slot.value.split()
    )
    gaps = [_gap(index, item, analysis, names) for index, item in enumerate(analysis.improvements)]
    words = read_table("situations")["words"]["protected"]
    gaps = _merged(
        [gap for gap in gaps if not _is_passed(gap.quote) and not _is_aside(analysis, gap)] or gaps, analysis
    )
    kept = [gap for gap in gaps if not has_cue(gap.quote, words) and not _praised(analysis, gap.index)]
    event = _event(analysis)
    said = _said(analysis)
    dates = tuple(_widened(mention, text) for mention in frame.dates if not _is_absence(mention, text))
    if not {DateKind.REAPPLY, DateKind.NEXT_CONTACT} & {mention.kind for mention in dates}:
        dates += tuple(mention for mention in (_again_after(said),) if mention)
    facts = Facts(
        analysis=analysis,
        seed=wording_seed(text),
        gaps=tuple(sorted(kept, key=lambda gap: (-gap.weight, gap.start))),
        praise=tuple(
            Praise(item.evidence.of(text), accept(item.topic.of(text), _opens(text, item.topic.start), names))
            for item in analysis.strengths
            if not _is_failed(item.evidence.of(text), text)
        ),
        person=person,
        title=_title(analysis) if person else "",
        candidate=_candidate(analysis),
        formal_greeting=_formal(analysis),
        event=event.slot.value if event else "",
        met=any(item.kind is EventKind.MET for item in frame.events),
        can_reply=frame.route.kind is RouteKind.REPLY or frame.route.kind is RouteKind.THIRD_PERSON,
        no_details=frame.no_details is not None and bool(_NO_FEEDBACK.search(frame.no_details.value)),
        protected=any(has_cue(gap.quote, words) for gap in gaps)
        or any(has_cue(each.text, words) for each in analysis.labels.sentences if each.role is Role.FEEDBACK),
        deadline=next((item for item in dates if item.kind is DateKind.DEADLINE), None) or _open_until(said),
        dates=dates,
        said=said,
        hello=_hello(analysis),
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


def _again_after(said: tuple[Sentence, ...]) -> DateMention | None:
    """When the reader may try again, where the frame has not found it: "again after 180 days", "from September"."""
    for sentence in said:
        match = _AGAIN.search(sentence.text) or _RETEST.search(sentence.text)
        if not match and sentence.role is Role.DOOR_OPEN:
            match = _SEASON.search(sentence.text)
        if match:
            span = Span(sentence.span.start + match.start(1), sentence.span.start + match.end(1))
            return DateMention(DateKind.REAPPLY, Slot(" ".join(match[1].split()), span))
    return None


def _open_until(said: tuple[Sentence, ...]) -> DateMention | None:
    """A deadline for the reader that the frame has not found: "open until 5 pm on Wednesday 10 July"."""
    for number, sentence in enumerate(said):
        match = _UNTIL.search(sentence.text)
        if match and _ACT.search(sentence.text) and not _THEIRS.search(sentence.text):
            return _deadline(sentence, match)
        match = _BY_DAY.search(sentence.text)
        if match and _ASKED_OF.search(sentence.text) and not _THEIR_WORD.search(sentence.text):
            return _deadline(sentence, match)
        if _BEFORE_THEN.search(sentence.text):
            for near in (sentence, *said[max(0, number - 1) : number]):
                if day := _ANY_DAY.search(near.text):
                    return _deadline(near, day, "before ")
    return None


def _deadline(sentence: Sentence, match: re.Match[str], before: str = "") -> DateMention:
    """The deadline of a match in a sentence; its first group that is filled is the date."""
    group = next(number for number, found in enumerate(match.groups(), 1) if found)
    span = Span(sentence.span.start + match.start(group), sentence.span.start + match.end(group))
    value = " ".join(match[group].split())
    return DateMention(DateKind.DEADLINE, Slot(before + re.sub(r"^on ", "", value) if before else value, span))


def _is_absence(mention: DateMention, text: str) -> bool:
    """Whether a date only says when they are away, or until when they ask for time."""
    if mention.kind not in (DateKind.REAPPLY, DateKind.INTAKE) or mention.slot.where is not Where.TEXT:
        return False
    return bool(_AWAY.search(text[max(0, mention.slot.span.start - 40) : mention.slot.span.start]))


def _widened(mention: DateMention, text: str) -> DateMention:
    """A date with the words that make it exact: "the second half of June", "5 pm on Friday", "Monday noon"."""
    slot = mention.slot
    if slot.where is not Where.TEXT or _AT_BEST.match(slot.value):
        return mention
    before = _BEFORE_DATE.search(text, max(0, slot.span.start - 30), slot.span.start)
    after = _AFTER_DATE.match(text, slot.span.end)
    start = before.start(1) if before else slot.span.start
    end = after.end() if after else slot.span.end
    if (start, end) == (slot.span.start, slot.span.end):
        return mention
    return replace(mention, slot=Slot(" ".join(text[start:end].split()), Span(start, end)))


def _said(analysis: Analysis) -> tuple[Sentence, ...]:
    """What the sender says: no quoted mail, no header, no footer."""
    asides = [aside.span for aside in analysis.message.asides if aside.kind is not AsideKind.SIGNATURE]
    return tuple(s for s in analysis.labels.sentences if not any(span.overlaps(s.span) for span in asides))


def _hello(analysis: Analysis) -> str:
    """The greeting word before the candidate's name, if it is one that can be given back."""
    slot = analysis.frame.candidate
    if slot is None or slot.where is not Where.TEXT:
        return ""
    match = _HELLO.search(analysis.message.text, max(0, slot.span.start - 14), slot.span.start)
    return "" if match is None else upper_first(match[1].lower().replace("hiya", "hi").replace("hey", "hi"))


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
                rf"\bon (?:\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}"
                rf"|{_MONTH} \d{{1,2}})\b",
                sentence.text,
            )
            return day.group() if day else ""
    return None


def _merged(gaps: list[Gap], analysis: Analysis) -> list[Gap]:
    """Without the second of two remarks that say the same in one breath."""
    kept: list[Gap] = []
    for gap in gaps:
        line = analysis.improvements[gap.index].sentence
        near = [n for n, other in enumerate(kept) if abs(analysis.improvements[other.index].sentence - line) <= 1]
        twin = next((n for n in near if _same(kept[n], gap)), None)
        if twin is None:
            kept.append(gap)
        else:
            kept[twin] = replace(kept[twin], also=(*kept[twin].also, gap.index))
    return kept


def _same(one: Gap, other: Gap) -> bool:
    return one.behavior == other.behavior != "" or one.area == other.area == "logistics"


def _is_passed(quote: str) -> bool:
    """Whether a quote is a mark above the line: "66 / 60"."""
    match = _MARKS.search(quote)
    return match is not None and float(match[1]) > float(match[2])


def _is_failed(quote: str, text: str) -> bool:
    """Whether a quote is a mark below the line, in a mail whose second number is a line and no full mark."""
    match = _MARKS.search(quote)
    if match is None or float(match[1]) >= float(match[2]):
        return False
    return any(float(other[1]) > float(other[2]) for other in _MARKS.finditer(text))


def _is_aside(analysis: Analysis, gap: Gap) -> bool:
    """Whether a gap is only the line above a list ("What was missing:"), or the post they introduce somebody to."""
    sentences = analysis.labels.sentences
    line = analysis.improvements[gap.index].sentence
    cues = read_table("situations")["words"]["introduction"]
    if any(has_cue(sentence.text, cues) for sentence in sentences[line : line + 2]):
        return True
    after = analysis.message.text[gap.start + len(gap.quote) :][:4]
    return bool(re.match(r":\s*\n", after)) and gap.topic is None


def _praised(analysis: Analysis, index: int) -> bool:
    evidence = analysis.improvements[index].evidence
    return any(item.evidence.contains(evidence) for item in analysis.strengths)


def _person(analysis: Analysis) -> str:
    sender = analysis.frame.sender
    if sender.name is None or sender.kind in (SenderKind.MACHINE, SenderKind.SELLER, SenderKind.USER):
        return ""
    name = " ".join(sender.name.value.split()).strip(" ,.")
    if analysis.frame.register is Register.CHAT:
        name = " ".join(upper_first(word) for word in name.split())
    words = name.split()
    if not name.isupper():  # letters after a name ("MRCVS") are no part of it
        words = [word for word in words if not (len(word) > 2 and word.isupper())]
        name = " ".join(words)
    if not 1 <= len(words) <= 4 or _NOT_A_PERSON.search(name) or (len(words[0].strip(".")) < 2 and len(words) < 2):
        return ""
    if not all(
        word[0].isupper() or word.lower() in ("van", "von", "de", "der", "den", "del", "da", "di", "la", "le", "bin")
        for word in words
    ):
        return ""
    candidate = analysis.frame.candidate
    if candidate and name.lower() == candidate.value.lower():
        return ""
    return " ".join(word.capitalize() if word.isupper() and len(word) > 3 else word for word in words)


def _title(analysis: Analysis) -> str:
    title = analysis.frame.sender.title
    first = title.value.split()[0] if title and title.value.split() else ""  # "Prof. Dr." is greeted as "Prof."
    return first if _TITLES.match(first) else ""


def _candidate(analysis: Analysis) -> str:
    slot = analysis.frame.candidate
    if slot is None or _NOT_A_PERSON.search(slot.value) or _NO_NAME.match(" ".join(slot.value.split())):
        return ""
    name = _RANK.sub("", " ".join(slot.value.split()))
    if name != " ".join(slot.value.split()) and " " not in name:
        return ""
    if _formal(analysis) and " " not in name:
        return ""  # only the surname is known
    if name.islower():
        return name.title()
    return name.title() if name.isupper() and len(name) > 3 else name


def _formal(analysis: Analysis) -> bool:
    slot = analysis.frame.candidate
    return slot is not None and bool(
        _HONORIFIC.search(analysis.message.text[max(0, slot.span.start - 12) : slot.span.start])
    )


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


def _opens(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t\"“'‘*•-–—>")
    return not before or before[-1] in ".!?:;\n|"


def _gap(index: int, item: Improvement, analysis: Analysis, names: frozenset[str]) -> Gap:
    text = analysis.message.text
    quote, raw = item.evidence.of(text), item.topic.of(text)
    topic = accept(raw, _opens(text, item.topic.start), names)
    if topic and (_MODAL_BEFORE.search(text[max(0, item.topic.start - 12) : item.topic.start])):
        topic = None  # a verb: "you would handle a picker"
    if topic and _wrong_end(quote, item.topic.start - item.evidence.start, item.topic.end - item.evidence.start):
        topic = None
    key = _behavior(item.area, quote, item.kind)
    if not key and len(quote.split()) <= 5:  # a scrap of a sentence: its sentence says what it is about
        sentence = next((s.text for s in analysis.labels.sentences if s.span.contains(item.evidence)), "")
        key = _behavior(item.area, sentence, item.kind) if sentence else ""
    kind = item.kind
    if kind in _NOT_KIND and _NEVER_DONE.search(quote):
        kind = Kind.MISSING  # nothing was done badly: it was never done
    if kind in _NOT_KIND | {Kind.MISSING} and imperative(quote):
        kind = Kind.ADVICE
    area = "experience" if kind is Kind.MISSING and item.area in _SOFT and _NEVER_DONE.search(quote) else item.area
    if kind is Kind.THRESHOLD and item.area == "qualifications" and has_cue(quote, _NOT_DONE):
        kind = Kind.MISSING  # a certificate that is not there is no mark to raise
    return Gap(
        index,
        area,
        kind,
        quote,
        topic,
        item.weight,
        item.evidence.start,
        key if area == item.area else _behavior(area, quote, kind),
        _words(area, kind, quote),
    )


def _wrong_end(quote: str, start: int, end: int) -> bool:
    """Whether a topic is what there was enough of: "only housing", "a lot about X and very little about Y"."""
    return bool(
        start >= 0 and (_ENOUGH_BEFORE.search(quote[max(0, start - 200) : start]) or _LITTLE_AFTER.match(quote[end:]))
    )


def _words(area: str, kind: Kind, quote: str) -> str:
    if kind is Kind.AIM and area == "experience":
        return "aim.experience"
    if area == "technical_skills" and not has_cue(quote, read_table("situations")["words"]["technology"]):
        return "craft.technical_skills"
    return f"area.{area}"


_ALWAYS = frozenset(
    {"overqualified", "permit", "clearance", "driving", "lapsed", "language_level", "pay", "place", "hours"}
)
_ALSO_FIXED = frozenset({"hygiene_safety", "tests_missing", "run_twice", "monitoring", "edge_cases"})
_FIXED = frozenset(
    {Kind.HARD_REQUIREMENT, Kind.THRESHOLD, Kind.MISSING, Kind.COMPARISON, Kind.AIM, Kind.OPEN_CONDITION}
)


@cache
def _blocks() -> tuple[tuple[str, dict[str, Any]], ...]:
    return tuple(read_table("behaviors").items())


def _behavior(area: str, quote: str, kind: Kind) -> str:
    """The first block whose cue stands in the quote and which knows the area."""
    for key, block in _blocks():
        if area not in block["areas"] or not has_cue(quote, block["cues"]):
            continue
        if kind in _FIXED and area in ("technical_skills", "domain_knowledge") and key not in _ALSO_FIXED:
            continue
        return key
    return ""


def area_block(gap: Gap) -> dict[str, Any]:
    """The block of steps.toml for a gap's area, or for the craft in it."""
    steps = read_table("steps")
    group, key = gap.words.split(".")
    return dict(steps.get(group, {}).get(key) or steps["area"][gap.area])


def behavior(gap: Gap) -> dict[str, Any]:
    """The block of a gap's behavior, empty if it has none."""
    return dict(read_table("behaviors").get(gap.behavior, {}))
