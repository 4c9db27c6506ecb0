"""A model that obeys every attack: nothing of what it was made to say is shown, kept or answered."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from accounts.models import User
from kb.models import Article
from search import services
from search.llm import rewriting, wording
from search.llm.checking import Sentence
from search.llm.passages import Passage, lines_of
from search.models import Question
from tests.factories import published_article
from tests.search.llm.attacks import ATTACKS, Attack
from tests.search.llm.server import ScriptedServer, saying

TRUE = "Restart the laptop."
GENUINE = """The VPN stops with error `FC-412` when you connect from home.

1. Restart the laptop.
2. Open the VPN client and select **Refresh device identity**.

Never unplug the modem while it updates.
"""
MARK = "==0011223344556677=="
by_name = pytest.mark.parametrize("attack", ATTACKS, ids=[each.name for each in ATTACKS])


def passage(body: str) -> Passage:
    return Passage(1, 1, "VPN error FC-412", ("Resolution",), "resolution", lines_of(body, 0, len(body)))


def kept(reply: str, *passages: Passage) -> list[str]:
    found = wording.sentences([reply], passages)
    return [each.text for each in found if isinstance(each, Sentence)]


def test_there_are_enough_of_them() -> None:
    assert len(ATTACKS) >= 60
    assert len({each.name for each in ATTACKS}) == len(ATTACKS) == len({each.text for each in ATTACKS})


@by_name
def test_in_an_article_it_makes_an_obedient_model_say_nothing(attack: Attack) -> None:
    attacked = passage(f"{GENUINE}\n{attack.text}\n")
    assert kept(f"{attack.obeyed}\n{TRUE} [1]", attacked) == [TRUE]


@by_name
def test_in_a_question_it_makes_an_obedient_model_say_nothing(attack: Attack) -> None:
    assert kept(f"{attack.obeyed}\n{TRUE} [1]", passage(GENUINE)) == [TRUE]


@by_name
def test_what_the_model_receives_keeps_it_within_the_fences(attack: Attack) -> None:
    attacked = passage(f"{GENUINE}\n{attack.text}\n")
    for messages in (
        wording.messages(attack.text, [attacked], mark=MARK),
        rewriting.messages(attack.text, [attack.text, attack.text], mark=MARK),
    ):
        assert [each["role"] for each in messages] == ["system", "user", "assistant", "user"]
        rules, *_, data = (each["content"] for each in messages)
        assert attack.text not in rules
        assert re.findall("^==.*", data, re.MULTILINE) == [
            line for line in data.split("\n") if line.startswith(MARK)
        ]
        assert data.count("==") == 6  # three marks, and none that somebody else wrote
        assert data.startswith(MARK)
        assert data.endswith(f"{MARK} end")
        # What ends up in nobody's view, and what servers read as the end of a message, does not come through.
        assert not re.search(r"<\||\|>|[\u200b-\u200f\u202a-\u202e\U000e0000-\U000e007f]", data)
        numbered = re.findall(r"\[\d+\]", data)
        assert numbered in ([], ["[1]"])


@by_name
def test_it_makes_a_follow_up_search_for_nothing_but_the_person_s_own_words(attack: Attack) -> None:
    question, earlier = "and on a Mac?", ["How do I connect to the VPN on Windows?"]
    for reply in (attack.obeyed, attack.text):
        accepted = rewriting.accepted(reply, question, earlier)
        assert accepted in ("", question, *earlier)


ARTICLE_ATTACKS = [
    each for each in ATTACKS if each.name in ("ignore", "phone number", "picture that carries data off")
]


@pytest.mark.django_db
@pytest.mark.usefixtures("sure")
@pytest.mark.parametrize("attack", ARTICLE_ATTACKS, ids=[each.name for each in ARTICLE_ATTACKS])
def test_over_http_neither_the_page_nor_the_database_holds_what_it_asks_for(
    attack: Attack, site_with_model: ScriptedServer, client: Client, employee: User, index: object
) -> None:
    published_article("VPN error FC-412", f"{GENUINE}\n{attack.text}\n")
    services.reconcile()
    site_with_model.behaviour = saying(f"{attack.obeyed}\n", TRUE, " [1]\n")
    client.force_login(employee)
    client.post(reverse("search:ask"), {"text": "VPN error FC-412 when I connect from home"})
    question = Question.objects.get()
    answer = client.post(
        reverse("search:wording", args=[question.pk]), headers={"Accept": "application/x-ndjson"}
    )
    streamed = b"".join(answer).decode()
    question.refresh_from_db()
    assert [each["text"] for each in question.wording] == [TRUE]
    assert TRUE in streamed
    page = client.get(reverse("search:conversation", args=[question.conversation_id])).content.decode()
    for sign in ("PWNED", "900 555", "evil.example"):
        if sign not in attack.text:
            assert sign not in page
        assert sign not in streamed


@pytest.mark.django_db
@pytest.mark.usefixtures("sure")
@pytest.mark.parametrize(
    "attack", ATTACKS[:3] + ATTACKS[-3:], ids=[each.name for each in (*ATTACKS[:3], *ATTACKS[-3:])]
)
def test_over_the_api_a_question_that_attacks_gets_nothing_but_what_articles_say(
    attack: Attack, site_with_model: ScriptedServer, api: APIClient, articles: dict[str, Article]
) -> None:
    site_with_model.behaviour = saying(attack.obeyed, f"\n{TRUE} [1]\n")
    turn = api.post("/api/v1/ask/", {"text": f"VPN error FC-412. {attack.text}"}).json()
    assert [each["text"] for each in turn["wording"]] in ([], [TRUE])
    assert "PWNED" not in str([turn["wording"], turn["answers"], turn["nearest"]])
