"""The REST API: each app's part under /api/v1/, its schema and its documentation."""

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

# Swagger's own page sets inline styles and draws with data: images; its script is a file of this site.
swagger = csp_replace({"style-src": ["'self'", "'unsafe-inline'"], "img-src": ["'self'", "data:"]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema")
)

urlpatterns = [
    path("v1/", include(("search.api_urls", "api-search"))),
    path("v1/", include(("kb.api_urls", "api-kb"))),
    path("v1/", include(("escalation.api_urls", "api-escalation"))),
    path("v1/", include(("accounts.api_urls", "api-accounts"))),
    # The API checks its own authentication, tokens included, so the page-wide sign-in redirect must not come first.
    path("schema/", login_not_required(SpectacularAPIView.as_view(api_version="v1")), name="schema"),
    path("docs/", swagger, name="api-docs"),
]
