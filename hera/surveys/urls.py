from rest_framework.routers import SimpleRouter

from hera.surveys.api import views

router = SimpleRouter()
router.register("surveys", views.SurveyViewSet, "survey")
urlpatterns = router.urls
