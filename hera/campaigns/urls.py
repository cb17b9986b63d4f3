"""The pages of campaigns in the panel that are no pages of a model."""

from django.urls import path

from hera.campaigns import to_one_views, views

panel_urlpatterns = [
    path("send_test/<int:pk>/", views.send_test, name="send_test"),
    path("message_result/<int:pk>/", views.result, name="message_result"),
    path("write/<int:pk>/", to_one_views.page, name="write_to_one"),
    path("write/<int:pk>/preview/", to_one_views.preview, name="write_to_one_preview"),
]
