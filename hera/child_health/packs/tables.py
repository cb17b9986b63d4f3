"""The tables of vaccines and doses, which apps read and staff see, as a pack writes them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import connection

from hera.child_health.models import Vaccine, VaccineDose
from hera.core import clock
from hera.immunization.pack_frame import FIRST_OF_STAFF

if TYPE_CHECKING:
    from hera.immunization.pack import Pack

_BORN = dt.date(2001, 1, 1)  # to say an age in weeks
Tables = dict[str, dict[str, list[Any]]]  # as in `AdoptedPack.before`


def of_now() -> Tables:
    """What is on calendars: vaccines as name, nickname, for boys, for girls; doses as week of age, name."""
    vaccines = Vaccine.objects.filter(is_active=True)
    doses = VaccineDose.objects.filter(is_active=True, vaccine__is_active=True)
    return {
        "vaccines": {
            str(pk): list(row)
            for pk, *row in vaccines.values_list(
                "pk", "name", "nickname", "applicable_for_male", "applicable_for_female"
            )
        },
        "doses": {str(pk): list(row) for pk, *row in doses.values_list("pk", "week_age", "name")},
    }


def weeks(tables: Tables) -> dict[int, int]:
    """The weeks of age of doses, by id."""
    return {int(dose): week for dose, (week, _name) in tables["doses"].items()}


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
    """Have on calendars what was there before, as it was."""
    now = clock.now()
    vaccines, doses = before["vaccines"], before["doses"]
    Vaccine.objects.exclude(pk__in=vaccines).filter(is_active=True).update(is_active=False, updated_at=now)
    others = VaccineDose.objects.filter(vaccine__in=list(map(int, vaccines)), is_active=True)
    others.exclude(pk__in=doses).update(is_active=False, updated_at=now)
    known_vaccines, known_doses = (
        Vaccine.objects.in_bulk(map(int, vaccines)),
        VaccineDose.objects.in_bulk(map(int, doses)),
    )
    for pk, vaccine in known_vaccines.items():
        vaccine.name, vaccine.nickname, vaccine.applicable_for_male, vaccine.applicable_for_female = vaccines[str(pk)]
        vaccine.is_active, vaccine.updated_at = True, now
    for pk, dose in known_doses.items():
        dose.week_age, dose.name = doses[str(pk)]
        dose.is_active, dose.updated_at = True, now
    Vaccine.objects.bulk_update(
        known_vaccines.values(),
        ["name", "nickname", "applicable_for_male", "applicable_for_female", "is_active", "updated_at"],
    )
    VaccineDose.objects.bulk_update(known_doses.values(), ["week_age", "name", "is_active", "updated_at"])


def _leave_room() -> None:
    """Number what staff add from now on far above every pack's numbers."""
    with connection.cursor() as cursor:
        for model in (Vaccine, VaccineDose):
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), greatest(%s, (SELECT max(id) FROM {table})))",  # noqa: S608
                [table, FIRST_OF_STAFF],
            )
