from django.urls import path

from search.api import AskView
from search.phrasings_api import PhrasingsView, PhrasingView
from search.searching_api import SearchView, SuggestionsView

urlpatterns = [
    path("ask/", AskView.as_view(), name="ask"),
    path("articles/<int:article>/phrasings/", PhrasingsView.as_view(), name="phrasings"),
    path("phrasings/<int:pk>/", PhrasingView.as_view(), name="phrasing"),
    path("search/", SearchView.as_view(), name="search"),
    path("suggestions/", SuggestionsView.as_view(), name="suggestions"),
]
