"""Tables that staff bring: looked at as a list of changes, then confirmed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from import_export.admin import ImportMixin
from import_export.formats.base_formats import CSV
from import_export.results import RowResult
from import_export.tmp_storages import BaseStorage
from unfold.contrib.import_export.forms import ImportForm

from hera.core import clock, languages
from hera.core.folding import folded
from hera.core.formulas import harmless
from hera.core.whole_tables import Unreadable, plain
from hera.panel import brought, tables
from hera.panel.audited import person_of
from hera.panel.models import ImportUpload

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from django.db.models import Model
    from django.http import HttpRequest
    from django.urls import URLPattern
    from import_export.results import Result

LARGEST = 1_000_000  # bytes
SAMPLE_ROWS = 3
MOST_REFUSALS = 20  # sentences at once
_KNOWN_BY = "name"


@dataclass(frozen=True)
class Preview:
    """What a table would do, in numbers, and each line that is refused, in a sentence."""

    new: int
    changed: int
    same: int
    refused: list[str]

    def __str__(self) -> str:
        return in_words(self.new, self.changed, self.same, len(self.refused))

    @property
    def shown(self) -> list[str]:
        """So many of the refusals as a page bears."""
        return self.refused[:MOST_REFUSALS]

    @property
    def more(self) -> str:
        """How many of them are not shown, in words."""
        return and_more(len(self.refused) - len(self.shown))


def and_more(count: int) -> str:
    """`And 3 more.`; empty where there are none."""
    return ngettext("And %(count)d more.", "And %(count)d more.", count) % {"count": count} if count > 0 else ""


def in_words(new: int, changed: int, same: int, refused: int = 0) -> str:
    """`12 new, 3 changed, 1 refused`: each number by itself, since languages count differently."""
    said = [
        (True, ngettext("%(count)d new", "%(count)d new", new), new),
        (changed, ngettext("%(count)d changed", "%(count)d changed", changed), changed),
        (same, ngettext("%(count)d there already", "%(count)d there already", same), same),
        (refused, ngettext("%(count)d refused", "%(count)d refused", refused), refused),
    ]
    return pgettext("between the parts of a list", ", ").join(
        text % {"count": count} for is_said, text, count in said if is_said
    )


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
                names[folded(str(field.verbose_name))] = field.name
            names[folded(_("Doses"))] = "doses"
    return names


def _called(model: type[Model], columns: Iterable[str]) -> list[str]:
    """What columns are called in the language that is active."""
    called = {field.name: str(field.verbose_name) for field in model._meta.fields} | {"doses": _("Doses")}
    return [called.get(name, name) for name in columns]


class UploadForm(ImportForm):  # type: ignore[misc]
    """A table to be looked at. Its columns are those of the first resource, whose rows are known by a name."""

    def __init__(self, formats: Any, resources: Any, **kwargs: Any) -> None:
        super().__init__(formats, resources, **kwargs)
        self.resource = resources[0]
        # What kind of file it is shows when it is read, whatever it is called.
        self.fields["format"].widget = forms.HiddenInput(attrs={"id": "id_format"})
        self.lines: list[int] = []  # of each row, which of the file it was
        self.preview: Preview | None = None  # of a table of which lines are refused

    def clean_import_file(self) -> Any:
        file = self.cleaned_data["import_file"]
        if file.size > LARGEST:
            raise forms.ValidationError(_("The file is too large; a megabyte is taken at once."))
        try:
            rows = tables.numbered(file.read())
        except tables.TooLarge:
            told = _(
                "The table is too large; %(rows)d rows and %(columns)d columns are taken at once. Bring less of it."
            )
            most = {"rows": tables.MOST_ROWS, "columns": tables.MOST_COLUMNS}
            raise forms.ValidationError(told % most) from None
        except tables.NoTable:
            told = _("This file is no table that HERA can read. Save it as XLSX, or as CSV in UTF-8, and bring that.")
            raise forms.ValidationError(told) from None
        self.lines = [line for line, _row in rows]
        read = SimpleUploadedFile(
            file.name, tables.as_csv(self._read([row for _line, row in rows])).encode(), "text/csv"
        )
        read.lines = self.lines  # type: ignore[attr-defined]
        return read

    def _read(self, rows: list[list[str]]) -> list[list[str]]:
        """The table as the resource wants it; a resource whose rows have no name reads it by itself."""
        own = getattr(self.resource, "understood", None)
        if own is None:
            return self._understood(rows)
        try:
            read: list[list[str]] = own(rows, self.lines)
        except Unreadable as refusal:
            if counts := refusal.counts:
                self.preview = Preview(counts["new"], 0, counts["same"], [str(told) for told in refusal.args])
                raise forms.ValidationError(_("Mend this, and bring the table once more.")) from None
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
        present = {plain(name): name for name in model.objects.order_by("-pk").values_list(_KNOWN_BY, flat=True)}
        seen: set[str] = set()
        for number, row in zip(self.lines[1:], rows, strict=True):
            if len(row) > len(columns):
                told = _("Line %(number)d has more cells than the first one has names.")
                raise forms.ValidationError(told % {"number": number})
            name = row[place] = " ".join(row[place].split())
            if plain(name) in seen:
                raise forms.ValidationError(_("The name %(name)s stands in two rows.") % {"name": name})
            seen.add(plain(name))
            row[place] = present.get(plain(name), name)
        return [columns, *rows]

    def _columns(self, head: list[str]) -> list[str]:
        names = column_names(self.resource._meta.model)
        columns = [names.get(folded(cell), cell.strip()) for cell in head]
        known = list(self.resource().get_import_order())
        told = {
            "unknown": ", ".join(name or "–" for name in columns if name not in known),
            "known": ", ".join(_called(self.resource._meta.model, known)),
        }
        if told["unknown"]:
            raise forms.ValidationError(_("These columns are not known: %(unknown)s. Known are: %(known)s.") % told)
        if _KNOWN_BY not in columns:
            raise forms.ValidationError(_("The first row has no column name. Known are: %(known)s.") % told)
        return columns


class ImportAdmin(ImportMixin):  # type: ignore[misc]
    """Part of an admin class with `resource_classes`: who may add and change its rows may bring tables of them.

    A class may have `may_bring(request)` instead. A resource has `understood(rows, lines)` where its rows have no name,
    and where they are people's `hold`, `states` and `remove`, by which they are taken back (`brought`).
    """

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

    @property
    def _columns(self) -> dict[str, str]:
        """What the columns of a resource's attributes are called."""
        return {field.attribute: field.column_name for field in self.resource_classes[0]().fields.values()}

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
        context = super().get_import_context_data(**kwargs)
        return {**context, "sample": reverse(f"admin:{self._names}_sample"), "of": brought.called(self)}

    def import_action(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer: HttpResponse = super().import_action(request, *args, **kwargs)
        shown = getattr(answer, "context_data", None)
        if shown is None or "form" not in shown:
            return answer
        result, form = shown.get("result"), shown["form"]
        shown["preview"] = _preview(result, form.lines, self._columns) if result else form.preview
        for row in result.rows if result else ():
            if told := getattr(row, "told", ""):  # by the resource: what the row does besides what the table shows
                messages.warning(request, f"{row.object_repr}: {told}")
        return answer

    def write_to_tmp_storage(self, import_file: Any, input_format: Any) -> Any:
        storage = super().write_to_tmp_storage(import_file, input_format)
        ImportUpload.objects.filter(name=storage.name).update(lines=import_file.lines)
        return storage

    @transaction.atomic
    def process_import(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What it brings, and how it can be taken back, are kept together or not at all; once, if confirmed twice."""
        name = request.POST.get("import_file_name", "").replace("\0", "")[:32]
        upload = ImportUpload.objects.select_for_update().filter(name=name).first()
        request.hera_file = brought.File(lines=upload.lines if upload else ())  # type: ignore[attr-defined]
        answer: HttpResponse = super().process_import(request, *args, **kwargs)
        return answer

    def process_dataset(self, dataset: Any, form: Any, request: HttpRequest, **kwargs: Any) -> Result:
        file: brought.File = request.hera_file  # type: ignore[attr-defined]
        name = form.cleaned_data.get("original_file_name") or ""
        request.hera_file = replace(file, name=name, were=brought.before(self, dataset))  # type: ignore[attr-defined]
        return super().process_dataset(dataset, form, request, **kwargs)

    def get_import_formats(self) -> list[type[CSV]]:
        return list(self.formats)

    def has_import_permission(self, request: HttpRequest) -> bool:
        if (own := getattr(self, "may_bring", None)) is not None:  # where a table brings what no form adds
            return bool(own(request))
        return bool(self.has_add_permission(request) and self.has_change_permission(request))

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """Back to the list; or to the first page, with why nothing was done."""
        refused = _preview(result, request.hera_file.lines, self._columns).shown  # type: ignore[attr-defined]
        if not refused:
            answer: HttpResponse = super().process_result(result, request)
            return answer
        transaction.set_rollback(True)  # the library has brought the other rows
        for told in refused:
            messages.error(request, told)
        return HttpResponseRedirect("../import/")

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        """What was done, and where it is taken back."""
        kept = brought.keep(request, self, result, request.hera_file)  # type: ignore[attr-defined]
        done = _("The table was brought: %(what)s.") % {"what": _preview(result, [])}
        if kept is None:
            messages.success(request, done)
            return
        link = format_html('<a class="underline" href="{}">{}</a>', reverse("admin:brought_table", args=[kept.pk]),
                           _("Take it back"))  # fmt: skip
        messages.success(request, format_html("{} {}", done, link))

    def generate_log_entries(self, result: Result, request: HttpRequest) -> None:
        """As if each row had been typed."""
        made = [row.instance for row in result.rows if row.import_type == RowResult.IMPORT_TYPE_NEW]
        new = list({one.pk: one for one in made}.values())  # several rows may be of one
        if new and person_of(new[0]) is not None:  # many at once, and none of them changes
            self.log_additions(request, new)
            return
        for row in result.rows:
            if row.import_type == RowResult.IMPORT_TYPE_NEW:
                self.log_addition(request, row.instance, [{"added": {}}])
            elif row.import_type == RowResult.IMPORT_TYPE_UPDATE:
                self.log_change(request, row.instance, [{"changed": {"fields": [str(_("imported"))]}}])


def _preview(result: Result, lines: Sequence[int], columns: Mapping[str, str] | None = None) -> Preview:
    """What the library found of a table, in words; of its own errors the sentences alone, without its traces.

    Args:
        lines: of each row, the head too, which line of the file it was.
        columns: what the columns of fields are called.
    """
    totals = result.totals
    refused = [str(told) for error in result.base_errors for told in error.error.args]
    found = {
        number: [str(told) for error in errors for told in error.error.args] for number, errors in result.row_errors()
    }
    found |= {row.number: _told(row, columns or {}) for row in result.invalid_rows}
    for number, told in sorted(found.items()):
        line = lines[number] if number < len(lines) else number + 1
        refused.append(_("Line %(number)d: %(refusal)s") % {"number": line, "refusal": " ".join(told)})
    new, changed, same = RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE, RowResult.IMPORT_TYPE_SKIP
    return Preview(totals[new], totals[changed], totals[same], refused)


def _told(row: Any, columns: Mapping[str, str]) -> list[str]:
    """What is wrong with a row, by the columns of the table."""
    wrong = row.field_specific_errors.items()
    fields = [f"{columns.get(name, name)}: {' '.join(map(str, told))}" for name, told in wrong]
    return [*fields, *map(str, row.non_field_specific_errors)]
