"""Ask over the API: the same answers, kept in the same history."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from search import services
from search.models import Conversation, Question
from search.queries import questions_of
from search.turns import TurnView, turn_views


class AskSerializer(serializers.Serializer):
    """A question; name a conversation of your own to go on with it."""

    text = serializers.CharField(max_length=5_000)
    conversation = serializers.IntegerField(required=False, min_value=1)


class QuoteSerializer(serializers.Serializer):
    text = serializers.CharField(help_text="Verbatim from the article, as Markdown.")
    section = serializers.CharField()
    url = serializers.CharField()


class ShownArticleSerializer(serializers.Serializer):
    article = serializers.IntegerField(source="article_id")
    title = serializers.CharField()
    summary = serializers.CharField()
    section = serializers.CharField()
    url = serializers.CharField()
    reviewed_on = serializers.DateField(allow_null=True)
    quotes = QuoteSerializer(many=True)


class TurnSerializer(serializers.Serializer):
    """How a question was answered. `kind` is answered, unsure or unavailable."""

    id = serializers.IntegerField(source="question.pk")
    conversation = serializers.IntegerField(source="question.conversation_id")
    text = serializers.CharField(source="question.text")
    kind = serializers.CharField()
    confidence = serializers.FloatField(source="question.confidence", allow_null=True)
    answers = ShownArticleSerializer(many=True)
    nearest = ShownArticleSerializer(many=True)
    human_url = serializers.CharField()


class SignedIn(Request):
    """What the view is given: its permissions turn everybody else away."""

    user: User


class AskView(APIView):
    """Ask a question."""

    @extend_schema(operation_id="ask", request=AskSerializer, responses={201: TurnSerializer})
    def post(self, request: SignedIn) -> Response:
        """Answered with verbatim quotes, or with the nearest articles when the site is not sure."""
        asked = AskSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        conversation = None
        if number := asked.validated_data.get("conversation"):
            conversation = Conversation.objects.filter(user=request.user, pk=number).first()
            if conversation is None:
                raise serializers.ValidationError({"conversation": "You have no such conversation."})
        question = services.ask(
            user=request.user, text=asked.validated_data["text"], conversation=conversation
        )
        return Response(TurnSerializer(turn_of(question)).data, status=status.HTTP_201_CREATED)


def turn_of(question: Question) -> TurnView:
    """A turn as its asker sees it."""
    user = question.conversation.user
    (turn,) = turn_views(questions_of(user).filter(pk=question.pk), user=user)
    return turn
