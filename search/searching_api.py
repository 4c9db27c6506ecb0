"""The search page and its suggestions over the API: the same articles, filters and order."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from search import searching, suggesting
from search.searching import WITHIN, Narrowing

PER_PAGE = 10
NO_SUCH = "There is nothing like that among what you may read."


class SearchQuerySerializer(serializers.Serializer):
    """Words and filters; without words the newest articles come first."""

    q = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    category = serializers.CharField(max_length=80, required=False, help_text="The slug of a category.")
    kind = serializers.CharField(max_length=20, required=False)
    audience = serializers.CharField(max_length=80, required=False, help_text="The slug of an audience.")
    within = serializers.ChoiceField(
        choices=list(WITHIN), required=False, help_text="Days since the text went live."
    )
    page = serializers.IntegerField(min_value=1, max_value=10_000, required=False, default=1)


class PieceSerializer(serializers.Serializer):
    text = serializers.CharField()
    is_match = serializers.BooleanField()


class HitSerializer(serializers.Serializer):
    """An article that was found. Title and snippet come in pieces of plain text, to mark the words looked for."""

    article = serializers.IntegerField(source="article.pk")
    title = PieceSerializer(many=True)
    snippet = PieceSerializer(many=True)
    section = serializers.CharField()
    url = serializers.CharField()
    category = serializers.CharField(source="article.category.slug")
    kind = serializers.CharField(source="article.kind")
    audience = serializers.CharField(source="article.audience.slug")
    reviewed_at = serializers.DateTimeField(source="article.live_revision.reviewed_at", allow_null=True)
    is_pinned = serializers.BooleanField(help_text="Editors picked it for these words.")


class SearchSerializer(serializers.Serializer):
    """A page of what was found; `total` counts all pages."""

    total = serializers.IntegerField()
    synonyms = serializers.ListField(child=serializers.CharField(), help_text="Also looked for.")
    results = HitSerializer(many=True)


class SuggestionQuerySerializer(serializers.Serializer):
    q = serializers.CharField(max_length=suggesting.LONGEST, required=False, allow_blank=True, default="")


class SuggestionSerializer(serializers.Serializer):
    """An article to open (with its address), or a question to ask."""

    kind = serializers.ChoiceField(choices=["article", "question"])
    text = serializers.CharField()
    url = serializers.CharField(allow_blank=True)


class SearchUnavailable(APIException):
    """Told with what still works, and in how many seconds it is worth trying again."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "search_unavailable"
    default_detail = (
        "Search is not available right now. Try again in a minute. Meanwhile /api/v1/articles/ lists the articles, and "
        "/api/v1/tickets/ reaches a person."
    )
    wait = 60


class SearchView(APIView):
    """Search articles."""

    @extend_schema(
        operation_id="search",
        parameters=[SearchQuerySerializer],
        responses={200: SearchSerializer, 503: OpenApiResponse(description=SearchUnavailable.default_detail)},
    )
    def get(self, request: Request) -> Response:
        """What comes near to some words, narrowed down, ten a page."""
        asked = _checked(SearchQuerySerializer(data=request.query_params))
        try:
            findings = searching.find(asked["q"].strip(), user=request.user)
        except searching.Unavailable as problem:
            raise SearchUnavailable from problem
        choices = searching.choices(request.user)
        given = {name: asked[name] for name in choices if asked.get(name)}
        unknown = {name: NO_SUCH for name, value in given.items() if value not in dict(choices[name])}
        if unknown:
            raise serializers.ValidationError(unknown)
        numbers = findings.narrowed(Narrowing(**given))
        begin = (asked["page"] - 1) * PER_PAGE
        found = {
            "total": len(numbers),
            "synonyms": findings.synonyms,
            "results": searching.hits(numbers[begin : begin + PER_PAGE], findings, user=request.user),
        }
        return Response(SearchSerializer(found).data)


class SuggestionsView(APIView):
    """Suggestions while somebody types."""

    @extend_schema(
        operation_id="suggestions",
        parameters=[SuggestionQuerySerializer],
        responses={200: SuggestionSerializer(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Titles and known questions that begin like what was typed; nothing for less than two letters."""
        asked = _checked(SuggestionQuerySerializer(data=request.query_params))
        found = suggesting.suggest(asked["q"], user=request.user)
        return Response(
            [
                {
                    "kind": each.kind,
                    "text": each.text,
                    "url": each.article.get_absolute_url() if each.article else "",
                }
                for each in found
            ]
        )


def _checked(serializer: serializers.Serializer) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
