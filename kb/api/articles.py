"""Articles: reading them, starting one, and what stands around their texts."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from kb import queries, services
from kb.api.common import (
    REFUSED,
    DayAhead,
    MayWrite,
    MomentAhead,
    OwnAudienceField,
    PersonField,
    ShelfField,
    WorkableArticleField,
    telling,
    user_of,
)
from kb.api.revisions import LONGEST_BODY, RevisionSerializer
from kb.models import Article, Audience, Flag, Reason
from kb.workflow import Governance


class ArticleSummarySerializer(serializers.ModelSerializer[Article]):
    """An article in a list."""

    title = serializers.CharField(source="live_revision.title", read_only=True)
    summary = serializers.CharField(source="live_revision.summary", read_only=True)
    category = serializers.CharField(source="category.slug", read_only=True)
    audience = serializers.CharField(source="audience.slug", read_only=True)
    confidence = serializers.CharField(read_only=True, help_text="KCS: validated, or not validated.")
    reviewed_at = serializers.DateTimeField(source="live_revision.reviewed_at", read_only=True)
    revision = serializers.IntegerField(source="live_revision.number", read_only=True)
    url = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = Article
        fields = [
            "id", "external_id", "title", "summary", "kind", "category", "audience", "confidence", "reviewed_at",
            "review_by", "revision", "url",
        ]  # fmt: skip


class ArticleSerializer(ArticleSummarySerializer):
    """An article with its text, as Markdown."""

    body = serializers.SerializerMethodField()

    class Meta(ArticleSummarySerializer.Meta):
        fields = [*ArticleSummarySerializer.Meta.fields, "body"]

    def get_body(self, article: Article) -> str:
        return queries.markdown_for(self.context["request"].user, article.words.body)


class SettingsSerializer(serializers.Serializer[Article]):
    """What stands around a text. Send what should change."""

    kind = serializers.ChoiceField(choices=Article.Kind.choices)
    category = ShelfField()
    audience = OwnAudienceField()
    governance = serializers.ChoiceField(choices=[(each.value, each.value) for each in Governance])
    owner = PersonField(allow_null=True)
    review_by = DayAhead(allow_null=True)
    expires_at = MomentAhead(allow_null=True)
    reason = serializers.CharField(max_length=2_000, write_only=True, required=False)


class NewArticleSerializer(serializers.Serializer[Any]):
    """A new article: its first revision is a draft."""

    title = serializers.CharField(max_length=200)
    summary = serializers.CharField(max_length=500, required=False, allow_blank=True)
    body = serializers.CharField(max_length=LONGEST_BODY, trim_whitespace=False)
    kind = serializers.ChoiceField(choices=Article.Kind.choices, required=False)
    category = ShelfField()
    audience = OwnAudienceField()
    governance = serializers.ChoiceField(
        choices=[(each.value, each.value) for each in Governance], required=False
    )
    owner = PersonField(required=False)
    review_by = DayAhead(required=False)
    expires_at = MomentAhead(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nobody is made to answer for what they can't read."""
        owner, audience = attrs.get("owner"), attrs["audience"]
        if owner and not Audience.objects.of(owner).filter(pk=audience.pk).exists():
            raise serializers.ValidationError({"owner": "This person is not in the audience of the article."})
        return attrs


class ArchiveSerializer(serializers.Serializer[Any]):
    """Why an article goes, and where its readers are sent."""

    reason = serializers.CharField(max_length=2_000)
    replaced_by = WorkableArticleField(required=False, allow_null=True)


class ConfirmSerializer(serializers.Serializer[Any]):
    """The live text is still right; look again by this day."""

    review_by = DayAhead()
    reason = serializers.CharField(max_length=2_000, required=False)


class VoteSerializer(serializers.Serializer[Any]):
    """Whether the live text helped. "No" with a note becomes a task for the owner."""

    helpful = serializers.BooleanField()
    reason = serializers.ChoiceField(choices=Reason.choices, required=False)
    note = serializers.CharField(max_length=2_000, required=False, allow_blank=True)


class RaiseFlagSerializer(serializers.Serializer[Any]):
    """Something to put right."""

    reason = serializers.ChoiceField(choices=Reason.choices)
    note = serializers.CharField(max_length=2_000)


class FlagSerializer(serializers.ModelSerializer[Flag]):
    """A task for the owner of an article."""

    raised_by = serializers.CharField(source="raised_by.display_name", read_only=True)

    class Meta:
        model = Flag
        fields = [
            "id", "article", "revision", "raised_by", "reason", "note", "raised_at", "outcome", "answer", "closed_at",
        ]  # fmt: skip
        read_only_fields = fields


class MayFlag(permissions.BasePermission):
    """For people who work with articles: agents and those who write them."""

    message = "Your role does not let you flag articles; you can say whether one helped."

    def has_permission(self, request: Request, view: object) -> bool:
        return request.user.has_perm("kb.add_flag")


class ArticleViewSet(viewsets.ReadOnlyModelViewSet[Article]):
    """The articles that you may read. `?category=slug` narrows the list."""

    queryset = Article.objects.none()
    serializer_class = ArticleSerializer

    def get_queryset(self) -> QuerySet[Article]:
        found = queries.readable(self.request.user).with_confidence().order_by("pk")
        category = self.request.query_params.get("category")
        return found.filter(category__slug=category) if category else found

    def get_serializer_class(self) -> type[ArticleSummarySerializer]:
        return ArticleSummarySerializer if self.action == "list" else ArticleSerializer

    def get_permissions(self) -> list[Any]:
        writes = self.action in ("create", "governance", "change_settings", "archive", "confirm")
        asked = [MayWrite()] if writes else [MayFlag()] if self.action == "flags" else []
        return [*super().get_permissions(), *asked]

    @extend_schema(request=NewArticleSerializer, responses={201: RevisionSerializer})
    def create(self, request: Request) -> Response:
        """Start an article. What comes back is its first revision, a draft: submit it for review."""
        wanted = self._asked(NewArticleSerializer)
        with telling():
            revision = services.create_article(author=user_of(request), **wanted)
        return Response(RevisionSerializer(revision).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=SettingsSerializer)
    @action(detail=True, methods=["get"], url_path="settings", url_name="settings")
    def governance(self, request: Request, pk: str) -> Response:
        """Kind, category, audience, governance, owner and dates, in any state of the article."""
        return Response(SettingsSerializer(self._workable(pk), context={"request": request}).data)

    @extend_schema(request=SettingsSerializer, responses={200: SettingsSerializer, 409: REFUSED})
    @governance.mapping.patch
    def change_settings(self, request: Request, pk: str) -> Response:
        """Change some of them, from this moment on everywhere."""
        article = self._workable(pk)
        wanted = self._asked(SettingsSerializer, partial=True)
        with telling():
            article = services.govern(article=article, by=user_of(request), **wanted)
        return Response(SettingsSerializer(article, context={"request": request}).data)

    @extend_schema(request=ArchiveSerializer, responses={204: None, 409: REFUSED})
    @action(detail=True, methods=["post"])
    def archive(self, request: Request, pk: str) -> Response:
        """Take it out of everybody's sight."""
        with telling():
            services.archive(
                article=self._workable(pk), by=user_of(request), **self._asked(ArchiveSerializer)
            )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=ConfirmSerializer, responses={200: SettingsSerializer, 409: REFUSED})
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Say that it is still right."""
        wanted = self._asked(ConfirmSerializer)
        with telling():
            article = services.confirm(article=self._workable(pk), by=user_of(request), **wanted)
        return Response(SettingsSerializer(article, context={"request": request}).data)

    @extend_schema(request=VoteSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def vote(self, request: Request, pk: str) -> Response:
        """Did it help? A second vote on the same revision replaces your first."""
        services.vote(article=self.get_object(), user=user_of(request), **self._asked(VoteSerializer))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=RaiseFlagSerializer, responses={201: FlagSerializer, 409: REFUSED})
    @action(detail=True, methods=["post"])
    def flags(self, request: Request, pk: str) -> Response:
        """Flag it for its owner to fix."""
        with telling():
            flag = services.flag(
                article=self.get_object(), by=user_of(request), **self._asked(RaiseFlagSerializer)
            )
        return Response(FlagSerializer(flag).data, status=status.HTTP_201_CREATED)

    def _workable(self, pk: str) -> Article:
        mine = Article.objects.in_audience_of(self.request.user).select_related(
            "category", "audience", "owner"
        )
        return get_object_or_404(mine, pk=pk)

    def _asked(self, serializer: type[serializers.Serializer[Any]], **options: Any) -> dict[str, Any]:
        asked = serializer(data=self.request.data, context={"request": self.request}, **options)
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)
