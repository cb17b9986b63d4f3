"""The form of a message: what to say, to whom, when, and how often."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminSplitDateTimeWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from hera.campaigns import own_texts, services
from hera.campaigns.dry_run import EXAMPLE
from hera.campaigns.models import Segment
from hera.core import clock, languages, timezones
from hera.core.typed_fields import typed
from hera.events import checks
from hera.events.models import Fallback, InstantNotification, LockScreen, NotificationTemplate, NotificationType
from hera.events.services import STAFF_MESSAGE_VARIABLES
from hera.people.filter import PeopleFilter
from hera.texts import template_checks
from hera.texts.rendering import drafts

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS, FILTER, SEGMENT = "numbers", "filter", "segment"
# A time further off, or further back, is a slip: what is overdue would go out as soon as it is confirmed.
LONGEST_AHEAD, LONGEST_OVERDUE = dt.timedelta(days=366), dt.timedelta(days=1)
LABELS = {
    "push_title": gettext_lazy("Title on the lock screen"),
    "push_body": gettext_lazy("Text on the lock screen"),
    "in_app_content": gettext_lazy("Text in the app"),
}


class _CountryWidget(UnfoldAdminSplitDateTimeWidget):  # type: ignore[misc]
    def decompress(self, value: Any) -> Any:
        with timezone.override(timezones.default()):
            return super().decompress(value)


class CountryTime(forms.SplitDateTimeField):
    """A day and a time by the clock of the country."""

    widget = _CountryWidget

    def compress(self, data_list: Any) -> Any:
        with timezone.override(timezones.default()):
            return super().compress(data_list)


def field_of(language: str, text: str) -> str:
    """The field of the form for one text in one language."""
    return f"{text}_{language}"


def longest_of(text: str) -> int | None:
    """How many characters one of the texts may have."""
    longest: int | None = NotificationTemplate._meta.get_field(text).max_length  # type: ignore[union-attr]
    return longest


def why_not_sendable(kind: NotificationType) -> str:
    """Why staff cannot send what this type says, with its mend; blank if they can."""
    texts = checks.texts_of(kind)
    if not texts:
        return _("This type has no texts yet: write them first.")
    if unfilled := set().union(*map(template_checks.variables_of, texts)) - STAFF_MESSAGE_VARIABLES:
        told = _("Its texts name %(variables)s, which only the calendar can fill in: choose another type.")
        return told % {"variables": ", ".join(sorted(unfilled))}
    return ""


def _texts() -> Iterator[tuple[str, forms.CharField]]:
    for language in languages.CODES:
        for text in checks.TEXTS:
            attrs = {"lang": language, "dir": languages.direction(language)}
            widget = (
                UnfoldAdminTextInputWidget(attrs=attrs)
                if text == "push_title"
                else UnfoldAdminTextareaWidget(attrs={**attrs, "rows": 3})
            )
            yield (
                field_of(language, text),
                forms.CharField(label=LABELS[text], required=False, max_length=longest_of(text), widget=widget),
            )


class OwnTextsForm(forms.Form):
    """Texts in five languages, with nothing but the person's name to fill in."""

    own_fallback = forms.ChoiceField(
        label=gettext_lazy("Who does not read it in the app gets it as"),
        choices=lambda: [(value, _(str(label))) for value, label in Fallback.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    def own(self) -> own_texts.OwnTexts | None:
        """What is written, once it is checked; None if nothing is."""
        found = {}
        for language in languages.CODES:
            texts = {text: self.cleaned_data.get(field_of(language, text)) or "" for text in checks.TEXTS}
            if any(texts.values()):
                found[language] = texts
        return own_texts.OwnTexts(found, self.cleaned_data.get("own_fallback") or "") if found else None

    def check(self, own: own_texts.OwnTexts) -> None:
        """Add what is wrong with these texts to the fields."""
        with drafts():
            for language, texts in own.by_language.items():
                for text in checks.TEXTS:
                    if not texts[text]:
                        self.add_error(field_of(language, text), _("Write all three texts of a language, or none."))
                asked = {**texts, "language_code": language}
                for text, problem in checks.errors_of(asked, EXAMPLE, LockScreen.DISCREET):
                    self.add_error(field_of(language, text), str(problem))


OwnTextsForm.declared_fields.update(_texts())


class StaffMessageForm(OwnTextsForm, PeopleFilter, forms.ModelForm):  # type: ignore[type-arg]
    """A draft: what to say, and to whom."""

    to = forms.ChoiceField(
        label=gettext_lazy("To"),
        choices=[
            (NUMBERS, gettext_lazy("the numbers below")),
            (SEGMENT, gettext_lazy("the people of a segment")),
            (FILTER, gettext_lazy("everybody whom the filter finds")),
        ],
        widget=forms.RadioSelect,
        initial=NUMBERS,
    )
    segment = forms.ModelChoiceField(
        Segment.objects.all(), label=gettext_lazy("Segment"), required=False, widget=UnfoldAdminSelectWidget
    )
    numbers = forms.CharField(
        label=gettext_lazy("Phone numbers"),
        help_text=gettext_lazy("With + and the country's code; one a line, or separated by commas."),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
    )

    class Meta:
        model = InstantNotification
        fields = ["notification_type", "send_at", "at_local_time", "repeats", "repeats_until"]

    own_said: own_texts.OwnTexts | None = None  # its own texts, once it is checked

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept: InstantNotification = self.instance
        kinds: Any = self.fields["notification_type"]
        kinds.queryset = NotificationType.objects.filter(is_of_message=False, is_active=True).order_by("code")
        kinds.required = False
        told = _("Send at, by the clock of %(zone)s") % {"zone": timezones.default().key}
        self.fields["send_at"] = typed(
            CountryTime(label=told, required=False, help_text=self.fields["send_at"].help_text)
        )
        if kept.phone_numbers:
            self.initial["numbers"] = "\n".join(kept.phone_numbers)
        if kept.criteria is not None:
            self.initial.update({"to": FILTER, **kept.criteria})
        if own := own_texts.of(kept):
            self.initial.update({"notification_type": None, "own_fallback": own.fallback_channel})
            for template in own.templates.all():
                for text in checks.TEXTS:
                    self.initial[field_of(template.language_code, text)] = getattr(template, text)

    def clean_notification_type(self) -> NotificationType | None:
        kind: NotificationType | None = self.cleaned_data["notification_type"]
        if kind is not None and (problem := why_not_sendable(kind)):
            raise forms.ValidationError(problem)
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
        self._clean_texts(cleaned)
        self._clean_time(cleaned)
        to = cleaned.get("to")
        try:
            numbers = services.numbers_in(cleaned.get("numbers") or "")
        except ValueError as problem:
            self.add_error("numbers", str(problem))
        else:
            if to == NUMBERS and not numbers:
                self.add_error("numbers", _("Write at least one number, or choose people by the filter."))
            self.instance.phone_numbers = numbers if to == NUMBERS else []
        segment: Segment | None = cleaned.get("segment")
        if to == SEGMENT and segment is None:
            self.add_error("segment", _("Choose a segment."))
        self.instance.criteria = None
        if to == FILTER:
            self.instance.criteria = self.criteria()
        elif to == SEGMENT and segment:
            self.instance.criteria = segment.criteria
        return cleaned

    def _clean_texts(self, cleaned: dict[str, Any]) -> None:
        own, kind = self.own(), cleaned.get("notification_type")
        if own and kind:
            self.add_error("notification_type", _("Choose a type or write texts, not both."))
        elif own:
            self.check(own)
            self.own_said = own
        elif not kind and "notification_type" not in self.errors:
            self.add_error("notification_type", _("Choose a type, or write the texts below."))

    def _clean_time(self, cleaned: dict[str, Any]) -> None:
        at, until = cleaned.get("send_at"), cleaned.get("repeats_until")
        if cleaned.get("at_local_time") and at is None and "send_at" not in self.errors:
            self.add_error("send_at", _("Give the time of day at which they get it."))
        if not cleaned.get("repeats"):
            cleaned["repeats_until"] = None
        elif until is None and "repeats_until" not in self.errors:
            self.add_error("repeats_until", _("Say until which day it is repeated."))
        elif until is not None:
            first = (at or clock.now()).astimezone(timezones.default()).date()
            if not first < until <= first + LONGEST_AHEAD:
                self.add_error("repeats_until", _("Give a day after the first one, within a year."))
