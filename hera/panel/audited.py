"""What every admin class of the panel has: looks and changes made through it are in the audit trail."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.forms import BaseModelForm

from hera.core.ports import Action
from hera.panel import audit, audit_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import HttpRequest, HttpResponse

_NAME = re.compile(r"[a-z][a-z0-9_]{0,60}")
_NOT_ASKED = frozenset({"p", "o", "all", "e", "csrfmiddlewaretoken"})
_FIELDS = 30  # of a filter; an address may hold any number
OK = 200


class Audited:
    """Part of every admin class that the site registers.

    A class may have `audit_detail(obj)`, for ids and codes that are to be noted with it, nothing that names a person;
    `audit_keeps_values = False` where what is typed names people whom the record does not hang on; and `follows`, the
    fields that a change of others moves, which an undo sets again too. They are asked for with a default, since this
    part comes before the class.
    """

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        answer: HttpResponse = super().changelist_view(request, extra_context)  # type: ignore[misc]
        shown = getattr(answer, "context_data", None) or {}
        if (found := shown.get("cl")) is not None and answer.status_code == OK:
            criteria = {
                name: "\n".join(values)
                for name, values in list(request.GET.lists())[:_FIELDS]
                if _NAME.fullmatch(name) and name not in _NOT_ASKED
            }
            about = f"{self._label()}, list"
            counts = {"found": found.result_count, "shown": len(found.result_list)}
            audit.record(request, Action.VIEW, about=about, criteria=criteria, **counts)
        return answer

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, extra_context)  # type: ignore[misc]
        seen = (getattr(answer, "context_data", None) or {}).get("original")
        if seen is not None and answer.status_code == OK:
            audit.record(request, Action.VIEW, about=name_of(seen), person=person_of(seen))
        return answer

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        answer: HttpResponse = super().history_view(request, object_id, extra_context)  # type: ignore[misc]
        seen = (getattr(answer, "context_data", None) or {}).get("object")
        if seen is not None and answer.status_code == OK:
            audit.record(request, Action.VIEW, about=f"{name_of(seen)}, history", person=person_of(seen))
        return answer

    def _keeps_values(self) -> bool:
        return bool(getattr(self, "audit_keeps_values", True))

    def _label(self) -> str:
        label: str = self.model._meta.label_lower  # type: ignore[attr-defined]
        return label

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = self._followers(obj) if change else {}
        super().save_model(request, obj, form, change)  # type: ignore[misc]
        after = self._followers(obj) if change else {}
        moved = {name: (before[name], new) for name, new in after.items() if before[name] != new}
        request.hera_followed = moved  # type: ignore[attr-defined]

    def _followers(self, obj: Any) -> dict[str, Any]:
        """The fields that follow others, as the database has them."""
        if not (names := getattr(self, "follows", ())):
            return {}
        row = self.model.objects.filter(pk=obj.pk).values(*names).first()  # type: ignore[attr-defined]
        return {name: audit_values.as_json(value) for name, value in (row or {}).items()}

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        if not add and self._keeps_values() and isinstance(form, BaseModelForm):  # no password's form
            values = audit_values.changed_in(form) | vars(request).pop("hera_followed", {})
            for formset in formsets or ():
                values |= audit_values.changed_in_rows(formset)
            request.hera_values = values  # type: ignore[attr-defined]
        return super().construct_change_message(request, form, formsets, add)  # type: ignore[misc]

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._note(request, Action.ADD, obj, message)
        if person_of(obj) is not None:
            return _log_without_names(request, [obj], ADDITION)[0]
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_additions(self, request: HttpRequest, records: Sequence[Any]) -> None:
        """As `log_addition` of each, for records of people."""
        audit.record_all(request, Action.ADD, [(name_of(record), person_of(record), {}) for record in records])
        _log_without_names(request, records, ADDITION)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self._note(request, Action.CHANGE, obj, message)
        if person_of(obj) is not None:
            return _log_without_names(request, [obj], CHANGE)[0]
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        deleted = list(queryset)
        kept = [audit_values.of_deleted(obj) if self._keeps_values() else {} for obj in deleted]
        noted = [
            (name_of(obj), person_of(obj), {"values": audit_values.hash_of(values)} if values else {})
            for obj, values in zip(deleted, kept, strict=True)
        ]
        entries = audit.record_all(request, Action.DELETE, noted)
        audit_values.keep_all(
            (entry.pk, person_of(obj), values)
            for entry, obj, values in zip(entries, deleted, kept, strict=True)
            if values
        )
        if any(person_of(obj) is not None for obj in deleted):
            return _log_without_names(request, deleted, DELETION)
        return super().log_deletions(request, queryset)  # type: ignore[misc]

    def _note(self, request: HttpRequest, action: Action, obj: Any, message: Any) -> None:
        parts = message if isinstance(message, list) else []
        fields = sorted({name for part in parts for said in part.values() for name in said.get("fields", [])})
        detail: dict[str, Any] = {"fields": fields} if fields else {}
        if undone := [said["undone"] for part in parts for said in part.values() if "undone" in said]:
            detail["undoes"] = undone[0]
        if more := getattr(self, "audit_detail", None):
            detail |= more(obj)
        values = vars(request).pop("hera_values", {})
        goes_with = obj.pk if isinstance(obj, User) else person_of(obj)
        detail = {**detail, "values": audit_values.hash_of(values)} if values else detail
        [entry] = audit.record_all(request, action, [(name_of(obj), person_of(obj), detail)])
        if values:
            audit_values.keep(entry.pk, goes_with, values)


def name_of(obj: Any) -> str:
    """What an entry is about."""
    return f"{obj._meta.label_lower} {obj.pk}"


def person_of(obj: Any) -> int | None:
    """The id of the person whose record it is, or whom a message is for; None for what is nobody's."""
    if (user := getattr(obj, "user_id", None)) is not None:
        return int(user)
    of = getattr(obj, "event", None) or getattr(obj, "child", None)
    return getattr(of, "user_id", None)


def _log_without_names(request: HttpRequest, records: Iterable[Any], flag: int) -> list[LogEntry]:
    """Django's own log would keep the names of whose records these are, where erasing does not look."""
    return LogEntry.objects.bulk_create(
        LogEntry(
            user=cast("User", request.user),
            content_type=ContentType.objects.get_for_model(record, for_concrete_model=False),
            object_id=str(record.pk),
            object_repr=name_of(record),
            action_flag=flag,
            change_message="",
        )
        for record in records
    )
