"""The country's programme, as the plan, calendars and texts read it: the doses of active vaccines, and the pack in use.

A country that has adopted no pack has due ages alone; they are in the tables of vaccines and doses.
"""

from __future__ import annotations

import functools
import json
from typing import NamedTuple

from django.db import connection

from hera.child_health.calendar import Dose, DoseGroup, dose_groups, group_of
from hera.child_health.models import AdoptedPack, VaccineDose
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.due_ages import DueAges, Left
from hera.child_health.plan.visits import RULE
from hera.immunization import pack
from hera.user_profile.models import Gender


def doses_of(as_json: str) -> list[Dose]:
    """The doses that the statement `DOSES` gives."""
    return [Dose(*fields) for fields in json.loads(as_json)]


class Programme:
    """The doses of active vaccines; what follows from them is worked out once for as long as they are the same.

    `by_pack` plans by the pack in use; None without one. `left` is the pack that was in use last, where none is now.
    """

    def __init__(self, doses: str, by_pack: ByPack | None = None, left: Left | None = None) -> None:
        self.by_pack = by_pack
        self.left = left
        self.doses = {dose.id: dose for dose in doses_of(doses)}
        self._of_gender = {gender: dose_groups(self.doses.values(), gender) for gender in (Gender.MALE, Gender.FEMALE)}
        self._groups: dict[tuple[int, tuple[int, ...]], DoseGroup] = {}

    def groups(self, gender: str) -> list[DoseGroup]:
        """The doses for a child of this gender, by week of age."""
        return self._of_gender[Gender.MALE if gender == Gender.MALE else Gender.FEMALE]

    def group(self, week_age: int, dose_ids: tuple[int, ...]) -> DoseGroup:
        """These doses as a group, of those that are in the programme."""
        kind = week_age, dose_ids
        if kind not in self._groups:
            self._groups[kind] = group_of(week_age, dose_ids, self.doses)
        return self._groups[kind]


@functools.lru_cache(maxsize=4)
def programme_of(doses: str, pack_id: int | None = None) -> Programme:
    """The programme that the statement `DOSES_AND_VERSION` gives; without its pack, what `DOSES` does.

    Args:
        pack_id: the pack in use, or, below zero, the one that was left last.
    """
    if pack_id and pack_id < 0:
        return Programme(doses, left=_left(AdoptedPack.objects.get(pk=-pack_id)))
    return Programme(doses, by_adopted(pack_id) if pack_id else None)


@functools.lru_cache(maxsize=4)
def by_adopted(pack_id: int) -> ByPack:
    """What plans by an adopted pack: nobody changes it after that."""
    adopted = AdoptedPack.objects.get(pk=pack_id)
    return ByPack(pack.of(adopted.data), adopted.adopted_on, _before(adopted))


def _before(adopted: AdoptedPack) -> ByPack | DueAges:
    if adopted.follows_id:
        return by_adopted(adopted.follows_id)
    left = AdoptedPack.objects.filter(pk__lt=adopted.pk).order_by("-pk").first()
    weeks = {int(dose): week for dose, (week, *_rest) in adopted.before["doses"].items()}
    known = [*adopted.before["doses"], *adopted.before["doses_off"]]
    vaccine_of = dict(VaccineDose.objects.filter(pk__in=known).values_list("pk", "vaccine_id"))
    return DueAges(weeks, _left(left) if left else None, vaccine_of)


def _left(adopted: AdoptedPack) -> Left:
    assert adopted.left_on is not None
    return Left(by_adopted(adopted.pk), adopted.left_on)


class Current(NamedTuple):
    """The programme of now, and the versions that plans of children and of pregnancies by it have."""

    programme: Programme
    of_children: int
    of_pregnancies: int


def current_programme() -> Current:
    """The programme of now; one query."""
    with connection.cursor() as cursor:
        cursor.execute(DOSES_AND_VERSION)
        doses, version, pack_id, antenatal = cursor.fetchone()
    return Current(programme_of(doses, pack_id), version, antenatal)


# The fields of each dose in the order of calendar.Dose; the name is Vaccine.display_name.
_AS_JSON = """
    coalesce(json_agg(json_build_array(dose.id, dose.week_age, vaccine.id,
        coalesce(nullif(vaccine.nickname, ''), vaccine.name),
        vaccine.applicable_for_male, vaccine.applicable_for_female) ORDER BY dose.id), '[]')::text
"""
_ON_CALENDARS = """
    FROM child_health_vaccinedose dose JOIN child_health_vaccine vaccine ON vaccine.id = dose.vaccine_id
    WHERE vaccine.is_active AND dose.is_active
"""
DOSES = f"(SELECT {_AS_JSON} {_ON_CALENDARS})"
PACK_IN_USE = "(SELECT id FROM child_health_adoptedpack WHERE left_at IS NULL)"
# Below zero where it was left. What was told while it was in use is known by it. Two looks into an index.
_LATEST_PACK = f"coalesce({PACK_IN_USE}, (SELECT -id FROM child_health_adoptedpack ORDER BY id DESC LIMIT 1))"  # noqa: S608
# The day from which on the programme of now holds; NULL where no pack ever was in use.
SINCE = """
    coalesce(
        (SELECT adopted_on FROM child_health_adoptedpack WHERE left_at IS NULL),
        (SELECT left_on FROM child_health_adoptedpack ORDER BY id DESC LIMIT 1)
    )
"""
# By which a stored plan is known to be of this programme and of this rule. Names are not in it: no plan depends on
# them.
DOSES_AND_VERSION = f"""
    SELECT {_AS_JSON} AS doses,
        ('x' || left(md5(concat({RULE}, ':', {_LATEST_PACK}, ':',
            string_agg(concat_ws('/', dose.id, dose.week_age, vaccine.id, vaccine.applicable_for_male,
                vaccine.applicable_for_female), ',' ORDER BY dose.id))), 8))::bit(32)::int AS version,
        {_LATEST_PACK} AS pack, ({RULE} + 1000 * coalesce({PACK_IN_USE}, 0))::int AS antenatal
    {_ON_CALENDARS}
"""
