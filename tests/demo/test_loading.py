"""The demo company is content, and content can be wrong: these read all of it."""

from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import OutgoingMail, User
from accounts.roles import Role
from demo import loading
from escalation.models import CannedReply, Endpoint, Incident, Survey, Ticket
from escalation.working.placeholders import unknown_gaps
from kb.models import Article, Flag, Revision
from kb.workflow import State
from search.replica import forget_replicas
from tests.factories import published_article

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(db: None) -> None:
    forget_replicas()
    call_command("load_demo", stdout=StringIO(), stderr=StringIO())


def test_an_empty_site_gets_the_whole_company_once(demo: None) -> None:
    assert Article.objects.live().count() >= 60
    assert set(User.objects.filter(demo_role__isnull=False).values_list("demo_role", flat=True)) == {
        r.value for r in Role
    }
    for state in (State.IN_REVIEW, State.CHANGES_REQUESTED, State.SCHEDULED, State.DRAFT):
        assert Revision.objects.filter(state=state).exists(), state
    assert Flag.objects.open().count() == 3
    assert Article.objects.filter(live_revision__isnull=False).count() == Article.objects.live().count() + 1
    assert {"open", "waiting", "resolved"} <= set(Ticket.objects.values_list("status", flat=True))
    assert all(ticket.pack for ticket in Ticket.objects.select_related("pack"))
    assert Ticket.objects.filter(status="open", due_at=None).count() == 0
    assert Survey.objects.filter(answered_at__isnull=False).count() == 2
    assert not OutgoingMail.objects.exists()

    assert [unknown_gaps(reply.body) for reply in CannedReply.objects.all()] == [[], [], [], []]
    assert Ticket.objects.filter(watchers__username="chloe.barnard").exists()

    assert not Endpoint.objects.get().active
    assert not Incident.objects.open().exists()
    assert Incident.objects.get().updates.count() == 2
    assert Ticket.objects.filter(queue__isnull=False).count() >= 7
    assert Ticket.objects.filter(queue=None, status="open").exists()

    counts = Article.objects.count(), Revision.objects.count(), Ticket.objects.count()
    call_command("load_demo", stdout=StringIO(), stderr=StringIO())
    assert counts == (Article.objects.count(), Revision.objects.count(), Ticket.objects.count())

    employee = User.objects.get(demo_role=Role.EMPLOYEE.value)
    restricted = Article.objects.live().exclude(audience__everyone=True)
    assert restricted.count() >= 10
    assert not Article.objects.visible_to(employee).filter(pk__in=restricted).exists()


def test_a_site_that_holds_anything_else_is_left_alone() -> None:
    published_article()
    call_command("load_demo", stdout=StringIO())
    assert Article.objects.count() == 1


def test_nobody_of_the_demo_has_a_password() -> None:
    loading.load_people(loading._read("people.toml"))
    assert not any(
        user.has_usable_password() for user in User.objects.filter(email__endswith="@fernhill.example")
    )
