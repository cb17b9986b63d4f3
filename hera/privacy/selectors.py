"""All that is kept of one person, for herself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import CASCADE, DO_NOTHING, ForeignKey, ManyToManyField, Model
from rest_framework.authtoken.models import Token

from hera.api.models import ListChange
from hera.otp_auth.models import KnownPlace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Field

# Keys to her account, which are hers already and nobody's to read in a file; and hashes, which say nothing.
_SECRET_FIELDS = frozenset({"password", "key", "key_hash", "call_hash", "secret", "seed", "sealed_text"}) | {
    *("p256dh", "auth"),  # of her browsers
    *("sealed_seed", "salt", "digests", "credential_id", "public_key"),  # second factors of staff
}
_LEFT_OUT = frozenset({Token._meta.label, ListChange._meta.label})  # a key of hers; random numbers
# Elsewhere a place is where a child was vaccinated.
_SECRET_OF_MODELS = {KnownPlace._meta.label: frozenset({"place"})}


def everything_of(user: User) -> dict[str, list[dict[str, Any]]]:
    """Every row that hangs on a person's account, by table, found through the models' own relations.

    A table that is added later is in it without anybody thinking of it.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for model, condition in _tables():
        if model._meta.label in _LEFT_OUT:
            continue
        rows = model.objects.filter(**{condition: user.pk}).order_by("pk")  # type: ignore[attr-defined]
        secret = _SECRET_FIELDS | _SECRET_OF_MODELS.get(model._meta.label, frozenset())
        fields = [field for field in model._meta.concrete_fields if field.name not in secret]
        values = [
            {field.name: row[field.attname] for field in fields} for row in rows.values(*[f.attname for f in fields])
        ]
        if values:
            there = found.setdefault(model._meta.label, [])
            there += [row for row in values if row not in there] if there else values
    return found


def _tables() -> Iterator[tuple[type[Model], str]]:
    """Each model whose rows go with the account, and the path from it to the account; several, where a row hangs on one
    of several things."""
    yield User, "pk"
    seen: set[type[Model] | Field[Any, Any]] = {User}
    waiting: list[tuple[type[Model], str]] = [(User, "")]
    while waiting:
        owner, path = waiting.pop(0)
        for model in apps.get_models(include_auto_created=True):
            for field in _foreign_keys(model, owner):
                if model not in seen or (field.null and owner is not User and field not in seen):
                    seen |= {model, field}
                    way = f"{field.name}__{path}" if path else field.name
                    yield model, way
                    waiting.append((model, way))


def _foreign_keys(model: type[Model], owner: type[Model]) -> list[Field[Any, Any]]:
    return [
        field
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey)
        and not isinstance(field, ManyToManyField)
        and field.related_model is owner
        and field.remote_field.on_delete in {CASCADE, DO_NOTHING}  # DO_NOTHING: the database deletes them
        and model._meta.managed
        and not model._meta.proxy
    ]


def for_reading(everything: dict[str, list[dict[str, Any]]]) -> list[tuple[str, list[str], list[list[object]]]]:
    """(table, head, rows) of each table."""
    return [(name, list(rows[0]), [list(row.values()) for row in rows]) for name, rows in everything.items()]
