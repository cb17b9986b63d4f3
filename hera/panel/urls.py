from django.urls import path, reverse_lazy
from django.views.generic import RedirectView

from hera.panel import dashboard_sign_in, find
from hera.panel.sign_in import SetUp

urlpatterns = [
    path("admin/set_up/<uidb64>/<token>/", SetUp.as_view(), name="staff_set_up"),
    # Where staff of the earlier HERA signed in: bookmarks lead on.
    path("account/login/", RedirectView.as_view(url=reverse_lazy("admin:login"), query_string=True)),
    path("account/two_factor/", RedirectView.as_view(url=reverse_lazy("admin:my_second_factor"))),
    path("data_dashboard/csrf_generator/", dashboard_sign_in.csrf_generator),
    path("data_dashboard/login/", dashboard_sign_in.login),
]
panel_urlpatterns = [path("find/", find.page, name="find")]
