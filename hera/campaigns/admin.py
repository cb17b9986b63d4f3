"""Writing to people: draft, look at the dry run, confirm, watch, stop."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from hera.campaigns import services
from hera.campaigns.services import WrongState
from hera.core import clock
from hera.core.ports import Action, audit_trail
from hera.events.models import InstantNotification, NotificationType
from hera.events.services import STAFF_MESSAGE_VARIABLES
from hera.people.filter import PeopleFilter
from hera.texts import template_checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.utils.safestring import SafeString

State = InstantNotification.State
NUMBERS, FILTER = "numbers", "filter"
# A time further off, or further back, is a slip: what is overdue would go out as soon as it is confirmed.
LONGEST_AHEAD, LONGEST_OVERDUE = dt.timedelta(days=366), dt.timedelta(days=1)


class StaffMessageForm(PeopleFilter, forms.ModelForm):  # type: ignore[type-arg]
    """A draft: what to say, and to whom."""

    to = forms.ChoiceField(
        label=gettext_lazy("To"),
        choices=[
            (NUMBERS, gettext_lazy("the numbers below")),
            (FILTER, gettext_lazy("everybody whom the filter finds")),
        ],
        widget=forms.RadioSelect,
        initial=NUMBERS,
    )
    numbers = forms.CharField(
        label=gettext_lazy("Phone numbers"),
        help_text=gettext_lazy("With + and the country's code; one a line, or separated by commas."),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    class Meta:
        model = InstantNotification
        fields = ["notification_type", "send_at"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept: InstantNotification = self.instance
        if kept.phone_numbers:
            self.initial["numbers"] = "\n".join(kept.phone_numbers)
        if kept.criteria is not None:
            self.initial.update({"to": FILTER, **kept.criteria})

    def clean_notification_type(self) -> NotificationType:
        kind: NotificationType = self.cleaned_data["notification_type"]
        texts = [
            text
            for template in kind.templates.all()
            for text in (template.push_title, template.push_body, template.in_app_content)
        ]
        if not kind.is_active:
            raise forms.ValidationError(_("This type is switched off."))
        if not texts:
            raise forms.ValidationError(_("This type has no texts yet: write them first."))
        if unfilled := set().union(*map(template_checks.variables_of, texts)) - STAFF_MESSAGE_VARIABLES:
            told = _("Its texts name %(variables)s, which only the calendar can fill in: choose another type.")
            raise forms.ValidationError(told % {"variables": ", ".join(sorted(unfilled))})
        return kind

    def clean_send_at(self) -> dt.datetime | None:
        at: dt.datetime | None = self.cleaned_data["send_at"]
        if at is not None and at > clock.now() + LONGEST_AHEAD:
            raise forms.ValidationError(_("Please give a time within the next year."))
        if at is not None and at < clock.now() - LONGEST_OVERDUE:
            raise forms.ValidationError(_("This time is over. Leave it empty to send it as soon as it is confirmed."))
        return at

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        by_filter = cleaned.get("to") == FILTER
        try:
            numbers = services.numbers_in(cleaned.get("numbers") or "")
        except ValueError as problem:
            self.add_error("numbers", str(problem))
        else:
            if not by_filter and not numbers:
                self.add_error("numbers", _("Write at least one number, or choose people by the filter."))
            self.instance.phone_numbers = [] if by_filter else numbers
        self.instance.criteria = self.criteria() if by_filter else None
        return cleaned


@admin.register(InstantNotification)
class StaffMessageAdmin(ModelAdmin):  # type: ignore[misc]
    form = StaffMessageForm
    audit_keeps_values = False  # numbers are typed into it, of people who may want to be forgotten
    list_display = ["id", "notification_type", "state", "send_at", "people_reached", "people_withdrawn", "created_by"]
    list_filter = ["state"]
    list_select_related = ["notification_type", "created_by"]
    ordering = ["-id"]
    actions_submit_line = ["send", "stop"]
    readonly_fields = ["what_happens"]

    def get_fieldsets(self, request: HttpRequest, obj: InstantNotification | None = None) -> Any:
        what_happens = (None, {"fields": ["what_happens"]})
        if obj and obj.state != State.DRAFT:
            return [what_happens, (None, {"fields": self._kept})]
        asked = [
            (None, {"fields": ["notification_type", "to", "numbers"]}),
            (gettext_lazy("Filter"), {"fields": [(one,) for one in PeopleFilter.base_fields]}),
            (gettext_lazy("When"), {"fields": ["send_at"]}),
        ]
        return [what_happens, *asked] if obj else asked

    _kept = (
        "notification_type",
        "asked_for",
        "state",
        "send_at",
        "people_reached",
        "people_withdrawn",
        "created_by",
        "finished_at",
    )

    def get_readonly_fields(self, request: HttpRequest, obj: InstantNotification | None = None) -> Any:
        return ["what_happens", *self._kept] if obj and obj.state != State.DRAFT else ["what_happens"]

    def has_delete_permission(self, request: HttpRequest, obj: InstantNotification | None = None) -> bool:
        """What was sent is not forgotten; a draft may be thrown away."""
        may: bool = super().has_delete_permission(request, obj)
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
        if obj.state == State.DRAFT and not self._try(request, services.save_draft, obj):
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
        state = InstantNotification.objects.filter(pk=object_id).values_list("state", flat=True).first()
        allowed = {State.DRAFT: "send", State.SCHEDULED: "stop", State.SENDING: "stop", State.SENT: "stop"}
        if state is None or not self.has_change_permission(request):
            return []
        return [
            button for button in self._get_base_actions_submit_line() if button.path == allowed.get(State(state), "")
        ]

    @action(description=gettext_lazy("Send"), url_path="send")  # type: ignore[untyped-decorator]
    def send(self, request: HttpRequest, obj: InstantNotification) -> None:
        if self._try(request, services.confirm, obj):
            said = {"criteria": obj.criteria, "numbers": len(obj.phone_numbers)}
            audit_trail().record(request, Action.MESSAGE, about=f"message {obj.pk}", **said)
            messages.success(request, _("Confirmed. It goes out at its time."))

    @action(description=gettext_lazy("Stop"), url_path="stop")  # type: ignore[untyped-decorator]
    def stop(self, request: HttpRequest, obj: InstantNotification) -> None:
        if self._try(request, services.stop, obj):
            audit_trail().record(request, Action.CHANGE, about=f"message {obj.pk}", stopped=True)
            messages.success(request, _("Stopped. Whoever was not sent it yet does not get it."))

    @staticmethod
    def _try(request: HttpRequest, step: Callable[[InstantNotification], object], obj: InstantNotification) -> bool:
        try:
            step(obj)
        except WrongState as reason:
            messages.error(request, str(reason))
            return False
        return True

    @admin.display(description=gettext_lazy("Filter"))
    def asked_for(self, message: InstantNotification) -> str:
        """By what people were chosen; what was typed into it is gone once the message is."""
        asked = services.asked_fields(message)
        if asked is None:
            return "-"
        return "; ".join(str(PeopleFilter.base_fields[name].label) for name in asked) or _("everybody")

    @admin.display(description=gettext_lazy("What happens"))
    def what_happens(self, message: InstantNotification) -> SafeString:
        if message.state in (State.DRAFT, State.SCHEDULED):
            context: dict[str, object] = {"dry_run": services.dry_run(message)}
        else:
            context = {
                "progress": services.progress(message),
                "unknown_numbers": services.unknown_numbers(message),
            }
        return render_to_string("campaigns/what_happens.html", context)
