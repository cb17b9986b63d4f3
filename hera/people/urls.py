"""The pages of people that are no page of a model."""

from django.urls import path

from hera.people.admin import registering, worklist

panel_urlpatterns = [
    path("worklist/", worklist.page, name="worklist"),
    path("register/", registering.page, name="register_family"),
]
