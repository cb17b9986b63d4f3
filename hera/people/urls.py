"""The page of people that is no page of a model."""

from django.urls import path

from hera.people.admin import worklist

panel_urlpatterns = [path("worklist/", worklist.page, name="worklist")]
