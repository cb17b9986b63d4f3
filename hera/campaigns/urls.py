"""The page of campaigns in the panel that is no page of a model."""

from django.urls import path

from hera.campaigns import views

panel_urlpatterns = [path("send_test/<int:pk>/", views.send_test, name="send_test")]
