"""What a change was from and to: sealed beside the trail, where erasing reaches it; the trail has a keyed hash."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db.models import Model, QuerySet
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.encoding import force_bytes

from hera.core import clock
from hera.panel.models import AuditEntry, AuditValues

if TYPE_CHECKING:
    from collections.abc import Mapping

KEPT = dt.timedelta(days=30)
Values = dict[str, tuple[Any, Any]]  # field: (old, new), as JSON has them


def keyed_hash(text: str) -> str:
    """What stands for a text that must not be readable: who has the secret key can compare, nobody can read."""
    return salted_hmac("hera.panel.audit", text, algorithm="sha256").hexdigest()


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


def hash_of(values: Mapping[str, tuple[Any, Any]]) -> str:
    """For the chain: who changes the sealed values is found out."""
    return keyed_hash(_text(values))


def keep(entry_id: int, person: int | None, values: Values) -> None:
    """Seal what this entry's change was from and to."""
    sealed = _box().encrypt(_text(values).encode())
    AuditValues.objects.create(entry_id=entry_id, made_at=clock.now(), person_id=person, sealed_text=sealed)


def of(entry: AuditEntry) -> Values:
    """The values of an entry's change; none if they are gone, past their time, or not what was written."""
    kept = AuditValues.objects.filter(pk=entry.pk, made_at__gt=clock.now() - KEPT).first()
    if kept is None:
        return {}
    try:
        text = _box().decrypt(bytes(kept.sealed_text)).decode()
    except InvalidToken:
        return {}
    found: Values = {name: (old, new) for name, (old, new) in json.loads(text).items()}
    return found if constant_time_compare(entry.detail.get("values", ""), hash_of(found)) else {}


def delete_old() -> int:
    """Forget values that are past their time; returns how many."""
    return AuditValues.objects.filter(made_at__lte=clock.now() - KEPT).delete()[0]


def _text(values: Mapping[str, tuple[Any, Any]]) -> str:
    return json.dumps({name: list(pair) for name, pair in values.items()}, sort_keys=True)


def _box() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    digests = [hashlib.sha256(b"hera.panel.audit_values:" + force_bytes(key)).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
