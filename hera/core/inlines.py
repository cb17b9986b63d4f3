"""Rows of a table on the page of what they belong to."""

from __future__ import annotations

from typing import Any

from django.forms.models import BaseInlineFormSet
from unfold.admin import TabularInline


class LabelledFormSet(BaseInlineFormSet):  # type: ignore[type-arg]
    """Each field says its name to who cannot see the head of the table."""

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            field.widget.attrs.setdefault("aria-label", str(field.label))


class RowInline(TabularInline):  # type: ignore[misc]
    formset = LabelledFormSet
    extra = 0
