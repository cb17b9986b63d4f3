"""Tables that staff bring as CSV: looked at as a list of changes, then confirmed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from import_export.admin import ImportMixin
from import_export.formats.base_formats import CSV
from import_export.results import RowResult
from import_export.tmp_storages import BaseStorage
from unfold.contrib.import_export.forms import ImportForm

from hera.core import clock
from hera.panel.models import ImportUpload

if TYPE_CHECKING:
    from django.http import HttpRequest
    from import_export.results import Result

LARGEST = 1_000_000  # bytes
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


class UploadForm(ImportForm):  # type: ignore[misc]
    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is too large; a megabyte is taken at once."))
        try:
            file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("Save the table as CSV in UTF-8; this file is something else.")) from None
        file.seek(0)
        return file


class ImportAdmin(ImportMixin):  # type: ignore[misc]
    """Part of an admin class with `resource_classes`: who may add and change its rows may bring tables of them."""

    # The library's own puts a list around what is no list.
    import_export_change_list_template = "panel/change_list_with_import.html"
    import_form_class = UploadForm
    formats = (CSV,)
    tmp_storage_class = UploadStorage

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
