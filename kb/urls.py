from django.urls import path

from kb import views

app_name = "kb"
urlpatterns = [
    path("", views.index, name="index"),
    path("in/<slug:slug>/", views.category, name="category"),
    path("reviews/", views.review_queue, name="review_queue"),
    path("reviews/<int:pk>/", views.revision, name="revision"),
    path("<int:pk>/vote/", views.vote, name="vote"),
    path("<int:pk>/<slug:slug>/", views.article, name="article"),
]
