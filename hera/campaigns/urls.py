"""The pages of campaigns in the panel that are no pages of a model."""

from django.urls import path

from hera.campaigns import views

panel_urlpatterns = [
    path("send_test/<int:pk>/", views.send_test, name="send_test"),
    path("message_result/<int:pk>/", views.result, name="message_result"),
]
