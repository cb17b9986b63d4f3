from django.urls import path
from rest_framework.routers import SimpleRouter

from hera.user_profile import pages
from hera.user_profile.api import views

router = SimpleRouter()
router.register("user_profiles", views.UserProfileViewSet, "user-profile")
router.register("onboarding_progresses", views.OnboardingProgressViewSet, "onboarding-progress")
router.register("phone_number_change_requests", views.PhoneNumberChangeRequestViewSet, "number-change")
urlpatterns = [*router.urls, path("my_number/<str:token>/", pages.my_number, name="my_number")]
