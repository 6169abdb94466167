"""Who a line names: names and addresses out of headers, greetings and sign-offs, and whether two are one person."""

from __future__ import annotations

import re
from dataclasses import dataclass

from feedback_nlp.mail.words import words

_ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,6}")
_TOKEN = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Person:
    """The lower-case tokens of a name, in order; the addresses seen with it; and the tokens inside those."""

    names: tuple[str, ...] = ()
    addresses: frozenset[str] = frozenset()
    aliases: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.names or self.addresses)


def person(written: str) -> Person:
    """Out of "Reed, Sam <sam@example.com>" or "Sam". An address without a name gives the tokens of its local part."""
    written = written[:300]
    addresses = frozenset(match.lower() for match in _ADDRESS.findall(written))
    name = re.sub(r"\([^()]*\)", " ", _ADDRESS.sub(" ", written))
    local = " ".join(sorted(address.partition("@")[0] for address in addresses))
    aliases = _tokens(re.sub(r"[\d._+-]", " ", local))
    return Person((_tokens(name) or aliases)[:5], addresses, frozenset(alias for alias in aliases if len(alias) > 2))


def _tokens(name: str) -> tuple[str, ...]:
    table = words()
    found = [token.lower() for token in _TOKEN.findall(name)]
    return tuple(
        token for token in found if token not in table.titles and token not in ("via", "mailto", "on", "behalf")
    )


def same(one: Person, other: Person) -> bool:
    """Whether two mentions prove one person: an address in common, or names that agree as far as both go."""
    if one.addresses & other.addresses:
        return True
    mine = [name for name in one.names if len(name) > 1]
    theirs = [name for name in other.names if len(name) > 1]
    common = sum(any(_agree(name, their) for their in theirs) for name in mine)
    if common >= 2 or (common and (len(mine) == 1 or len(theirs) == 1)):
        return True
    return (len(mine) == 1 and mine[0] in other.aliases) or (len(theirs) == 1 and theirs[0] in one.aliases)


def _agree(name: str, other: str) -> bool:
    """Equal, or one the short form of the other (Sam, Samantha)."""
    short, long = sorted((name, other), key=len)
    return short == long or (len(short) >= 3 and long.startswith(short))


def greeted(first_lines: list[str]) -> Person:
    """Who is greeted in the first lines of a mail ("Dear Ms Okafor," or "Kieran, …"); nobody when it is a group."""
    for line in first_lines[:3]:
        low = line.lower()
        word = next(
            (
                word
                for word in words().greetings
                if low.startswith(word) and not low[len(word) : len(word) + 1].isalpha()
            ),
            "",
        )
        if word:
            found = _leading_names(line[len(word) :])
            if found or len(line) < 60:
                return Person(found)
        elif re.match(r"[^\W\d_]{2,20}(?: [^\W\d_]{2,20})?\s?[,!:–-]", line[:60]):
            found = _leading_names(line)
            if found and found[0] not in words().signoffs and line[:1].isupper():
                return Person(found, aliases=frozenset(found[1:] or found))  # "Mālō Hēmi," may open with a greeting
    return Person()


def _leading_names(rest: str) -> tuple[str, ...]:
    """The capitalized tokens up to the first mark or small word."""
    names: list[str] = []
    for token in rest.strip(" ,")[:60].split():
        bare = token.strip('.,!:;–—-()"')
        low = bare.lower()
        if low in words().titles:
            continue
        if not bare or not bare[0].isupper() or low in words().not_names or not _TOKEN.fullmatch(bare):
            break
        names.append(low)
        if token[-1] in ",!:;–—" or len(names) == 3:
            break
    return tuple(names)


def signed(lines: list[str]) -> Person:
    """Who signs: the line under a sign-off, the name behind it, or a last line that is only a name."""
    for number in range(len(lines) - 1, max(-1, len(lines) - 25), -1):
        opener, _, rest = lines[number].partition(",")
        if opener.strip(" .!").lower() in words().signoffs:
            name = rest.strip() or (lines[number + 1] if number + 1 < len(lines) else "")
            if name and len(name) <= 60:
                return Person(_leading_names(name))
            break
    if not lines:
        return Person()
    last = lines[-1][-80:].rpartition(". ")[2].lstrip("-–—~ ")
    for thanks in ("thank you ", "thanks ", "cheers ", "best ", "regards "):
        if last.lower().startswith(thanks):
            last = last[len(thanks) :]
    name = re.split(r"[,(/|]", last)[0].strip()
    return Person(_leading_names(name)) if 0 < len(name.split()) <= 3 and not name.endswith(("?", "!")) else Person()
