"""Phrasings over the API: for editors of the article, as on its page."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, permissions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from kb.models import Article
from search.models import Phrasing
from search.phrasings import LONGEST
from search.queries import phrasings_for
from search.services import phrasings as services


class PhrasingSerializer(serializers.ModelSerializer[Phrasing]):
    """A question that an article answered. `in_use`: it counts when people ask."""

    class Meta:
        model = Phrasing
        fields = ["id", "text", "source", "created_at", "for_readers", "in_use", "pruned_at"]
        read_only_fields = ["source", "created_at", "in_use", "pruned_at"]
        extra_kwargs = {"text": {"max_length": LONGEST}}


class MayEdit(permissions.BasePermission):
    """For people who work on articles."""

    message = "Your role does not let you work on articles."

    def has_permission(self, request: Request, view: object) -> bool:
        return request.user.has_perm("kb.add_revision")


class PhrasingsView(generics.ListCreateAPIView[Phrasing]):
    """What an article is found by because it answered it before."""

    serializer_class = PhrasingSerializer
    queryset = Phrasing.objects.none()

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), MayEdit()]

    def get_queryset(self) -> QuerySet[Phrasing]:
        return phrasings_for(cast(User, self.request.user)).filter(article=self._article())

    @extend_schema(request=PhrasingSerializer, responses={201: PhrasingSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Write one down; known words are given back as they are on the list."""
        article = self._article()
        asked = PhrasingSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        text = " ".join(asked.validated_data["text"].split())
        by, for_readers = cast(User, request.user), asked.validated_data.get("for_readers", False)
        services.write_own(article=article, lines=[text], by=by, for_readers=for_readers)
        kept = services.own(article=article, line=text)
        return Response(PhrasingSerializer(kept).data, status=status.HTTP_201_CREATED)

    def _article(self) -> Article:
        mine = Article.objects.in_audience_of(cast(User, self.request.user))
        return generics.get_object_or_404(mine, pk=self.kwargs["article"])


class PhrasingView(generics.DestroyAPIView[Phrasing]):
    """One of them."""

    serializer_class = PhrasingSerializer
    queryset = Phrasing.objects.none()

    def get_permissions(self) -> list[Any]:
        return [*super().get_permissions(), MayEdit()]

    def get_queryset(self) -> QuerySet[Phrasing]:
        return phrasings_for(cast(User, self.request.user))

    def perform_destroy(self, instance: Phrasing) -> None:
        """Take it off: it is not learnt again."""
        services.prune(phrasing=instance, by=cast(User, self.request.user))
