"""What a change was from and to: sealed beside the trail, where erasing reaches it; the trail has a keyed hash."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac

from hera.core import clock, sealed
from hera.panel.models import AuditEntry, AuditValues

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEPT = dt.timedelta(days=30)
_BOX = sealed.Box("hera.panel.audit_values")
_LEFT_OUT = frozenset({"user_id", "password"})
Values = dict[str, tuple[Any, Any]]  # field: (old, new), as JSON has them


def keyed_hash(text: str, key: str | bytes | None = None) -> str:
    """What stands for a text that must not be readable: who has the secret key can compare, nobody can read."""
    return salted_hmac("hera.panel.audit", text, key, algorithm="sha256").hexdigest()


def as_json(value: Any) -> Any:
    """A value of a form or a model, as JSON can keep it: records as their ids, several in order."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, QuerySet | list | tuple | set):
        return sorted((as_json(one) for one in value), key=str)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def changed_in(form: Any) -> Values:
    """What a form that was saved has changed, of the fields that an undo can set again."""
    found = {}
    for name in form.changed_data:
        if form.fields[name].widget.is_hidden:
            continue  # a confirmation, or a key; nothing that staff have set
        old, new = as_json(form.initial.get(name)), as_json(form.cleaned_data.get(name))
        if old != new:
            found[name] = (old, new)
    return found


def changed_in_rows(formset: Any) -> Values:
    """What was changed in a table on a page that was saved: each cell, as `dose 3.week_age`, and rows that went."""
    found: Values = {}
    for form in formset.forms:
        if form.instance.pk and form.has_changed() and form not in formset.deleted_forms:
            name = f"{form.instance._meta.model_name} {form.instance.pk}"
            found |= {f"{name}.{field}": pair for field, pair in changed_in(form).items()}
    for row in getattr(formset, "deleted_objects", ()):
        found |= {f"{row._meta.model_name}.{field}": pair for field, pair in of_deleted(row).items()}
    return found


def of_deleted(record: Model) -> Values:
    """What a record was that is deleted, without its key, whose it is and when it was written."""
    fields = [field for field in record._meta.concrete_fields if field.editable and not field.primary_key]
    values = {field.attname: as_json(getattr(record, field.attname)) for field in fields}
    return {name: (value, None) for name, value in values.items() if value not in (None, "") and name not in _LEFT_OUT}


def hash_of(values: Mapping[str, tuple[Any, Any]], key: str | bytes | None = None) -> str:
    """For the chain: who changes the sealed values is found out."""
    return keyed_hash(_text(values), key)


def keep(entry_id: int, person: int | None, values: Values) -> None:
    """Seal what this entry's change was from and to."""
    keep_all([(entry_id, person, values)])


def keep_all(kept: Iterable[tuple[int, int | None, Values]]) -> None:
    """Seal what the changes of several entries were from and to: of each its id, the person and the values."""
    now = clock.now()
    AuditValues.objects.bulk_create(
        AuditValues(entry_id=entry, made_at=now, person_id=person, sealed_text=_BOX.seal(_text(values).encode()))
        for entry, person, values in kept
    )


def of(entry: AuditEntry) -> Values:
    """The values of an entry's change; none if they are gone, past their time, or not what was written."""
    kept = AuditValues.objects.filter(pk=entry.pk, made_at__gt=clock.now() - KEPT).first()
    if kept is None:
        return {}
    try:
        text = _BOX.unseal(kept.sealed_text).decode()
    except sealed.WrongKey:
        return {}
    found: Values = {name: (old, new) for name, (old, new) in json.loads(text).items()}
    noted = entry.detail.get("values", "")
    is_whole = any(constant_time_compare(noted, hash_of(found, key)) for key in _keys())
    return found if is_whole else {}


def delete_old() -> int:
    """Forget values that are past their time; returns how many."""
    return AuditValues.objects.filter(made_at__lte=clock.now() - KEPT).delete()[0]


def _text(values: Mapping[str, tuple[Any, Any]]) -> str:
    return json.dumps({name: list(pair) for name, pair in values.items()}, sort_keys=True)


def _keys() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
