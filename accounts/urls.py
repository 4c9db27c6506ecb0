from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("demo/<str:role>/", views.demo_sign_in, name="demo_sign_in"),
    path("profile/", views.profile, name="profile"),
    path("profile/tokens/", views.create_token, name="create_token"),
    path("profile/tokens/<str:key>/revoke/", views.revoke_token, name="revoke_token"),
]
