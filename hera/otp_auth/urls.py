from django.urls import path

from hera.otp_auth.api import views

urlpatterns = [
    path("otp_auth/request_challenge/", views.RequestChallengeView.as_view()),
    path("otp_auth/attempt_challenge/", views.AttemptChallengeView.as_view()),
    path("otp_auth/check_registration/", views.CheckRegistrationView.as_view()),
]
