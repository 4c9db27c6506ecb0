"""Whatever people do to articles, in whatever order and at the same moment: the rules hold, and nothing is lost."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier, Thread
from typing import NamedTuple

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Audience, AuditEvent, Flag, ReviewComment, Revision
from kb.workflow import OPEN_STATES, TRANSITIONS, Action, Governance, Refused, State, needs_publisher
from search import services as search
from search.models import Passage
from tests.factories import AudienceFactory, CategoryFactory, UserFactory, everyone, numbers

ROLES = (
    Role.CANDIDATE, Role.CONTRIBUTOR, Role.CONTRIBUTOR, Role.COACH, Role.PUBLISHER, Role.PUBLISHER, Role.EMPLOYEE,
    Role.AGENT,
)  # fmt: skip
DECIDE = {Role.CONTRIBUTOR, Role.COACH, Role.PUBLISHER}
REFUSALS = (Refused, PermissionDenied, services.Outdated)


class Step(NamedTuple):
    """Somebody tries something: `pick` says on which of the newest revisions, flags and so on."""

    action: str
    person: int
    article: int
    pick: int


class Beginning(NamedTuple):
    """How an article is governed at first, and whose it is."""

    governance: str = Governance.EXPERIENCE
    audience: str = "Everyone"


STRICTER = (Beginning(), Beginning(governance=Governance.COMPLIANCE), Beginning(audience="Partners"))


@dataclass
class World:
    """The people and articles of one run, and what is known to have succeeded in it."""

    people: list[User]
    audiences: list[Audience]
    begun: tuple[Beginning, Beginning]
    articles: list[Article] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    words: dict[int, tuple[str, str]] = field(default_factory=dict)
    errors: list[Exception] = field(default_factory=list)


def write(
    world: World, by: User, article: Article, step: Step, *, aware: bool, generated: bool = False
) -> str:
    title, body = f"Words {len(world.done)} by {by.pk}", f"{step} after {len(world.words)}\n"
    newest = article.revisions.order_by("-number").first()
    written = services.write_revision(
        article=article,
        author=world.people[step.pick] if generated else by,
        title=title,
        body=body,
        based_on=newest if aware else None,
        generated_by="A writer" if generated else "",
        requested_by=by if generated else None,
    )
    world.words[written.pk] = (title, body)
    return "wrote"


def restore(world: World, by: User, revision: Revision) -> str:
    restored = services.restore(revision=revision, by=by)
    world.words[restored.pk] = (revision.title, revision.body)
    return "wrote"


def approve(by: User, revision: Revision, *, later: bool = False) -> str:
    at = timezone.now() + timedelta(hours=1) if later else None
    services.approve(revision=revision, by=by, publish_at=at)
    return "scheduled" if later else "approved"


def publish_due(world: World) -> str:
    count = services.publish_due(now=timezone.now() + timedelta(hours=2))
    world.done.extend(["published"] * (count - 1))
    return "published" if count else ""


def comment(by: User, revision: Revision) -> str:
    services.comment(revision=revision, by=by, text="Which door?", line=1)
    return "commented"


def archive(world: World, by: User, article: Article, step: Step) -> str:
    other = world.articles[step.pick % len(world.articles)]
    services.archive(article=article, by=by, reason="Old.", replaced_by=other if step.pick % 2 else None)
    return "archived"


def govern(world: World, by: User, article: Article, step: Step) -> str:
    services.govern(
        article=article,
        by=by,
        **(
            {"audience": world.audiences[step.pick % len(world.audiences)]},
            {"governance": list(Governance)[step.pick % 2]},
            {"owner": world.people[step.pick]},
        )[step.pick % 3],
    )
    return "governed"


def confirm(by: User, article: Article) -> str:
    services.confirm(article=article, by=by, review_by=timezone.localdate() + timedelta(days=90))
    return "confirmed"


def flag(by: User, article: Article) -> str:
    if article.live_revision_id:
        services.flag(article=article, by=by, reason="wrong", note="It is the other door.")
    return ""


def close_flag(by: User, article: Article) -> str:
    waiting = Flag.objects.filter(article=article).order_by("pk").first()
    if waiting is None:
        return ""
    services.close_flag(flag=waiting, by=by, outcome=Flag.Outcome.choices[0][0], answer="Thank you.")
    return "closed a flag"


def vote(by: User, article: Article, step: Step) -> str:
    if article.live_revision_id:
        services.vote(
            article=article, user=by, helpful=bool(step.pick % 2), note="So so." if step.pick % 3 else ""
        )
    return ""


Doing = Callable[[World, User, Article, Revision, Step], str]
ACTIONS: dict[str, Doing] = {
    "write": lambda w, by, a, r, s: write(w, by, a, s, aware=True),
    "write over": lambda w, by, a, r, s: write(w, by, a, s, aware=False),
    "have written": lambda w, by, a, r, s: write(w, by, a, s, aware=True, generated=True),
    "submit": lambda w, by, a, r, s: "submitted" if services.submit(revision=r, by=by) else "",
    "approve": lambda w, by, a, r, s: approve(by, r),
    "approve for later": lambda w, by, a, r, s: approve(by, r, later=True),
    "publish due": lambda w, by, a, r, s: publish_due(w),
    "request changes": lambda w, by, a, r, s: (
        "requested changes" if services.request_changes(revision=r, by=by, reason="Which door?") else ""
    ),
    "reject": lambda w, by, a, r, s: "rejected" if services.reject(revision=r, by=by, reason="No.") else "",
    "comment": lambda w, by, a, r, s: comment(by, r),
    "archive": lambda w, by, a, r, s: archive(w, by, a, s),
    "restore": lambda w, by, a, r, s: restore(w, by, r),
    "govern": lambda w, by, a, r, s: govern(w, by, a, s),
    "confirm": lambda w, by, a, r, s: confirm(by, a),
    "flag": lambda w, by, a, r, s: flag(by, a),
    "close a flag": lambda w, by, a, r, s: close_flag(by, a),
    "vote": lambda w, by, a, r, s: vote(by, a, s),
}
# What leads on is drawn more often than what ends an article, and people who may do it more often than others.
OFTEN = ["write", "submit", "submit", "approve", "approve", "approve", "approve for later"]
MOSTLY = [0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7]
STEPS = st.builds(
    Step, st.sampled_from([*OFTEN, *OFTEN, *OFTEN, *ACTIONS]), st.sampled_from(MOSTLY), st.integers(0, 1),
    st.integers(0, len(ROLES) - 1),
)  # fmt: skip
# One list of steps for each of up to four people who act at the same moment.
PLANS = st.lists(st.lists(STEPS, min_size=12, max_size=20), min_size=2, max_size=4)


def act(world: World, step: Step) -> None:
    """One try. What is refused is refused with one of three exceptions; all else is kept as an error."""
    try:
        by = User.objects.get(pk=world.people[step.person].pk)
        article = Article.objects.get(pk=world.articles[step.article].pk)
        revisions = list(article.revisions.order_by("-number")[:3])
        done = ACTIONS[step.action](
            world, by, article, revisions[max(step.pick - 5, 0) % len(revisions)], step
        )
    except REFUSALS:
        return
    except Exception as error:  # noqa: BLE001  # whatever it is, the test tells it
        world.errors.append(error)
        return
    if done:
        world.done.append(done)


def play(world: World, plan: list[list[Step]]) -> None:
    """Each list by a thread with a connection of its own, all from the same moment on."""
    together = Barrier(len(plan))

    def person(steps: list[Step]) -> None:
        together.wait()
        for step in steps:
            act(world, step)
        connection.close()

    threads = [Thread(target=person, args=(steps,)) for steps in plan]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Replay:
    """The lifecycle of an article as its audit trail tells it, by the rules."""

    def __init__(
        self,
        article: Article,
        begun: Beginning,
        roles: dict[int | None, Role],
        audiences: dict[str, Audience],
    ) -> None:
        self.revisions: dict[int | None, Revision] = {each.pk: each for each in article.revisions.all()}
        self.roles, self.audiences = roles, audiences
        self.states: dict[int | None, State] = {}
        self.approvers: dict[int | None, int | None] = {}
        self.governance, self.audience = begun
        for told in AuditEvent.objects.filter(article=article).order_by("pk"):
            self.follow(told)

    def follow(self, told: AuditEvent) -> None:
        if told.action == "wrote":
            self.supersede(*OPEN_STATES)
            self.states[told.revision_id] = State.DRAFT
        elif told.action == "submitted":
            self.move(told, Action.SUBMIT)
        elif told.action in ("approved", "scheduled", "requested changes", "rejected"):
            self.decide(told)
        elif told.action == "asked again for a review":
            self.move(told, Action.ASK_AGAIN)
        elif told.action == "published":
            assert self.roles[self.approvers[told.revision_id]] in self.deciders(), (
                "approved for another audience"
            )
            self.supersede(State.PUBLISHED)
            self.move(told, Action.PUBLISH)
        elif told.action == "archived":
            if told.revision_id:
                self.move(told, Action.ARCHIVE)
            self.supersede(*OPEN_STATES, State.SCHEDULED)
        elif told.action == "changed settings":
            self.governance = told.details.get("governance", [None, self.governance])[1]
            self.audience = told.details.get("audience", [None, self.audience])[1]

    def decide(self, told: AuditEvent) -> None:
        revision = self.revisions[told.revision_id]
        assert told.actor_id not in (revision.author_id, revision.requested_by_id), (
            "somebody decided on their own"
        )
        assert self.roles[told.actor_id] in self.deciders()
        self.approvers[told.revision_id] = told.actor_id
        if told.action == "approved":
            self.supersede(State.PUBLISHED, State.SCHEDULED)
            self.move(told, Action.APPROVE)
        elif told.action == "scheduled":
            self.supersede(State.SCHEDULED)
            self.move(told, Action.SCHEDULE)
        else:
            self.move(told, Action.REJECT if told.action == "rejected" else Action.REQUEST_CHANGES)

    def deciders(self) -> Collection[Role]:
        external = self.audiences[self.audience].external
        only_publishers = needs_publisher(self.governance, audience_is_external=external)
        return {Role.PUBLISHER} if only_publishers else DECIDE

    def move(self, told: AuditEvent, action: Action) -> None:
        self.states[told.revision_id] = TRANSITIONS[self.states[told.revision_id], action]

    def supersede(self, *states: State) -> None:
        for key, state in self.states.items():
            if state in states:
                self.states[key] = TRANSITIONS[state, Action.SUPERSEDE]


def check(world: World, since: int) -> None:
    """The rules, one after the other."""
    assert not world.errors
    told = Counter(AuditEvent.objects.filter(pk__gt=since).values_list("action", flat=True))
    done = Counter(world.done)
    comments = ReviewComment.objects.filter(revision__article__in=world.articles)
    assert comments.count() == done["commented"]
    told.pop("asked again for a review", None)  # nobody did: it follows from what somebody changed
    # Whoever asks for what is so already succeeds, and nothing is told.
    assert told.pop("changed settings", 0) <= done.pop("governed", 0)
    assert told == +done
    for pk, words in world.words.items():
        revision = Revision.objects.get(pk=pk)
        assert (revision.title, revision.body) == words, "words were lost"
    roles: dict[int | None, Role] = {
        person.pk: role for person, role in zip(world.people, ROLES, strict=True)
    }
    audiences = {audience.name: audience for audience in world.audiences}
    for article, begun in zip(world.articles, world.begun, strict=True):
        article.refresh_from_db()
        revisions = list(article.revisions.order_by("number"))
        assert [revision.number for revision in revisions] == list(range(1, len(revisions) + 1))
        assert {r.pk: r.state for r in revisions} == Replay(article, begun, roles, audiences).states
        published = [r.pk for r in revisions if r.state == State.PUBLISHED]
        assert published == ([article.live_revision_id] if article.live_revision_id else [])
        assert not (article.live_revision_id and article.archived_at)
        assert len([r for r in revisions if r.state in OPEN_STATES]) <= 1
        assert all(
            r.reviewed_by_id not in (r.author_id, r.requested_by_id) for r in revisions if r.reviewed_by_id
        )
    assert search.reconcile() == 0
    live = {(a.pk, a.live_revision_id) for a in Article.objects.live()}
    assert set(Passage.objects.values_list("article", "revision")) == live, "the index is not in step"


@pytest.mark.django_db(transaction=True)
def test_whatever_people_do_at_once_the_rules_hold() -> None:
    partners = AudienceFactory(["Partners"], name="Partners", external=True)
    people = [UserFactory(role=role, groups=["Partners"]) for role in ROLES]
    audiences, category = [everyone(), partners], CategoryFactory()

    @settings(
        max_examples=15, phases=(Phase.explicit, Phase.generate), suppress_health_check=list(HealthCheck)
    )
    @given(PLANS, st.sampled_from(STRICTER))
    def holds(plan: list[list[Step]], second: Beginning) -> None:
        world = World(people, audiences, (Beginning(), second))
        for number, begun in enumerate(world.begun):
            first = services.create_article(
                author=people[1], title=f"Door {number}", body="Left.\n", category=category,
                audience=next(each for each in audiences if each.name == begun.audience), governance=begun.governance,
                external_id=f"door-{next(numbers)}",  # hypothesis has chance itself repeat itself
            )  # fmt: skip
            world.articles.append(first.article)
        since = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True)[0]
        play(world, plan)
        for done in set(world.done):
            event(done)
        check(world, since)

    holds()
