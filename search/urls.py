from django.urls import path

from search import views

app_name = "search"
urlpatterns = [
    path("", views.ask, name="ask"),
    path("conversations/", views.history, name="history"),
    path("conversations/delete/", views.delete_history, name="delete_history"),
    path("conversations/<int:pk>/", views.conversation, name="conversation"),
    path("conversations/<int:pk>/delete/", views.delete_conversation, name="delete_conversation"),
    path("search/", views.search, name="search"),
    path("suggestions/", views.suggest, name="suggest"),
    path("words/", views.words_and_pins, name="words_and_pins"),
    path("words/synonyms/", views.add_synonyms, name="add_synonyms"),
    path("words/synonyms/<int:pk>/", views.change_synonyms, name="synonyms"),
    path("words/pins/of/<int:article>/", views.add_pin, name="add_pin"),
    path("words/pins/<int:pk>/", views.change_pin, name="pin"),
    path("phrasings/of/<int:article>/", views.phrasings, name="phrasings"),
    path("phrasings/<int:pk>/", views.change_phrasing, name="change_phrasing"),
    path("similar/", views.similar, name="similar"),
    path("questions/<int:pk>/feedback/", views.feedback, name="feedback"),
    path("questions/<int:pk>/wording/", views.word, name="wording"),
    path("questions/<int:question>/articles/<int:article>/", views.open_article, name="open"),
]
