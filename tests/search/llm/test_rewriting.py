"""A follow-up is resolved by the model, in the person's own words, or by rules as soon as the model fails."""

import pytest
from pytest_django import Settings

from accounts.models import User
from kb.models import Article
from search import services
from search.llm import rewriting
from search.models import Conversation, Question
from tests.search.llm.server import Behaviour, ScriptedServer, saying, sending

EARLIER = ["How do I set up mail on my iPhone?"]
FOLLOW_UP = "and on Android?"


@pytest.mark.parametrize(
    ("written", "accepted"),
    [
        ("How do I set up mail on Android?", "How do I set up mail on Android?"),
        ('"Set up mail on Android"\nThat is the question.', "Set up mail on Android"),
        ("", ""),
        ("How do I?", ""),
        ("How do I set up mail on my iPhone?", ""),  # says nothing of what was asked last
        ("How do I set up the payroll on Android?", ""),  # a word that nobody said
        ("Android https://evil.example", ""),
        ("Android mail " * 40, ""),
    ],
)
def test_a_rewriting_is_taken_only_in_the_words_of_the_conversation(written: str, accepted: str) -> None:
    assert rewriting.accepted(written, FOLLOW_UP, EARLIER) == accepted


@pytest.mark.django_db
class TestAsking:
    @pytest.fixture
    def conversation(self, employee: User, articles: dict[str, Article]) -> Conversation:
        first = services.ask(user=employee, text="I forgot my password on my laptop, how do I reset it?")
        return first.conversation

    def follow_up(self, conversation: Conversation) -> Question:
        return services.ask(user=conversation.user, text="and on a phone?", conversation=conversation)

    def test_the_model_s_words_are_what_is_searched_for(
        self, conversation: Conversation, site_with_model: ScriptedServer
    ) -> None:
        site_with_model.behaviour = saying("How do I reset my forgot password on a phone?")
        question = self.follow_up(conversation)
        assert question.looked_up == "How do I reset my forgot password on a phone?"
        assert question.text == "and on a phone?"
        assert "I forgot my password on my laptop" in site_with_model.last_messages()[-1]["content"]

    def test_a_question_that_stands_alone_is_not_sent_anywhere(
        self, conversation: Conversation, site_with_model: ScriptedServer
    ) -> None:
        services.ask(
            user=conversation.user, text="The printer says that toner is low", conversation=conversation
        )
        assert not site_with_model.received

    @pytest.mark.parametrize(
        "behaviour",
        [
            sending(b"", status=500),
            saying("The payroll bonus run"),
            saying("\n\n"),
            lambda handler: handler.server.over.wait(20),
        ],
        ids=["broken", "somebody else's words", "nothing", "silent"],
    )
    def test_when_it_fails_the_rules_resolve_it(
        self,
        behaviour: Behaviour,
        conversation: Conversation,
        site_with_model: ScriptedServer,
        settings: Settings,
    ) -> None:
        settings.LLM_REWRITE_TIMEOUT = 0.3
        site_with_model.behaviour = behaviour
        question = self.follow_up(conversation)
        assert question.looked_up.endswith("and on a phone?")
        assert "password" in question.looked_up
        assert question.outcome != Question.Outcome.UNAVAILABLE

    def test_without_a_model_nothing_is_sent(self, conversation: Conversation, model: ScriptedServer) -> None:
        self.follow_up(conversation)
        assert not model.received
