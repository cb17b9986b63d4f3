"""Vaccines as a CSV table, with their doses in one column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import BooleanWidget, Widget

from hera.child_health import programme
from hera.child_health.models import Vaccine, VaccineDose
from hera.core import digits
from hera.core.ports import announcements
from hera.core.table_changes import PreviewedResource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from import_export.results import Result

_DOSE = re.compile(r"(?P<name>.+?)\s*@\s*(?P<week>\d{1,4})")
_OLDEST = 18 * 53  # weeks: who is no child is on no calendar
_LONGEST_NAME = 50

Doses = dict[str, int]


def doses_from(text: str) -> Doses:
    """Doses as `Dose 1 @ 8; Dose 2 @ 16`: weeks of age by name.

    Raises:
        ValueError: if it is something else; the message says what.
    """
    found: Doses = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        match = _DOSE.fullmatch(part)
        if match is None or len(match["name"]) > _LONGEST_NAME or int(match["week"]) > _OLDEST:
            raise ValueError(_("Write doses as Dose 1 @ 8; Dose 2 @ 16 (weeks of age). This is none: %s") % part)
        if match["name"] in found:
            raise ValueError(_("Two doses have the name %s.") % match["name"])
        found[match["name"]] = int(match["week"])
    return found


def doses_as_text(doses: Mapping[str, int]) -> str:
    """Doses as a table has them: what `doses_from` reads."""
    return "; ".join(f"{name} @ {week}" for name, week in doses.items())


def doses_of(vaccine: Vaccine) -> Doses:
    """The vaccine's doses as they stand in the database, in the order of a calendar."""
    if vaccine.pk is None:
        return {}
    return dict(VaccineDose.objects.filter(vaccine=vaccine, is_active=True).values_list("name", "week_age"))


def replace_doses(vaccine: Vaccine, wanted: Doses) -> None:
    """Give a vaccine these doses.

    One whose name stays keeps its id, and one that goes is switched off: announced events are known by their doses.
    """
    # Of two with one name the one in use comes last, and counts.
    present = {dose.name: dose for dose in VaccineDose.objects.filter(vaccine=vaccine).order_by("is_active", "id")}
    VaccineDose.objects.filter(vaccine=vaccine).exclude(name__in=wanted).update(is_active=False)
    kept = [dose for name, dose in present.items() if name in wanted]
    for dose in kept:
        dose.week_age, dose.is_active = wanted[dose.name], True
    VaccineDose.objects.bulk_update(kept, ["week_age", "is_active"])
    VaccineDose.objects.bulk_create(
        VaccineDose(vaccine=vaccine, name=name, week_age=week) for name, week in wanted.items() if name not in present
    )


class _DosesWidget(Widget):  # type: ignore[misc]
    def clean(self, value: Any, *_row: Any, **_kwargs: Any) -> Doses:
        return doses_from(str(value or ""))

    def render(self, value: Any, *_obj: Any, **_kwargs: Any) -> str:
        return doses_as_text(value)


class _DosesField(Field):  # type: ignore[misc]
    """Reads a vaccine's doses where they are; what a table wants them to be waits on the vaccine until it is saved."""

    def get_value(self, instance: Vaccine) -> Doses:
        return doses_of(instance)


class _YesOrNoWidget(BooleanWidget):  # type: ignore[misc]
    """1 and 0, or true and false. The library takes every other text for no."""

    def clean(self, value: Any, *_row: Any, **_kwargs: Any) -> bool:
        text = digits.plain(str(value)).lower()
        if text not in {"1", "0", "true", "false"}:
            raise ValueError(_("Write 1 for yes and 0 for no, not %s.") % (value or '""'))
        return text in {"1", "true"}


def _yes_or_no(name: str) -> Field:
    return Field(column_name=name, attribute=name, widget=_YesOrNoWidget())


class VaccineResource(PreviewedResource):
    """One row a vaccine, known by its name. `doses` replaces its doses; without that column they stay."""

    applicable_for_female = _yes_or_no("applicable_for_female")
    applicable_for_male = _yes_or_no("applicable_for_male")
    is_active = _yes_or_no("is_active")
    doses = _DosesField(column_name="doses", attribute="wanted_doses", widget=_DosesWidget())

    class Meta:
        model = Vaccine
        fields = ("name", "nickname", "applicable_for_female", "applicable_for_male", "is_active", "doses")
        import_id_fields = ("name",)
        use_transactions = True
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True

    _effect: programme.Effect | None = None

    def skip_row(self, instance: Vaccine, original: Vaccine, row: Any, import_validation_errors: Any = None) -> bool:
        wanted: Doses | None = getattr(instance, "wanted_doses", None)
        if wanted is not None and wanted != doses_of(instance):
            return False
        return bool(super().skip_row(instance, original, row, import_validation_errors))

    def before_save_instance(self, instance: Vaccine, *_row: Any, **_kwargs: Any) -> None:
        self._effect = programme.effect_of_row(instance, getattr(instance, "wanted_doses", None))
        before = Vaccine.objects.filter(pk=instance.pk, is_active=True).exists() if instance.pk else False
        instance.was_active = instance.was_active or instance.is_active or before

    def after_import_row(self, _row: Any, row_result: Any, **_kwargs: Any) -> None:
        """What it does to calendars is read with the preview, as it is before a form is saved."""
        row_result.told = programme.told(self._effect) if self._effect else ""
        self._effect = None

    def after_save_instance(self, instance: Vaccine, *_row: Any, **_kwargs: Any) -> None:
        if (wanted := getattr(instance, "wanted_doses", None)) is not None:
            replace_doses(instance, wanted)

    def after_import(self, _dataset: Any, result: Result, **kwargs: Any) -> None:
        if not kwargs.get("dry_run") and not result.has_errors():
            announcements().programme_changed()
