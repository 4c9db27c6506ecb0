"""What the parts of this API share: how a refusal is told, who may write, and fields that name people and audiences."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse
from rest_framework import permissions, serializers, status
from rest_framework.exceptions import APIException
from rest_framework.fields import empty
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User
from kb import queries
from kb.forms import LOOKS_AHEAD
from kb.models import Article, Audience, Category
from kb.services import Outdated
from kb.workflow import Refused

REFUSED = OpenApiResponse(OpenApiTypes.OBJECT, description="Not possible now; `detail` says why.")


class Conflict(APIException):
    """The rules of the knowledge base, or what somebody else did meanwhile, stand against it."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "refused"


@contextmanager
def telling() -> Iterator[None]:
    """Turns what the services say against something into an answer of this API."""
    try:
        yield
    except Outdated as outdated:
        newest = outdated.newest
        raise Conflict(
            f"{outdated} Merge with revision {newest.pk}, and base yours on it.", "outdated"
        ) from outdated
    except Refused as refusal:
        raise Conflict(str(refusal)) from refusal


class MayWrite(permissions.BasePermission):
    """For people who work on articles."""

    message = "Your role does not let you work on articles."

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.has_perm("kb.add_revision")


def user_of(request: Request) -> User:
    """IsAuthenticated has turned everybody else away."""
    return cast(User, request.user)


class OwnAudienceField(serializers.SlugRelatedField):
    """One of the audiences that the caller belongs to, by its slug."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="slug", queryset=Audience.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet[Audience]:
        return Audience.objects.of(self.context["request"].user)


class WorkableArticleField(serializers.PrimaryKeyRelatedField):
    """An article in any state, of the caller's audiences, by its number."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(queryset=Article.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet[Article]:
        return Article.objects.in_audience_of(self.context["request"].user)


class ShelfField(serializers.SlugRelatedField):
    """A category that the caller may know of, by its slug."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="slug", queryset=Category.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet[Category]:
        return queries.shelves(self.context["request"].user)


class DayAhead(serializers.DateField):
    """A day to come, within three years."""

    def run_validation(self, data: Any = empty) -> Any:
        day = super().run_validation(data)
        if isinstance(day, date) and not timezone.localdate() < day < timezone.localdate() + LOOKS_AHEAD:
            raise serializers.ValidationError("Choose a day to come, within the next three years.")
        return day


class MomentAhead(serializers.DateTimeField):
    """A time to come, within three years."""

    def run_validation(self, data: Any = empty) -> Any:
        at = super().run_validation(data)
        if isinstance(at, datetime) and not timezone.now() < at < timezone.now() + LOOKS_AHEAD:
            raise serializers.ValidationError("Choose a time to come, within the next three years.")
        return at


class PersonField(serializers.SlugRelatedField):
    """Somebody who may answer for an article, by their user name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(slug_field="username", queryset=User.objects.all(), **kwargs)

    def get_queryset(self) -> QuerySet[User]:
        return queries.people_who_write()
