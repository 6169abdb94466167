"""The patterns as a page or as Markdown: one file that asks nothing of the network, each figure with its mails.

The page carries a content security policy that forbids everything but its own style sheet, by digest; it has no script.
Each chart is an SVG with the same figures as a table below it. Every word of a mail is escaped. The file is streamed: a
mailbox of any size needs no more memory than its figures.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from html import escape
from pathlib import Path
from typing import IO, Any

from feedback_nlp.export import clean, written_whole
from feedback_nlp.patterns import Patterns, areas_note, figures, offer_notes, refused_items, words
from feedback_nlp.schema import Outcome, Tag
from feedback_nlp.store import Item, Status, Store

LINKED = 200  # mails that are linked from one figure; the rest follow in the list of mails
SHOWN_UNRELATED = 2_000
SHOWN_REFUSED = 2_000
KEY = 16  # hex digits of an anchor
_BAR, _ROW, _LABEL, _WIDTH = 18, 26, 190, 640  # pixels of a chart

_STYLE = """
:root{color-scheme:light dark;--ink:#1a1a1a;--soft:#555;--line:#767676;--paper:#fff;--bar:#2f6f7a;--bar2:#b4611f;--bar3:#6d5fb3}
@media (prefers-color-scheme:dark){:root{--ink:#eee;--soft:#bbb;--line:#8a8a8a;--paper:#16181c;--bar:#6cc3d0;--bar2:#eba36f;--bar3:#b3a8f5}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:0 auto;padding:1rem}
h1,h2,h3{line-height:1.25}h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}
a{color:inherit}a:focus-visible,summary:focus-visible{outline:3px solid var(--bar2);outline-offset:2px}
.soft{color:var(--soft)}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.25rem .5rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
article{border:1px solid var(--line);border-radius:.4rem;padding:.5rem 1rem;margin:1rem 0;overflow-wrap:anywhere}article:target{border-width:3px}
blockquote{margin:.25rem 0;padding-left:.75rem;border-left:4px solid var(--bar)}summary{cursor:pointer;min-height:1.5rem}
svg{max-width:100%;height:auto}svg text{fill:var(--ink);font:13px system-ui,sans-serif}.a{fill:var(--bar)}.b{fill:var(--bar2)}.c{fill:var(--bar3)}.d{fill:var(--line)}
.keys{font-size:.85rem}@media print{details{display:none}}
"""  # noqa: E501 - a style sheet
_POLICY = "default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; base-uri 'none'"
_OUTCOME_CLASS = {Outcome.REJECTED: "a", Outcome.ADVANCED: "c", Outcome.PENDING: "b", Outcome.UNKNOWN: "d"}
_LEADS_TO = {
    **dict.fromkeys(("related", "actionable", "generic", "unsure"), "mails"),
    "applications": "funnel",
    "unrelated": "unrelated",
    **dict.fromkeys(("refused", "failed"), "refused"),
}
_TAG_CLASS = {Tag.ACTIONABLE: "b", Tag.GENERIC: "a", Tag.UNRELATED: "d"}


def write_html(store: Store, found: Patterns, path: Path, *, run: int | None, today: date) -> None:
    """Write the page. Raises `StoreError` when it cannot be written; an older file is then still there."""
    with written_whole(path) as file:
        for part in _page(store, found, run, today):
            file.write(part)


def _page(store: Store, found: Patterns, run: int | None, today: date) -> Iterator[str]:
    say = words()
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    yield (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(digest=digest)}">'
        '<meta name="referrer" content="no-referrer">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{_e(say["title"])}</title><style>{_STYLE}</style></head><body><main id="top">'
        f'<h1>{_e(say["title"])}</h1><p class="soft">{_e(say["made"].format(day=today.isoformat()))}</p>'
    )
    yield from _counts(found)
    yield from _offers(found, today)
    yield from _funnel(found)
    yield from _areas(found)
    yield from _companies(found)
    yield from _timeline(found)
    yield from _forms(found)
    yield from _mails(store, found, run)
    yield from _unrelated(store, found, run)
    yield from _refused(store, found, run)
    yield f'<p><a href="#top">{_e(say["back"])}</a></p></main></body></html>\n'


# --- sections ---------------------------------------------------------------------------------------------------------


def _counts(found: Patterns) -> Iterator[str]:
    yield _heading("counts")
    rows = []
    for name, label, number in figures(found):
        words_ = _e(label)
        rows.append((f'<a href="#{_LEADS_TO[name]}">{words_}</a>' if name in _LEADS_TO and number else words_, number))
    yield _table(("", ""), rows)


def _offers(found: Patterns, today: date) -> Iterator[str]:
    say = words()
    yield _heading("offers")
    if not found.offers:
        yield f"<p>{_e(say['offers_none'])}</p>"
        return
    yield f"<p>{_e(say['offers_lead'])}</p><ul>"
    for offer in found.offers:
        notes = "; ".join(offer_notes(offer, today))
        quote = f"<blockquote>{_e(offer.words)}</blockquote>" if offer.words else ""
        yield f"<li>{_link(offer.key, offer.company or say['no_company'])} {_e(notes)}{quote}</li>"
    yield "</ul>"


def _funnel(found: Patterns) -> Iterator[str]:
    steps = [step for step in found.funnel if step.total]
    yield _heading("funnel") + f"<p>{_e(words()['funnel_lead'])}</p>"
    bars = [(step.stage.value, [(_OUTCOME_CLASS[o], n, o.value) for o, n in step.outcomes.items()]) for step in steps]
    yield _bars("funnel", bars)
    outcomes = [outcome for outcome in Outcome if any(step.outcomes.get(outcome) for step in steps)]
    rows: list[tuple[str | int, ...]] = [
        (_e(step.stage.value), *(step.outcomes.get(outcome, 0) for outcome in outcomes), _keys(step.keys))
        for step in steps
    ]
    yield _table(("", *(outcome.value for outcome in outcomes), words()["mails"]), rows)


def _areas(found: Patterns) -> Iterator[str]:
    yield _heading("areas") + f"<p>{_e(areas_note(found))}</p>"
    if not found.areas:
        return
    yield _bars("areas", [(area.name, [("a", area.applications, "")]) for area in found.areas])
    yield _table(
        ("", "", words()["mails"]), [(_e(area.name), area.applications, _keys(area.keys)) for area in found.areas]
    )
    for area in found.areas:
        yield f"<h3>{_e(area.name)}</h3>"
        for quote in area.quotes:
            yield f"<blockquote>{_e(quote.text)} {_link(quote.key, quote.key[:8])}</blockquote>"


def _companies(found: Patterns) -> Iterator[str]:
    say = words()
    yield _heading("companies") + f"<p>{_e(say['companies_lead'])}</p>"
    rows = [
        (
            _e(each.name or say["no_company"]),
            each.applications,
            _e(", ".join(f"{outcome} {number}" for outcome, number in each.outcomes.items())),
            _keys(each.keys),
        )
        for each in found.companies
    ]
    yield _table(("", say["count.applications"], "", say["mails"]), rows)


def _timeline(found: Patterns) -> Iterator[str]:
    say = words()
    yield _heading("timeline")
    if not found.timeline:
        yield f"<p>{_e(say['timeline_none'])}</p>"
        return
    shown = found.timeline[-36:]
    yield _bars(
        "timeline", [(each.month, [(_TAG_CLASS[t], n, t.value) for t, n in each.tags.items()]) for each in shown]
    )
    rows = [
        (each.month, each.tags.get(Tag.ACTIONABLE, 0), each.tags.get(Tag.GENERIC, 0), _keys(each.keys))
        for each in found.timeline
    ]
    yield _table(("", Tag.ACTIONABLE.value, Tag.GENERIC.value, say["mails"]), rows)


def _forms(found: Patterns) -> Iterator[str]:
    say = words()
    if not found.form_letters:
        return
    yield _heading("forms") + f"<p>{_e(say['forms_lead'])}</p>"
    rows = [
        (str(form.number), len(form.keys), _e(", ".join(form.companies) or say["no_company"]), _keys(form.keys))
        for form in found.form_letters
    ]
    yield _table(("", "", say["companies"], say["mails"]), rows)


def _mails(store: Store, found: Patterns, run: int | None) -> Iterator[str]:
    joined = found.triage.joined
    yield _heading("mails")
    for item in store.items(run=run, related=True):
        yield _article(item, *joined.get(item.key, (0, 0)))


def _article(item: Item, candidacy: int, form: int) -> str:
    report = item.report
    facts = [
        item.sent[:10] or words()["unknown_day"],
        str(item.facts.get("company", "")),
        item.tag,
        item.outcome,
        item.stage,
    ]
    facts += [words()["count.unsure"]] if item.unsure else []
    facts += [f"{words()['count.applications']}: {candidacy}"] if candidacy else []
    facts += [f"{words()['forms']}: {form}"] if form else []
    quotes = "".join(
        f"<blockquote><b>{_e(each['area'].replace('_', ' '))}</b>: {_e(each['evidence'])}</blockquote>"
        for each in report.get("improvements", ())
    )
    text = (
        f"<details><summary>{_e(item.sender)}</summary><p>{_lines(str(report.get('text', ''))[:20_000])}</p></details>"
    )
    return (
        f'<article id="{_anchor(item.key)}"><h3>{_e(item.subject) or _e(item.key[:8])}</h3>'
        f'<p class="soft">{_e(" · ".join(fact for fact in facts if fact))}</p>{quotes}{text}'
        f'<p class="keys">{_e(item.source.path)} [{item.source.index}]</p></article>\n'
    )


def _unrelated(store: Store, found: Patterns, run: int | None) -> Iterator[str]:
    say = words()
    total = found.counts.tags[Tag.UNRELATED]
    yield _heading("unrelated")
    yield f"<p>{_e(say['unrelated_lead'].format(shown=min(total, SHOWN_UNRELATED), n=total))}</p>"
    rows = _some(store.items(run=run, status=Status.READ, packed=False), SHOWN_UNRELATED)
    yield "<details><summary>" + _e(say["unrelated"]) + "</summary><table><tbody>"
    for item in rows:
        yield f"<tr><td>{_e(item.sent[:10])}</td><td>{_e(item.sender)}</td><td>{_e(item.subject)}</td></tr>"
    yield "</tbody></table></details>"


def _some(items: Iterable[Item], most: int) -> Iterator[Item]:
    left = most
    for item in items:
        if item.tag == Tag.UNRELATED:
            yield item
            left -= 1
            if not left:
                return


def _refused(store: Store, found: Patterns, run: int | None) -> Iterator[str]:
    say = words()
    if not found.counts.refused + found.counts.failed:
        return
    yield _heading("refused") + f"<p>{_e(say['refused_lead'])}</p><table><tbody>"
    for number, item in enumerate(refused_items(store, run)):
        if number == SHOWN_REFUSED:
            break
        yield f"<tr><td>{_e(item.source.path)} [{item.source.index}]</td><td>{_e(item.reason)}</td></tr>"
    yield "</tbody></table>"


# --- pieces -----------------------------------------------------------------------------------------------------------


def _e(text: str) -> str:
    """Words of anybody as HTML that shows them and nothing else."""
    return escape(clean(text), quote=True)


def _lines(text: str) -> str:
    return _e(text).replace("\n", "<br>")


def _heading(name: str) -> str:
    return f'<h2 id="{name}">{_e(words()[name])}</h2>'


def _anchor(key: str) -> str:
    return "m" + re.sub(r"[^0-9a-f]", "", key)[:KEY]


def _link(key: str, label: str) -> str:
    return f'<a href="#{_anchor(key)}">{_e(label)}</a>'


def _keys(keys: Sequence[str]) -> str:
    """Links to the mails of a figure, folded."""
    links = " ".join(_link(key, str(number)) for number, key in enumerate(keys[:LINKED], start=1))
    more = " …" if len(keys) > LINKED else ""
    return f'<details class="keys"><summary>{len(keys)}</summary>{links}{more}</details>'


def _table(heads: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """A table; texts in `rows` are HTML already, numbers stand at the right."""
    body = "".join("<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows)
    head = "<thead><tr>" + "".join(f'<th scope="col">{_e(name)}</th>' for name in heads) + "</tr></thead>"
    return f"<table>{head if any(heads) else ''}<tbody>{body}</tbody></table>"


def _cell(value: str | int) -> str:
    return f'<td class="n">{value}</td>' if isinstance(value, int) else f"<td>{value}</td>"


def _bars(name: str, bars: Sequence[tuple[str, Sequence[tuple[str, int, str]]]]) -> str:
    """A bar chart: a label and stacked parts (class, number, name) for each bar."""
    most = max((sum(number for _, number, _ in parts) for _, parts in bars), default=0)
    if not most:
        return ""
    scale = (_WIDTH - _LABEL - 60) / most
    size = f'viewBox="0 0 {_WIDTH} {len(bars) * _ROW}" width="{_WIDTH}" height="{len(bars) * _ROW}"'
    pieces = [f'<svg role="img" aria-label="{_e(words()[name])}" {size}>']
    for row, (label, parts) in enumerate(bars):
        top, left = row * _ROW, float(_LABEL)
        pieces.append(f'<text x="{_LABEL - 8}" y="{top + 15}" text-anchor="end">{_e(label[:28])}</text>')
        for kind, number, part in parts:
            width = max(1.0, number * scale)
            title = _e(f"{label}: {part} {number}".replace("  ", " "))
            pieces.append(
                f'<rect class="{kind}" x="{left:.1f}" y="{top + 2}" width="{width:.1f}" height="{_BAR}">'
                f"<title>{title}</title></rect>"
            )
            left += width
        total = sum(number for _, number, _ in parts)
        pieces.append(f'<text x="{left + 6:.1f}" y="{top + 15}">{total}</text>')
    return "".join(pieces) + "</svg>"


# --- Markdown ---------------------------------------------------------------------------------------------------------

_MARK = re.compile(r"([\\`*_{}\[\]()#+\-.!|~@:=])")


def write_markdown(store: Store, found: Patterns, path: Path, *, run: int | None, today: date) -> None:
    """The same as Markdown: figures, quotes, offers, and a list of the mails. Raises `StoreError`."""
    with written_whole(path) as file:
        _markdown(file, store, found, run, today)


def _markdown(file: IO[str], store: Store, found: Patterns, run: int | None, today: date) -> None:
    say = words()
    file.write(f"# {say['title']}\n\n{_m(say['made'].format(day=today.isoformat()))}\n\n## {say['counts']}\n\n")
    _md_table(file, ("", ""), [(label, number) for _, label, number in figures(found)])
    file.write(f"\n## {say['offers']}\n\n{say['offers_lead'] if found.offers else say['offers_none']}\n\n")
    for offer in found.offers:
        notes = "; ".join(offer_notes(offer, today))
        file.write(f"- {_m(offer.company or say['no_company'])}: {_m(notes)} {_md_link(offer.key)}\n")
    file.write(f"\n## {say['funnel']}\n\n{say['funnel_lead']}\n\n")
    rows = [(step.stage.value, step.total, _joined(step.outcomes)) for step in found.funnel if step.total]
    _md_table(file, ("", "", ""), rows)
    file.write(f"\n## {say['areas']}\n\n{areas_note(found)}\n\n")
    for area in found.areas:
        file.write(f"- **{area.name}**: {area.applications}\n")
        for quote in area.quotes:
            file.write(f"  > {_m(quote.text)} {_md_link(quote.key)}\n\n")
    file.write(f"\n## {say['companies']}\n\n")
    rows = [(each.name or say["no_company"], each.applications, _joined(each.outcomes)) for each in found.companies]
    _md_table(file, ("", say["count.applications"], ""), rows)
    file.write(f"\n## {say['timeline']}\n\n")
    months = [(each.month, each.tags.get(Tag.ACTIONABLE, 0), each.tags.get(Tag.GENERIC, 0)) for each in found.timeline]
    _md_table(file, ("", Tag.ACTIONABLE.value, Tag.GENERIC.value), months)
    file.write(f"\n## {say['mails']}\n\n")
    for item in store.items(run=run, related=True, packed=False):
        facts = " · ".join(fact for fact in (item.sent[:10], item.tag, item.outcome, item.stage) if fact)
        file.write(f'- <a id="{_anchor(item.key)}"></a>{_m(item.subject) or item.key[:8]} ({_m(facts)})\n')
    file.write(f"\n## {say['refused']}\n\n")
    for number, item in enumerate(refused_items(store, run)):
        if number == SHOWN_REFUSED:
            break
        file.write(f"- {_m(item.source.path)} {item.source.index}: {_m(item.reason)}\n")


def _m(text: str) -> str:
    """Words of anybody on one line, in which Markdown finds nothing."""
    return _MARK.sub(r"\\\1", escape(" ".join(clean(text).split()), quote=False))


def _md_link(key: str) -> str:
    return f"([{key[:8]}](#{_anchor(key)}))"


def _md_table(file: IO[str], heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    file.write("|" + "|".join(f" {_m(head)} " for head in heads) + "|\n" + "|---" * len(heads) + "|\n")
    for row in rows:
        file.write("|" + "|".join(f" {_m(str(value))} " for value in row) + "|\n")


def _joined(outcomes: Mapping[Outcome, int]) -> str:
    return ", ".join(f"{outcome} {number}" for outcome, number in outcomes.items())
