"""Keeping articles true: flags, which are tasks for owners, and the trail of who did what."""

from typing import Any

from django.db.models import Q, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kb import services, trail
from kb.api.articles import FlagSerializer
from kb.api.common import REFUSED, MayWrite, telling, user_of
from kb.models import Article, Audience, AuditEvent, Flag
from kb.trail import ANOTHER_AUDIENCE


class CloseFlagSerializer(serializers.Serializer[Any]):
    """What was done about it; whoever raised it reads the answer."""

    outcome = serializers.ChoiceField(choices=Flag.Outcome.choices)
    answer = serializers.CharField(max_length=2_000)


class FlagViewSet(viewsets.ReadOnlyModelViewSet[Flag]):
    """Flags on articles in your audiences, and your own on articles that you may still read."""

    queryset = Flag.objects.none()
    serializer_class = FlagSerializer

    def get_queryset(self) -> QuerySet[Flag]:
        user = user_of(self.request)
        own = Q(raised_by=user, article__in=Article.objects.visible_to(user).values("pk"))
        workable = Q(article__in=Article.objects.in_audience_of(user).values("pk"))
        found = Flag.objects.filter(own | workable if user.has_perm("kb.add_revision") else own)
        return found.select_related("raised_by").order_by("pk")

    @extend_schema(request=CloseFlagSerializer, responses={200: FlagSerializer, 409: REFUSED})
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        """Answer it, and be done with it."""
        asked = CloseFlagSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        with telling():
            closed = services.close_flag(flag=self.get_object(), by=user_of(request), **asked.validated_data)
        return Response(FlagSerializer(closed).data)


class AuditEventSerializer(serializers.ModelSerializer[AuditEvent]):
    """Something that somebody did."""

    details = serializers.SerializerMethodField(help_text="What changed: {name: [before, after]}.")

    class Meta:
        model = AuditEvent
        fields = ["id", "at", "actor_name", "action", "article", "revision", "reason", "details"]
        read_only_fields = fields

    def get_details(self, event: AuditEvent) -> dict[str, list[str | None]]:
        """As they were recorded, but for audiences that the caller is not in."""
        mine = self.context["audiences"]
        return {
            name: [
                ANOTHER_AUDIENCE if name == "audience" and value not in mine else value for value in values
            ]
            for name, values in event.details.items()
        }


class TrailViewSet(viewsets.ReadOnlyModelViewSet[AuditEvent]):
    """Who did what, when and why, to articles in your audiences. The newest first."""

    queryset = AuditEvent.objects.none()
    serializer_class = AuditEventSerializer

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), MayWrite()]

    def get_serializer_context(self) -> dict[str, Any]:
        mine = Audience.objects.of(self.request.user).values_list("name", flat=True)
        return {**super().get_serializer_context(), "audiences": {None, *mine}}

    def get_queryset(self) -> QuerySet[AuditEvent]:
        return trail.events_for(user_of(self.request))
