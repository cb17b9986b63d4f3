"""A person's notifications."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from hera.api.authentication import is_first_app
from hera.api.viewsets import PersonViewSet
from hera.child_health.services import today_of
from hera.events import selectors, services
from hera.events.api.serializers import NotificationEventSerializer

if TYPE_CHECKING:
    from rest_framework.request import Request


class NotificationEventViewSet(PersonViewSet):
    serializer_class = NotificationEventSerializer

    def list(self, request: Request) -> Response:
        """Those that are still true, newest first, in the language of the profile. Under `Token` the body is the in-app
        content: that app shows nothing else of it."""
        found = selectors.notifications_of(self.person, today_of(self.person))
        rows = [NotificationEventSerializer.row(one) for one in found]
        if is_first_app(request):
            rows = [row | {"push_body": row["in_app_content"] or row["push_body"]} for row in rows]
        return Response(rows)

    @extend_schema(request=None, responses={200: None})
    @action(detail=False, methods=["post"])
    def mark_all_as_read(self, request: Request) -> Response:
        services.mark_all_as_read(self.person)
        return Response()
