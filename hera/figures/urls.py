from django.urls import path

from hera.figures import selectors, views

# The dashboard asks for its figures without a slash at the end.
urlpatterns = [
    path("data_dashboard/users", views.figures(selectors.sign_ups_of_each_day)),
    path("data_dashboard/pregnancy", views.figures(selectors.antenatal_answers)),
    path("data_dashboard/vaccinations", views.figures(selectors.vaccination_answers)),
]
panel_urlpatterns = [path("figures/", views.page, name="figures")]
