"""Links in texts: where they lead, and that they were opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.response import Response

from hera.api.viewsets import PersonViewSet
from hera.delivery import links

if TYPE_CHECKING:
    from django.http import HttpRequest
    from rest_framework.request import Request


@require_safe
def follow(_request: HttpRequest, code: str) -> HttpResponse:
    """Lead to the web app, whatever the code: who follows a link is told nothing by where it leads."""
    headers = {"Location": links.page_of(code), "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return HttpResponse(status=302, headers=headers)


class LinkViewSet(PersonViewSet):
    @extend_schema(
        operation_id="links_opened_create",
        request=None,
        responses={204: None},
        parameters=[OpenApiParameter("code", str, "path")],
    )
    def opened(self, request: Request, code: str) -> Response:
        """Tell that the signed-in person has opened a link of hers, as it stands in `?l=` of the web app's address."""
        if not links.note_opened(self.person, code):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)
