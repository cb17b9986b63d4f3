"""Tables that staff bring: looked at as a list of changes, then confirmed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import path, reverse
from django.utils import translation
from django.utils.translation import gettext as _
from import_export.admin import ImportMixin
from import_export.formats.base_formats import CSV
from import_export.results import RowResult
from import_export.tmp_storages import BaseStorage
from unfold.contrib.import_export.forms import ImportForm

from hera.core import clock, languages
from hera.panel import tables
from hera.panel.models import ImportUpload

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest
    from django.urls import URLPattern
    from import_export.results import Result

LARGEST = 1_000_000  # bytes
SAMPLE_ROWS = 3
KEPT = dt.timedelta(days=1)


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


def delete_old_uploads() -> int:
    """Forget files that nobody confirmed; returns how many."""
    return ImportUpload.objects.filter(uploaded_at__lt=clock.now() - KEPT).delete()[0]


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
    """A table to be looked at. Its columns are those of the first resource's model."""

    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.names = column_names(resources[0]._meta.model)

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is too large; a megabyte is taken at once."))
        try:
            table = tables.as_plain_csv(file.read(), self.names)
        except tables.TooLarge:
            raise forms.ValidationError(
                _("The table is too large; %(number)d rows are taken at once.") % {"number": tables.MOST_ROWS}
            ) from None
        except tables.NoTable:
            told = _("This file is no table that HERA can read. Save it as XLSX, or as CSV in UTF-8, and bring that.")
            raise forms.ValidationError(told) from None
        return SimpleUploadedFile(file.name, table.encode(), "text/csv")


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
        table = self.resource_classes[0]().export(self.get_queryset(request).order_by("pk")[:SAMPLE_ROWS])
        answer = HttpResponse("\ufeff" + table.csv, content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="{self.opts.model_name}.csv"'
        return answer

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_import_context_data(**kwargs), "sample": reverse(f"admin:{self._names}_sample")}

    def import_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().import_action(request, *args, **kwargs)
        result = (getattr(answer, "context_data", None) or {}).get("result")
        for error in result.base_errors if result else ():
            error.traceback = ""  # the page would show it, with our paths
        return answer

    def get_import_formats(self) -> list[type[CSV]]:
        return list(self.formats)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def generate_log_entries(self, result: Result, request: HttpRequest) -> None:
        """As if each row had been typed."""
        for row in result.rows:
            if row.import_type == RowResult.IMPORT_TYPE_NEW:
                self.log_addition(request, row.instance, [{"added": {}}])
            elif row.import_type == RowResult.IMPORT_TYPE_UPDATE:
                self.log_change(request, row.instance, [{"changed": {"fields": [str(_("imported"))]}}])
