"""A person's notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from hera.api.viewsets import PersonViewSet
from hera.events import services
from hera.events.api.lists import NOTIFICATIONS
from hera.events.api.serializers import NotificationEventSerializer, ReadSerializer

if TYPE_CHECKING:
    from django.http import HttpResponse
    from rest_framework.request import Request


class NotificationEventViewSet(PersonViewSet):
    serializer_class = NotificationEventSerializer

    def list(self, request: Request) -> HttpResponse:
        """Those that are still true, newest first, in the language of the profile. Under `Token` the body is the in-app
        content: that app shows nothing else of it."""
        return self.answer(request, NOTIFICATIONS)

    @extend_schema(request=ReadSerializer, responses={200: None})
    @action(detail=False, methods=["post"])
    def mark_all_as_read(self, request: Request) -> Response:
        """Mark them as read, with `until` those that she saw. Shipped apps send no body."""
        told = ReadSerializer(data=request.data or {})
        told.is_valid(raise_exception=True)
        services.mark_all_as_read(self.person, told.validated_data.get("until"))
        return Response()
