"""Incidents and systems outside, on pages of others: each asks for what it shows by itself, once a request."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.http import HttpRequest

from escalation import undelivered
from escalation.handoff.pack import Kind, Pack
from escalation.incidents.matching import is_about
from escalation.models import Incident, IncomingMail, RemoteTicket, Ticket
from escalation.notices import Notice, about, notice_of, notices_for, signs_of

logger = logging.getLogger(__name__)
register = template.Library()

HIDDEN = "hidden_incidents"


@register.inclusion_tag("escalation/_incident_banner.html", takes_context=True)
def incident_banner(context: Mapping[str, Any], turns: Iterable[Any] = ()) -> dict[str, Any]:
    """What is wrong just now, but for what the person has hidden and what is shown with an answer below."""
    request: HttpRequest = context["request"]
    notices = _notices(request)
    hidden = set(request.session.get(HIDDEN, []))
    below = about(notices, [turn.question.text for turn in turns])
    shown = [each for each in notices if each not in below and each.incident.pk not in hidden]
    return {"notices": shown, "here": request.get_full_path()}


@register.inclusion_tag("escalation/_incidents_about.html", takes_context=True)
def incidents_about(context: Mapping[str, Any], text: str) -> dict[str, Any]:
    """Before an answer: what may be the reason."""
    return {"notices": about(_notices(context["request"]), [text])}


@register.inclusion_tag("escalation/_incidents_about.html", takes_context=True)
def incidents_for(context: Mapping[str, Any], pack: Pack) -> dict[str, Any]:
    """Before a hand-off: what was asked about; all, when nothing was asked."""
    asked = [line.text for line in pack.of(Kind.QUESTION)]
    notices = _notices(context["request"])
    return {"notices": about(notices, asked) if asked else notices}


@register.inclusion_tag("escalation/_incident_of_ticket.html", takes_context=True)
def incident_of(context: Mapping[str, Any], ticket: Ticket) -> dict[str, Any]:
    """For the desk: the incident of a ticket, or those that are open, what it reads like first."""
    linked = Incident.objects.filter(pk=ticket.incident_id).first() if ticket.incident_id else None
    offered: list[tuple[Incident, bool]] = []
    if linked is None and not ticket.is_done:
        words = f"{ticket.subject}\n{ticket.description}"
        found = [(each, is_about(words, signs_of(each))) for each in Incident.objects.open()]
        offered = sorted(found, key=lambda pair: not pair[1])
    return {"ticket": ticket, "incident": linked, "offered": offered}


@register.inclusion_tag("escalation/_incident_told.html", takes_context=True)
def incident_told(context: Mapping[str, Any], ticket: Ticket) -> dict[str, Any]:
    """For the person who asked: where it stands, if they are told of it."""
    if not ticket.incident_id:
        return {"notice": None}
    found = Incident.objects.told_to(context["request"].user).filter(pk=ticket.incident_id).first()
    return {"notice": notice_of(found) if found else None}


@register.inclusion_tag("escalation/_remote_tickets.html")
def remote_tickets(ticket: Ticket) -> dict[str, Any]:
    """What systems outside call a ticket, and where it stands there."""
    return {"remotes": RemoteTicket.objects.filter(ticket=ticket).select_related("endpoint")}


@register.simple_tag
def undelivered_count() -> int:
    """How much was given up."""
    return undelivered.count()


@register.simple_tag
def held_mail_count() -> int:
    """How much mail waits for somebody to say whose it is."""
    return IncomingMail.objects.filter(state=IncomingMail.State.HELD).count()


def _notices(request: HttpRequest) -> list[Notice]:
    if not hasattr(request, "incident_notices"):
        request.incident_notices = _found(request)  # type: ignore[attr-defined]
    found: list[Notice] = request.incident_notices  # type: ignore[attr-defined]
    return found


def _found(request: HttpRequest) -> list[Notice]:
    """None when they can't be read: whoever asks or talks to a human must get there all the same."""
    try:
        return notices_for(request.user)
    except Exception:
        logger.exception("What is wrong just now could not be read")
        return []
