"""Roles are groups that migrations make, each with at least what an employee may do."""

import pytest
from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role

pytestmark = pytest.mark.django_db


def test_every_role_is_a_group_with_permissions() -> None:
    for role in Role:
        assert Group.objects.get(name=role.value).permissions.exists(), role


def test_every_role_may_do_what_an_employee_may(people: dict[Role, User]) -> None:
    employee = people[Role.EMPLOYEE].get_all_permissions()
    assert "kb.view_article" in employee
    for role, person in people.items():
        assert employee <= person.get_all_permissions(), role


def test_only_a_publisher_approves_everything_and_a_candidate_nothing(people: dict[Role, User]) -> None:
    assert _who(people, "kb.approve_revision") == [Role.PUBLISHER]
    assert _who(people, "kb.validate_revision") == [Role.CONTRIBUTOR, Role.PUBLISHER, Role.COACH]
    assert _who(people, "kb.add_revision") == [Role.CANDIDATE, Role.CONTRIBUTOR, Role.PUBLISHER, Role.COACH]


def _who(people: dict[Role, User], permission: str) -> list[Role]:
    return [role for role in Role if people[role].has_perm(permission)]


def test_a_person_without_a_role_may_do_nothing(people: dict[Role, User]) -> None:
    assert User.objects.create_user("nobody").get_all_permissions() == set()
