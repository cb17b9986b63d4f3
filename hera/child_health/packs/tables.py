"""The tables of vaccines and doses, which apps read and staff see, as a pack writes them."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

from django.db import connection

from hera.child_health.models import Vaccine, VaccineDose
from hera.core import clock
from hera.immunization.pack_frame import FIRST_OF_STAFF

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from hera.immunization.pack import Pack

_BORN = dt.date(2001, 1, 1)  # to say an age in weeks
Tables = dict[str, dict[str, list[Any]]]  # as in `AdoptedPack.before`


def of_now() -> Tables:
    """Vaccines and doses as they are, by id: what is on calendars, and what is `off` them.

    A vaccine is its name, nickname, for boys, for girls, whether it ever was on calendars; a dose its week of age,
    name, notes for parents, whether it is switched on.
    """
    on_calendars = {"is_active": True}, {"is_active": True, "vaccine__is_active": True}
    vaccines, doses = Vaccine.objects.order_by("pk"), VaccineDose.objects.order_by("pk")
    return {
        "vaccines": _rows(vaccines.filter(**on_calendars[0]), _OF_VACCINES),
        "doses": _rows(doses.filter(**on_calendars[1]), _OF_DOSES),
        "vaccines_off": _rows(vaccines.exclude(**on_calendars[0]), _OF_VACCINES),
        "doses_off": _rows(doses.exclude(**on_calendars[1]), _OF_DOSES),
    }


_OF_VACCINES = ("name", "nickname", "applicable_for_male", "applicable_for_female", "was_active")
_OF_DOSES = ("week_age", "name", "notes_for_parent", "is_active")


def _rows(of: QuerySet[Any], fields: tuple[str, ...]) -> dict[str, list[Any]]:
    return {str(pk): list(row) for pk, *row in of.values_list("pk", *fields)}


def weeks(tables: Tables) -> dict[int, int]:
    """The weeks of age of doses, by id."""
    return {int(dose): week for dose, (week, *_rest) in tables["doses"].items()}


def vaccines_of(tables: Tables) -> dict[int, int]:
    """By dose, on calendars or off them, its vaccine: a dose never becomes one of another vaccine."""
    known = [*tables["doses"], *tables["doses_off"]]
    return dict(VaccineDose.objects.filter(pk__in=known).values_list("pk", "vaccine_id"))


def doses_of(tables: Tables) -> str:
    """The doses on calendars as `plan.programme` reads them."""
    return json.dumps(
        [
            [dose, week, vaccine, nickname or name, male, female]
            for dose, vaccine in sorted(vaccines_of(tables).items())
            if str(dose) in tables["doses"]
            for week, *_ in [tables["doses"][str(dose)]]
            for name, nickname, male, female, *_ in [tables["vaccines"][str(vaccine)]]
        ]
    )


def weeks_of(pack: Pack) -> dict[str, int]:
    """By dose the completed weeks of age at which a pack has it due, as the tables have it."""
    targets = [target for several in pack.series.values() for series in several for target in series.doses]
    return {target.dose: (target.due.after(_BORN) - _BORN).days // 7 for target in reversed(targets)}


def write(pack: Pack) -> None:
    """Have the pack's vaccines and doses on calendars, and no others; those that go are switched off, not deleted."""
    now, week = clock.now(), weeks_of(pack)
    Vaccine.objects.exclude(pk__in=[vaccine.id for vaccine in pack.vaccines]).filter(is_active=True).update(
        is_active=False, was_active=True, updated_at=now
    )
    Vaccine.objects.bulk_create(
        [
            Vaccine(
                pk=vaccine.id,
                name=vaccine.name,
                nickname=vaccine.nickname or None,
                applicable_for_male=vaccine.male,
                applicable_for_female=vaccine.female,
                is_active=True,
                was_active=True,
                created_at=now,
                updated_at=now,
            )
            for vaccine in pack.vaccines
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[
            *("name", "nickname", "applicable_for_male", "applicable_for_female"),
            *("is_active", "was_active", "updated_at"),
        ],
    )
    doses = [(vaccine, dose) for vaccine in pack.vaccines for dose in vaccine.doses]
    others = VaccineDose.objects.filter(vaccine__in=[vaccine.id for vaccine in pack.vaccines], is_active=True)
    others.exclude(pk__in=[dose.id for _, dose in doses]).update(is_active=False, updated_at=now)
    VaccineDose.objects.bulk_create(
        [
            VaccineDose(
                pk=dose.id,
                vaccine_id=vaccine.id,
                name=dose.name,
                week_age=week[dose.key],
                notes_for_parent=dose.notes_for_parent or None,
                is_active=True,
                created_at=now,
                updated_at=now,
            )
            for vaccine, dose in doses
        ],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "week_age", "notes_for_parent", "is_active", "updated_at"],
    )
    _leave_room()


def restore(before: Tables) -> None:
    """Have vaccines and doses be what they were, and what came since then off calendars.

    What was on calendars meanwhile stays known as such: what was announced of it is known by its doses.
    """
    now = clock.now()
    vaccines, doses = before["vaccines"] | before["vaccines_off"], before["doses"] | before["doses_off"]
    for vaccine in (known := Vaccine.objects.in_bulk()).values():
        row = vaccines.get(str(vaccine.pk))
        was_on, vaccine.is_active = vaccine.is_active, str(vaccine.pk) in before["vaccines"]
        vaccine.updated_at = now
        if row is not None:
            _set(vaccine, _OF_VACCINES, row)
        vaccine.was_active = vaccine.was_active or (was_on and not vaccine.is_active)
    for dose in (known_doses := VaccineDose.objects.in_bulk()).values():
        dose.is_active, dose.updated_at = False, now
        if (row := doses.get(str(dose.pk))) is not None:
            _set(dose, _OF_DOSES, row)
    Vaccine.objects.bulk_update(known.values(), [*_OF_VACCINES, "is_active", "updated_at"])
    VaccineDose.objects.bulk_update(known_doses.values(), [*_OF_DOSES, "updated_at"])


def _set(row: Vaccine | VaccineDose, fields: tuple[str, ...], values: list[Any]) -> None:
    for name, value in zip(fields, values, strict=True):
        setattr(row, name, value)


def _leave_room() -> None:
    """Number what staff add from now on far above every pack's numbers."""
    with connection.cursor() as cursor:
        for model in (Vaccine, VaccineDose):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(%s, (SELECT max(id) FROM {table})))",  # noqa: S608
                [table, FIRST_OF_STAFF],
            )
