"""What the desk keeps: tickets with their packs, where they go, what was promised, and who is told."""

from escalation.models.desk import CannedReply, Presence, SavedView
from escalation.models.incidents import Incident, IncidentUpdate
from escalation.models.incoming import IncomingMail, TicketFile
from escalation.models.messages import Message
from escalation.models.offers import Offer
from escalation.models.outside import Delivery, Endpoint, InboundEvent, RemoteTicket
from escalation.models.packs import HandoffPack, PackIsImmutable
from escalation.models.routing import RoutingRule, RoutingSuggestion, TicketVector
from escalation.models.surveys import Survey
from escalation.models.targets import Holiday, OpeningHours, ServiceTarget
from escalation.models.tickets import FIRST_NUMBER, VIEWS, Impact, Queue, Sensitivity, Ticket, TicketQuerySet

__all__ = [
    "FIRST_NUMBER",
    "VIEWS",
    "CannedReply",
    "Delivery",
    "Endpoint",
    "HandoffPack",
    "Holiday",
    "Impact",
    "InboundEvent",
    "Incident",
    "IncidentUpdate",
    "IncomingMail",
    "Message",
    "Offer",
    "OpeningHours",
    "PackIsImmutable",
    "Presence",
    "Queue",
    "RemoteTicket",
    "RoutingRule",
    "RoutingSuggestion",
    "SavedView",
    "Sensitivity",
    "ServiceTarget",
    "Survey",
    "Ticket",
    "TicketFile",
    "TicketQuerySet",
    "TicketVector",
]  # fmt: skip
