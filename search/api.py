"""Ask over the API: the same answers, kept in the same history."""

from typing import Any

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

TURNS_TOGETHER = 4  # small talk is told with what was asked before it


class AskSerializer(serializers.Serializer):
    """A question; name a conversation of your own to go on with it."""

    text = serializers.CharField(max_length=5_000)
    conversation = serializers.IntegerField(required=False, min_value=1)
    anyway = serializers.BooleanField(
        default=False, help_text="Ask the machine although a person is answering this conversation."
    )
    worded = serializers.BooleanField(
        default=True, help_text="Where the site has a language model, wait until it has worded the answer."
    )


class QuoteSerializer(serializers.Serializer):
    text = serializers.CharField(help_text="Verbatim from the article, as Markdown.")
    section = serializers.CharField()
    url = serializers.CharField()


class ShownArticleSerializer(serializers.Serializer):
    article = serializers.IntegerField(source="article_id")
    title = serializers.CharField()
    summary = serializers.CharField()
    snippet = serializers.CharField(help_text="Of the passage that matched, in plain words.")
    section = serializers.CharField()
    url = serializers.CharField()
    reviewed_on = serializers.DateField(allow_null=True)
    quotes = QuoteSerializer(many=True)


class SentenceSerializer(serializers.Serializer):
    """A sentence of a language model, with the verbatim words of an article that it was checked against."""

    text = serializers.CharField()
    quote = serializers.CharField()
    title = serializers.CharField()
    section = serializers.CharField()
    url = serializers.CharField()


class RoundedField(serializers.FloatField):
    """A figure in hundredths: more digits tell of the passages that somebody may not read."""

    def to_representation(self, value: Any) -> Any:
        return round(float(value), 2)


class TurnSerializer(serializers.Serializer):
    """How a question was answered.

    `kind` is answered, maybe, unsure, unavailable, small_talk, sensitive or with_person: the last two a person answers.
    """

    id = serializers.IntegerField(source="question.pk")
    conversation = serializers.IntegerField(source="question.conversation_id")
    text = serializers.CharField(source="question.text")
    kind = serializers.CharField()
    confidence = RoundedField(source="question.confidence", allow_null=True)
    wording = SentenceSerializer(many=True)
    reply = serializers.CharField(help_text="To a turn that is not searched for, such as thanks; else empty.")
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
            user=request.user,
            text=asked.validated_data["text"],
            conversation=conversation,
            anyway=asked.validated_data["anyway"],
        )
        if asked.validated_data["worded"]:
            services.word_whole(question=question, user=request.user)
        return Response(TurnSerializer(turn_of(question)).data, status=status.HTTP_201_CREATED)


def turn_of(question: Question) -> TurnView:
    """A turn as its asker sees it."""
    user = question.conversation.user
    so_far = questions_of(user).filter(conversation=question.conversation_id, pk__lte=question.pk)
    return turn_views(reversed(so_far.order_by("-pk")[:TURNS_TOGETHER]), user=user)[-1]
