"""The page on which staff write to one mother: what it says, how her phone shows it, what it costs; then it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from hera.campaigns import text_previews, to_one
from hera.campaigns.forms import LABELS, longest_of, why_not_sendable
from hera.campaigns.services import WrongState
from hera.core import languages
from hera.core.ports import Action, audit_trail
from hera.events import checks
from hera.events.models import Fallback, LockScreen, NotificationType
from hera.people.rights import may_correct
from hera.texts.rendering import drafts

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

HER_PAGE = "admin:custom_user_customuser_change"
_NAMES = dict(languages.CHOICES)


class LetterForm(forms.Form):
    """A type, or a message's own three texts in the language that she reads."""

    kind = forms.ModelChoiceField(
        NotificationType.objects.none(),
        label=gettext_lazy("What a type says"),
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    own_fallback = forms.ChoiceField(
        label=gettext_lazy("Who does not read it in the app gets it as"),
        choices=lambda: [(value, _(str(label))) for value, label in Fallback.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, person: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        language = languages.of(person)
        attrs = {"lang": language, "dir": languages.direction(language)}
        for text in checks.TEXTS:
            widget = (
                UnfoldAdminTextInputWidget(attrs=attrs)
                if text == "push_title"
                else UnfoldAdminTextareaWidget(attrs={**attrs, "rows": 3})
            )
            self.fields[text] = forms.CharField(
                label=LABELS[text], required=False, max_length=longest_of(text), widget=widget
            )
        self.order_fields(["kind", *checks.TEXTS, "own_fallback"])
        found = NotificationType.objects.filter(is_of_message=False, is_active=True).prefetch_related("templates")
        usable = [kind.pk for kind in found if not why_not_sendable(kind)]
        kinds: Any = self.fields["kind"]
        kinds.queryset = NotificationType.objects.filter(pk__in=usable).order_by("code")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        texts = self.texts()
        if cleaned.get("kind") and any(texts.values()):
            self.add_error("kind", _("Choose a type or write texts, not both."))
        elif not cleaned.get("kind") and not any(texts.values()) and "kind" not in self.errors:
            self.add_error("kind", _("Choose a type, or write the texts below."))
        elif any(texts.values()):
            self._check(texts)
        return cleaned

    def _check(self, texts: dict[str, str]) -> None:
        for text in checks.TEXTS:
            if not texts[text] and text not in self.errors:
                self.add_error(text, _("Write all three texts of a language, or none."))
        asked = {**texts, "language_code": languages.of(self.person)}
        with drafts():
            for text, problem in checks.errors_of(asked, to_one.example_of(self.person), LockScreen.DISCREET):
                self.add_error(text, str(problem))

    def texts(self) -> dict[str, str]:
        """What is written, as far as it can be read."""
        return {text: self.cleaned_data.get(text) or "" for text in checks.TEXTS}

    def letter(self) -> to_one.Letter:
        """What is to be said to her. Call after `is_valid`."""
        kind = self.cleaned_data["kind"]
        return to_one.Letter(kind, {} if kind else self.texts(), self.cleaned_data["own_fallback"] or "")


@never_cache
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """First what she would read and what it costs; then, confirmed, it goes out."""
    person = _her(request, pk)
    form = LetterForm(person, request.POST or None)
    seen: dict[str, Any] = {}
    problem = to_one.why_not(person)
    if request.method == "POST" and not problem and form.is_valid():
        letter = form.letter()
        with drafts():
            preview = to_one.preview(person, letter)
        if request.POST.get("deed") == "send" and preview.content:
            return _sent(request, person, letter)
        seen = {"preview": preview, "cost": to_one.cost(person, letter, preview)}
    language = languages.of(person)
    context = {
        **admin.site.each_context(request),
        "title": _("Write to her"),
        "person": person,
        "problem": problem,
        "form": form,
        "language": language,
        "language_name": _(_NAMES[language]),  # gathered with the labels of the panel
        "direction": languages.direction(language),
        **seen,
    }
    return render(request, "campaigns/to_one.html", context, status=400 if form.errors else 200)


@never_cache
@require_POST
def preview(request: HttpRequest, pk: int) -> JsonResponse:
    """What the texts become as they are typed."""
    person = _her(request, pk)
    language = languages.of(person)
    texts = {text: request.POST.get(text, "").strip() for text in checks.TEXTS}
    with drafts():
        shown = text_previews.lines(texts, to_one.example_of(person), language, request.POST.get("own_fallback", ""))
    return JsonResponse({language: shown})


def _her(request: HttpRequest, pk: int) -> User:
    """Her, for whoever corrects the records of people whom she sees by name."""
    if not may_correct(request):
        raise PermissionDenied
    return get_object_or_404(User.objects.select_related("profile"), is_staff=False, profile__isnull=False, pk=pk)


def _sent(request: HttpRequest, person: User, letter: to_one.Letter) -> HttpResponse:
    writer: User = request.user  # type: ignore[assignment]
    try:
        message = to_one.send(person, letter, writer)
    except WrongState as reason:
        messages.error(request, str(reason))
    else:
        audit_trail().record(request, Action.MESSAGE, about=f"message {message.pk}", person=person.pk)
        messages.success(request, _("It goes out now. What comes of it is below, among her notifications."))
    return redirect(HER_PAGE, person.pk)
