"""Where tickets go, over the API: for agents, by the rules of the pages."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from escalation.handoff.urgency import Level
from escalation.models import Queue, Ticket
from escalation.services import routing
from escalation.suggested import Suggested, suggestion_for


class RoutingSuggestionSerializer(serializers.Serializer[Suggested]):
    """What was suggested when it came, and why."""

    queue = serializers.CharField(source="suggestion.queue.name", default=None, allow_null=True)
    priority = serializers.CharField(source="suggestion.priority")
    assignee = serializers.CharField(source="suggestion.assignee.display_name", default=None, allow_null=True)
    confidence = serializers.FloatField(
        source="suggestion.confidence",
        allow_null=True,
        help_text="The chance that it is right; null when a rule decided, or while too little was learnt.",
    )
    applied = serializers.BooleanField(source="suggestion.applied", help_text="Whether it was done at once.")
    reason = serializers.CharField()


class RoutingSerializer(serializers.Serializer[Ticket]):
    """Where a ticket is; both are null for whoever does not work on tickets."""

    queue = serializers.SerializerMethodField(help_text="Its name; null: to be sorted.")
    suggestion = serializers.SerializerMethodField()

    def get_queue(self, ticket: Ticket) -> str | None:
        works_here = Ticket.objects.workable_by(self.context["request"].user).filter(pk=ticket.pk).exists()
        return ticket.queue.name if works_here and ticket.queue else None

    @extend_schema_field(RoutingSuggestionSerializer(allow_null=True))
    def get_suggestion(self, ticket: Ticket) -> Any:
        suggested = suggestion_for(ticket, self.context["request"].user)
        return RoutingSuggestionSerializer(suggested).data if suggested else None


class MoveSerializer(serializers.Serializer[Any]):
    """What is left out stays as it is; a queue of null puts the ticket back to be sorted."""

    queue = serializers.SlugRelatedField(
        slug_field="name",
        queryset=Queue.objects.all(),
        required=False,
        allow_null=True,
        help_text="Its name.",
    )
    # As text: an enumeration would share its name in the schema with others.
    priority = serializers.CharField(required=False, help_text="low, normal, high or urgent")
    why = serializers.CharField(max_length=500, required=False, default="", help_text="For the desk alone.")

    def validate_priority(self, value: str) -> Level:
        if value not in list(Level):
            raise serializers.ValidationError("Say low, normal, high or urgent.")
        return Level(value)


class Moving(GenericViewSet[Ticket]):
    """For the view set of tickets: moving one."""

    @extend_schema(request=MoveSerializer, responses={200: RoutingSerializer, 204: None})
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """For agents: put it into another queue or on another priority. The next tickets like it follow.

        The answer is empty (204) when only the people of its queue see it from now on, and you are none of them.
        """
        ticket = self.get_object()
        given = MoveSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        by: User = request.user  # type: ignore[assignment]
        moved = routing.move(
            ticket=ticket,
            to=given.validated_data.get("queue", ticket.queue),
            priority=given.validated_data.get("priority", Level(ticket.priority)),
            by=by,
            why=given.validated_data["why"],
        )
        if not Ticket.objects.workable_by(by).filter(pk=moved.pk).exists():
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(RoutingSerializer(moved, context=self.get_serializer_context()).data)
