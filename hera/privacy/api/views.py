"""What a signed-in person may ask of her own data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.response import Response

from hera.api import sessions
from hera.api.models import PhoneSession
from hera.privacy import selectors, services
from hera.user_profile import services as profiles
from hera.user_profile.api.lists import ME
from hera.user_profile.api.serializers import MeSerializer
from hera.user_profile.api.views import UsersViewSet
from hera.user_profile.number_changes import ErasureHeld

if TYPE_CHECKING:
    from rest_framework.request import Request


class CodeSerializer(serializers.Serializer):  # type: ignore[type-arg]
    secret = serializers.CharField(max_length=20, help_text="The code that was sent by SMS.")


class ConsentSerializer(serializers.Serializer):  # type: ignore[type-arg]
    agreed = serializers.BooleanField()
    version = serializers.CharField(read_only=True, allow_null=True)
    agreed_at = serializers.DateTimeField(read_only=True, allow_null=True)


class SessionSerializer(serializers.ModelSerializer[PhoneSession]):
    is_current = serializers.SerializerMethodField()

    class Meta:
        model = PhoneSession
        fields = ("id", "created_at", "last_used_at", "agent", "is_current")

    def get_is_current(self, session: PhoneSession) -> bool:
        return bool(session.pk == self.context["request"].auth.pk)


class PersonsOwnViewSet(UsersViewSet):
    """`users/me`, with what a person may ask of her data."""

    kept_if_there = frozenset({"me"})

    @extend_schema(methods=["GET"], responses=MeSerializer)
    @extend_schema(methods=["DELETE"], request=CodeSerializer, responses={204: None})
    @action(detail=False, methods=["get", "delete"])
    def me(self, request: Request) -> HttpResponse:
        """The signed-in person. DELETE, with the code of `erasure_code`, erases her and all that is hers."""
        if request.method == "DELETE":
            serializer = CodeSerializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            try:
                services.erase_with_code(self.person, serializer.validated_data["secret"].strip())
            except ErasureHeld as held:
                raise serializers.ValidationError({"detail": str(held)}) from None
            except services.WrongCode as wrong:
                raise serializers.ValidationError({"detail": str(wrong), "secret": [str(wrong)]}) from None
            return Response(status=status.HTTP_204_NO_CONTENT)
        return self.answer(request, ME)

    @extend_schema(request=None, responses={202: None})
    @action(detail=False, methods=["post"], url_path="me/erasure_code")
    def erasure_code(self, request: Request) -> Response:
        """Send the code that DELETE wants."""
        try:
            services.send_erasure_code(self.person)
        except ErasureHeld as held:
            raise serializers.ValidationError({"detail": str(held)}) from None
        return Response({"detail": _("We have sent a code to your phone.")}, status=status.HTTP_202_ACCEPTED)

    @extend_schema(
        parameters=[OpenApiParameter("as", str, enum=["json", "html"], description="`html`: a page to read.")],
        responses={(200, "application/json"): OpenApiTypes.OBJECT, (200, "text/html"): OpenApiTypes.STR},
    )
    @action(detail=False, methods=["get"], url_path="me/export")
    def export(self, request: Request) -> Response | HttpResponse:
        """Everything that is kept of her."""
        everything = selectors.everything_of(self.person)
        if request.query_params.get("as") == "html":
            page = render(request, "privacy/export.html", {"tables": selectors.for_reading(everything)})
            page.headers["Content-Disposition"] = 'attachment; filename="hera-my-data.html"'
            page.headers["Cache-Control"] = "no-store"
            return page
        return Response(everything, headers={"Cache-Control": "no-store"})

    @extend_schema(responses=SessionSerializer(many=True))
    @action(detail=False, methods=["get"], url_path="me/sessions", pagination_class=None)
    def sessions(self, request: Request) -> Response:
        """The phones that are signed in, the one used last first."""
        found = SessionSerializer(sessions.of(self.person), many=True, context={"request": request})
        return Response(found.data)

    @extend_schema(parameters=[OpenApiParameter("id", int, "path")], responses={204: None})
    @action(detail=False, methods=["delete"], url_path=r"me/sessions/(?P<id>\d{1,18})")
    def end_session(self, request: Request, id: str) -> Response:  # noqa: A002  (the schema's name)
        """Sign one of them out."""
        if not sessions.end(self.person, sessions.of(self.person).filter(pk=int(id))):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(methods=["GET"], responses=ConsentSerializer)
    @extend_schema(methods=["PATCH"], request=ConsentSerializer, responses=ConsentSerializer)
    @action(detail=False, methods=["get", "patch"], url_path="me/consent")
    def consent(self, request: Request) -> Response:
        """What she agreed to. `agreed: false` withdraws it: nothing is sent any more but codes."""
        if request.method == "PATCH":
            serializer = ConsentSerializer(data=request.data)
            serializer.is_valid(raise_exception=True)
            (profiles.agree if serializer.validated_data["agreed"] else profiles.withdraw_consent)(self.person)
        known = profiles.consent_of(self.person)
        return Response(
            {
                "agreed": known is not None,
                "version": known.version if known else None,
                "agreed_at": known.agreed_at if known else None,
            }
        )
