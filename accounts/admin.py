"""People for administrators: the roles and audiences that somebody is in are their groups."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from accounts.models import User


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
