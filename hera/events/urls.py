from rest_framework.routers import SimpleRouter

from hera.events.api import views

router = SimpleRouter()
router.register("notification_events", views.NotificationEventViewSet, "notification-event")
urlpatterns = router.urls
