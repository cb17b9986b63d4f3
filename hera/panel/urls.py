from django.urls import path

from hera.panel import dashboard_sign_in
from hera.panel.sign_in import SetUp

urlpatterns = [
    path("admin/set_up/<uidb64>/<token>/", SetUp.as_view(), name="staff_set_up"),
    path("data_dashboard/csrf_generator/", dashboard_sign_in.csrf_generator),
    path("data_dashboard/login/", dashboard_sign_in.login),
]
