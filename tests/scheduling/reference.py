"""What is due, worked out the slow and plain way: person by person, event by event, schedule by schedule.

Shares no code with the engine but the models: calendar rules, windows and keys are written out again.
"""

from __future__ import annotations

import datetime as dt
import math
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User

from hera.child_health.models import Child, Pregnancy, VaccineDose

COUNTRIES = {"+90": "Europe/Istanbul", "+81": "Asia/Tokyo", "+93": "Asia/Kabul", "+49": "Europe/Berlin"}

# By what was stored: the countries that have this offset in some season, and where everybody else is.
OFFSETS = {"GMT+0430": (["+93"], "Asia/Kabul"), "GMT+0200": (["+49"], "Etc/GMT-2"), "+0330": ([], "Asia/Tehran")}
NO_ZONES = {"Factory", "localtime", "right/Europe/Berlin", "posixrules"}


def due_now(schedules, now: dt.datetime) -> set[tuple[str, int, int, dt.datetime]]:
    """(event key, schedule id, user id, opening) of everything due at `now`."""
    return {
        (key, schedule.pk, user.pk, opens)
        for user, key, schedule, opens, closes in _openings(schedules)
        if opens <= now <= closes
    }


def all_windows(schedules) -> list[tuple[dt.datetime, dt.datetime]]:
    """When each event of each active person is due, for each schedule."""
    return [(opens, closes) for _, _, _, opens, closes in _openings(schedules)]


def _openings(schedules):
    for user in User.objects.filter(is_active=True):
        zone = _zone_of(user)
        for event_type, key, day in _events_of(user):
            for schedule in schedules:
                if schedule.calendar_event_type == event_type:
                    local = dt.datetime.combine(day + dt.timedelta(days=schedule.offset_days), schedule.time_of_day)
                    opens = local.replace(tzinfo=zone).astimezone(dt.UTC)
                    ttl = getattr(schedule, "push_time_to_live", None) or schedule.time_to_live
                    yield user, key, schedule, opens, opens + ttl


def _zone_of(user):
    profile = getattr(user, "profile", None)
    country = COUNTRIES.get(user.username[:3], "UTC")
    if profile is None:
        return ZoneInfo("UTC")
    if profile.timezone in OFFSETS:
        countries, otherwise = OFFSETS[profile.timezone]
        return ZoneInfo(country if user.username[:3] in countries else otherwise)
    try:
        return ZoneInfo(country if profile.timezone in NO_ZONES else profile.timezone)
    except Exception:  # that of her number's country
        return ZoneInfo(country)


def _events_of(user):
    for child in Child.objects.filter(user=user):
        weeks: dict[int, list[VaccineDose]] = {}
        for dose in VaccineDose.objects.select_related("vaccine"):
            vaccine = dose.vaccine
            fits = vaccine.applicable_for_male if child.gender == "MALE" else vaccine.applicable_for_female
            if vaccine.is_active and fits:
                weeks.setdefault(dose.week_age, []).append(dose)
        for week, doses in weeks.items():
            ids = ",".join(str(dose.pk) for dose in sorted(doses, key=lambda dose: (dose.vaccine_id, dose.pk)))
            key = f"vaccination/child-{child.pk}/doses-{ids}"
            yield "vaccination", key, child.date_of_birth + dt.timedelta(days=7 * week)
    for pregnancy in Pregnancy.objects.filter(user=user):
        for week in _visit_weeks(pregnancy):
            day = pregnancy.estimated_start_date + dt.timedelta(days=7 * week)
            while day.strftime("%A") != "Monday":
                day -= dt.timedelta(days=1)
            yield "prenatal_checkup", f"prenatal-checkup/pregnancy-{pregnancy.pk}/week-{week}", day


def _visit_weeks(pregnancy):
    declared_on = pregnancy.declared_on or pregnancy.created_at.astimezone(dt.UTC).date()
    declared = max(0, math.ceil((declared_on - pregnancy.estimated_start_date).days / 7))
    if declared >= 38:
        return [declared + 1]
    weeks = [week for week in (10, 24, 34, 38) if week > declared]
    missed = (4 - len(weeks)) - (pregnancy.declared_number_of_prenatal_visits or 0)
    edges = [declared, *weeks, 42]
    for index in range(len(edges) - 1):
        if missed > 0:
            weeks.append(math.floor((edges[index] + edges[index + 1]) / 2))
            missed -= 1
    return sorted(weeks)
