"""Thirty scripted conversations, sent by the form: all that the pack promises stands on the agent's ticket page."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import Role
from escalation.models import Ticket
from kb.models import Article
from search.models import Conversation
from search.sensitivity import read
from tests.escalation.factories import ask, show
from tests.escalation.handoff.scripts import DEVICES, SCRIPTS, Script
from tests.escalation.test_views import HANDOFF, filled
from tests.factories import AudienceFactory, UserFactory, published_article

pytestmark = pytest.mark.django_db
TITLE, WORDS = "The ledger of the fourth quarter", "Choose the green folder."
DOUBTFUL = {"cosine": 0.2, "lead": 0.2, "agreement": 1.0, "unmatched": 0.0}


def converse(person: User, script: Script, article: Article) -> Conversation:
    """The turns as search leaves them; the last one shows the article."""
    conversation = Conversation.objects.create(user=person, came_from="/articles/")
    unsure = script.outcome in ("unsure", "maybe")
    for text in script.asked:
        found = read(text)
        question = ask(
            conversation,
            text,
            outcome=script.outcome,
            confidence=0.3 if unsure else 0.91,
            features=DOUBTFUL if unsure else {},
            sensitivity=found.kind if found else "",
            helpful=False if script.note else None,
            helpful_note=script.note,
        )
    if script.outcome not in ("unavailable", "sensitive"):
        quoted = WORDS if script.outcome == "answered" else ""
        opened = timezone.now() if script.opened else None
        show(question, article, quoted=quoted, opened_at=opened, rejected=script.rejected)
    return conversation


def send(person: User, script: Script, article: Article) -> Ticket:
    """The form is filled in as its page shows it."""
    web = Client(headers={"user-agent": script.device})
    web.force_login(person)
    conversation = converse(person, script, article)
    address = f"{HANDOFF}?conversation={conversation.pk}&from=/articles/"
    page = web.get(address).content.decode()
    asked = re.findall(r'name="(asked_\w+)"', page)
    answers = dict(zip(asked, script.answers, strict=False))
    assert len(asked) <= 2
    assert len(answers) == len(script.answers)
    response = web.post(address, filled(page, description=script.added, **answers))
    assert response.status_code == 302, response.content.decode()
    return Ticket.objects.get()


def page_for(reader: User, ticket: Ticket) -> str:
    web = Client()
    web.force_login(reader)
    page = unescape(web.get(reverse("escalation:desk_ticket", args=[ticket.pk])).content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def promised(script: Script, article: Article) -> list[str]:
    """What any ticket page has to tell of such a conversation."""
    shows = script.outcome not in ("unavailable", "sensitive")
    wanted = [*script.asked, *script.answers, *script.told, script.reason, DEVICES[script.device]]
    wanted += [script.added] if script.added else []
    wanted += ["Asked for a person on /articles/", "The conversation started on /articles/"]
    wanted += [f"“{TITLE}”, revision 1, match 0.82"] if shows else []
    wanted += [f"“{WORDS}”", "sure that they answer (91%)"] if script.outcome == "answered" else []
    wanted += ["No article comes near in meaning."] if script.outcome in ("unsure", "maybe") else []
    wanted += ["What was opened"] if script.opened else []
    wanted += ["Did not help"] if script.rejected else []
    wanted += [f"This answer was marked as not helpful: “{script.note}”"] if script.note else []
    wanted += ["Blocked", "Affected", "Deadline", "Tone", "Device", "Language"]
    return wanted


def test_there_are_thirty() -> None:
    assert len(SCRIPTS) == 30


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.asked[0][:30])
def test_all_that_is_promised_is_on_the_agents_page_and_no_word_of_what_they_may_not_read(
    script: Script,
) -> None:
    audience = AudienceFactory(groups=["Finance"]) if script.restricted else None
    article = published_article(TITLE, f"{WORDS}\n\nThen close it.\n", audience=audience)
    ticket = send(UserFactory(groups=["Finance"]), script, article)

    insider = page_for(UserFactory(role=Role.AGENT, groups=["Finance"]), ticket)
    missing = [words for words in promised(script, article) if words.lower() not in insider.lower()]
    assert not missing, insider

    outsider = page_for(UserFactory(role=Role.AGENT), ticket)
    assert (TITLE in outsider, WORDS in outsider) == (
        not script.restricted and TITLE in insider,
        not script.restricted and WORDS in insider,
    )
    if script.restricted:
        kind = "A passage was quoted here" if script.outcome == "answered" else "An article"
        assert f"{kind} that is not available to you." in outsider
