"""Push messages to browsers: what they subscribe with, and which of them are hers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response

from hera.api.viewsets import PersonViewSet
from hera.core.public_addresses import LONGEST
from hera.user_profile import web_push

if TYPE_CHECKING:
    from rest_framework.request import Request

    from hera.api.models import PhoneSession


class WebPushSerializer(serializers.Serializer):  # type: ignore[type-arg]
    public_key = serializers.CharField(allow_null=True, help_text="`applicationServerKey`; null: there is no web push.")


class KeysSerializer(serializers.Serializer):  # type: ignore[type-arg]
    p256dh = serializers.CharField(max_length=100)
    auth = serializers.CharField(max_length=50)


class SubscriptionSerializer(serializers.Serializer):  # type: ignore[type-arg]
    id = serializers.IntegerField(read_only=True)
    endpoint = serializers.CharField(max_length=LONGEST, write_only=True)
    keys = KeysSerializer(write_only=True)


class WebPushViewSet(PersonViewSet):
    serializer_class = SubscriptionSerializer
    list_actions = frozenset()

    @extend_schema(operation_id="web_push_retrieve", responses=WebPushSerializer)
    def key(self, request: Request) -> Response:
        """What a browser subscribes with."""
        return Response({"public_key": web_push.public_key()})

    def create(self, request: Request) -> Response:
        """Send her messages to this browser, as its `PushSubscription` says itself. The same endpoint again is the same
        one, whoever it was of: it is who signed in there last."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        told = serializer.validated_data
        try:
            made = web_push.subscribe(
                cast("PhoneSession", request.auth),
                endpoint=told["endpoint"],
                p256dh=told["keys"]["p256dh"],
                auth=told["keys"]["auth"],
            )
        except web_push.NotTaken as refusal:
            raise serializers.ValidationError({"detail": str(refusal)}) from None
        return Response(self.get_serializer(made).data, status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[OpenApiParameter("id", int, "path")], responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Send nothing to this browser any more."""
        if not web_push.unsubscribe(self.person, self.wanted_id()):
            raise Http404
        return Response(status=status.HTTP_204_NO_CONTENT)
