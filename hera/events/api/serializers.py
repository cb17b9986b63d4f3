from __future__ import annotations

from typing import Any

from rest_framework import serializers

from hera.events.selectors import Notification


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

    @staticmethod
    def row(notification: Notification) -> dict[str, object]:
        date = notification.context.get("date")
        return {
            "id": notification.id,
            "notification_type": notification.type_code,
            "push_title": notification.content.push_title,
            "push_body": notification.content.push_body,
            "in_app_content": notification.content.in_app_content,
            "destination": "calendar" if date else None,
            "date": date,
            "read_at": notification.read_at,
            "created_at": notification.created_at,
        }
