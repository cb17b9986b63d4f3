from rest_framework.routers import SimpleRouter

from hera.child_health.api import views

router = SimpleRouter()
router.register("pregnancies", views.PregnancyViewSet, "pregnancy")
router.register("children", views.ChildViewSet, "child")
router.register("vaccines", views.VaccineViewSet, "vaccine")
router.register("calendar_events", views.CalendarViewSet, "calendar-event")
urlpatterns = router.urls
