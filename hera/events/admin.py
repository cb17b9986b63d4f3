from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from hera.events.models import (
    NotificationSchedule,
    NotificationTemplate,
    NotificationTemplateVariable,
    NotificationType,
)


class TemplateInline(TabularInline):  # type: ignore[misc]
    model = NotificationTemplate
    extra = 0


class VariableInline(TabularInline):  # type: ignore[misc]
    model = NotificationTemplateVariable
    extra = 0


@admin.register(NotificationType)
class NotificationTypeAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "description"]
    inlines = [VariableInline, TemplateInline]


@admin.register(NotificationSchedule)
class NotificationScheduleAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["notification_type", "calendar_event_type", "offset_days", "time_of_day", "push_time_to_live"]
