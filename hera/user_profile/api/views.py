"""Profile, onboarding, number change and `users/me`. Path ids of profile and onboarding are user ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from hera.api.viewsets import PersonViewSet
from hera.core.phone_numbers import InvalidPhoneNumber
from hera.user_profile import number_changes, services
from hera.user_profile.api import lists
from hera.user_profile.api.serializers import (
    ChannelsSerializer,
    GuessSerializer,
    MeSerializer,
    OnboardingProgressSerializer,
    PhoneNumberChangeRequestSerializer,
    UserProfileSerializer,
)
from hera.user_profile.models import OnboardingProgress, PhoneNumberChangeRequest, UserProfile

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request

    from hera.api.models import PhoneSession

USER_ID = [OpenApiParameter("id", int, "path", description="The user's id.")]


class UserProfileViewSet(PersonViewSet):
    serializer_class = UserProfileSerializer
    kept_if_there = frozenset({"retrieve"})

    def _profile(self) -> UserProfile:
        profile = UserProfile.objects.filter(user=self.person).first()
        if profile is None or self.wanted_id() != self.person.pk:
            raise Http404
        return profile

    def list(self, request: Request) -> Response:
        """The person's own profile, in a list of one; empty before she has one."""
        return Response(self.get_serializer(UserProfile.objects.filter(user=self.person), many=True).data)

    def create(self, request: Request) -> Response:
        """Create the profile, or update it if there is one: a reinstalled app posts again."""
        return self._save(request, None, status.HTTP_201_CREATED)

    @extend_schema(parameters=USER_ID)
    def retrieve(self, request: Request, pk: str) -> HttpResponse:
        return self.answer(request, lists.PROFILE, self.wanted_id())

    @extend_schema(parameters=USER_ID)
    def update(self, request: Request, pk: str) -> Response:
        return self._save(request, self._profile(), status.HTTP_200_OK)

    @extend_schema(parameters=USER_ID)
    def partial_update(self, request: Request, pk: str) -> Response:
        return self._save(request, self._profile(), status.HTTP_200_OK, partial=True)

    def _save(self, request: Request, profile: UserProfile | None, code: int, *, partial: bool = False) -> Response:
        serializer = self.get_serializer(profile, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        saved = services.save_profile(self.person, serializer.validated_data)
        return Response(self.get_serializer(saved).data, status=code)


class OnboardingProgressViewSet(PersonViewSet):
    serializer_class = OnboardingProgressSerializer

    def _progress(self) -> OnboardingProgress:
        progress = OnboardingProgress.objects.filter(user=self.person).first()
        if progress is None or self.wanted_id() != self.person.pk:
            raise Http404
        return progress

    def list(self, request: Request) -> Response:
        found = OnboardingProgress.objects.filter(user=self.person)
        return Response(self.get_serializer(found, many=True).data)

    def create(self, request: Request) -> Response:
        """Set the flags that were sent and leave the others as they were."""
        return self._save(request, status.HTTP_201_CREATED)

    @extend_schema(parameters=USER_ID)
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self._progress()).data)

    @extend_schema(parameters=USER_ID)
    def update(self, request: Request, pk: str) -> Response:
        self._progress()
        return self._save(request, status.HTTP_200_OK)

    @extend_schema(parameters=USER_ID)
    def partial_update(self, request: Request, pk: str) -> Response:
        self._progress()
        return self._save(request, status.HTTP_200_OK)

    def _save(self, request: Request, code: int) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        progress = services.save_onboarding(self.person, serializer.validated_data)
        return Response(self.get_serializer(progress).data, status=code)


class PhoneNumberChangeRequestViewSet(PersonViewSet):
    serializer_class = PhoneNumberChangeRequestSerializer
    lookup_value_regex = "[^/]*"  # the app sends its call without an id, too, where it has lost that
    kept_answers = frozenset({"attempt_solve"})

    def kept_fields(self) -> dict[str, Any]:
        return dict(MeSerializer(self.person, context=self.get_serializer_context()).data)

    def _request(self) -> PhoneNumberChangeRequest:
        found = PhoneNumberChangeRequest.objects.select_related("user").filter(pk=self.wanted_id(), user=self.person)
        change = found.first()
        if change is None:
            raise Http404
        return change

    def list(self, request: Request) -> Response:
        found = PhoneNumberChangeRequest.objects.filter(user=self.person)
        return Response(self.get_serializer(found, many=True).data)

    def create(self, request: Request) -> Response:
        """Send a code to the new number, whoever has it. Asking again replaces the earlier request."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            change = number_changes.request_number_change(self.person, serializer.validated_data["new_phone_number"])
        except InvalidPhoneNumber as problem:
            raise serializers.ValidationError({"new_phone_number": [str(problem)], "detail": str(problem)}) from None
        return Response(self.get_serializer(change).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[OpenApiParameter("id", int, "path")])
    def retrieve(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(self._request()).data)

    @extend_schema(request=None, responses={200: None}, parameters=[OpenApiParameter("id", int, "path")])
    @action(detail=True, methods=["post"])
    def resend_otp(self, request: Request, pk: str) -> Response:
        """Send a fresh code to the same new number."""
        try:
            number_changes.resend_number_change_code(self._request())
        except InvalidPhoneNumber as problem:
            raise serializers.ValidationError({"detail": str(problem)}) from None
        return Response()

    @extend_schema(
        request=GuessSerializer,
        responses={200: MeSerializer},
        parameters=[OpenApiParameter("id", int, "path")],
    )
    @action(detail=True, methods=["post"])
    def attempt_solve(self, request: Request, pk: str) -> Response:
        """Solve the request; the person has the new number then.

        The app keeps whatever comes back as its `users/me`, so every answer, also an error, says which
        number the person has now; where that is not known, it has no body.
        """
        serializer = GuessSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            user = number_changes.solve_number_change(
                self.person,
                self.wanted_id(),
                serializer.validated_data["guess_secret"] or "",
                session=cast("PhoneSession", request.auth),
                site=request.build_absolute_uri("/").rstrip("/"),
            )
        except PhoneNumberChangeRequest.DoesNotExist:
            raise Http404 from None
        except (number_changes.WrongCode, number_changes.NumberTaken) as problem:
            raise serializers.ValidationError({"detail": str(problem)}) from None
        return Response(MeSerializer(user, context=self.get_serializer_context()).data)


class UsersViewSet(PersonViewSet):
    """The part of `users/me` that profiles answer; `hera.privacy` adds the rest and has the routes."""

    serializer_class = MeSerializer

    @extend_schema(methods=["GET"], responses=ChannelsSerializer)
    @extend_schema(methods=["PATCH"], request=ChannelsSerializer, responses=ChannelsSerializer)
    @action(detail=False, methods=["get", "patch"], url_path="me/channels", url_name="channels")
    def channels(self, request: Request) -> Response:
        """On which channels the signed-in person wants her reminders."""
        if request.method == "PATCH":
            serializer = ChannelsSerializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            return Response(services.set_channels(self.person, serializer.validated_data))
        return Response(services.channels_of(self.person))
