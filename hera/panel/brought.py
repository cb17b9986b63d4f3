"""Tables that were brought: kept for 30 days, and taken back as a whole while nothing of them has changed (ADR 34)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from import_export.formats.base_formats import CSV
from import_export.results import RowResult

from hera.core import clock
from hera.core.ports import Action
from hera.panel import audit, brought_kept, tables
from hera.panel.audited import name_of, person_of
from hera.panel.models import BroughtRow, BroughtTable
from hera.panel.protected import kept

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest
    from import_export.results import Result

KNOWN_BY = "name"
_LONGEST_FILE_NAME = 255
Values = Mapping[str, str]  # of one record, by column


class Refused(Exception):  # noqa: N818  (named as the fact)
    """The message is for whoever pressed the button."""


@dataclass
class Plan:
    """What taking a table back does: which records go, are switched off, or are set back; or why it cannot be.

    Args:
        changed_since: the rows whose records are no longer as the table left them.
        names: of each record what it is called; of a person's there is none.
    """

    removed: list[BroughtRow] = field(default_factory=list)
    switched_off: list[BroughtRow] = field(default_factory=list)
    set_back: list[BroughtRow] = field(default_factory=list)
    changed_since: list[BroughtRow] = field(default_factory=list)
    gone: list[BroughtRow] = field(default_factory=list)
    records: dict[int, Model] = field(default_factory=dict)

    @property
    def is_possible(self) -> bool:
        return not self.changed_since and bool(self.removed or self.switched_off or self.set_back)


def page_of(table: BroughtTable) -> Any:
    """The admin class that took it; None if there is none any more."""
    label = table.of.partition(".")
    is_there = label[0] in apps.app_configs and label[2] in apps.all_models[label[0]]
    return admin.site._registry.get(apps.get_model(table.of)) if is_there else None  # noqa: SLF001


def called(page: Any) -> str:
    """What tables that this admin class takes are of, in the reader's language."""
    return str(getattr(page.resource_classes[0], "called", None) or capfirst(page.opts.verbose_name_plural))


def tables_of(request: HttpRequest) -> list[BroughtTable]:
    """The tables that this member of staff could have brought herself, newest first."""
    mine = [model._meta.label_lower for model, page in admin.site._registry.items() if _may(request, page)]  # noqa: SLF001
    return list(brought_kept.standing().filter(of__in=mine).order_by("-pk")[:200])


def may_bring_any(request: HttpRequest) -> bool:
    """Whether there is a kind of table that whoever asks may bring, at least when no pack is in use.

    It is asked by the menu of every page: by rights alone, which were read already.
    """
    for model, page in admin.site._registry.items():  # noqa: SLF001
        if not getattr(page, "resource_classes", None):
            continue
        rights = [f"{model._meta.app_label}.{verb}_{model._meta.model_name}" for verb in ("add", "change")]
        may = getattr(page, "may_bring", None)
        if may(request) if may else request.user.has_perms(rights):
            return True
    return False


def _may(request: HttpRequest, page: Any) -> bool:
    return bool(getattr(page, "resource_classes", None)) and bool(page.has_import_permission(request))


def values_of(resource: Any, records: Iterable[Model]) -> dict[int, dict[str, str]]:
    """What these records are, as a table of them would say it, by their ids."""
    heads = resource.get_export_headers()
    return {one.pk: dict(zip(heads, map(str, resource.export_resource(one)), strict=True)) for one in records}


def before(page: Any, dataset: Any) -> dict[int, dict[str, str]]:
    """The records that a table names, as they are before it is brought; nothing where they are people's."""
    resource = page.resource_classes[0]()
    if hasattr(resource, "states") or KNOWN_BY not in (dataset.headers or ()):
        return {}
    found = page.model._default_manager.filter(**{f"{KNOWN_BY}__in": list(dataset[KNOWN_BY])})  # noqa: SLF001
    return values_of(resource, found.order_by("pk"))


@dataclass(frozen=True)
class File:
    """A table that is about to be brought.

    Args:
        lines: of each row, the head too, which line of the file it was.
        were: the records that it names, from `before`.
    """

    name: str = ""
    lines: Sequence[int] = ()
    were: Mapping[int, Values] = field(default_factory=dict)


def keep(request: HttpRequest, page: Any, result: Result, file: File) -> BroughtTable | None:
    """Keep that a table was brought, with what it did to each record; None if it did nothing."""
    totals = result.totals
    new, changed = totals[RowResult.IMPORT_TYPE_NEW], totals[RowResult.IMPORT_TYPE_UPDATE]
    if not new + changed:
        return None
    table = BroughtTable.objects.create(
        of=page.model._meta.label_lower,
        by=request.user,  # type: ignore[misc]
        by_name=request.user.get_username(),
        at=clock.now(),
        file_name=file.name[:_LONGEST_FILE_NAME],
        new=new,
        changed=changed,
        same=totals[RowResult.IMPORT_TYPE_SKIP],
    )
    kinds = {RowResult.IMPORT_TYPE_NEW, RowResult.IMPORT_TYPE_UPDATE}
    done = {
        row.instance.pk: (place, row)
        for place, row in reversed(list(enumerate(result.rows)))
        if row.import_type in kinds
    }
    resource = page.resource_classes[0]()
    if hasattr(resource, "states"):
        are: Mapping[int, Values] = {pk: {"state": state} for pk, state in resource.states(list(done)).items()}
    else:
        are = values_of(resource, page.model._default_manager.filter(pk__in=list(done)))  # noqa: SLF001
    BroughtRow.objects.bulk_create(
        BroughtRow(
            table=table,
            line=file.lines[place + 1] if place + 1 < len(file.lines) else place + 2,
            record=pk,
            person_id=person_of(row.instance),
            is_new=row.import_type == RowResult.IMPORT_TYPE_NEW,
            before=file.were.get(pk, {}),
            after=are.get(pk, {}),
        )
        for pk, (place, row) in sorted(done.items(), key=lambda one: one[1][0])
    )
    audit.record(request, Action.ADD, about=name_of(table), of=table.of, new=new, changed=changed, same=table.same)
    return table


def plan_of(table: BroughtTable) -> Plan:
    """What taking this table back would do now."""
    page = page_of(table)
    plan = Plan()
    if page is None or table.taken_back_at:
        return plan
    rows = list(table.rows.order_by("line", "pk"))
    resource = page.resource_classes[0]()
    plan.records = page.model._default_manager.in_bulk([row.record for row in rows])  # noqa: SLF001
    if hasattr(resource, "states"):
        states = resource.states([row.record for row in rows])
        are: Mapping[int, Values] = {pk: {"state": state} for pk, state in states.items()}
    else:
        are = values_of(resource, list(plan.records.values()))
    held = set() if hasattr(resource, "states") else _held(page, plan, rows)
    for row in rows:
        if row.record not in are:
            (plan.gone if row.is_new else plan.changed_since).append(row)
        elif are[row.record] != row.after:
            plan.changed_since.append(row)
        elif not row.is_new:
            plan.set_back.append(row)
        elif row.record not in held:
            plan.removed.append(row)
        elif "is_active" in row.after:  # what hangs on it needs it: it is on no calendar any more
            plan.switched_off.append(row)
        else:
            plan.changed_since.append(row)
    return plan


def _held(page: Any, plan: Plan, rows: Sequence[BroughtRow]) -> set[int]:
    """Those of the new records on which something hangs."""
    new = [plan.records[row.record] for row in rows if row.is_new and row.record in plan.records]
    more = getattr(page, "hangs_on", None)
    return kept(new) | {record.pk for record in new if more and more(record)}


@transaction.atomic
def take_back(request: HttpRequest, table: BroughtTable) -> Plan:
    """Take a table back, all of it or nothing.

    Raises:
        Refused: if it was taken back already, is too old, or a record of it is no longer as the table left it.
    """
    table = BroughtTable.objects.select_for_update().get(pk=table.pk)
    page = page_of(table)
    if page is not None:
        _hold(page, list(table.rows.values_list("record", flat=True)))
    plan = plan_of(table)
    if page is None or table.taken_back_at or table.at <= clock.now() - brought_kept.KEPT or not plan.is_possible:
        raise Refused(_("This table can no longer be taken back."))
    resource = page.resource_classes[0]()
    removed = [plan.records[row.record] for row in plan.removed]
    if removed:
        page.log_deletions(request, page.model._default_manager.filter(pk__in=[one.pk for one in removed]))  # noqa: SLF001
    if hasattr(resource, "states"):
        resource.remove([one.pk for one in removed])
    else:
        page.model._default_manager.filter(pk__in=[one.pk for one in removed]).delete()  # noqa: SLF001
        _set_back(request, page, plan)
    table.taken_back_at, table.taken_back_by_name = clock.now(), request.user.get_username()
    table.save(update_fields=["taken_back_at", "taken_back_by_name"])
    counts = {"removed": len(removed), "set_back": len(plan.set_back), "switched_off": len(plan.switched_off)}
    audit.record(request, Action.CHANGE, about=name_of(table), of=table.of, taken_back=True, **counts)
    return plan


def _hold(page: Any, records: Sequence[int]) -> None:
    """What is compared with how the table left it stays so until it is taken back."""
    resource = page.resource_classes[0]()
    if hasattr(resource, "hold"):
        resource.hold(records)
    else:
        list(page.model._default_manager.select_for_update().filter(pk__in=records).order_by("pk").values_list("pk"))  # noqa: SLF001


def _set_back(request: HttpRequest, page: Any, plan: Plan) -> None:
    """Bring what records were before, as a table of its own: so all follows from it that follows from a table."""
    wanted = _wanted(plan)
    result = _bring(request, page, plan, dry_run=False)
    if result is not None and (result.has_errors() or result.has_validation_errors()):
        raise Refused(_("What it was cannot be set again: correct it by hand."))
    for row, values in wanted:
        moved = {name: (row.after.get(name), new) for name, new in values.items() if row.after.get(name) != new}
        request.hera_values = moved  # type: ignore[attr-defined]
        page.log_change(request, plan.records[row.record], [{"changed": {"fields": sorted(moved)}}])


def effects(request: HttpRequest, table: BroughtTable, plan: Plan) -> list[str]:
    """What setting records back does besides, as the preview of a table says it."""
    page = page_of(table)
    result = (
        _bring(request, page, plan, dry_run=True) if page and not hasattr(page.resource_classes[0], "states") else None
    )
    rows = result.rows if result else ()
    return [f"{row.object_repr}: {told}" for row in rows if (told := getattr(row, "told", ""))]


def _wanted(plan: Plan) -> list[tuple[BroughtRow, Values]]:
    back = [(row, row.before) for row in plan.set_back]
    return [*back, *((row, {**row.after, "is_active": "0"}) for row in plan.switched_off)]


def _bring(request: HttpRequest, page: Any, plan: Plan, *, dry_run: bool) -> Result | None:
    wanted = _wanted(plan)
    if not wanted:
        return None
    columns = list(wanted[0][1])
    cells = [[values.get(name, "") for name in columns] for _row, values in wanted]
    dataset = CSV().create_dataset(tables.as_csv([columns, *cells]))
    result: Result = page.resource_classes[0]().import_data(dataset, dry_run=dry_run, user=request.user)
    return result
