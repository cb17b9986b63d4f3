"""The pages of tables that were brought: what there is, what taking one back would do, and the button that does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hera.core.ports import Action
from hera.panel import audit, brought, brought_kept
from hera.panel.audited import name_of
from hera.panel.imports import and_more, in_words
from hera.panel.models import BroughtTable
from hera.panel.undo import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest

    from hera.panel.models import BroughtRow

_MOST_SHOWN = 50  # rows


def listed(request: HttpRequest) -> HttpResponse:
    """The tables of the last 30 days, of the kinds that the viewer may bring herself."""
    if not brought.may_bring_any(request):
        raise PermissionDenied
    tables = brought.tables_of(request)
    audit.record(request, Action.VIEW, about="tables that were brought, list", shown=len(tables))
    context = {
        **admin.site.each_context(request),
        "title": _("Tables that were brought"),
        "tables": [(table, _of(table), _did(table)) for table in tables],
    }
    return render(request, "panel/brought.html", context)


def one(request: HttpRequest, pk: int) -> HttpResponse:
    """What taking a table back would do; and after the button was pressed, that it is done or why not."""
    table = brought_kept.standing().filter(pk=pk).first()
    page = brought.page_of(table) if table else None
    if table is None or page is None:
        raise Http404
    if not page.has_import_permission(request):
        raise PermissionDenied
    if request.method == "POST":
        try:
            brought.take_back(request, table)
        except brought.Refused as reason:
            messages.error(request, str(reason))
        else:
            messages.success(request, _("It was taken back."))
        return HttpResponseRedirect(reverse("admin:brought_table", args=[table.pk]))
    plan = brought.plan_of(table)
    audit.record(request, Action.VIEW, about=name_of(table))
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": _("A table that was brought"),
        "table": table,
        "of": _of(table),
        "did": _did(table),
        "plan": plan,
        "would": [*_would(plan), *(brought.effects(request, table, plan) if plan.is_possible else ())],
        "cannot": _cannot(len(plan.changed_since), page),
        "refused": _refused(plan.changed_since),
        "more_refused": and_more(len(plan.changed_since) - _MOST_SHOWN),
        "changes": [(str(plan.records[row.record]), _changes(page, row)) for row in plan.set_back[:_MOST_SHOWN]],
    }
    return render(request, "panel/brought_table.html", context)


def _of(table: BroughtTable) -> str:
    page = brought.page_of(table)
    if page is None:
        return table.of
    return brought.called(page)


def _did(table: BroughtTable) -> str:
    return in_words(table.new, table.changed, table.same)


def _would(plan: brought.Plan) -> list[str]:
    """What taking back does, in words; each number by itself, since languages count differently."""
    removed, off, back, gone = map(len, (plan.removed, plan.switched_off, plan.set_back, plan.gone))
    said = [
        (removed, ngettext("%(count)d record is removed", "%(count)d records are removed", removed)),
        (back, ngettext("%(count)d record is set back", "%(count)d records are set back", back)),
        (off, ngettext("%(count)d record is switched off", "%(count)d records are switched off", off)),
        (gone, ngettext("%(count)d record is gone already", "%(count)d records are gone already", gone)),
    ]
    return [text % {"count": count} for count, text in said if count]


def _cannot(count: int, page: Any) -> str:
    told = ngettext(
        "It cannot be taken back: %(count)d record is no longer as the table left it. Correct it by hand.",
        "It cannot be taken back: %(count)d records are no longer as the table left them. Correct them by hand.",
        count,
    )
    first = str(getattr(page.resource_classes[0], "take_back_first", ""))
    return " ".join(filter(None, [told % {"count": count}, first])) if count else ""


def _refused(rows: Sequence[BroughtRow]) -> list[tuple[str, str]]:
    """Each line whose record has changed since, with where to look at it."""
    return [(_("Line %(number)d") % {"number": row.line}, _link(row)) for row in rows[:_MOST_SHOWN]]


def _link(row: BroughtRow) -> str:
    if row.person_id:
        return reverse("admin:custom_user_customuser_change", args=[row.person_id])
    page = brought.page_of(row.table)
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_change", args=[row.record]) if page else ""


def _changes(page: Any, row: BroughtRow) -> list[Change]:
    fields = {field.name: str(capfirst(field.verbose_name)) for field in page.opts.fields} | {"doses": _("Doses")}
    return [
        Change(fields.get(name, name), old or "–", row.after.get(name, "") or "–")
        for name, old in row.before.items()
        if row.after.get(name) != old
    ]


panel_urlpatterns = [
    path("brought/", listed, name="brought_tables"),
    path("brought/<int:pk>/", one, name="brought_table"),
]
