"""What a sweep of the site goes over: what is known of it, and how much of it is looked at."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.contrib.auth.models import Group

from accounts.roles import Role
from audit.knowledge import Knowledge
from audit.standing import Condition, Place, Reader, may_know_of
from audit.visiting import Probe
from kb.models import Audience

ROLES = (Role.EMPLOYEE, Role.CONTRIBUTOR, Role.PUBLISHER, Role.AGENT)
WRITERS = (Role.CONTRIBUTOR, Role.PUBLISHER)


@dataclass(frozen=True)
class Ground:
    """What is looked over. `thorough` leaves none of the many out that stand alike towards a reader.

    Otherwise, because the same code answers for all of them, a few of each kind are tried, or some where it is cheap.
    """

    knowledge: Knowledge
    thorough: bool = False
    few: int = 3
    some: int = 40

    def a_few_hidden(self, reader: Reader, most: int = 0) -> list[Place]:
        """Some of each kind that this person must not learn of: by how it stands, and whom it is for."""
        return self._each(self.knowledge.hidden_from(reader), most or self.few)

    def some_shown(self, reader: Reader, most: int = 0) -> list[Place]:
        """Some of each kind that this person may know of; by how it stands, and whom it is for."""
        places = self.knowledge.places.values()
        return self._each([place for place in places if may_know_of(reader, place)], most or self.few * 4)

    def _each(self, places: Iterable[Place], most: int) -> list[Place]:
        def standing(place: Place) -> tuple[Condition, int]:
            return place.condition, place.audience

        ordered = sorted(places, key=lambda place: (standing(place), place.pk))
        kinds = [list(kind) for _, kind in groupby(ordered, key=standing)]
        return [place for kind in kinds for place in (kind if self.thorough else kind[:most])]


def probes(knowledge: Knowledge, audience_slug: str = "") -> list[Probe]:
    """Somebody of each role in each audience alone, somebody looking at the site as that audience, and a stranger."""
    found = [] if audience_slug else [Probe(Reader("nobody who is signed in"), signed_in=False)]
    audiences = Audience.objects.prefetch_related("groups").order_by("pk")
    for audience in audiences.filter(slug=audience_slug) if audience_slug else audiences:
        groups = tuple(sorted(group.pk for group in audience.groups.all()))
        if audience.everyone or groups:
            found += [
                _probe(knowledge, audience, () if audience.everyone else groups, role) for role in ROLES
            ]
            found.append(_looking_as(knowledge, audience))
    return found


def _probe(knowledge: Knowledge, audience: Audience, groups: tuple[int, ...], role: Role) -> Probe:
    everything = [*groups, *_role_groups(role)]
    permissions = _permissions_of(everything)
    reader = Reader(
        name=f"{role.value} in {audience.name}",
        audiences=knowledge.audiences_of(everything),
        writes="kb.add_revision" in permissions,
        works_on_tickets="escalation.work_ticket" in permissions,
    )
    return Probe(reader, role=role, groups=groups)


def _looking_as(knowledge: Knowledge, audience: Audience) -> Probe:
    """A Publisher who belongs everywhere, and looks at the site as one audience sees it."""
    groups = tuple(Group.objects.exclude(audiences=None).values_list("pk", flat=True))
    reader = Reader(
        f"Publisher viewing as {audience.name}",
        knowledge.everyone | {audience.pk},
        behind=knowledge.audiences_of(groups),
    )
    return Probe(reader, role=Role.PUBLISHER, groups=groups, viewing_as=audience.slug)


def _role_groups(role: Role) -> list[int]:
    return list(Group.objects.filter(name=role.value).values_list("pk", flat=True))


def _permissions_of(groups: list[int]) -> set[str]:
    pairs = Group.objects.filter(pk__in=groups).values_list(
        "permissions__content_type__app_label", "permissions__codename"
    )
    return {f"{app}.{codename}" for app, codename in pairs}
