from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.postgres.fields import ArrayField
from django.shortcuts import redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from hera.events import checks
from hera.events.content import Content
from hera.events.models import (
    Fallback,
    LockScreen,
    NotificationEvent,
    NotificationSchedule,
    NotificationTemplate,
    NotificationTemplateVariable,
    NotificationType,
)
from hera.scheduling.event_fields import fields_of
from hera.scheduling.forms import ScheduleForm
from hera.scheduling.schedule_admin import ScheduleAdmin
from hera.scheduling.switching import SwitchedOff
from hera.texts import written_dates
from hera.texts.editor import (
    LanguageFormSet,
    LanguageInline,
    Line,
    PreviewAdmin,
    posted,
    problems,
    rendered,
    segment_lines,
)
from hera.texts.versions import Refused
from hera.texts.versions_admin import VersionedTexts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from hera.texts.versions import Texts


def is_in_use(kind: NotificationType | None) -> bool:
    """Whether somebody was sent something of this type, or a schedule would send it."""
    return bool(kind and kind.pk and (kind.schedules.exists() or kind.notificationevent_set.exists()))


VARIABLES, TEMPLATES = "variables", "templates"  # the prefixes of their fields on the page of a type


class TemplateFormSet(LanguageFormSet):
    """The texts of a type, checked with the variables that are on the same page."""

    @property
    def offered(self) -> list[str]:
        return sorted({*fields_of(self.instance.schedules if self.instance.pk else None), checks.LINK})

    def clean(self) -> None:
        super().clean()
        examples = _examples(self.data)
        lock_screen = self.data.get("lock_screen", LockScreen.DISCREET)
        for form in self.forms:
            texts = getattr(form, "cleaned_data", {})
            if texts and not texts.get("DELETE"):
                for field, problem in checks.errors_of(texts, examples, lock_screen):
                    form.add_error(field, str(problem))


def _examples(data: Mapping[str, str]) -> dict[str, str]:
    """The longest example of each variable, as posted."""
    rows = posted(data, VARIABLES, "name", "example_values")
    return {
        row["name"]: max((value.strip() for value in row["example_values"].split(",")), key=len)
        for row in rows
        if row["name"]
    }


class TemplateInline(LanguageInline):
    model = NotificationTemplate
    formset = TemplateFormSet

    def has_delete_permission(self, request: HttpRequest, obj: NotificationType | None = None) -> bool:
        """Texts that somebody was sent are in her list, and stay."""
        return bool(super().has_delete_permission(request, obj)) and not is_in_use(obj)


class VariableForm(forms.ModelForm):  # type: ignore[type-arg]
    """A declared variable: one that an event really has, of every schedule that the type has now."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if "name" in self.changed_data and name not in (known := checks.variables_for(self.instance)):
            told = _("No event fills in %(name)s. There are: %(known)s.")
            raise forms.ValidationError(told % {"name": name, "known": ", ".join(sorted(known))})
        return name


class VariableInline(TabularInline):  # type: ignore[misc]
    extra = 0
    form = VariableForm
    model = NotificationTemplateVariable
    formfield_overrides = {ArrayField: {"widget": UnfoldAdminTextInputWidget}}


def _as_sms(lines: Iterable[Line]) -> list[Line]:
    """What the SMS that says these texts takes; nothing where there is none to send."""
    texts = {line["kind"]: line["text"] for line in lines}
    if not {"push_title", "push_body"} <= texts.keys():
        return []
    return segment_lines(Content(texts["push_title"], texts["push_body"], "").as_text_message())


@admin.register(NotificationType)
class NotificationTypeAdmin(SwitchedOff, PreviewAdmin, VersionedTexts, ModelAdmin):  # type: ignore[misc]
    list_display = ["code", "description", "is_active", "lock_screen", "fallback_channel"]
    list_filter = ["is_active", "lock_screen"]
    search_fields = ["code", "description", "templates__push_title", "templates__in_app_content"]
    inlines = [VariableInline, TemplateInline]
    actions_detail = ["send_test", "earlier_texts"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[NotificationType]:
        """Without the texts that are one staff message's own: they are written on its page."""
        rows: QuerySet[NotificationType] = super().get_queryset(request)
        return rows.filter(is_of_message=False)

    @action(description=gettext_lazy("Send a test to my phone"), permissions=["change"])  # type: ignore[untyped-decorator]
    def send_test(self, _request: HttpRequest, object_id: str) -> HttpResponse:
        return redirect("admin:send_test", object_id)

    def get_readonly_fields(self, request: HttpRequest, obj: NotificationType | None = None) -> list[str]:
        """Shipped apps and exports know a type by its code, so that of one in use stays."""
        return ["code"] if is_in_use(obj) else []

    def has_send_test_permission(self, request: HttpRequest, _object_id: str | None = None) -> bool:
        return bool(self.has_change_permission(request))

    def previews(self, data: Mapping[str, str]) -> dict[str, list[Line]]:
        examples, lock_screen = _examples(data), data.get("lock_screen", LockScreen.DISCREET)
        shown = {}
        for texts in posted(data, TEMPLATES, "language_code", *checks.TEXTS):
            language = texts["language_code"]
            lines = [
                line
                for field in checks.TEXTS
                for line in rendered(field, texts[field], checks.examples_with_link(field, examples), language)
            ]
            found = checks.errors_of(texts, examples, lock_screen)
            costs = _as_sms(lines) if data.get("fallback_channel") == Fallback.SMS else []
            shown[language] = lines + costs + problems(problem for _field, problem in found)
        return shown

    def texts_of(self, record: NotificationType) -> Texts:
        rows = NotificationTemplate.objects.filter(notification_type=record)
        return {row.language_code: {field: getattr(row, field) for field in checks.TEXTS} for row in rows}

    def set_texts(self, record: NotificationType, texts: Texts) -> None:
        examples = {row.name: max(row.example_values, key=len, default="") for row in record.variables.all()}
        for language, said in texts.items():
            asked = {**said, "language_code": language}
            if found := [str(one) for _field, one in checks.errors_of(asked, examples, record.lock_screen)]:
                raise Refused(_("These texts would not go out right any more. %(reason)s") % {"reason": found[0]})
            NotificationTemplate.objects.update_or_create(
                notification_type=record, language_code=language, defaults=said
            )

    def label_of_text(self, name: str) -> str:
        return str(capfirst(NotificationTemplate._meta.get_field(name).verbose_name))  # type: ignore[union-attr]

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        for warning in checks.warnings_of(form.instance):
            messages.warning(request, warning)


class NotificationScheduleForm(ScheduleForm):
    content_field = "notification_type"
    announced = NotificationEvent

    class Meta:
        model = NotificationSchedule
        fields = (
            "notification_type", "calendar_event_type", "offset_days", "time_of_day", "push_time_to_live", "is_active",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["notification_type"]
        kinds.queryset = NotificationType.objects.filter(is_of_message=False).order_by("code")

    def texts_of(self, cleaned: dict[str, Any]) -> Iterable[str]:
        return checks.texts_of(cleaned["notification_type"])


@admin.register(NotificationSchedule)
class NotificationScheduleAdmin(ScheduleAdmin):
    list_display = ("notification_type", "when", "open_for", "is_active")
    form = NotificationScheduleForm

    @admin.display(description=gettext_lazy("Of use for"), ordering="push_time_to_live")
    def open_for(self, schedule: NotificationSchedule) -> str:
        return written_dates.duration(schedule.push_time_to_live)
