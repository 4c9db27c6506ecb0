"""Everything of the knowledge base for administrators. Words and states of revisions change through review only."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.models import User
from kb import services
from kb.models import Article, Audience, AuditEvent, Category, Flag, Revision, Vote
from kb.services.audit import record
from kb.services.governing import SETTINGS
from kb.workflow import Refused


@admin.register(Audience)
class AudienceAdmin(admin.ModelAdmin):
    """Who belongs to an audience decides what they read, so the trail tells of every change."""

    list_display = ["name", "slug", "everyone", "external"]
    filter_horizontal = ["groups"]
    prepopulated_fields = {"slug": ["name"]}

    def save_model(self, request: HttpRequest, obj: Audience, form: Any, change: bool) -> None:
        """Remembers how it was: its groups are written after it."""
        form.before = _members(Audience.objects.get(pk=obj.pk)) if change else {}
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Tells the trail, once the groups are written too."""
        super().save_related(request, form, formsets, change)
        after = _members(form.instance)
        changes = {name: (form.before.get(name), value) for name, value in after.items()}
        changes = {name: values for name, values in changes.items() if values[0] != values[1]}
        if changes:
            _tell(request, "changed an audience" if change else "made an audience", form.instance, changes)

    def delete_model(self, request: HttpRequest, obj: Audience) -> None:
        _tell(request, "deleted an audience", obj, {})
        super().delete_model(request, obj)

    @transaction.atomic
    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Audience]) -> None:
        for audience in queryset:
            _tell(request, "deleted an audience", audience, {})
        super().delete_queryset(request, queryset)


def _members(audience: Audience) -> dict[str, str]:
    """What decides who is in an audience, as the trail tells it."""
    return {
        "name": audience.name,
        "everyone": "yes" if audience.everyone else "no",
        "external": "yes" if audience.external else "no",
        "groups": ", ".join(audience.groups.order_by("name").values_list("name", flat=True)),
    }


def _tell(
    request: HttpRequest, action: str, audience: Audience, changes: dict[str, tuple[str | None, str]]
) -> None:
    record(action, by=cast(User, request.user), reason=f"{audience.name} ({audience.slug})", changes=changes)


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "position", "lead"]
    list_select_related = ["lead"]
    autocomplete_fields = ["lead"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    list_display = ["title", "kind", "category", "audience", "review_by", "expires_at"]
    list_filter = ["kind", "category", "audience"]
    list_select_related = ["live_revision", "category", "audience"]
    search_fields = ["live_revision__title", "external_id"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["external_id", "live_revision", "archived_at", "replaced_by", "created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """An article starts with its first revision, in the workbench."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """Articles are archived; what they said stays on record."""
        return False

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        """Through the service, so that the trail tells of it."""
        editor = cast(User, request.user)
        wanted = {name: getattr(obj, name) for name in SETTINGS}
        services.govern(article=Article.objects.get(pk=obj.pk), by=editor, reason="Admin", **wanted)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What the knowledge base refuses is refused here too, and told."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except Refused as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return HttpResponseRedirect(request.path)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that nobody adds, changes or deletes here, whatever their role."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor_name", "action", "article", "reason"]
    list_filter = ["action"]
    list_select_related = ["article__live_revision"]
    search_fields = ["actor_name", "reason"]


@admin.register(Flag)
class FlagAdmin(ReadOnlyAdmin):
    list_display = ["article", "reason", "raised_by", "raised_at", "outcome"]
    list_filter = ["reason", "outcome"]
    list_select_related = ["article__live_revision", "raised_by"]


@admin.register(Revision)
class RevisionAdmin(ReadOnlyAdmin):
    list_display = ["title", "number", "state", "author", "reviewed_by", "published_at"]
    list_filter = ["state"]
    list_select_related = ["author", "reviewed_by"]
    search_fields = ["title"]


@admin.register(Vote)
class VoteAdmin(admin.ModelAdmin):
    """A vote is its reader's own word: nobody gives or changes it for them."""

    list_display = ["revision", "user", "helpful", "created_at"]
    list_filter = ["helpful"]
    list_select_related = ["revision", "user"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Vote | None = None) -> bool:
        return False
