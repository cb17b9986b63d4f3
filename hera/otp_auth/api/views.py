"""Sign-in by SMS code, as the phone app calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from hera.api.calls import Call
from hera.core import languages
from hera.core.limits import client_address
from hera.core.phone_numbers import InvalidPhoneNumber
from hera.otp_auth import services
from hera.otp_auth.api.serializers import (
    AttemptChallengeSerializer,
    ChallengeSerializer,
    RegistrationSerializer,
    RequestChallengeSerializer,
    SignedInSerializer,
)

if TYPE_CHECKING:
    from rest_framework.request import Request


class PublicView(APIView):
    authentication_classes = []
    permission_classes = []


class RequestChallengeView(PublicView):
    @extend_schema(request=RequestChallengeSerializer, responses={201: ChallengeSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        """Send a six-digit code by SMS. `Accept-Language` chooses its language, and that of a new profile."""
        serializer = RequestChallengeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        call = Call.of(request)
        try:
            challenge = services.request_challenge(
                serializer.validated_data["phone_number"],
                language_code=languages.from_header(request.headers.get("Accept-Language", "")),
                address=client_address(request),
                token=call.token if call else "",
            )
        except InvalidPhoneNumber as problem:
            raise invalid_number(problem) from None
        return Response(ChallengeSerializer(challenge).data, status=status.HTTP_201_CREATED)


class AttemptChallengeView(PublicView):
    @extend_schema(request=AttemptChallengeSerializer, responses={201: SignedInSerializer}, auth=[])
    def post(self, request: Request) -> Response:
        """Sign in with the code. Keep the token: it stays valid until the person is deactivated.

        An empty `secret` costs no guess and sends the open code again, within the limits of a request.
        """
        serializer = AttemptChallengeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        try:
            signed_in = services.attempt_challenge(
                serializer.validated_data["phone_number"],
                serializer.validated_data["secret"],
                address=client_address(request),
                agent=request.headers.get("User-Agent", ""),
            )
        except InvalidPhoneNumber as problem:
            raise invalid_number(problem) from None
        except services.WrongCode as problem:
            raise serializers.ValidationError({"detail": str(problem)}) from None
        return Response(SignedInSerializer(signed_in).data, status=status.HTTP_201_CREATED)


class CheckRegistrationView(PublicView):
    @extend_schema(
        parameters=[OpenApiParameter("phone_number", str, required=True)],
        responses={200: RegistrationSerializer},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Kept for old clients: the same answer for every number, unless a setting says otherwise."""
        typed = request.query_params.get("phone_number", "").replace(" ", "+", 1)
        try:
            number, registered = services.is_registered(typed, address=client_address(request))
        except InvalidPhoneNumber as problem:
            raise invalid_number(problem) from None
        return Response({"phone_number": number, "is_registered": registered})


def invalid_number(problem: InvalidPhoneNumber) -> serializers.ValidationError:
    """What a client is told of a number that is none."""
    return serializers.ValidationError({"detail": str(problem), "phone_number": [str(problem)]})
