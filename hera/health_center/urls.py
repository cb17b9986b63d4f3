from django.urls import re_path

from hera.health_center.api.views import HealthCenterListView

# The later app calls without the slash, and loses its query in a redirect.
urlpatterns = [re_path(r"^health_centers/?$", HealthCenterListView.as_view())]
