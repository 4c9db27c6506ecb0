"""What search keeps, for administrators: to read, and to delete; nothing here is edited by hand."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from search import services
from search.models import (
    Calibration,
    Conversation,
    IndexChange,
    IndexEntry,
    IndexState,
    Passage,
    Question,
    Shown,
)


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class KeptAdmin(ReadOnlyAdmin):
    """What the index works with is not deleted by hand: `rebuild_index` is for that."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Conversation)
class ConversationAdmin(ReadOnlyAdmin):
    list_display = ["pk", "user", "started_at"]
    list_select_related = ["user"]

    def delete_model(self, request: HttpRequest, obj: Conversation) -> None:
        services.forget_conversation(conversation=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> None:
        services.forget_conversations(queryset)


@admin.register(Question)
class QuestionAdmin(ReadOnlyAdmin):
    list_display = ["text", "outcome", "confidence", "helpful", "milliseconds", "asked_at"]
    list_filter = ["outcome", "helpful"]
    search_fields = ["text"]

    def delete_model(self, request: HttpRequest, obj: Question) -> None:
        services.forget_questions(Question.objects.filter(pk=obj.pk))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Question]) -> None:
        services.forget_questions(queryset)


@admin.register(Shown)
class ShownAdmin(ReadOnlyAdmin):
    list_display = ["question", "revision", "rank", "score", "opened_at", "rejected"]
    list_select_related = ["question", "revision"]


@admin.register(Passage)
class PassageAdmin(KeptAdmin):
    list_display = ["revision", "ordinal", "fingerprint"]
    list_select_related = ["revision"]
    exclude = ["vector"]


@admin.register(IndexEntry)
class IndexEntryAdmin(KeptAdmin):
    list_display = ["article_id", "revision_id", "fingerprint", "claimed_at", "failures", "error"]
    list_filter = ["fingerprint"]


admin.site.register([IndexState, IndexChange], KeptAdmin)


@admin.register(Calibration)
class CalibrationAdmin(ReadOnlyAdmin):
    """Deleting the newest goes back to the one before it, or to what ships."""

    list_display = ["fitted_at", "fingerprint", "answer_from", "maybe_from", "risk", "counts"]
    list_filter = ["fingerprint"]
