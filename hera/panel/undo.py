"""Taking a change back: what the trail's entry was from is set again, if nobody has changed it since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import ModelChoiceField, ModelMultipleChoiceField
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from hera.core.ports import Action
from hera.panel import audit_values

if TYPE_CHECKING:
    from django.http import HttpRequest

    from hera.panel.audit_values import Values
    from hera.panel.models import AuditEntry


class Refused(Exception):  # noqa: N818  (named as the fact)
    """The message is for whoever pressed the button."""


@dataclass(frozen=True)
class Change:
    """A field as the pages of the trail show it."""

    label: str
    old: str
    new: str


def as_written(values: Values) -> list[Change]:
    """The fields of a change that is not taken back from the trail, as they were kept."""
    return [Change(name, str(old), str(new)) for name, (old, new) in sorted(values.items())]


@dataclass(frozen=True)
class Undo:
    """A change that can be taken back by whoever looks."""

    entry: AuditEntry
    record: Any
    page: Any  # its admin class
    form: Any
    values: Values  # of fields of the form
    followed: Values  # of fields that moved with them
    rows: Values  # of tables on the page: shown, and not taken back

    def changes(self) -> list[Change]:
        """Each field with its label, and its values in words."""
        typed = [
            Change(str(field.label or name), _in_words(field, old), _in_words(field, new))
            for name, (old, new) in self.values.items()
            if (field := self.form.fields[name])
        ]
        labels = {name: str(capfirst(self.record._meta.get_field(name).verbose_name)) for name in self.followed}
        return typed + [Change(labels[name], str(old), str(new)) for name, (old, new) in self.followed.items()]

    def is_changed_since(self) -> bool:
        """Whether any of its fields is no longer what the change made it."""
        now = {name: self.form.initial.get(name) for name in self.values}
        now |= {name: getattr(self.record, name) for name in self.followed}
        moved = self.values | self.followed
        return any(audit_values.as_json(now[name]) != new for name, (_old, new) in moved.items())


def of(request: HttpRequest, entry: AuditEntry, *, locked: bool = False) -> Undo | None:
    """How to take an entry's change back; None where there is nothing to, or not for this viewer.

    Args:
        locked: hold the record until the end of the transaction.
    """
    values = audit_values.of(entry) if entry.action == Action.CHANGE and "values" in entry.detail else {}
    if not values:
        return None
    label, _space, key = entry.about.partition(" ")
    if "." not in label:
        return None  # no record of one page
    model = apps.get_model(label)
    page: Any = admin.site._registry.get(model)  # noqa: SLF001  (the site has no other way to ask)
    records = model.objects.select_for_update(of=("self",)) if locked else model.objects.all()
    record = records.filter(pk=key).first()
    if page is None or record is None or not page.has_change_permission(request, record):
        return None
    if page.get_queryset(request).filter(pk=key).first() is None:
        return None
    form = page.get_form(request, record, change=True)(instance=record)
    typed = {name: pair for name, pair in values.items() if name in form.fields}
    followed = {name: pair for name, pair in values.items() if name in getattr(page, "follows", ())}
    rows = {name: pair for name, pair in values.items() if "." in name}
    if not typed or len(typed) + len(followed) + len(rows) < len(values):
        return None
    return Undo(entry, record, page, form, typed, followed, rows)


@transaction.atomic
def take_back(request: HttpRequest, entry: AuditEntry) -> Any:
    """Set what the change was from; returns the record. It is an entry of its own, which can be undone too.

    Raises:
        Refused: if it cannot be, or the record has changed since.
    """
    undo = of(request, entry, locked=True)
    if undo is None:
        raise Refused(_("This change can no longer be undone."))
    if undo.is_changed_since():
        raise Refused(_("This record has been changed since. Look at it, and correct it by hand."))
    form, record = undo.form, undo.record
    try:
        form.cleaned_data = {name: _cleaned(form.fields[name], old) for name, (old, _new) in undo.values.items()}
        for name in form.fields.keys() - undo.values.keys():
            form.cleaned_data[name] = _cleaned(form.fields[name], audit_values.as_json(form.initial.get(name)))
        for name in undo.values.keys() & {field.name for field in record._meta.concrete_fields}:
            setattr(record, name, form.cleaned_data[name])
        record.full_clean()
    except ValidationError as problem:
        raise Refused(
            _("What it was cannot be set again: %(reason)s") % {"reason": " ".join(problem.messages)}
        ) from None
    form.changed_data = list(undo.values)
    undo.page.save_model(request, record, form, True)
    if undo.followed:
        type(record).objects.filter(pk=record.pk).update(**{name: old for name, (old, _new) in undo.followed.items()})
    for field in record._meta.many_to_many:
        if field.name in undo.values:
            getattr(record, field.name).set(form.cleaned_data[field.name])
    taken = undo.values | undo.followed
    request.hera_values = {name: (new, old) for name, (old, new) in taken.items()}  # type: ignore[attr-defined]
    undo.page.log_change(request, record, [{"changed": {"fields": sorted(undo.values), "undone": entry.pk}}])
    return record


def _cleaned(field: Any, kept: Any) -> Any:
    """A kept value as the form would have it. Of records that are gone meanwhile, the others."""
    if isinstance(field, ModelMultipleChoiceField):
        return _records(field).filter(pk__in=kept or [])
    if isinstance(field, ModelChoiceField):
        return field.clean(kept)
    return field.to_python(kept)


def _records(field: ModelChoiceField) -> Any:  # type: ignore[type-arg]
    """What the field chooses from; Django allows that it is not set yet, which no form of an admin class has."""
    return field.queryset


def _in_words(field: Any, value: Any) -> str:
    if isinstance(field, ModelMultipleChoiceField):
        names = _records(field).model.objects.filter(pk__in=value or [])
        return ", ".join(sorted(str(one) for one in names)) or "–"
    if value in (None, "", []):
        return "–"
    if isinstance(field, ModelChoiceField):
        return str(_records(field).model.objects.filter(pk=value).first() or value)
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    choices = {str(key): str(label) for key, label in getattr(field, "choices", [])}
    return choices.get(str(value), str(value))
