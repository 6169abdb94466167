"""The frame of a mail: what it proves about people, routes, dates and doors. Silence beats a guess."""

from __future__ import annotations

from feedback_nlp.frame.asks import read_asks
from feedback_nlp.frame.candidate import read_candidate
from feedback_nlp.frame.company import read_company, read_reference, read_role_title
from feedback_nlp.frame.contacts import read_contact, read_speaker
from feedback_nlp.frame.dates import read_dates
from feedback_nlp.frame.doors import read_doors
from feedback_nlp.frame.events import read_events
from feedback_nlp.frame.manner import (
    read_effort,
    read_general_list,
    read_no_details,
    read_no_gap,
    read_private,
    read_register,
)
from feedback_nlp.frame.page import Page
from feedback_nlp.frame.routes import barred, read_offer, read_route
from feedback_nlp.frame.sender import sender_kind, sender_name
from feedback_nlp.frame.signature import Signature, read_signature
from feedback_nlp.schema import Frame, Labels, Message, Route, RouteKind, Sender, SenderKind, Slot, Span

__all__ = ["read_frame"]


def read_frame(message: Message, labels: Labels) -> Frame:
    """Read the frame of a mail from its text, its subject, its headers and the roles of its sentences.

    Every slot holds an exact span of `message.text` (or of the subject or From header, see `Slot.where`); what the mail
    does not prove stays None or empty. What the candidate wrote (`AsideKind.OWN_WORDS`) proves nothing. Time is linear
    in the length of the text.
    """
    page = Page(message, labels)
    candidate = read_candidate(page)
    signature = read_signature(page, greets_friend=page.greets_friend)
    name, title = sender_name(page, signature, candidate)
    kind = sender_kind(page, signature, name, barred(page) is not None)
    if kind is SenderKind.USER:
        return Frame(_sender(page, kind, name, title, signature), Route(RouteKind.REPLY))
    contact = read_contact(page, name, candidate)
    events = read_events(page, kind)
    return Frame(
        sender=_sender(page, kind, name, title, signature),
        route=read_route(page, kind, contact),
        candidate=candidate,
        speaker=read_speaker(page, kind, name),
        company=read_company(page, signature, kind, candidate),
        role_title=read_role_title(page, signature),
        reference=read_reference(page),
        contact=contact[0] if contact else None,
        offer=read_offer(page, contact),
        asks=read_asks(page, kind),
        dates=read_dates(page, kind),
        doors=read_doors(page, kind),
        events=events,
        no_gap=read_no_gap(page),
        no_details=read_no_details(page),
        private=read_private(page),
        general_list=read_general_list(page),
        register=read_register(page, signature.closed),
        effort=read_effort(page, kind, events),
    )


def _sender(page: Page, kind: SenderKind, name: Slot | None, title: Slot | None, signature: Signature) -> Sender:
    def slot(span: Span | None) -> Slot | None:
        return page.slot(span.start, span.end) if span else None

    return Sender(
        kind,
        name,
        title,
        slot(signature.role) if name or signature.role else None,
        None if kind is SenderKind.AGENCY else slot(signature.team),
    )
