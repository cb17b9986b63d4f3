from django.urls import path
from rest_framework.routers import SimpleRouter

from hera.user_profile import pages
from hera.user_profile.api import views
from hera.user_profile.api.web_push import WebPushViewSet

router = SimpleRouter()
router.register("user_profiles", views.UserProfileViewSet, "user-profile")
router.register("onboarding_progresses", views.OnboardingProgressViewSet, "onboarding-progress")
router.register("phone_number_change_requests", views.PhoneNumberChangeRequestViewSet, "number-change")
urlpatterns = [
    *router.urls,
    path("web_push/", WebPushViewSet.as_view({"get": "key"})),
    path("web_push/subscriptions/", WebPushViewSet.as_view({"post": "create"})),
    path("web_push/subscriptions/<str:pk>/", WebPushViewSet.as_view({"delete": "destroy"})),
    path("my_number/<str:token>/", pages.my_number, name="my_number"),
]
