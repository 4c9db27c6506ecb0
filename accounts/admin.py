"""People for administrators: the roles and audiences that somebody is in are their groups."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.http import HttpRequest
from knox.admin import AuthTokenAdmin
from knox.models import AuthToken

from accounts.models import OutgoingMail, User

# Knox's own lets an administrator make tokens of other people, and of the site's own accounts.
admin.site.unregister(AuthToken)


@admin.register(AuthToken)
class TokenAdmin(AuthTokenAdmin):
    """Whose tokens there are, to be ended; each person makes their own."""

    list_display = ["token_key", "user", "created", "expiry"]
    list_select_related = ["user"]
    fields = ["token_key", "user", "created", "expiry"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(User)
class PersonAdmin(UserAdmin):
    list_display = ["username", "display_name", "email", "job_title", "is_active", "is_staff"]
    list_filter = ["groups", "is_active", "is_staff", "is_system"]
    readonly_fields = ["is_system", "last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": ["first_name", "last_name", "email", "job_title"]}),
        (
            "Roles and audiences",
            {"fields": ["is_active", "groups", "is_staff", "is_superuser", "user_permissions"]},
        ),
        ("The site's own", {"fields": ["is_system", "demo_role", "last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (None, {"fields": ["username", "email", "first_name", "last_name"]}),
        ("Password", {"fields": ["usable_password", "password1", "password2"]}),
    ]


@admin.register(OutgoingMail)
class OutgoingMailAdmin(admin.ModelAdmin):
    """What waits, what went out, and why something did not. Here it can be read; people's actions write it."""

    list_display = ["subject", "to", "created_at", "sent_at", "attempts", "error"]
    list_filter = [("sent_at", admin.EmptyFieldListFilter)]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
