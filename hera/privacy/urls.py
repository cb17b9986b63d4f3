from django.urls import path
from rest_framework.routers import SimpleRouter

from hera.privacy import notice, pages
from hera.privacy.api.views import PersonsOwnViewSet

router = SimpleRouter()
router.register("users", PersonsOwnViewSet, "user")
urlpatterns = [
    *router.urls,
    path("my_data/", pages.my_data, name="my_data"),
    path("privacy/", notice.kept, name="privacy"),
]
