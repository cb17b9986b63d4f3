"""Tables that staff bring: looked at as a list of changes, then confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from import_export.admin import ImportMixin
from import_export.formats.base_formats import CSV
from import_export.results import RowResult
from import_export.tmp_storages import BaseStorage
from unfold.contrib.import_export.forms import ImportForm

from hera.core import clock, languages
from hera.core.formulas import harmless
from hera.panel import tables
from hera.panel.audited import person_of
from hera.panel.models import ImportUpload

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest
    from django.urls import URLPattern
    from import_export.results import Result

LARGEST = 1_000_000  # bytes
SAMPLE_ROWS = 3
MOST_REFUSALS = 20  # sentences at once
_KNOWN_BY = "name"


class UploadStorage(BaseStorage):  # type: ignore[misc]
    """Keeps a file between its preview and its confirmation, in the database."""

    def save(self, data: str | bytes) -> None:
        self.name = uuid4().hex
        text = data.decode(self.encoding or "utf-8-sig") if isinstance(data, bytes) else data
        ImportUpload.objects.create(name=self.name, content=text, uploaded_at=clock.now())

    def read(self) -> str:
        """The file; nothing, if it was confirmed already or is too old."""
        found = ImportUpload.objects.filter(name=self.name).first()
        return found.content if found else ""

    def remove(self) -> None:
        ImportUpload.objects.filter(name=self.name).delete()


def column_names(model: type[Model]) -> dict[str, str]:
    """The columns' names as the panel's pages have them, in any of the five languages, and as the code has them."""
    names = {}
    for code in languages.CODES:
        with translation.override(code):
            for field in model._meta.fields:
                names[str(field.verbose_name).casefold()] = field.name
            names[_("Doses").casefold()] = "doses"
    return names


class UploadForm(ImportForm):  # type: ignore[misc]
    """A table to be looked at. Its columns are those of the first resource, whose rows are known by a name."""

    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.resource = resources[0]

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is too large; a megabyte is taken at once."))
        try:
            rows = tables.read(file.read())
        except tables.TooLarge:
            raise forms.ValidationError(
                _("The table is too large; %(number)d rows are taken at once.") % {"number": tables.MOST_ROWS}
            ) from None
        except tables.NoTable:
            told = _("This file is no table that HERA can read. Save it as XLSX, or as CSV in UTF-8, and bring that.")
            raise forms.ValidationError(told) from None
        return SimpleUploadedFile(file.name, tables.as_csv(self._read(rows)).encode(), "text/csv")

    def _read(self, rows: list[list[str]]) -> list[list[str]]:
        """The table as the resource wants it; a resource whose rows have no name reads it by itself."""
        own = getattr(self.resource, "understood", None)
        if own is None:
            return self._understood(rows)
        try:
            read: list[list[str]] = own(rows)
        except ValueError as refusal:
            raise forms.ValidationError([str(told) for told in refusal.args[:MOST_REFUSALS]]) from None
        return read

    def _understood(self, rows: list[list[str]]) -> list[list[str]]:
        """The table with the columns' names of the code, and with names as they stand in the database.

        Raises:
            ValidationError: if a column is not known or missing, a row has too many cells, or a name comes twice.
        """
        head, *rows = rows or [[]]
        columns = self._columns(head)
        place = columns.index(_KNOWN_BY)
        model = self.resource._meta.model
        present = {_plain(name): name for name in model.objects.order_by("-pk").values_list(_KNOWN_BY, flat=True)}
        seen: set[str] = set()
        for number, row in enumerate(rows, start=2):
            if len(row) > len(columns):
                told = _("Row %(number)d has more cells than the first row has names.")
                raise forms.ValidationError(told % {"number": number})
            name = row[place] = " ".join(row[place].split())
            if _plain(name) in seen:
                raise forms.ValidationError(_("The name %(name)s stands in two rows.") % {"name": name})
            seen.add(_plain(name))
            row[place] = present.get(_plain(name), name)
        return [columns, *rows]

    def _columns(self, head: list[str]) -> list[str]:
        names = column_names(self.resource._meta.model)
        columns = [names.get(cell.strip().casefold(), cell.strip()) for cell in head]
        known = list(self.resource().get_import_order())
        told = {"unknown": ", ".join(name or "–" for name in columns if name not in known), "known": ", ".join(known)}
        if told["unknown"]:
            raise forms.ValidationError(_("These columns are not known: %(unknown)s. Known are: %(known)s.") % told)
        if _KNOWN_BY not in columns:
            raise forms.ValidationError(_("The first row has no column name. Known are: %(known)s.") % told)
        return columns


def _plain(name: str) -> str:
    """A name as it is compared: `bcg ` is `BCG`."""
    return " ".join(name.split()).casefold()


class ImportAdmin(ImportMixin):  # type: ignore[misc]
    """Part of an admin class with `resource_classes`: who may add and change its rows may bring tables of them."""

    # The library's own puts a list around what is no list.
    import_export_change_list_template = "panel/change_list_with_import.html"
    import_form_class = UploadForm
    formats = (CSV,)
    import_template_name = "panel/import.html"
    import_error_display = ("message",)  # no traceback: it names our files and helps nobody
    tmp_storage_class = UploadStorage

    def get_urls(self) -> list[URLPattern]:
        page = path("sample.csv", self.admin_site.admin_view(self.sample), name=f"{self._names}_sample")
        return [page, *super().get_urls()]

    @property
    def _names(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}"

    def sample(self, request: HttpRequest) -> HttpResponse:
        """A table to begin with: the columns, and the first rows that there are."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        resource = self.resource_classes[0]()
        if made_up := getattr(resource, "sample", None):  # where the rows that there are would be people's
            rows = [list(row) for row in made_up]
        else:
            table = resource.export(self.get_queryset(request).order_by("pk")[:SAMPLE_ROWS])
            rows = [table.headers, *([harmless(cell) for cell in row] for row in table)]
        answer = HttpResponse("\ufeff" + tables.as_csv(rows), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}.csv"'
        return answer

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_import_context_data(**kwargs), "sample": reverse(f"admin:{self._names}_sample")}

    def import_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().import_action(request, *args, **kwargs)
        result = (getattr(answer, "context_data", None) or {}).get("result")
        if result is None:
            return answer
        for error in result.base_errors:
            error.traceback = ""  # the page would show it, with our paths
        for row in result.rows:
            if told := getattr(row, "told", ""):  # by the resource: what the row does besides what the table shows
                messages.warning(request, f"{row.object_repr}: {told}")
        return answer

    def get_import_formats(self) -> list[type[CSV]]:
        return list(self.formats)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """Back to the list; or to the first page, with why nothing was done."""
        errors = [error.error for error in result.base_errors] or [
            error.error for _number, of_row in result.row_errors() for error in of_row
        ]
        if not errors:
            answer: HttpResponse = super().process_result(result, request)
            return answer
        for told in [told for error in errors for told in error.args][:MOST_REFUSALS]:
            messages.error(request, str(told))
        return HttpResponseRedirect("../import/")

    def generate_log_entries(self, result: Result, request: HttpRequest) -> None:
        """As if each row had been typed."""
        new = [row.instance for row in result.rows if row.import_type == RowResult.IMPORT_TYPE_NEW]
        if new and person_of(new[0]) is not None:  # many at once, and none of them changes
            self.log_additions(request, new)
            return
        for row in result.rows:
            if row.import_type == RowResult.IMPORT_TYPE_NEW:
                self.log_addition(request, row.instance, [{"added": {}}])
            elif row.import_type == RowResult.IMPORT_TYPE_UPDATE:
                self.log_change(request, row.instance, [{"changed": {"fields": [str(_("imported"))]}}])
