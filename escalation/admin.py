"""Tickets for administrators. What happens to a ticket happens through the desk; here it can be read."""

from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from escalation import queries
from escalation.forms.outside import EndpointForm
from escalation.models import Endpoint, HandoffPack, Message, Ticket


class ReadOnly(admin.ModelAdmin):
    """Changing rows here would go around the rules of the services, and reading them around who may see a ticket."""

    ticket_lookup = "ticket__in"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Of the tickets that this person may see: being an administrator opens no confidential queue."""
        visible = Ticket.objects.workable_by(request.user)
        return super().get_queryset(request).filter(**{self.ticket_lookup: visible})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Ticket)
class TicketAdmin(ReadOnly):
    ticket_lookup = "pk__in"
    list_display = ["number", "subject", "status", "priority", "requester", "assignee", "opened_at"]
    list_filter = ["status", "priority", "reason"]
    list_select_related = ["requester", "assignee"]
    search_fields = ["subject", "description"]
    # Through __str__ it would show a title, whoever looks.
    exclude = ["resolved_by_article", "conversation"]


@admin.register(HandoffPack)
class HandoffPackAdmin(ReadOnly):
    """A pack as the administrator may read it: being one opens no restricted article."""

    list_display = ["ticket", "created_at", "is_intact"]
    list_select_related = ["ticket"]
    fields = ["ticket", "created_at", "digest", "is_intact", "what_was_sent"]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> HandoffPack | None:
        pack: HandoffPack | None = super().get_object(request, object_id, from_field)
        if pack:
            pack.reader = request.user  # type: ignore[attr-defined]
        return pack

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return self.fields  # type: ignore[return-value]

    @admin.display(boolean=True)
    def is_intact(self, pack: HandoffPack) -> bool:
        return pack.is_intact

    def what_was_sent(self, pack: HandoffPack) -> SafeString:
        reader: User = pack.reader  # type: ignore[attr-defined]
        lines = queries.pack_for(pack.ticket, reader).lines
        return format_html_join("", "<p>{}: {}</p>", ((line.label, line.text) for line in lines))


@admin.register(Endpoint)
class EndpointAdmin(admin.ModelAdmin):
    """Systems outside are set up here: which there are is for whoever runs the site, not for the desk."""

    list_display = ["name", "kind", "url", "active"]
    form = EndpointForm


@admin.register(Message)
class MessageAdmin(ReadOnly):
    list_display = ["ticket", "kind", "author", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["ticket", "author"]
