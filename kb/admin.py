"""Everything of the knowledge base for administrators. Words and states of revisions change through review only."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from kb import services
from kb.models import Article, Audience, Category, Revision, Vote


@admin.register(Audience)
class AudienceAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "everyone"]
    filter_horizontal = ["groups"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "position"]
    prepopulated_fields = {"slug": ["name"]}


@admin.register(Article)
class ArticleAdmin(admin.ModelAdmin):
    list_display = ["title", "kind", "category", "audience", "review_by", "expires_at"]
    list_filter = ["kind", "category", "audience"]
    list_select_related = ["live_revision", "category", "audience"]
    search_fields = ["live_revision__title", "external_id"]
    autocomplete_fields = ["owner"]
    readonly_fields = ["live_revision", "created_at"]

    def save_model(self, request: HttpRequest, obj: Article, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        services.announce(article=obj)


@admin.register(Revision)
class RevisionAdmin(admin.ModelAdmin):
    list_display = ["title", "number", "state", "author", "reviewed_by", "published_at"]
    list_filter = ["state"]
    list_select_related = ["author", "reviewed_by"]
    search_fields = ["title"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Revision | None = None) -> bool:
        return False


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
