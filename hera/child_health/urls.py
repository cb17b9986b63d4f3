from django.urls import path
from rest_framework.routers import SimpleRouter

from hera.child_health.api import views
from hera.child_health.packs import views as packs

router = SimpleRouter()
router.register("pregnancies", views.PregnancyViewSet, "pregnancy")
router.register("children", views.ChildViewSet, "child")
router.register("vaccines", views.VaccineViewSet, "vaccine")
router.register("vaccine_doses", views.VaccineDoseViewSet, "vaccine-dose")
router.register("calendar_events", views.CalendarViewSet, "calendar-event")
router.register("visits_after_birth", views.AfterBirthViewSet, "visit-after-birth")
urlpatterns = router.urls
panel_urlpatterns = [
    path("packs/", packs.listed, name="packs"),
    path("packs/<str:name>/", packs.one, name="pack"),
    path("packs/<str:name>/adopt/", packs.adopt, name="adopt_pack"),
    path("packs/<str:name>/leave/", packs.leave, name="leave_pack"),
]
