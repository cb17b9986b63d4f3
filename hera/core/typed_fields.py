"""Fields of pages into which staff type numbers, dates and times: digits of any script are taken."""

from __future__ import annotations

import functools
from typing import Any, TypeVar

from django import forms

from hera.core import digits

_KINDS = (forms.IntegerField, forms.DateField, forms.TimeField, forms.DateTimeField, forms.DurationField)
F = TypeVar("F")


class _Typed:
    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = digits.plain(value)
            if isinstance(self, forms.IntegerField):
                value = "".join(value.split())
        return super().to_python(value)  # type: ignore[misc]


def typed(field: F) -> F:
    """The same field; if it is of a number, a date or a time it takes digits of any script from now on, with spaces and
    direction marks."""
    if isinstance(field, forms.MultiValueField):  # a date and a time side by side
        for part in field.fields:
            typed(part)
    elif isinstance(field, _KINDS) and not isinstance(field, _Typed):
        kind: Any = type(field)
        field.__class__ = _typed_class(kind)
    return field


@functools.cache
def _typed_class(kind: Any) -> Any:
    return type(kind.__name__, (_Typed, kind), {})


class TypedFields:
    """Part of every admin class and of the tables on its pages."""

    def formfield_for_dbfield(self, db_field: Any, request: Any, **options: Any) -> Any:
        return typed(super().formfield_for_dbfield(db_field, request, **options))  # type: ignore[misc]
