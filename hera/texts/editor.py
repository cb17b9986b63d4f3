"""Texts in five languages on one page of the panel, side by side, each with what becomes of it as it is typed."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.forms.models import BaseInlineFormSet
from django.http import JsonResponse
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminTextareaWidget

from hera.core import languages
from hera.texts import segments
from hera.texts.rendering import NoTimeToRender, TemplateDoesNotRender, drafts, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from hera.texts.template_checks import Problem

_MOST_FORMS = 100  # of one kind on a page; who posts more has no page of ours
_DIGITS = 4  # of how many they are said to be, as Django bounds it
_ONE_LINE = 100  # characters
_NAMES = dict(languages.CHOICES)

Line = dict[str, str]  # kind (push_title, button, problem, ...) and text


class LanguageForm(forms.ModelForm):  # type: ignore[type-arg]
    """The texts of one language, written in its direction."""

    @property
    def language(self) -> str:
        return str(self["language_code"].value() or languages.FALLBACK)

    @property
    def language_name(self) -> str:
        return gettext(_NAMES.get(self.language, self.language))  # gathered with the labels of the panel

    @property
    def direction(self) -> str:
        return languages.direction(self.language) if self.language in languages.CODES else "ltr"


class LanguageFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """A form for each language: those that have texts, then those that have none yet."""

    @property
    def offered(self) -> list[str]:
        """The fields of an event that are offered while two braces are typed."""
        return []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        instance = kwargs.get("instance")
        present: set[str] = set()
        if instance is not None and instance.pk:
            assert self.model is not None
            rows = self.model._default_manager.filter(**{self.fk.name: instance})  # noqa: SLF001
            present = set(rows.values_list("language_code", flat=True))
        missing = [code for code in languages.CODES if code not in present]
        self.extra = len(missing)
        super().__init__(*args, **{**kwargs, "initial": [{"language_code": code} for code in missing]})

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        # Not earlier: what is asked of a form's fields is kept, and these are complete only now.
        form.fields["language_code"].widget = forms.HiddenInput()
        for bound in form.visible_fields():
            field = bound.field
            if isinstance(field, forms.CharField) and (field.max_length or 0) > _ONE_LINE:
                field.widget = UnfoldAdminTextareaWidget(attrs={"rows": 4, "maxlength": field.max_length})
            field.widget.attrs |= {"lang": form.language, "dir": form.direction}


class LanguageInline(StackedInline):  # type: ignore[misc]
    form = LanguageForm
    formset = LanguageFormSet
    template = "texts/editor.html"
    max_num = len(languages.CODES)

    class Media:
        js = ("texts/previews.js", "texts/fields.js")
        css = {"all": ("texts/previews.css",)}


class PreviewAdmin:
    """Part of an admin class with a `LanguageInline`: answers what the texts on the page become."""

    def previews(self, data: Mapping[str, str]) -> dict[str, list[Line]]:
        """Lines to show for each language, from the fields of the page as they stand."""
        raise NotImplementedError

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.preview_view))  # type: ignore[attr-defined]
        urls: list[URLPattern] = super().get_urls()  # type: ignore[misc]
        return [path("preview/", view), *urls]

    def changeform_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page of these texts; what is checked when it is saved has one deadline."""
        with drafts():
            answer: HttpResponse = super().changeform_view(*args, **kwargs)  # type: ignore[misc]
            return answer

    def preview_view(self, request: HttpRequest) -> JsonResponse:
        if not self.has_change_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        with drafts():
            return JsonResponse(self.previews(request.POST))


def posted(data: Mapping[str, str], prefix: str, *names: str) -> Iterator[dict[str, str]]:
    """The rows of a formset as posted, without those marked as deleted; what is not there is blank."""
    total = data.get(f"{prefix}-TOTAL_FORMS", "")
    count = int(total) if total.isascii() and total.isdigit() and len(total) <= _DIGITS else 0
    for number in range(min(count, _MOST_FORMS)):
        if not data.get(f"{prefix}-{number}-DELETE"):
            yield {name: str(data.get(f"{prefix}-{number}-{name}") or "").strip() for name in names}


def rendered(kind: str, source: str, examples: Mapping[str, str], language: str) -> list[Line]:
    """A text as somebody reads it; nothing where it is empty or broken, which its problem says."""
    try:
        return [{"kind": kind, "text": render(source, examples, language)}] if source else []
    except (TemplateDoesNotRender, NoTimeToRender):
        return []


def problems(found: Iterable[Problem]) -> list[Line]:
    """What is wrong with a text, as lines below it."""
    return [{"kind": "problem", "text": str(problem)} for problem in found]


def segment_lines(text: str) -> list[Line]:
    """How many segments an SMS takes, and why so many: each is paid for."""
    cut = segments.cut(text)
    told = ngettext(
        "As SMS: %(count)d segment, with %(places)d characters of %(in_one)d.",
        "As SMS: %(count)d segments, each paid for: %(places)d characters, of which one takes %(in_one)d.",
        cut.segments,
    ) % {"count": cut.segments, "places": cut.places, "in_one": cut.in_one}
    if letters := [one for one in cut.outside if unicodedata.name(one, "").startswith("LATIN ")]:
        told += " " + gettext("Without %(letters)s it may take fewer.") % {"letters": " ".join(letters)}
    return [{"kind": "segments", "text": told}]
