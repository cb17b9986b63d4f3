from django.urls import path, re_path

from hera.health_center.api.views import HealthCenterListView, OwnCenterView

# The later app calls without the slash, and loses its query in a redirect.
urlpatterns = [
    re_path(r"^health_centers/?$", HealthCenterListView.as_view()),
    path("users/me/center/", OwnCenterView.as_view()),
]
