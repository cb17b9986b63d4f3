from django.urls import path

from hera.custom_user.dashboard import selectors, views
from hera.custom_user.sign_in import SetUp

# The dashboard asks for its figures without a slash at the end.
urlpatterns = [
    path("admin/set_up/<uidb64>/<token>/", SetUp.as_view(), name="staff_set_up"),
    path("data_dashboard/csrf_generator/", views.csrf_generator),
    path("data_dashboard/login/", views.login),
    path("data_dashboard/users", views.figures(selectors.sign_ups)),
    path("data_dashboard/pregnancy", views.figures(selectors.antenatal_answers)),
    path("data_dashboard/vaccinations", views.figures(selectors.vaccination_answers)),
]
