"""API tokens over the API: each person's own."""

from typing import Any, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from knox.models import AuthToken
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import queries, services
from accounts.models import User


class TokenSerializer(serializers.ModelSerializer):
    """A token without its text; `key` is how it begins."""

    key = serializers.CharField(source="token_key", read_only=True)
    expires = serializers.DateTimeField(source="expiry", read_only=True, allow_null=True)

    class Meta:
        model = AuthToken
        fields = ["key", "created", "expires"]


class NewTokenSerializer(TokenSerializer):
    """A new token, with the text that is told this once."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = ["key", "created", "expires", "token"]


class TokenViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, viewsets.GenericViewSet):
    """Your tokens for this API. Send one as `Authorization: Token …`."""

    queryset = AuthToken.objects.none()
    serializer_class = TokenSerializer
    lookup_field = "token_key"
    lookup_url_kwarg = "key"

    def get_queryset(self) -> QuerySet[AuthToken]:
        return queries.tokens_of(cast(User, self.request.user))

    @extend_schema(request=None, responses={status.HTTP_201_CREATED: NewTokenSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Make a token. Its text is in this answer and nowhere else."""
        token, text = services.create_token(user=cast(User, request.user))
        token.token = text
        return Response(NewTokenSerializer(token).data, status=status.HTTP_201_CREATED)
