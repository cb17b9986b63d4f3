from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from hera.figures.measures import MEASURES
from hera.figures.models import Target


class TargetForm(forms.ModelForm):  # type: ignore[type-arg]
    """A measure that is a part of a whole, and what part it should be."""

    measure = forms.ChoiceField(label=gettext_lazy("Measure"), widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Target
        fields = ["measure", "percent"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["measure"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.key, one.label) for one in MEASURES.values() if one.whole]


@admin.register(Target)
class TargetAdmin(ModelAdmin):  # type: ignore[misc]
    """What each measure should be, as the manager sets it: at least, or at most where less is better."""

    form = TargetForm
    list_display = ["measured", "percent"]

    @admin.display(description=gettext_lazy("Measure"), ordering="measure")
    def measured(self, target: Target) -> str:
        known = MEASURES.get(target.measure)
        return str(known.label) if known else target.measure
