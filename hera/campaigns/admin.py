"""Writing to people: draft, look at the dry run, confirm, have it approved, watch, stop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin
from unfold.decorators import action

from hera.campaigns import dry_run, own_texts, services, text_previews
from hera.campaigns.forms import NUMBERS, StaffMessageForm, field_of
from hera.campaigns.segments_admin import OfMessages, SegmentAdmin
from hera.campaigns.services import WrongState
from hera.core import languages, timezones
from hera.core.ports import Action, audit_trail
from hera.events import checks
from hera.events.models import InstantNotification
from hera.people.filter import PeopleFilter
from hera.texts import written_dates
from hera.texts.editor import Line, PreviewAdmin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

__all__ = ["SegmentAdmin", "StaffMessageAdmin"]

State = InstantNotification.State
# What may be done with a message of each state.
_BUTTONS = {
    State.DRAFT: ["send"],
    State.APPROVAL: ["approve", "give_back", "stop"],
    State.SCHEDULED: ["stop"],
    State.SENDING: ["stop"],
    State.SENT: ["stop"],
}
_LOOKED_AT = (State.DRAFT, State.APPROVAL, State.SCHEDULED)  # of its turns none, or not all, are over


def _box(language: str) -> Callable[[object, InstantNotification], SafeString]:
    """Where the texts of one language are shown as they are typed."""
    direction = languages.direction(language)

    def shown(_page: object, _message: InstantNotification) -> SafeString:
        box = '<div class="preview" data-preview="{}" lang="{}" dir="{}" aria-live="polite"></div>'
        return format_html(box, language, language, direction)

    shown.short_description = gettext_lazy("What becomes of it")  # type: ignore[attr-defined]
    return shown


class LivePreviews(PreviewAdmin):
    """What a message's own texts become, as they are typed: a read-only field `preview_<language>` of each."""

    def previews(self, data: Mapping[str, str]) -> dict[str, list[Line]]:
        return {
            language: text_previews.lines(
                {text: str(data.get(field_of(language, text)) or "").strip() for text in checks.TEXTS},
                dry_run.EXAMPLE,
                language,
                data.get("own_fallback", ""),
            )
            for language in languages.CODES
        }


PREVIEWS = [field_of(language, "preview") for language in languages.CODES]
for _language, _name in zip(languages.CODES, PREVIEWS, strict=True):
    setattr(LivePreviews, _name, _box(_language))


@admin.register(InstantNotification)
class StaffMessageAdmin(OfMessages, LivePreviews, ModelAdmin):  # type: ignore[misc]
    form = StaffMessageForm
    audit_keeps_values = False  # numbers are typed into it, of people who may want to be forgotten
    list_display = ["id", "says", "state", "goes_out", "people_reached", "taken_back", "created_by"]
    list_filter = ["state"]
    list_select_related = ["notification_type", "texts_from", "created_by"]
    ordering = ["-id"]
    actions_submit_line = ["send", "approve", "give_back", "stop"]
    readonly_fields = ["what_happens"]

    change_form_after_template = "campaigns/live.html"

    class Media:
        js = ("texts/previews.js",)
        css = {"all": ("texts/previews.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[InstantNotification]:
        rows: QuerySet[InstantNotification] = super().get_queryset(request)
        return rows.prefetch_related("notification_type__templates")

    def get_fieldsets(self, request: HttpRequest, obj: InstantNotification | None = None) -> Any:
        what_happens = (None, {"fields": ["what_happens"]})
        if obj and obj.state != State.DRAFT:
            return [what_happens, (None, {"fields": self._kept})]
        texts = [
            (
                _("Or its own texts: %(language)s") % {"language": _(name)},
                {
                    "fields": [field_of(code, text) for text in (*checks.TEXTS, "preview")],
                    "classes": ["collapse"],
                },
            )
            for code, name in languages.CHOICES
        ]
        asked = [
            (None, {"fields": ["notification_type"]}),
            *texts,
            (None, {"fields": ["own_fallback"]}),
            (gettext_lazy("To"), {"fields": ["to", "segment", "numbers"]}),
            (gettext_lazy("Filter"), {"fields": [(one,) for one in PeopleFilter.base_fields], "classes": ["collapse"]}),
            (gettext_lazy("When"), {"fields": ["send_at", "at_local_time", "repeats", "repeats_until"]}),
        ]
        return [what_happens, *asked] if obj else asked

    _kept = (
        "says",
        "asked_for",
        "state",
        "goes_out",
        "repeats",
        "repeats_until",
        "people_reached",
        "taken_back",
        "created_by",
        "approved_by",
        "finished_at",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: InstantNotification | None = None) -> Any:
        is_kept = obj is not None and obj.state != State.DRAFT
        return ["what_happens", *(self._kept if is_kept else PREVIEWS)]

    def has_delete_permission(self, request: HttpRequest, obj: InstantNotification | None = None) -> bool:
        """What was sent is not forgotten; a draft may be thrown away."""
        may = super().has_delete_permission(request, obj)
        return may and (obj is None or obj.state == State.DRAFT)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A link from the list of people says whom: its filter, or the ids of those chosen in it."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)
        if ids := request.GET.getlist("ids"):
            initial |= {"to": NUMBERS, "numbers": "\n".join(services.numbers_of(ids))}
        return initial

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {}  # nothing is done to several messages at once

    def get_form(self, request: HttpRequest, obj: InstantNotification | None = None, **kwargs: Any) -> Any:
        if obj and obj.state != State.DRAFT:
            kwargs["form"] = forms.ModelForm  # nothing of it can be changed
        return super().get_form(request, obj, **kwargs)

    def save_model(self, request: HttpRequest, obj: InstantNotification, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        if obj.state == State.DRAFT:
            own, writer = getattr(form, "own_said", None), request.user.pk
            if not self._try(request, lambda draft: services.save_draft(draft, writer, own), obj):
                return
        for button in self._get_base_actions_submit_line():
            if button.action_name in request.POST:
                button.method(request, obj)

    def response_add(self, request: HttpRequest, obj: InstantNotification, *_args: Any) -> HttpResponse:
        return redirect("admin:events_instantnotification_change", obj.pk)  # on to the dry run

    def response_change(self, request: HttpRequest, obj: InstantNotification) -> HttpResponse:
        return redirect("admin:events_instantnotification_change", obj.pk)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        message: InstantNotification | None = kwargs.get("obj")
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        if message and message.state != State.DRAFT:
            context["show_save"] = False
        page: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return page

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> Any:
        """The one button that the message's state allows."""
        message = InstantNotification.objects.filter(pk=object_id).first()
        if message is None or not self.has_change_permission(request):
            return []
        allowed = list(_BUTTONS.get(State(message.state), []))
        if "approve" in allowed and not services.may_approve(message, request.user.pk or 0):
            allowed.remove("approve")
        if "give_back" in allowed and not services.may_give_back(message):
            allowed.remove("give_back")
        return [button for button in self._get_base_actions_submit_line() if button.path in allowed]

    @action(description=gettext_lazy("Send"), url_path="send")  # type: ignore[untyped-decorator]
    def send(self, request: HttpRequest, obj: InstantNotification) -> None:
        shown = request.POST.get("shown_version", "")
        if self._try(request, lambda draft: services.confirm(draft, shown), obj):
            asks = obj.state == State.APPROVAL
            said = {"criteria": obj.criteria, "numbers": len(obj.phone_numbers)}
            said |= {"asks_for_approval": True} if asks else {}
            audit_trail().record(request, Action.MESSAGE, about=f"message {obj.pk}", **said)
            told = _("It goes to many people, and waits until a colleague approves it.")
            messages.success(request, told if asks else _("Confirmed. It goes out at its time."))

    @action(description=gettext_lazy("Approve"), url_path="approve")  # type: ignore[untyped-decorator]
    def approve(self, request: HttpRequest, obj: InstantNotification) -> None:
        account, shown = request.user.pk or 0, request.POST.get("shown_version", "")
        if self._try(request, lambda asked: services.approve(asked, account, shown), obj):
            audit_trail().record(request, Action.MESSAGE, about=f"message {obj.pk}", approved=True)
            messages.success(request, _("Approved. It goes out at its time."))

    @action(description=gettext_lazy("Back to the draft"), url_path="give_back")  # type: ignore[untyped-decorator]
    def give_back(self, request: HttpRequest, obj: InstantNotification) -> None:
        if self._try(request, services.give_back, obj):
            audit_trail().record(request, Action.CHANGE, about=f"message {obj.pk}", given_back=True)
            messages.success(request, _("It is a draft again, and goes to nobody."))

    @action(description=gettext_lazy("Stop"), url_path="stop")  # type: ignore[untyped-decorator]
    def stop(self, request: HttpRequest, obj: InstantNotification) -> None:
        if self._try(request, services.stop, obj):
            audit_trail().record(request, Action.CHANGE, about=f"message {obj.pk}", stopped=True)
            messages.success(request, _("Stopped. Whoever was not sent it yet does not get it."))

    def delete_model(self, _request: HttpRequest, obj: InstantNotification) -> None:
        services.throw_away([obj])

    @staticmethod
    def _try(request: HttpRequest, step: Callable[[InstantNotification], object], obj: InstantNotification) -> bool:
        try:
            step(obj)
        except WrongState as reason:
            messages.error(request, str(reason))
            return False
        return True

    @admin.display(description=gettext_lazy("Says"))
    def says(self, message: InstantNotification) -> str:
        """The type; of a message with its own texts its title, in the reader's language if it has that."""
        if message.texts_from or (own := own_texts.of(message)) is None:
            return str(message.texts_from or message.notification_type)
        titles = {template.language_code: template.push_title for template in own.templates.all()}
        return titles.get(get_language() or "") or next(iter(titles.values()), "-")

    @admin.display(description=gettext_lazy("Taken back when stopped"), ordering="people_withdrawn")
    def taken_back(self, message: InstantNotification) -> str:
        """Of how many; what was withdrawn for other reasons stands with whom it did not reach."""
        return str(message.people_withdrawn) if message.state == State.STOPPED else "–"

    @admin.display(description=gettext_lazy("Goes out"), ordering="send_at")
    def goes_out(self, message: InstantNotification) -> str:
        """The time by the country's clock, or by each mother's own."""
        if message.send_at is None:
            return "-"
        at = message.send_at.astimezone(timezones.default())
        when = written_dates.isolated(f"{written_dates.day(at.date())} {at:%H:%M}")
        if message.at_local_time:
            return _("%(when)s where each mother lives") % {"when": when}
        return f"{when} ({timezones.default().key})"

    @admin.display(description=gettext_lazy("Filter"))
    def asked_for(self, message: InstantNotification) -> str:
        """By what people were chosen; what was typed into it is gone once the message is."""
        asked = services.asked_fields(message)
        if asked is None:
            return "-"
        form = PeopleFilter(message.criteria if message.state in _LOOKED_AT else {})
        typed = {label: value for label, value, _others in form.shown()} if form.is_valid() else {}
        labels = (str(PeopleFilter.base_fields[name].label) for name in asked)
        return "; ".join(f"{one}: {typed[one]}" if one in typed else one for one in labels) or _("everybody")

    @admin.display(description=gettext_lazy("What happens"))
    def what_happens(self, message: InstantNotification) -> SafeString:
        if message.state in _LOOKED_AT:
            context: dict[str, object] = {
                "dry_run": dry_run.dry_run(message),
                "kind": message.notification_type,
                "message": message,
                "waits": message.state == State.APPROVAL,
                "version": own_texts.version(message),
                "is_draft": message.state == State.DRAFT,
            }
        else:
            context = {
                "progress": services.progress(message),
                "unknown_numbers": dry_run.unknown_numbers(message),
                "message": message,
                "following": services.following(message),
            }
        return render_to_string("campaigns/what_happens.html", context)
