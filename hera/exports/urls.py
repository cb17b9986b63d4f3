"""The pages of exports in the panel, at the addresses that they have always had."""

from django.urls import path

from hera.exports import study_views, views

_PEOPLE = "custom_user/customuser/"

panel_urlpatterns = [
    path(f"{_PEOPLE}export/<slug:kind>/", views.ask, name="people_export"),
    path(f"{_PEOPLE}exports/codebook.csv", views.codebook, name="custom_user_export_codebook"),
    path("studies/", study_views.page, name="studies"),
    path("studies/back/", study_views.back, name="study_back"),
    path(f"{_PEOPLE}exports/", views.listed, name="custom_user_exports"),
    path(f"{_PEOPLE}exports/<int:pk>/", views.download, name="custom_user_export_download"),
]
