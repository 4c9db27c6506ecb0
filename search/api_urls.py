from django.urls import path

from search.api import AskView

urlpatterns = [path("ask/", AskView.as_view(), name="ask")]
