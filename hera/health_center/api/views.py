"""The public list of health centres, and the one that a mother goes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from hera.health_center.api.serializers import HealthCenterSerializer, OwnCenterSerializer
from hera.health_center.selectors import center_of, centers_on_the_map

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from rest_framework.request import Request


class HealthCenterListView(APIView):
    authentication_classes = []
    permission_classes = []

    @extend_schema(responses=HealthCenterSerializer(many=True), auth=[])
    def get(self, request: Request) -> Response:
        """All centres. The place in the query is not used: the app asks once and then lets its user pan."""
        return Response(HealthCenterSerializer(centers_on_the_map(), many=True).data)


class OwnCenterView(APIView):
    @extend_schema(responses=OwnCenterSerializer)
    def get(self, request: Request) -> Response:
        """The centre that the signed-in person goes to."""
        known = center_of(cast("User", request.user))
        return Response(OwnCenterSerializer({"center": known and known.center}).data)
