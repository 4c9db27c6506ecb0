"""The rows that tests start from. Articles are published through the services, as people do."""

from typing import Any

import factory
from django.contrib.auth.models import Group
from factory.django import DjangoModelFactory

from accounts.models import User
from accounts.roles import Role
from kb import services
from kb.models import Article, Audience, Category

PASSWORD = "correct horse battery staple"


class UserFactory(DjangoModelFactory):
    """A person with a password; `role=Role.AGENT` and `groups=["IT staff"]` put them into groups."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda person: f"{person.username}@fernhill.example")
    first_name = factory.Faker("first_name")
    last_name = factory.Faker("last_name")

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(*args, **{"password": PASSWORD, **kwargs})

    @factory.post_generation
    def role(self: User, create: bool, extracted: Role | None, **kwargs: Any) -> None:
        if create and extracted:
            self.groups.add(Group.objects.get(name=extracted.value))

    @factory.post_generation
    def groups(self: User, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        for name in extracted or []:
            self.groups.add(Group.objects.get_or_create(name=name)[0])


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Category {n}")
    slug = factory.Sequence(lambda n: f"category-{n}")


class AudienceFactory(DjangoModelFactory):
    """An audience; `groups=["IT staff"]` names who belongs to it, and `everyone=True` lets everybody in."""

    class Meta:
        model = Audience
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Audience {n}")
    slug = factory.Sequence(lambda n: f"audience-{n}")

    @factory.post_generation
    def groups(self: Audience, create: bool, extracted: list[str] | None, **kwargs: Any) -> None:
        for name in extracted or []:
            self.groups.add(Group.objects.get_or_create(name=name)[0])


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
