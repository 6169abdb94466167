"""Which mails belong together: mails of one candidacy, and letters with the same wording.

Mails are joined to one candidacy only where that is proved: by the thread (Message-ID, In-Reply-To, References), or by
the company together with the same reference, the same role, or a subject that says more than "Your application". Two
roles that are both named and differ are never joined.

Letters with the same wording are found by MinHash over runs of words, with bands as buckets: work and memory grow with
the number of mails, not with their pairs. Unrelated mail takes no part.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from feedback_nlp.content import check_keys, read_table
from feedback_nlp.schema import Outcome, Role, Stage, Tag
from feedback_nlp.store import Item, Status, Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Signature = NDArray[np.uint32]

SAME_CANDIDACY_DAYS = 180  # between two mails of one candidacy that only company and role join
SHINGLE = 4  # words
HASHES = 64
BANDS = 16  # of 4 hashes: letters that share half of their runs of words meet in a bucket
ALIKE = 0.6  # share of runs of words in common: the same letter with another name, role and footer
LEAST_WORDS = 20  # a shorter text is nobody's form letter
_STAGES = tuple(Stage)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


@dataclass(frozen=True, slots=True)
class Mail:
    """What is compared of a mail that is about an application."""

    key: str
    company: str
    role_title: str
    reference: str
    subject: str
    thread: int  # number of the thread, equal for mails of one thread
    day: date | None
    tag: Tag
    outcome: Outcome
    stage: Stage
    offered: bool


@dataclass(frozen=True, slots=True)
class Candidacy:
    """The mails of one application, the oldest first."""

    number: int
    mails: tuple[Mail, ...]

    @property
    def company(self) -> str:
        """The company as the first mail that names it writes it."""
        return next((mail.company for mail in self.mails if mail.company), "")

    @property
    def role_title(self) -> str:
        """The role as the first mail that names it writes it."""
        return next((mail.role_title for mail in self.mails if mail.role_title), "")

    @property
    def stage(self) -> Stage:
        """The furthest stage that a mail shows."""
        known = [mail.stage for mail in self.mails if mail.stage is not Stage.UNKNOWN]
        return max(known, key=_STAGES.index, default=Stage.UNKNOWN)

    @property
    def outcome(self) -> Outcome:
        """What the latest mail that decides anything says."""
        return next(
            (mail.outcome for mail in reversed(self.mails) if mail.outcome is not Outcome.UNKNOWN), Outcome.UNKNOWN
        )

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The first and the last day of its mails."""
        known = [mail.day for mail in self.mails if mail.day]
        return (min(known), max(known)) if known else (None, None)


@dataclass(frozen=True, slots=True)
class FormLetter:
    """Mails with nearly the same wording."""

    number: int
    keys: tuple[str, ...]
    companies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Triage:
    """Who belongs together. Numbers begin at 1, in the order of the files."""

    candidacies: tuple[Candidacy, ...]
    form_letters: tuple[FormLetter, ...]

    @property
    def joined(self) -> dict[str, tuple[int, int]]:
        """For each mail its candidacy and its form letter (0: none), as `export` takes them."""
        forms = {key: form.number for form in self.form_letters for key in form.keys}
        return {
            mail.key: (candidacy.number, forms.get(mail.key, 0))
            for candidacy in self.candidacies
            for mail in candidacy.mails
        }


def triage(store: Store, run: int | None = None) -> Triage:
    """Join the mails of a run, or of the whole store."""
    threads = _threads(store.items(run=run, status=Status.READ, packed=False))
    mails: list[Mail] = []
    letters = Letters()
    for item in store.items(run=run, related=True):
        mails.append(_mail(item, threads))
        letters.add(item.key, str(item.facts.get("company", "")), _letter(item))
    return Triage(_candidacies(mails), letters.groups())


# --- candidacies ------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Union:
    """Union-find over names."""

    parent: dict[Any, Any] = field(default_factory=dict)

    def find(self, name: Any) -> Any:
        root = name
        while (above := self.parent.setdefault(root, root)) != root:
            root = above
        while name != root:
            self.parent[name], name = root, self.parent[name]
        return root

    def join(self, one: Any, other: Any) -> None:
        self.parent[self.find(other)] = self.find(one)


def _threads(items: Iterable[Item]) -> Mapping[str, int]:
    """The thread of each message id. Unrelated mails take part: an invitation may link two others."""
    union = _Union()
    for item in items:
        ids = [*item.facts.get("message_id", ()), *item.facts.get("parents", ())]
        for other in ids[1:]:
            union.join(ids[0], other)
    numbers: dict[str, int] = {}
    return {each: numbers.setdefault(union.find(each), len(numbers)) for each in list(union.parent)}


def _mail(item: Item, threads: Mapping[str, int]) -> Mail:
    facts = item.facts
    ids = [*facts.get("message_id", ()), *facts.get("parents", ())]
    return Mail(
        key=item.key,
        company=str(facts.get("company", "")),
        role_title=str(facts.get("role_title", "")),
        reference=str(facts.get("reference", "")),
        subject=item.subject[:300],
        thread=next((threads[each] for each in ids if each in threads), -1),
        day=day_of(item.sent),
        tag=Tag(item.tag),
        outcome=Outcome(item.outcome),
        stage=Stage(item.stage),
        offered=item.offered,
    )


def day_of(sent: str) -> date | None:
    """The day of a time in the store."""
    try:
        return datetime.fromisoformat(sent).date()
    except ValueError:
        return None


def _candidacies(mails: Sequence[Mail]) -> tuple[Candidacy, ...]:
    union = _Union()
    for index in range(len(mails)):
        union.find(index)
    for group in _groups(mails):
        for one, other in pairwise(group):
            union.join(one, other)
    members: dict[int, list[int]] = {}
    for index in range(len(mails)):
        members.setdefault(union.find(index), []).append(index)
    return tuple(
        Candidacy(number, tuple(sorted((mails[index] for index in group), key=_when)))
        for number, group in enumerate(members.values(), start=1)
    )


def _when(mail: Mail) -> tuple[bool, date]:
    return mail.day is None, mail.day or date.min


def _groups(mails: Sequence[Mail]) -> Iterator[list[int]]:
    """Runs of mails, as indexes, in which each belongs to the next."""
    threads: dict[int, list[int]] = {}
    proofs: dict[tuple[str, ...], list[int]] = {}
    for index, mail in enumerate(mails):
        if mail.thread >= 0:
            threads.setdefault(mail.thread, []).append(index)
        for proof in _proofs(mail):
            proofs.setdefault(proof, []).append(index)
    for group in threads.values():
        yield from _by_role(mails, group)
    for proof, group in proofs.items():
        runs = _by_role(mails, group) if proof[0] == "subject" else [group]
        for run in runs:
            yield from _near(mails, run)


def _proofs(mail: Mail) -> Iterator[tuple[str, ...]]:
    """What, when it is equal in two mails, proves one candidacy."""
    company = company_name(mail.company)
    if not company:
        return
    if mail.reference:
        yield "reference", company, mail.reference.casefold()
    if role := _plain(mail.role_title):
        yield "role", company, role
    if subject := subject_words(mail.subject):
        yield "subject", company, subject


def _by_role(mails: Sequence[Mail], group: list[int]) -> list[list[int]]:
    """A group as it is when it names at most one role; else one group for each role, mails without one left out."""
    roles: dict[str, list[int]] = {}
    for index in group:
        roles.setdefault(_plain(mails[index].role_title), []).append(index)
    if len(roles) - ("" in roles) <= 1:
        return [group]
    return [members for role, members in roles.items() if role]


def _near(mails: Sequence[Mail], group: list[int]) -> Iterator[list[int]]:
    """The group, cut where more than half a year lies between two mails. Mails without a date stay by themselves."""
    dated = sorted((index for index in group if mails[index].day), key=lambda index: _when(mails[index]))
    run: list[int] = []
    for index in dated:
        if run and (_when(mails[index])[1] - _when(mails[run[-1]])[1]).days > SAME_CANDIDACY_DAYS:
            yield run
            run = []
        run.append(index)
    yield run
    if not dated:
        yield group


@cache
def _compare() -> dict[str, frozenset[str]]:
    """The word lists by which names and subjects are compared."""
    table = read_table("patterns")
    check_keys(table, "content/patterns.toml", {"compare": dict, "say": dict})
    lists = {"company_endings": list, "subject_marks": list, "subject_plain": list}
    check_keys(table["compare"], "content/patterns.toml: compare", lists)
    return {name: frozenset(words) for name, words in table["compare"].items()}


def company_name(name: str) -> str:
    """A company's name as it is compared: "The Halden Freight Group Ltd." and "Halden Freight" are one."""
    words = [word.casefold() for word in re.findall(r"[\w&+'’]+", name)]
    bare = [word for word in words if word not in _compare()["company_endings"]]
    return " ".join(bare or words)


def subject_words(subject: str) -> str:
    """A subject as it is compared, without its marks; empty when it has no word of its own."""
    words = [word.casefold() for word in re.findall(r"[\w&+'’]+", subject)]
    while words and words[0] in _compare()["subject_marks"]:
        words = words[1:]
    own = [word for word in words if word not in _compare()["subject_plain"] and not word.isdigit()]
    return " ".join(words) if len(own) >= 2 else ""


def _plain(words: str) -> str:
    return " ".join(word.casefold() for word in _WORD.findall(words))


# --- form letters -----------------------------------------------------------------------------------------------------

_PRIME = (1 << 61) - 1


class Letters:
    """Groups letters by wording as they come; keeps 256 bytes a letter."""

    def __init__(self) -> None:
        self._leaders: list[Signature] = []
        self._members: list[list[tuple[str, str]]] = []
        self._buckets: dict[tuple[int, bytes], list[int]] = {}

    def add(self, key: str, company: str, text: str) -> None:
        """Put a letter to the first group whose leader it is like, or make it the leader of a new one."""
        signature = sketch(text)
        if signature is None:
            return
        bands = [(band, signature[band * 4 : band * 4 + 4].tobytes()) for band in range(BANDS)]
        candidates = sorted({leader for band in bands for leader in self._buckets.get(band, ())})
        for leader in candidates:
            if float((self._leaders[leader] == signature).mean()) >= ALIKE:
                self._members[leader].append((key, company))
                return
        for band in bands:
            self._buckets.setdefault(band, []).append(len(self._leaders))
        self._leaders.append(signature)
        self._members.append([(key, company)])

    def groups(self) -> tuple[FormLetter, ...]:
        """The groups of at least two letters."""
        found = [group for group in self._members if len(group) > 1]
        return tuple(
            FormLetter(
                number,
                tuple(key for key, _ in group),
                tuple(dict.fromkeys(company for _, company in group if company)),
            )
            for number, group in enumerate(found, start=1)
        )


def sketch(text: str) -> Signature | None:
    """The MinHash of the runs of `SHINGLE` words of a text, 64 numbers, or None for a short text."""
    import numpy as np

    words = [word.casefold() for word in _WORD.findall(text[:20_000])]
    if len(words) < LEAST_WORDS:
        return None
    runs = {" ".join(words[at : at + SHINGLE]) for at in range(len(words) - SHINGLE + 1)}
    hashes = np.fromiter((zlib.crc32(run.encode()) for run in runs), np.uint64, len(runs))
    factors, offsets = _permutations()
    mixed = (factors[:, None] * hashes[None, :] + offsets[:, None]) % np.uint64(_PRIME)
    return np.asarray(mixed.min(axis=1) & np.uint64(0xFFFFFFFF), np.uint32)


@cache
def _permutations() -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    import numpy as np

    random = np.random.default_rng(20)
    # 28-bit factors: the product with a 32-bit hash stays inside of 61 bits.
    return random.integers(1, 1 << 28, HASHES, dtype=np.uint64), random.integers(0, 1 << 60, HASHES, dtype=np.uint64)


def _letter(item: Item) -> str:
    """The words of the employer that are not about this person: what a form letter has in common with its copies."""
    report = item.report
    left_out = {Role.OTHER.value, Role.FEEDBACK.value, Role.STRENGTH.value}
    text = " ".join(each["text"] for each in report.get("sentences", ()) if each["role"] not in left_out)
    for name in sorted((*item.facts.get("people", ()), *_names(item)), key=len, reverse=True):
        text = text.replace(name, " ")
    return text


def _names(item: Item) -> list[str]:
    return [str(item.facts[name]) for name in ("company", "role_title", "reference") if item.facts.get(name)]
