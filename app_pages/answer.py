"""The answer below the mail: what to work on, what to ask, what to reflect on, and how to take it along."""

from __future__ import annotations

from hashlib import sha256

import streamlit as st
from app_pages import letters, reading, shared
from app_pages.corrections import as_area, missed, not_feedback
from app_pages.reading import Reading

from feedback_nlp import content
from feedback_nlp.report import Point, points
from feedback_nlp.schema import Advice, Improvement, Report, Tag, Tone

words = shared.words("analyze")


# --- what to work on --------------------------------------------------------------------------------------------------


def show_work(now: Reading, report: Report) -> None:
    """A card for each improvement, the heaviest first."""
    analysis = report.analysis
    st.header(words["work"], anchor=False)
    if not analysis.improvements:
        nothing = {Tag.ACTIONABLE: "work_unmarked", Tag.GENERIC: "work_none", Tag.UNRELATED: "work_unrelated"}
        st.write(words[nothing[analysis.labels.tag]])
    for point in points(report):
        with st.container(border=True):
            _card(now, report, point)
    _missed(now, report)


def _card(now: Reading, report: Report, point: Point) -> None:
    """One point: what to do, and each quote that it answers."""
    items = report.analysis.improvements
    shared.say(point.instruction or _area_name(items[point.improvements[0]]), "strong", "h3")
    for index in point.improvements:
        item = items[index]
        shared.quote(item.evidence.of(report.analysis.message.text))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            parts = [_area_name(item), _weight_words(item.weight), shared.confidence_words(item.confidence)]
            shared.say(" · ".join(part for part in parts if part), "small")
            with st.popover(words["correct_area"], type="tertiary", key=f"change-{index}-{now.key}"):
                _change_area(now, index, item)


def _area_name(item: Improvement) -> str:
    area = content.areas().get(item.area)
    return area.name if area else item.area


def _change_area(now: Reading, index: int, item: Improvement) -> None:
    keys = list(content.areas())
    box = f"area-{index}-{now.key}"

    def chosen() -> None:
        area = st.session_state[box]
        if area and area != item.area:
            reading.correct(as_area(index, area))

    st.selectbox(
        words["area_label"],
        keys,
        index=keys.index(item.area) if item.area in keys else None,
        format_func=lambda key: content.areas()[key].name,
        key=box,
        on_change=chosen,
    )
    st.button(words["not_mine"], key=f"drop-{index}-{now.key}", on_click=reading.correct, args=(not_feedback(index),))


def _weight_words(weight: float) -> str:
    names = shared.words("weight")
    if weight >= 4:
        return str(names["main"])
    if weight >= 3:
        return str(names["hard"])
    if weight <= 1:
        return str(names["aside"])
    return str(names["hedged"]) if weight < 2 else ""


def _missed(now: Reading, report: Report) -> None:
    """Let the person point at a sentence that the program passed over."""
    marked = {item.sentence for item in report.analysis.improvements}
    sentences = report.analysis.labels.sentences
    free = [index for index in range(len(sentences)) if index not in marked and sentences[index].text.strip()]
    if not free:
        return
    with st.popover(words["work_missed"], type="tertiary"):
        which = st.selectbox(
            words["missed_sentence"],
            free,
            format_func=lambda index: " ".join(sentences[index].text.translate(shared.INVISIBLE).split())[:90],
            key=f"missed-{now.key}",
        )
        area = st.selectbox(
            words["missed_area"],
            list(content.areas()),
            format_func=lambda key: content.areas()[key].name,
            key=f"missed-area-{now.key}",
        )
        st.button(
            words["missed_add"], key=f"missed-add-{now.key}", on_click=reading.correct, args=(missed(which, area),)
        )


def show_strengths(report: Report) -> None:
    """What went well, in the mail's words; nothing when it names nothing."""
    if not report.analysis.strengths:
        return
    st.header(words["strengths"], anchor=False)
    for item in report.analysis.strengths:
        shared.quote(item.evidence.of(report.analysis.message.text))


def show_notes(advice: Advice) -> None:
    """What the advice wants to be known besides."""
    for note in advice.notes:
        shared.notice(note)


# --- ask next ---------------------------------------------------------------------------------------------------------


def show_ask(now: Reading, report: Report, advice: Advice) -> None:
    """The questions to keep or leave out, the tone, and the reply that follows."""
    st.divider()
    st.header(words["ask"], anchor=False)
    left, right = st.columns([2, 3], gap="large")
    with left:
        _questions(now, asked=advice.reply is not None or bool(now.leave_out))
        _step(advice)
    with right:
        if advice.reply is None:
            st.subheader(words["no_reply"], anchor=False)
            shared.say(advice.no_reply_reason)
        else:
            _reply(now, advice)
        if advice.connection_note:
            st.subheader(words["connection"], anchor=False)
            with st.container(key="connection"):
                st.code(advice.connection_note, language=None, wrap_lines=True)


def _questions(now: Reading, asked: bool) -> None:
    """The questions; where a reply asks them, each can be left out of it."""
    questions = now.all_questions()
    st.subheader(words["questions"], anchor=False)
    if not questions:
        st.write(words["no_questions"])
        return
    st.write(words["ask_lead" if asked else "ask_aside"])
    for index, question in enumerate(questions):
        box = f"question-{index}-{now.key}"
        with st.container(border=True, gap="xsmall"):
            if asked:
                st.checkbox(
                    words["question"].format(n=index + 1),
                    value=index not in now.leave_out,
                    key=box,
                    on_change=_keep_question,
                    args=(index, box),
                )
            shared.say(question.text)
            if question.to:
                shared.say(f"{words['ask_to']}: {question.to}", "small")


def _keep_question(index: int, box: str) -> None:
    now = reading.current()
    if now is not None:
        left_out = now.leave_out - {index} if st.session_state[box] else now.leave_out | {index}
        reading.change(leave_out=left_out)


def _step(advice: Advice) -> None:
    if not advice.step:
        return
    with st.container(border=True):
        shared.say(words["step"], "strong", "h3")
        shared.say(advice.step)
        shared.say(advice.if_then, "small")


def _reply(now: Reading, advice: Advice) -> None:
    reply = advice.reply
    assert reply is not None
    st.subheader(words["reply"], anchor=False)
    tone_words = shared.words("tone")
    tone_key = f"tone-{now.number}"
    st.segmented_control(
        words["tone"],
        list(Tone),
        default=now.tone,
        required=True,
        format_func=lambda tone: tone_words[tone.value],
        key=tone_key,
        on_change=lambda: reading.change(tone=st.session_state[tone_key]),
    )
    own_key = f"own-reply-{now.number}"
    body = _body(now, reply.body, own_key)
    _promises(reply.commitments if body == reply.body else ())
    with st.container(horizontal=True):
        st.download_button(
            words["draft"],
            letters.draft(reply.to, reply.subject, body),
            file_name="reply.eml",
            mime="message/rfc822",
            on_click="ignore",
            key=f"draft-{now.number}",
        )
        if link := letters.mailto(reply.to, reply.subject, body):
            st.link_button(words["mailto"], link)


def _body(now: Reading, suggested: str, own_key: str) -> str:
    """The letter: as suggested, or in the person's own words once they change it."""
    own: str | None = st.session_state.get(own_key)
    with st.container(key="letter"):
        st.code(suggested if own is None else own, language=None, wrap_lines=True)
    with st.expander(words["edit"]):
        # The key follows the suggestion, so that a new one shows up, until the person has words of their own.
        start = suggested if own is None else own
        stamp = "own" if own is not None else sha256(suggested.encode("utf-8", "replace")).hexdigest()[:12]
        box = f"edit-{now.number}-{stamp}"

        def keep() -> None:
            st.session_state[own_key] = st.session_state[box]

        st.text_area(words["edit_box"], value=start, key=box, height=260, on_change=keep)
        if own is not None:
            st.caption(words["edit_kept"])
            st.button(
                words["edit_reset"], key=f"reset-{now.number}", on_click=st.session_state.pop, args=(own_key, None)
            )
    return suggested if own is None else own


def _promises(commitments: tuple[str, ...]) -> None:
    if not commitments:
        return
    shared.say(words["promises"], "small")
    for sentence in commitments:
        shared.quote(sentence)


# --- reflect ----------------------------------------------------------------------------------------------------------


def show_reflection(now: Reading, advice: Advice) -> None:
    """The prompts, each with room to write. Notes live in the session and nowhere else."""
    if not advice.prompts:
        return
    st.divider()
    st.header(words["reflect"], anchor=False)
    st.write(words["reflect_lead"])
    grid = st.grid(2, min_column_width=340, gap="medium")
    quoted: set[str] = set()
    for number, prompt in enumerate(advice.prompts, start=1):
        with grid.cell(), st.container(border=True, height="stretch"):
            shared.say(prompt.text, "strong", "h3")
            if prompt.about not in quoted and prompt.about not in prompt.text:
                shared.quote(prompt.about)
            quoted.add(prompt.about)
            st.text_area(
                words["notes"].format(n=number),
                key=_note_key(now, prompt.text),
                placeholder=words["notes_placeholder"],
                height=90,
                persist_state="session",
            )
            _practice(prompt.source)
    _help(now, advice)


def _help(now: Reading, advice: Advice) -> None:
    """A help line when the person's own notes sound like despair; nothing is made of the notes otherwise."""
    from feedback_nlp.advice import despair, help_line

    if any(despair(st.session_state.get(_note_key(now, prompt.text)) or "") for prompt in advice.prompts):
        shared.notice(help_line())


def _practice(key: str) -> None:
    """Where a prompt comes from: the practice in a sentence, and what it rests on."""
    table = content.read_table("sources")
    practice = table["practice"].get(key)
    if practice is None:
        return
    with st.popover(words["why_prompt"], type="tertiary"):
        st.write(f"**{practice['name']}.** {practice['says']}")
        for name in practice["sources"]:
            source = table["source"].get(name, {})
            st.write(f"{source.get('author', '')} ({source.get('year', '')}): {source.get('title', '')}.")
            if source.get("link"):
                st.code(source["link"], language=None, wrap_lines=True)


def _note_key(now: Reading, prompt: str) -> str:
    return f"note-{now.number}-{sha256(prompt.encode('utf-8', 'replace')).hexdigest()[:12]}"


# --- take it along ----------------------------------------------------------------------------------------------------


def show_keep(now: Reading, report: Report) -> None:
    """The whole answer as Markdown, with the notes if the person wants them in."""
    from feedback_nlp.report import to_markdown

    st.divider()
    st.header(words["keep"], anchor=False)
    with st.container(key="keep"):
        st.write(words["keep_lead"])
        pages = [to_markdown(report)]
        if st.checkbox(words["with_notes"], key=f"with-notes-{now.number}") and report.advice is not None:
            pages += _notes(now, report.advice)
        st.download_button(
            words["markdown"],
            "\n".join(pages),
            file_name="answer.md",
            mime="text/markdown",
            on_click="ignore",
            key=f"markdown-{now.number}",
        )


def _notes(now: Reading, advice: Advice) -> list[str]:
    written = [(prompt.text, st.session_state.get(_note_key(now, prompt.text)) or "") for prompt in advice.prompts]
    return [f"\n> {text}\n\n{note}\n" for text, note in written if note.strip()]
