from django.urls import path

from search import views

app_name = "search"
urlpatterns = [
    path("", views.ask, name="ask"),
    path("conversations/", views.history, name="history"),
    path("conversations/delete/", views.delete_history, name="delete_history"),
    path("conversations/<int:pk>/", views.conversation, name="conversation"),
    path("conversations/<int:pk>/delete/", views.delete_conversation, name="delete_conversation"),
    path("questions/<int:pk>/feedback/", views.feedback, name="feedback"),
    path("questions/<int:question>/articles/<int:article>/", views.open_article, name="open"),
]
