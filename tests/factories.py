"""The rows that tests start from. Articles are published through the services, as people do."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from django.contrib.auth.models import Group

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Audience, Category

PASSWORD = "correct horse battery staple"
numbers = count(1)


def UserFactory(role: Role | None = None, groups: Sequence[str] = (), **fields: Any) -> User:
    """A person with a password, in a role, and in the groups that audiences are made of."""
    number = next(numbers)
    username = fields.setdefault("username", f"person{number}")
    defaults = {
        "email": f"{username}@fernhill.example",
        "first_name": "Robin",
        "last_name": f"Person {number}",
        "password": PASSWORD,
    }
    user = User.objects.create_user(**(defaults | fields))
    user.groups.set(_groups([*groups, *([role.value] if role else [])]))
    return user


def CategoryFactory(**fields: Any) -> Category:
    number = next(numbers)
    return Category.objects.create(**({"name": f"Category {number}", "slug": f"category-{number}"} | fields))


def AudienceFactory(groups: Sequence[str] = (), **fields: Any) -> Audience:
    """An audience: `groups` names who belongs to it, and `everyone=True` lets everybody in."""
    number = next(numbers)
    audience = Audience.objects.create(
        **({"name": f"Audience {number}", "slug": f"audience-{number}"} | fields)
    )
    audience.groups.set(_groups(groups))
    return audience


def _groups(names: Sequence[str]) -> list[Group]:
    return [Group.objects.get_or_create(name=name)[0] for name in names]


def everyone() -> Audience:
    """The audience that a migration creates."""
    return Audience.objects.get(slug="everyone")


def draft_article(
    title: str = "Reset your password", body: str = "Open the portal.\n", **fields: Any
) -> Article:
    """An article with one draft; its author is a contributor of its own unless `author` is given."""
    defaults = {"author": None, "category": None, "audience": None}
    given = defaults | fields
    given["author"] = given["author"] or UserFactory(role=Role.CONTRIBUTOR)
    given["category"] = given["category"] or CategoryFactory()
    given["audience"] = given["audience"] or everyone()
    return services.create_article(title=title, body=body, **given).article


def published_article(
    title: str = "Reset your password",
    body: str = "Open the portal.\n",
    approver: User | None = None,
    **fields: Any,
) -> Article:
    """An article that went through review: written by one person, approved by another."""
    article = draft_article(title, body, **fields)
    revision = services.submit(revision=article.revisions.get(), by=article.revisions.get().author)
    services.approve(revision=revision, by=approver or UserFactory(role=Role.PUBLISHER))
    article.refresh_from_db()
    return article


def new_revision(article: Article, title: str = "", body: str = "New words.\n") -> Article:
    """Publish other words on an article that is live."""
    author = UserFactory(role=Role.CONTRIBUTOR)
    revision = services.write_revision(
        article=article, author=author, title=title or article.title, body=body
    )
    services.submit(revision=revision, by=author)
    services.approve(revision=revision, by=UserFactory(role=Role.PUBLISHER))
    article.refresh_from_db()
    return article
