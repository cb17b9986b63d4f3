"""What people's records hang on is not deleted: staff are told what hangs there, and offered to switch it off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import CASCADE, PROTECT, Q
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse

MOST_COUNTED = 1_000  # a country's reminders are not counted for one sentence

# What has no page of its own, and so no names that are translated.
_NAMES = {
    "events.NotificationEvent": gettext_lazy("notifications that were sent"),
    "surveys.Survey": gettext_lazy("questions that were asked"),
    "child_health.PastVaccination": gettext_lazy("ticks of vaccines"),
}


def hangs_on(obj: Model) -> Iterator[str]:
    """What refers to a row and so keeps it, such as `12 notification events`; also through what would go with it."""
    found: dict[Any, Q] = {}
    for model, lookup in _keepers(type(obj)):
        found[model] = found.get(model, Q()) | Q(**{lookup: obj.pk})
    for model, condition in found.items():
        rows = model._base_manager.filter(condition).order_by().values("pk").distinct()  # noqa: SLF001
        if count := rows[: MOST_COUNTED + 1].count():
            # A label of a model is translated by whoever registered it.
            number = f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count)
            yield f"{number} {_NAMES.get(model._meta.label, model._meta.verbose_name_plural)}"


def kept(records: Collection[Model]) -> set[Any]:
    """The ids of those of these rows, all of one model, on which something hangs; a query for each table that can."""
    found: set[Any] = set()
    ids = [record.pk for record in records]
    for model, lookup in _keepers(type(next(iter(records)))) if records else ():
        rows = model._base_manager.filter(**{f"{lookup}__in": ids})  # noqa: SLF001
        found |= set(rows.order_by().values_list(lookup, flat=True).distinct())
    return found


def _keepers(model: Any, path: str = "") -> Iterator[tuple[Any, str]]:
    """The models of which a row keeps one of `model`, and by what it refers to it: itself, or what would go with it."""
    for relation in model._meta.related_objects:
        other: Any = relation.related_model
        lookup = f"{relation.field.name}__{path}".removesuffix("__")
        if relation.on_delete is PROTECT:
            yield other, lookup
        elif relation.on_delete is CASCADE and other.__module__.startswith("hera.") and other is not model:
            yield from _keepers(other, lookup)


class Protected:
    """Part of every admin class: a row on which something hangs is kept, however somebody tries to delete it.

    A class may have `hangs_on(obj)`, for what hangs on a row without referring to it.
    """

    def refusal(self, obj: Any) -> str:
        """Why it is not deleted, and what to do instead; empty if it may be."""
        told = [*hangs_on(obj)]
        if more := getattr(self, "hangs_on", None):
            told += more(obj)
        if not told:
            return ""
        kept = _("%(name)s is kept, because this hangs on it: %(what)s.") % {"name": obj, "what": ", ".join(told)}
        instead = _("Switch it off instead: then nothing new is made of it.")
        return f"{kept} {instead}" if _has_switch(obj) else kept

    def get_deleted_objects(self, objs: Iterable[Any], request: HttpRequest) -> Any:
        if refused := [told for obj in objs if (told := self.refusal(obj))]:
            return [], {}, set(), refused
        return super().get_deleted_objects(objs, request)  # type: ignore[misc]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        obj = self.get_object(request, object_id)  # type: ignore[attr-defined]
        may = obj is not None and self.has_delete_permission(request, obj)  # type: ignore[attr-defined]
        if may and (refused := self.refusal(obj)):
            messages.error(request, refused)
            page = f"admin:{obj._meta.app_label}_{obj._meta.model_name}_change"
            return HttpResponseRedirect(reverse(page, args=[obj.pk]))
        answer: HttpResponse = super().delete_view(request, object_id, extra_context)  # type: ignore[misc]
        return answer


def _has_switch(obj: Any) -> bool:
    return any(field.name == "is_active" for field in obj._meta.fields)
