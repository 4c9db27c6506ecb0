"""Tickets over the API: the same preview, the same receipt and the same visibility as the pages."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from escalation import queries, services
from escalation.handoff.draft import Draft, seal, unseal
from escalation.handoff.intake import Ask
from escalation.handoff.pack import Line, Pack
from escalation.models import Message, Ticket
from escalation.routing_api import Moving, RoutingSerializer
from escalation.services import LONGEST_ANSWER, LONGEST_SUBJECT, LONGEST_TEXT
from escalation.workflow import Refused
from escalation.working_api import Working
from kb.api.common import Conflict
from kb.models import Article
from kb.queries import readable
from search.models import Conversation
from search.queries import conversations_of


class RefSerializer(serializers.Serializer[Any]):
    """What a line rests on. start and end are characters of that revision's text."""

    article_id = serializers.IntegerField()
    revision_id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="Of the revision.")
    title = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    start = serializers.IntegerField(allow_null=True)
    end = serializers.IntegerField(allow_null=True)
    anchor = serializers.CharField()


class LineSerializer(serializers.Serializer[Line]):
    """One thing that is known. Its id is what `left_out` takes."""

    id = serializers.CharField()
    kind = serializers.CharField(help_text="question, answer, quoted, quote, nearest, opened, rejected, …")
    text = serializers.CharField()
    at = serializers.CharField(help_text="ISO 8601, or empty.")
    rests_on = serializers.CharField(help_text="The line that takes this one along when it is left out.")
    ref = RefSerializer(
        allow_null=True, help_text="null when it rests on no article, or on one you may not read."
    )


class PackSerializer(serializers.Serializer[Pack]):
    """What was sent with a ticket, as you may read it."""

    level = serializers.CharField(help_text="The priority: low, normal, high or urgent")
    urgency = serializers.CharField(help_text="How soon it must be done: low, normal, high or urgent")
    impact = serializers.CharField(help_text="How many are hit: person, team or company")
    left_out = serializers.IntegerField(help_text="How many lines the person left out.")
    lines = LineSerializer(many=True)


class MessageSerializer(serializers.ModelSerializer[Message]):
    # As text: an enumeration would share its name in the schema with an article's kind.
    kind = serializers.CharField(read_only=True, help_text="reply, note or event")
    author = serializers.CharField(source="author.display_name", read_only=True)

    class Meta:
        model = Message
        fields = ["id", "kind", "author", "body", "created_at"]
        read_only_fields = ["id", "created_at"]


class ReplySerializer(serializers.Serializer[Any]):
    """Something to say on a ticket."""

    body = serializers.CharField(max_length=LONGEST_TEXT)


class TicketSummarySerializer(serializers.ModelSerializer[Ticket]):
    """A ticket in a list."""

    requester = serializers.CharField(source="requester.display_name", read_only=True)
    assignee = serializers.CharField(source="assignee.display_name", read_only=True, default=None)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Ticket
        fields = [
            "id", "number", "subject", "status", "priority", "reason", "requester", "assignee", "opened_at",
            "first_replied_at", "resolved_at", "url",
        ]  # fmt: skip


class TicketSerializer(TicketSummarySerializer):
    """A ticket with its story."""

    routing = RoutingSerializer(source="*", read_only=True)
    resolved_by_article = serializers.SerializerMethodField()
    pack = serializers.SerializerMethodField()
    messages = serializers.SerializerMethodField()

    class Meta(TicketSummarySerializer.Meta):
        fields = [
            *TicketSummarySerializer.Meta.fields,
            *("urgency", "impact", "sensitivity"),
            *("description", "routing", "resolved_by_article", "pack", "messages"),
        ]

    def get_resolved_by_article(self, ticket: Ticket) -> int | None:
        """Its id, for whoever may read it."""
        article = queries.solving_article(ticket, self.context["request"].user)
        return article.pk if article else None

    @extend_schema_field(PackSerializer)
    def get_pack(self, ticket: Ticket) -> Any:
        return PackSerializer(queries.pack_for(ticket, self.context["request"].user)).data

    @extend_schema_field(MessageSerializer(many=True))
    def get_messages(self, ticket: Ticket) -> Any:
        works_here = Ticket.objects.workable_by(self.context["request"].user).filter(pk=ticket.pk).exists()
        return MessageSerializer(queries.thread(ticket, with_notes=works_here), many=True).data


class PlaceSerializer(serializers.Serializer[Any]):
    """What a hand-off is about: one of your own conversations, an article that you may read, or nothing."""

    conversation = serializers.IntegerField(required=False)
    article = serializers.IntegerField(required=False)

    def validate_conversation(self, pk: int) -> Conversation:
        found = conversations_of(self.context["request"].user).filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError("You have no such conversation.")
        return found

    def validate_article(self, pk: int) -> Article:
        found = readable(self.context["request"].user).filter(pk=pk).first()
        if found is None:
            raise serializers.ValidationError("There is no such article for you.")
        return found


class HandoffSerializer(PlaceSerializer):
    """A new ticket. With the `draft` of a preview, exactly what was previewed is sent."""

    subject = serializers.CharField(max_length=LONGEST_SUBJECT, required=False, default="")
    description = serializers.CharField(max_length=LONGEST_TEXT, required=False, default="")
    left_out = serializers.ListField(
        child=serializers.CharField(), required=False, default=list, help_text="Ids of lines not to send."
    )
    answers = serializers.DictField(
        child=serializers.CharField(max_length=LONGEST_ANSWER),
        required=False,
        default=dict,
        help_text="To what the preview asks, by the keys of the questions.",
    )
    draft = serializers.CharField(required=False, default="")
    key = serializers.CharField(
        max_length=64,
        required=False,
        default="",
        help_text="The same key opens one ticket, however often it is sent; so does the same content within minutes.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """The draft as an object: unsealed, or put together now."""
        user = self.context["request"].user
        draft = unseal(attrs["draft"], user=user) if attrs["draft"] else prepare(user, attrs)
        if draft is None:
            raise serializers.ValidationError({"draft": "This is not a preview of yours. Ask for a new one."})
        if not (attrs["subject"] or attrs["description"] or draft.subject):
            raise serializers.ValidationError({"subject": "Say in a few words what you need."})
        return {**attrs, "draft": draft}


class AskedFirstSerializer(serializers.Serializer[Ask]):
    """Something to ask first."""

    key = serializers.CharField()
    text = serializers.CharField()


class PreviewSerializer(serializers.Serializer[Any]):
    """What would be sent. Give `draft` back to send exactly this."""

    subject = serializers.CharField()
    reason = serializers.CharField()
    pack = PackSerializer()
    draft = serializers.CharField()
    asks = AskedFirstSerializer(
        many=True, help_text="What a good agent would ask first; answers are optional."
    )


def prepare(user: User, place: dict[str, Any]) -> Draft:
    return services.prepare_handoff(
        user=user, conversation=place.get("conversation"), article=place.get("article"), came_from="/api/"
    )


class TicketViewSet(Moving, Working, viewsets.ReadOnlyModelViewSet[Ticket]):
    """Your own tickets; all of them for whoever works on tickets."""

    queryset = Ticket.objects.none()
    serializer_class = TicketSerializer

    def get_queryset(self) -> QuerySet[Ticket]:
        return Ticket.objects.visible_to(self.request.user).select_related("requester", "assignee", "pack")

    def get_serializer_class(self) -> type[TicketSummarySerializer]:
        return TicketSummarySerializer if self.action == "list" else TicketSerializer

    @extend_schema(request=HandoffSerializer, responses={201: TicketSerializer})
    def create(self, request: Request) -> Response:
        """Talk to a human."""
        handoff = HandoffSerializer(data=request.data, context={"request": request})
        handoff.is_valid(raise_exception=True)
        wanted = {
            name: handoff.validated_data[name]
            for name in ("draft", "subject", "description", "left_out", "answers", "key")
        }
        ticket = services.open_ticket(requester=self._user, **wanted)
        return Response(self.get_serializer(ticket).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[PlaceSerializer], responses=PreviewSerializer)
    @action(detail=False)
    def preview(self, request: Request) -> Response:
        """What would be sent, line by line."""
        place = PlaceSerializer(data=request.query_params, context={"request": request})
        place.is_valid(raise_exception=True)
        draft = prepare(self._user, place.validated_data)
        sealed = seal(draft, user=self._user)
        content = {
            "subject": draft.subject,
            "reason": draft.reason,
            "pack": draft.pack,
            "draft": sealed,
            "asks": services.asked_first(draft),
        }
        return Response(PreviewSerializer(content).data)

    @extend_schema(request=ReplySerializer, responses={201: MessageSerializer})
    @action(detail=True, methods=["post"])
    def replies(self, request: Request, pk: str) -> Response:
        """Say something on a ticket: from the desk it goes to the person by mail."""
        words = ReplySerializer(data=request.data)
        words.is_valid(raise_exception=True)
        try:
            message = services.reply(
                ticket=self.get_object(), by=self._user, body=words.validated_data["body"]
            )
        except Refused as refusal:
            raise Conflict(str(refusal)) from refusal
        return Response(MessageSerializer(message).data, status=status.HTTP_201_CREATED)

    @property
    def _user(self) -> User:
        """IsAuthenticated has turned everybody else away."""
        return cast(User, self.request.user)
