"""What an address of the panel may ask: lists by the filters of their pages, and records by what can be an id."""

from __future__ import annotations

from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.exceptions import DisallowedModelAdminLookup, DisallowedModelAdminToField
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.core.exceptions import ValidationError
from django.db.models import DateField, IntegerField
from django.http import HttpResponseRedirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from import_export.forms import ConfirmImportForm

if TYPE_CHECKING:
    from django.db.models import Field
    from django.http import HttpRequest, HttpResponse

_NO_TEXT = "\x00"  # which PostgreSQL has in no text
_OF_ANY = frozenset({"", "exact", "in", "isnull"})
_OF_DAYS = frozenset({"gte", "gt", "lte", "lt", "year", "month", "day"})


class NotAsked(Exception):  # noqa: N818  (named as the fact)
    """No page of the panel asks a list like that."""


class Bounded:
    """Part of every admin class: nobody asks by its addresses what its pages do not ask.

    Django filters a list by any field and lookup that somebody writes into its address. That would let her guess, a
    letter at a time, what is sealed or masked, and a value that does not fit would end in an error.
    """

    lookups_of_pages: tuple[str, ...] = ()  # which links to the list ask, besides its filters

    def lookup_allowed(self, lookup: str, _value: Any, request: HttpRequest) -> bool:
        own = dict(map(self._asked_by, self.get_list_filter(request)))  # type: ignore[attr-defined]
        if hierarchy := self.date_hierarchy:  # type: ignore[attr-defined]
            own[hierarchy] = _OF_ANY | _OF_DAYS
        return lookup in self.lookups_of_pages or any(
            lookup == name or (lookup.startswith(f"{name}__") and lookup.removeprefix(f"{name}__") in lookups)
            for name, lookups in own.items()
        )

    def _asked_by(self, item: Any) -> tuple[str, frozenset[str]]:
        """What a filter of the page is called in addresses, and its lookups."""
        if isinstance(item, type) and issubclass(item, SimpleListFilter):
            return str(item.parameter_name), frozenset()
        name = item if isinstance(item, str) else item[0]
        field: Field[Any, Any] = self.opts.get_field(name.split("__")[0])  # type: ignore[attr-defined]
        if isinstance(field, DateField):
            return name, _OF_ANY | _OF_DAYS
        if field.is_relation:  # its filter asks for a key of what it points to
            key = field.related_model._meta.pk.name  # type: ignore[union-attr]
            return name, _OF_ANY | {f"{key}__{lookup}" for lookup in _OF_ANY if lookup}
        return name, _OF_ANY

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Django's list.

        Raises:
            NotAsked: if its address asks what no page asks, or for a value that does not fit.
        """
        if any(_NO_TEXT in text for name, values in request.GET.lists() for text in (name, *values)):
            raise NotAsked
        try:
            return super().get_changelist_instance(request)  # type: ignore[misc]
        except (DisallowedModelAdminLookup, DisallowedModelAdminToField, IncorrectLookupParameters) as why:
            raise NotAsked from why

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        try:
            if all(map(self._can_be_a_key, request.POST.getlist("_selected_action"))):
                answer: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]
                return answer
        except NotAsked:
            pass
        messages.error(request, _("This list cannot be asked like that; all of it is shown."))
        return HttpResponseRedirect(request.path)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What a link writes into a new record's page, without what is no moment where one belongs."""
        initial: dict[str, Any] = super().get_changeform_initial_data(request)  # type: ignore[misc]
        for field in self.opts.fields:  # type: ignore[attr-defined]
            if isinstance(field, DateField) and field.name in initial:
                try:
                    initial[field.name] = field.to_python(initial[field.name])
                except (ValidationError, ValueError):
                    del initial[field.name]
        return initial

    def get_urls(self) -> list[URLPattern]:
        return [self._of_records(page) for page in super().get_urls()]  # type: ignore[misc]

    def _of_records(self, page: URLPattern) -> URLPattern:
        """A page that answers what cannot be an id as it answers one that there is not."""

        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            object_id = kwargs.get("object_id")
            if object_id is None or self._can_be_a_key(unquote(object_id)):
                answer: HttpResponse = page.callback(request, *args, **kwargs)
                return answer
            missing: HttpResponse = self.admin_site.admin_view(self._missing)(request, object_id)  # type: ignore[attr-defined]
            return missing

        if not isinstance(page, URLPattern):
            return page
        return URLPattern(page.pattern, update_wrapper(view, page.callback), page.default_args, page.name)

    def _missing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        shown = object_id.replace(_NO_TEXT, "")
        answer: HttpResponse = self._get_obj_does_not_exist_redirect(request, self.opts, shown)  # type: ignore[attr-defined]
        return answer

    def _can_be_a_key(self, text: str) -> bool:
        field: Field[Any, Any] = self.opts.pk  # type: ignore[attr-defined]
        if isinstance(field, IntegerField) and not (text.isascii() and text.isdigit()):
            return False  # Python and Django would read more as numbers than addresses of pages are made of
        try:
            field.run_validators(field.to_python(text))
        except (ValidationError, ValueError):  # a number of thousands of digits is a ValueError of Python's
            return False
        return _NO_TEXT not in text


class ConfirmedTable(ConfirmImportForm):  # type: ignore[misc]
    """What the page of a table's preview sends back: nobody writes into it, but anybody may send it."""

    def clean_format(self) -> str:
        return self._only("format")

    def clean_resource(self) -> str:
        return self._only("resource") if self.cleaned_data.get("resource") else ""

    def _only(self, name: str) -> str:
        """Tables are brought in one format, and each class has one kind of them."""
        if self.cleaned_data[name] != "0":
            told = _("This preview is no longer there. Bring the table once more.")
            raise ValidationError(told)
        return str(self.cleaned_data[name])


class BoundedImports:
    """Part of every admin class that takes tables."""

    confirm_form_class = ConfirmedTable

    def process_import(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().process_import(request, *args, **kwargs)  # type: ignore[misc]
        shown = getattr(answer, "context_data", None) or {}
        if not (errors := shown.get("errors")):
            return answer
        for told in dict.fromkeys(str(one) for of_field in errors.values() for one in of_field):
            messages.error(request, told)
        return HttpResponseRedirect("../import/")
