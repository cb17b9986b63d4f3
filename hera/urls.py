"""Every path that shipped clients, staff and load balancers call."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularRedocView

from hera.api.schema_view import SchemaView
from hera.child_health.api import lists as child_health
from hera.events.api import lists as events
from hera.surveys.api import lists as surveys
from hera.user_profile.api import lists as user_profile

admin.autodiscover()

urlpatterns = [
    path("", include("hera.web.urls")),
    path("", include("hera.panel.urls")),
    path("", include("hera.figures.urls")),
    path("admin/", admin.site.urls),
    path(
        "api_docs/schema/",
        SchemaView.as_view(authentication_classes=[], permission_classes=[]),
        name="schema",
    ),
    path(
        "api_docs/redoc/",
        SpectacularRedocView.as_view(
            url_name="schema", template_name="api/redoc.html", authentication_classes=[], permission_classes=[]
        ),
    ),
    path("", include("hera.operations.urls")),
    path("", include("hera.otp_auth.urls")),
    path("", include("hera.privacy.urls")),
    path("", include("hera.user_profile.urls")),
    path("", include("hera.child_health.urls")),
    path("", include("hera.events.urls")),
    path("", include("hera.surveys.urls")),
    path("", include("hera.health_center.urls")),
    path("", include("hera.delivery.urls")),
]

handler400 = "hera.api.errors.bad_request"
handler403 = "hera.panel.dead_ends.forbidden"
handler404 = "hera.panel.dead_ends.not_found"
handler500 = "hera.panel.dead_ends.server_error"

# What `hera.api.middleware` answers by itself, if the call is a plain one.
OWN_LISTS = {
    "/children/": child_health.CHILDREN,
    "/pregnancies/": child_health.PREGNANCIES,
    "/vaccines/": child_health.VACCINES,
    "/vaccine_doses/": child_health.VACCINE_DOSES,
    "/calendar_events/": child_health.CALENDAR,
    "/visits_after_birth/": child_health.AFTER_BIRTH,
    "/notification_events/": events.NOTIFICATIONS,
    "/surveys/": surveys.SURVEYS,
    "/surveys/pending/": surveys.PENDING,
    "/surveys/{id}/": surveys.SURVEY,
    "/users/me/": user_profile.ME,
    "/user_profiles/{id}/": user_profile.PROFILE,
}
