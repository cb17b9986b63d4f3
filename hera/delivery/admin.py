from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin, TabularInline

from hera.delivery.models import Attempt, Message


class ReadOnly:
    """What happened can be read, and not rewritten."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class AttemptInline(ReadOnly, TabularInline):  # type: ignore[misc]
    model = Attempt
    extra = 0
    can_delete = False


@admin.register(Message)
class MessageAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """Why a message did or did not arrive."""

    list_display = ["id", "purpose", "channel", "state", "reason", "state_at", "attempts_made", "cost"]
    list_filter = ["state", "channel", "purpose"]
    exclude = ["sealed_text"]
    list_select_related = False
    show_full_result_count = False
    inlines = [AttemptInline]
