"""Revisions: writing, submitting, deciding, and what reviewers say to a line."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kb import queries, services
from kb.api.common import REFUSED, DayAhead, MayWrite, WorkableArticleField, telling, user_of
from kb.models import ReviewComment, Revision
from kb.workflow import State

LONGEST_BODY = 1_000_000
LARGEST_KEY = 2**63 - 1


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """One text of an article. Its words never change."""

    author = serializers.CharField(source="author.display_name", read_only=True)
    reviewed_by = serializers.CharField(source="reviewed_by.display_name", read_only=True, default=None)
    state = serializers.CharField(read_only=True, help_text="draft, in_review, published, …")

    class Meta:
        model = Revision
        fields = [
            "id", "article", "number", "state", "title", "summary", "body", "author", "change_note", "based_on",
            "generated_by", "created_at", "submitted_at", "reviewed_by", "reviewed_at", "review_reason", "publish_at",
            "published_at",
        ]  # fmt: skip
        read_only_fields = fields


class RevisionSummarySerializer(RevisionSerializer):
    """A revision in a list, without its text."""

    class Meta(RevisionSerializer.Meta):
        fields = [name for name in RevisionSerializer.Meta.fields if name != "body"]
        read_only_fields = fields


class NewRevisionSerializer(serializers.Serializer[Any]):
    """A new text of an article, based on the one that you had before you."""

    article = WorkableArticleField()
    based_on = serializers.PrimaryKeyRelatedField(
        queryset=Revision.objects.all(),
        help_text="The id of the article's newest revision, as you read it. 409 when there is a newer one by now.",
    )
    title = serializers.CharField(max_length=200)
    summary = serializers.CharField(max_length=500, required=False, allow_blank=True)
    body = serializers.CharField(max_length=LONGEST_BODY, trim_whitespace=False)
    change_note = serializers.CharField(max_length=300, required=False, allow_blank=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A revision of another article says the same as one that does not exist."""
        if attrs["based_on"].article_id != attrs["article"].pk:
            raise serializers.ValidationError({"based_on": "This article has no such revision."})
        return attrs


class ApprovalSerializer(serializers.Serializer[Any]):
    """Approve, at once or for later; and when to look at the article again."""

    reason = serializers.CharField(max_length=2_000, required=False, allow_blank=True)
    publish_at = serializers.DateTimeField(required=False)
    review_by = DayAhead(required=False)


class TurnDownSerializer(serializers.Serializer[Any]):
    """Why not."""

    reason = serializers.CharField(max_length=2_000)


class CommentSerializer(serializers.ModelSerializer[ReviewComment]):
    """What somebody says to a line of a revision, or to all of it."""

    author = serializers.CharField(source="author.display_name", read_only=True)

    class Meta:
        model = ReviewComment
        fields = ["id", "line", "text", "author", "created_at", "resolved_at"]
        read_only_fields = ["id", "created_at", "resolved_at"]


@extend_schema_view(
    list=extend_schema(
        parameters=[
            OpenApiParameter("article", OpenApiTypes.INT64, description="Only those of this article."),
            OpenApiParameter("state", OpenApiTypes.STR, enum=[each.value for each in State]),
        ]
    )
)
class RevisionViewSet(viewsets.ReadOnlyModelViewSet[Revision]):
    """Every revision, in any state, of articles in your audiences: for people who write and review."""

    queryset = Revision.objects.none()
    serializer_class = RevisionSerializer

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), MayWrite()]

    def get_queryset(self) -> QuerySet[Revision]:
        found = queries.workable_revisions(self.request.user).order_by("pk")
        if state := self.request.query_params.get("state"):
            found = found.filter(state=state)
        article = self.request.query_params.get("article")
        return found.filter(article=self._number(article)) if article else found

    def _number(self, text: str) -> int:
        return serializers.IntegerField(min_value=0, max_value=LARGEST_KEY).run_validation(text)

    def get_serializer_class(self) -> type[RevisionSerializer]:
        return RevisionSummarySerializer if self.action == "list" else RevisionSerializer

    @extend_schema(request=NewRevisionSerializer, responses={201: RevisionSerializer, 409: REFUSED})
    def create(self, request: Request) -> Response:
        """Write another text of an article, as a draft. It takes the place of any draft; the live text stays."""
        with telling():
            revision = services.write_revision(author=user_of(request), **self._asked(NewRevisionSerializer))
        return Response(RevisionSerializer(revision).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: RevisionSerializer, 409: REFUSED})
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str) -> Response:
        """Ask for a review."""
        with telling():
            return self._now(services.submit(revision=self.get_object(), by=user_of(request)))

    @extend_schema(request=ApprovalSerializer, responses={200: RevisionSerializer, 409: REFUSED})
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Make it the live text. Not for its author, nor for whoever asked for a generated one."""
        wanted = self._asked(ApprovalSerializer)
        with telling():
            return self._now(services.approve(revision=self.get_object(), by=user_of(request), **wanted))

    @extend_schema(request=TurnDownSerializer, responses={200: RevisionSerializer, 409: REFUSED})
    @action(detail=True, methods=["post"], url_path="request-changes")
    def request_changes(self, request: Request, pk: str) -> Response:
        """Send it back to its author."""
        wanted = self._asked(TurnDownSerializer)
        with telling():
            return self._now(
                services.request_changes(revision=self.get_object(), by=user_of(request), **wanted)
            )

    @extend_schema(request=TurnDownSerializer, responses={200: RevisionSerializer, 409: REFUSED})
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Refuse it for good."""
        wanted = self._asked(TurnDownSerializer)
        with telling():
            return self._now(services.reject(revision=self.get_object(), by=user_of(request), **wanted))

    @extend_schema(request=None, responses={201: RevisionSerializer, 409: REFUSED})
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, pk: str) -> Response:
        """Take its text as a new draft."""
        with telling():
            restored = services.restore(revision=self.get_object(), by=user_of(request))
        return Response(RevisionSerializer(restored).data, status=status.HTTP_201_CREATED)

    @extend_schema(responses=CommentSerializer(many=True))
    @action(detail=True, methods=["get"], pagination_class=None)
    def comments(self, request: Request, pk: str) -> Response:
        """What was said to its lines."""
        said = self.get_object().comments.select_related("author")
        return Response(CommentSerializer(said, many=True).data)

    @extend_schema(request=CommentSerializer, responses={201: CommentSerializer, 409: REFUSED})
    @comments.mapping.post
    def add_comment(self, request: Request, pk: str) -> Response:
        """Say something to a line, or to all of it."""
        wanted = self._asked(CommentSerializer)
        with telling():
            said = services.comment(revision=self.get_object(), by=user_of(request), **wanted)
        return Response(CommentSerializer(said).data, status=status.HTTP_201_CREATED)

    def _now(self, revision: Revision) -> Response:
        return Response(RevisionSerializer(revision).data)

    def _asked(self, serializer: type[serializers.BaseSerializer[Any]]) -> dict[str, Any]:
        asked: Any = serializer(data=self.request.data, context={"request": self.request})
        asked.is_valid(raise_exception=True)
        return dict(asked.validated_data)
