"""What agents do with a ticket, over the API: by the rules of the pages."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from accounts.models import User
from escalation import services
from escalation.models import Message, Ticket
from escalation.queries import agents_for
from escalation.services import LONGEST_TEXT
from escalation.workflow import Refused
from kb.api.common import Conflict
from kb.models import Article
from kb.queries import readable


class NoteSerializer(serializers.Serializer[Any]):
    """Something to write down for the desk."""

    body = serializers.CharField(
        max_length=LONGEST_TEXT, help_text="Whoever it names, as @robin.kane, is told by mail."
    )


class KeptNoteSerializer(serializers.ModelSerializer[Message]):
    """A note as it was kept."""

    mentions: Any = serializers.SlugRelatedField(
        slug_field="username", many=True, read_only=True, help_text="User names of those whom it names."
    )

    class Meta:
        model = Message
        fields = ["id", "body", "mentions", "created_at"]


class AssignSerializer(serializers.Serializer[Any]):
    """Who takes care of it."""

    assignee = serializers.CharField(
        allow_null=True, max_length=150, help_text="A user name of the desk; null for nobody."
    )


class ResolveSerializer(serializers.Serializer[Any]):
    """How it was solved: with an article that you may read, in words, or both."""

    article = serializers.IntegerField(required=False, allow_null=True, default=None)
    body = serializers.CharField(
        max_length=LONGEST_TEXT, required=False, default="", help_text="Goes to the person by mail."
    )

    def validate_article(self, pk: int | None) -> Article | None:
        if pk is None:
            return None
        found = readable(self.context["request"].user).filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError("There is no such article for you.")
        return found

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not (attrs["article"] or attrs["body"].strip()):
            raise serializers.ValidationError(
                {"body": "Name the article that solved it, or tell them in words how it was solved."}
            )
        return attrs


class StateSerializer(serializers.ModelSerializer[Ticket]):
    """How a ticket stands after that."""

    assignee = serializers.CharField(
        source="assignee.username", default=None, allow_null=True, read_only=True
    )

    class Meta:
        model = Ticket
        fields = ["id", "number", "status", "assignee", "resolved_at"]


class Working(GenericViewSet[Ticket]):
    """For the view set of tickets: notes, assigning and resolving."""

    @extend_schema(request=NoteSerializer, responses={201: KeptNoteSerializer})
    @action(detail=True, methods=["post"])
    def notes(self, request: Request, pk: str) -> Response:
        """For agents: write something down that only the desk sees."""
        ticket, given = self.get_object(), NoteSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        note = services.add_note(ticket=ticket, by=_user(request), body=given.validated_data["body"])
        return Response(KeptNoteSerializer(note).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=AssignSerializer, responses=StateSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """For agents: put it into somebody's hands, or back on the pile."""
        ticket, given = self.get_object(), AssignSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        to = _colleague(given.validated_data["assignee"], ticket)
        return Response(StateSerializer(services.assign(ticket=ticket, to=to, by=_user(request))).data)

    @extend_schema(request=ResolveSerializer, responses=StateSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """For agents: say that it is solved, and by what. The person is told by mail."""
        ticket = self.get_object()
        given = ResolveSerializer(data=request.data, context={"request": request})
        given.is_valid(raise_exception=True)
        try:
            solved = services.resolve(ticket=ticket, by=_user(request), **given.validated_data)
        except Refused as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(StateSerializer(solved).data)


def _user(request: Request) -> User:
    """IsAuthenticated has turned everybody else away."""
    return request.user  # type: ignore[return-value]


def _colleague(username: str | None, ticket: Ticket) -> User | None:
    if username is None:
        return None
    found = next((person for person in agents_for(ticket) if person.username == username), None)
    if found is None:
        raise ValidationError({"assignee": "Nobody of this name may work on this ticket."})
    return found
