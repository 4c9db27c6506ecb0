"""Roles: groups that the first migration creates, and that each app gives permissions in a migration of its own."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Who does what. Candidate, Contributor, Publisher and Coach are KCS's words for people who write articles."""

    EMPLOYEE = "Employee"
    CANDIDATE = "Candidate"
    CONTRIBUTOR = "Contributor"
    PUBLISHER = "Publisher"
    COACH = "Coach"
    AGENT = "Agent"
    LEAD = "Lead"


def grant(apps: Any, permissions: Mapping[Role, Iterable[str]]) -> None:
    """For migrations: give each role its permissions, written "app.codename_model".

    Django creates permissions after the last migration only, so those that don't exist yet are made here.
    """
    content_types = apps.get_model("contenttypes", "ContentType")
    permission_model = apps.get_model("auth", "Permission")
    groups = apps.get_model("auth", "Group")
    for role, names in permissions.items():
        group, _ = groups.objects.get_or_create(name=role.value)
        for name in names:
            app_label, codename = name.split(".")
            verb, model = codename.rsplit("_", 1)
            content_type, _ = content_types.objects.get_or_create(app_label=app_label, model=model)
            permission, _ = permission_model.objects.get_or_create(
                content_type=content_type,
                codename=codename,
                defaults={"name": f"Can {verb.replace('_', ' ')} {model}"},
            )
            group.permissions.add(permission)
