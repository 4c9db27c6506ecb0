"""Which app answers which address."""

from django.contrib import admin
from django.urls import include, path

from config import api

urlpatterns = [
    path("", include("search.urls")),
    path("articles/", include("kb.urls")),
    path("help/", include("escalation.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("accounts.allauth_urls")),
    path("api/", include(api)),
    path("admin/", admin.site.urls),
]
