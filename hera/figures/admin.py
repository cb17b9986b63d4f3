from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import CharField, OuterRef, Subquery
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminSelectWidget

from hera.child_health.dose_names import dose_name
from hera.child_health.models import Vaccine, VaccineDose
from hera.figures import targets
from hera.figures.dimensions import DIMENSIONS
from hera.figures.measures import MEASURES
from hera.figures.models import Target
from hera.figures.sources import DOSES, THIRDS
from hera.figures.tabulated import all_series
from hera.health_center import selectors as centers
from hera.health_center.models import HealthCenter

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

_WITH_TARGETS = [one for one in MEASURES.values() if one.whole]


class TargetForm(forms.ModelForm):  # type: ignore[type-arg]
    """A measure that is a part of a whole, of what, where, and what part it should be."""

    measure = forms.ChoiceField(label=gettext_lazy("Measure"), widget=UnfoldAdminSelectWidget)
    of = forms.ChoiceField(
        label=gettext_lazy("Of"),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=gettext_lazy("Of one dose or vaccine, say; it has to belong to the measure."),
    )
    where = forms.ChoiceField(label=gettext_lazy("Where"), required=False, widget=UnfoldAdminSelectWidget)

    class Meta:
        model = Target
        fields = ["measure", "percent"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept: Target = self.instance
        series = all_series()
        self._choose("measure", [(one.key, one.label) for one in _WITH_TARGETS])
        of = [
            (one.label, [(_joined(one.key, key), name) for key, name in series[one.source.key, one.series].items()])
            for one in _WITH_TARGETS
            if series.get((one.source.key, one.series))
        ]
        self._choose("of", [("", _("all together")), *of])
        districts = [(_joined("district", name), label) for name, label in centers.districts()]
        found = [(_joined("centre", pk), name) for _district, several in centers.by_district() for pk, name in several]
        groups = [(DIMENSIONS["district"].label, districts), (DIMENSIONS["centre"].label, found)]
        self._choose("where", [("", _("everywhere")), *[(label, rows) for label, rows in groups if rows]])
        if kept.pk:
            self.initial["of"] = _joined(kept.measure, kept.series) if kept.series else ""
            self.initial["where"] = _joined(kept.dimension, kept.value) if kept.value else ""

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        measure, of = cleaned.get("measure", ""), cleaned.get("of", "")
        if measure and of and _parted(of)[0] != measure:
            self.add_error("of", _("This does not belong to the measure. Choose one below its name."))
        elif measure:
            others = Target.objects.filter(**place_of(cleaned)).exclude(pk=self.instance.pk)
            if others.exists():
                self.add_error(None, _("There is a target for this already: change that one."))
        return cleaned


def _joined(first: str, second: str) -> str:
    return f"{first}/{second}"


def _parted(joined: str) -> tuple[str, str]:
    first, _slash, second = joined.partition("/")
    return first, second


def place_of(cleaned: dict[str, Any]) -> dict[str, str]:
    """What a target is of, as its table has it, from what the form says."""
    dimension, value = _parted(cleaned.get("where") or "")
    series = _parted(cleaned.get("of") or "")[1]
    return {"measure": cleaned["measure"], "series": series, "dimension": dimension, "value": value}


def _named(rows: QuerySet[Any], field: str, of: str) -> Subquery:
    """A name of the row whose id, as text, is in a column of the target's."""
    text = rows.annotate(as_text=Cast("pk", CharField())).filter(as_text=OuterRef(of))
    return Subquery(text.values(field)[:1])


@admin.register(Target)
class TargetAdmin(ModelAdmin):  # type: ignore[misc]
    """What each measure should be, as the manager sets it: at least, or at most where less is better."""

    form = TargetForm
    fields = ["measure", "of", "where", "percent"]
    list_display = ["measured", "of_what", "somewhere", "percent"]
    ordering = ["measure", "series", "dimension", "value"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Target]:
        rows: QuerySet[Target] = super().get_queryset(request)
        return rows.annotate(
            dose=_named(VaccineDose.objects.all(), "name", "series"),
            of_vaccine=_named(VaccineDose.objects.all(), "vaccine__name", "series"),
            vaccine=_named(Vaccine.objects.all(), "name", "series"),
            centre=_named(HealthCenter.objects.all(), "name", "value"),
        )

    def save_model(self, request: HttpRequest, obj: Target, form: Any, change: bool) -> None:
        for name, value in place_of({"measure": obj.measure, **form.cleaned_data}).items():
            setattr(obj, name, value)
        super().save_model(request, obj, form, change)

    @admin.display(description=gettext_lazy("Measure"), ordering="measure")
    def measured(self, target: Target) -> str:
        known = MEASURES.get(target.measure)
        return str(known.label) if known else target.measure

    @admin.display(description=gettext_lazy("Of"))
    def of_what(self, target: Target) -> str:
        known = MEASURES.get(target.measure)
        if not target.series or known is None:
            return _("all together")
        if known.source is DOSES:
            return f"{target.of_vaccine}, {dose_name(target.dose)}" if target.dose else "-"  # type: ignore[attr-defined]
        if known.source is THIRDS:
            return target.vaccine or "-"  # type: ignore[attr-defined]
        return known.series([target.series]).get(target.series, target.series)

    @admin.display(description=gettext_lazy("Where"))
    def somewhere(self, target: Target) -> str:
        if target.dimension not in targets.PLACES:
            return _("everywhere")
        return target.centre or "-" if target.dimension == "centre" else target.value  # type: ignore[attr-defined]
