from __future__ import annotations

from typing import Any

from rest_framework import serializers


class NotificationEventSerializer(serializers.Serializer[Any]):
    """A notification with its texts in the person's language."""

    id = serializers.IntegerField()
    notification_type = serializers.CharField(help_text="The code of its type.")
    push_title = serializers.CharField()
    push_body = serializers.CharField()
    in_app_content = serializers.CharField()
    destination = serializers.CharField(allow_null=True, help_text="`calendar`: it is about the given date.")
    date = serializers.DateField(allow_null=True)
    read_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class ReadSerializer(serializers.Serializer[Any]):
    """Up to where she has read."""

    until = serializers.DateTimeField(
        required=False, allow_null=True, help_text="The newest `created_at` that she saw; without it, all are read."
    )
