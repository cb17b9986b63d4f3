"""The lists of pregnancies, children, vaccines and doses, the calendar and visits after birth, as phones ask for them
at their start."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from hera.api.own_lists import OwnList, instant
from hera.child_health import pregnancy_dates, selectors, ticks
from hera.child_health.api.parameters import date_or_none
from hera.child_health.api.serializers import PregnancySerializer, VaccineSerializer
from hera.child_health.dose_names import dose_number
from hera.child_health.plan.programme import DOSES_AND_VERSION

if TYPE_CHECKING:
    from hera.api.own_lists import Caller

_PREGNANCY = [name for name in PregnancySerializer.Meta.fields if name != "declared_on"]  # which is only told
_VACCINE = VaccineSerializer.Meta.fields


def _pregnancies(caller: Caller, found: str) -> list[dict[str, Any]]:
    """The active one first, then the newest: clients look at the first only."""
    rows = [dict(zip(_PREGNANCY, row, strict=True)) for row in json.loads(found)]
    first, last = (date_or_none(caller.query.get(name, "")) for name in ("min_delivery_date", "max_delivery_date"))
    rows = [
        row
        for row in rows
        if (first is None or row["estimated_delivery_date"] >= first.isoformat())
        and (last is None or row["estimated_delivery_date"] <= last.isoformat())
    ]
    runs_on = (caller.today - pregnancy_dates.RUNS_ON).isoformat()
    rows.sort(key=lambda row: row["estimated_delivery_date"] < runs_on)
    return [PregnancySerializer.without_nulls(row) for row in rows] if caller.is_first_app else rows


def _children(caller: Caller, found: str) -> list[dict[str, Any]]:
    """Without those that were ended or are paused, unless all are asked for."""
    everybody, today = caller.query.get("all") in {"1", "true"}, caller.today.isoformat()
    rows, news = [], []
    for pk, name, born, gender, ticked, is_news, ended_at, paused_until in json.loads(found):
        if not everybody and (ended_at is not None or (paused_until or today) > today):
            continue
        row = {"id": pk, "name": name, "date_of_birth": born, "gender": gender, "past_vaccinations": ticked}
        rows.append(row | {"ended_at": instant(ended_at), "paused_until": paused_until} if everybody else row)
        news += [pk] if is_news else []
    if news:
        ticks.mark_shown(news)
    return rows


def _vaccines(_caller: Caller, found: str) -> list[dict[str, Any]]:
    return [dict(zip(_VACCINE, row, strict=True)) for row in json.loads(found)]


def _doses(_caller: Caller, found: str) -> list[dict[str, Any]]:
    """The doses of a vaccine have the numbers of their names, or else of their places."""
    of_vaccine: defaultdict[int, list[tuple[int, str, str]]] = defaultdict(list)
    for pk, vaccine, vaccine_name, name in json.loads(found):
        of_vaccine[vaccine].append((pk, vaccine_name, name))
    rows = []
    for vaccine, doses in of_vaccine.items():
        called = [dose_number(name) for _, _, name in doses]
        numbers = called if None not in called and len({*called}) == len(called) else range(1, len(doses) + 1)
        for (pk, vaccine_name, _), number in zip(doses, numbers, strict=True):
            is_one_of_several = len(doses) > 1
            rows.append(
                {
                    "id": pk,
                    "vaccine": vaccine,
                    "vaccine_name": vaccine_name,
                    "number": number if is_one_of_several else None,
                }
            )
    return rows


def _calendar(caller: Caller, *found: Any) -> list[dict[str, object]]:
    return [event.fields() for event in selectors.calendar_from(caller.today, *found)]


def _after_birth(caller: Caller, *found: Any) -> list[dict[str, object]]:
    return [visit.fields() for visit in selectors.after_birth_from(caller.today, *found)]


PREGNANCIES = OwnList(
    f"""(SELECT coalesce(json_agg(json_build_array({", ".join(_PREGNANCY)})
            ORDER BY created_at DESC, id DESC), '[]')::text
        FROM child_health_pregnancy WHERE user_id = person.id AND ended_at IS NULL)""",  # noqa: S608  (our own text)
    _pregnancies,
    methods=("POST",),
)
CHILDREN = OwnList(
    f"""(SELECT coalesce(json_agg(json_build_array(id, name, date_of_birth, gender, ticks, unshown, ended_at,
            paused_until) ORDER BY id), '[]')::text
        FROM ({selectors.CHILDREN} WHERE child.user_id = person.id) child)""",  # noqa: S608  (our own text)
    _children,
    methods=("POST",),
)
VACCINES = OwnList(
    """(SELECT coalesce(json_agg(json_build_array(id, coalesce(nullif(nickname, ''), name)) ORDER BY id), '[]')::text
        FROM child_health_vaccine WHERE is_active)""",
    _vaccines,
)
VACCINE_DOSES = OwnList(
    """(SELECT coalesce(json_agg(json_build_array(dose.id, vaccine.id, coalesce(nullif(nickname, ''), vaccine.name),
            dose.name) ORDER BY vaccine.id, dose.week_age, dose.id), '[]')::text
        FROM child_health_vaccinedose dose JOIN child_health_vaccine vaccine ON vaccine.id = dose.vaccine_id
        WHERE vaccine.is_active AND dose.is_active)""",
    _doses,
)
CALENDAR = OwnList(selectors.CALENDAR, _calendar, {"programme": DOSES_AND_VERSION})
AFTER_BIRTH = OwnList(selectors.AFTER_BIRTH, _after_birth, {"programme": DOSES_AND_VERSION})
