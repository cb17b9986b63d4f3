"""What forms, lists and menus of the panel call things, in the language of whoever works with them.

Django takes names in the code for labels. Here these become texts that are translated when they are shown, so that
no model has to repeat its fields' names; `make messages` gathers them through `labels_of`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import Field, Model


translated: list[type[Model]] = []
_OURS = "hera."


def labels_of(model: type[Model]) -> Iterator[str]:
    """Every text of a model that the panel shows, as it stands in the code."""
    options = model._meta
    yield from (str(options.verbose_name), str(options.verbose_name_plural))
    yield str(apps.get_app_config(options.app_label).verbose_name)
    for field in _fields(model):
        yield from filter(None, (str(field.verbose_name), str(field.help_text)))
        yield from (str(label) for _value, label in field.flatchoices)


def translate(model: type[Model]) -> None:
    """Have the labels of a model of HERA's translated when they are shown; other models see to theirs."""
    if not model.__module__.startswith(_OURS) or model in translated:
        return
    translated.append(model)
    options: Any = model._meta
    # Django puts an s behind the name as it is shown, which makes no plural in Arabic.
    is_plural_written = "verbose_name_plural" in options.original_attrs
    plural = options.verbose_name_plural if is_plural_written else str(options.verbose_name_plural)
    options.verbose_name, options.verbose_name_plural = _lazy(options.verbose_name), _lazy(plural)
    app = apps.get_app_config(options.app_label)
    app.verbose_name = _lazy(app.verbose_name)
    for field in _fields(model):
        field.verbose_name = _lazy(field.verbose_name)
        field.help_text = _lazy(field.help_text) if field.help_text else ""
        if field.choices:
            field.choices = [(value, _lazy(label)) for value, label in field.choices]


def call(model: type[Model], one: Promise, several: Promise) -> None:
    """Name a model that has no page, and shows where something is deleted with which its rows go."""
    options: Any = model._meta
    options.verbose_name, options.verbose_name_plural = one, several


def _fields(model: type[Model]) -> list[Field[Any, Any]]:
    found = (*model._meta.fields, *model._meta.many_to_many)
    return [field for field in found if not field.auto_created and field.model.__module__.startswith(_OURS)]


def _lazy(text: Any) -> Any:
    return text if isinstance(text, Promise) else gettext_lazy(str(text))
