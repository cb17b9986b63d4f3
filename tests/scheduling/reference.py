"""What is due, worked out the slow and plain way: person by person, event by event, schedule by schedule.

Shares no code with the engine but the models: calendar rules, windows and keys are written out again.
"""

from __future__ import annotations

import datetime as dt
import math
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User

from hera.child_health.models import Child, DoseGiven, Pregnancy, VaccineDose

COUNTRIES = {"+90": "Europe/Istanbul", "+81": "Asia/Tokyo", "+93": "Asia/Kabul", "+49": "Europe/Berlin"}

# By what was stored: the countries that have this offset in some season, and where everybody else is.
OFFSETS = {"GMT+0430": (["+93"], "Asia/Kabul"), "GMT+0200": (["+49"], "Etc/GMT-2"), "+0330": ([], "Asia/Tehran")}
NO_ZONES = {"Factory", "localtime", "right/Europe/Berlin", "posixrules"}


def due_now(schedules, now: dt.datetime, before=()) -> set[tuple[str, int, int, dt.datetime]]:
    """(event key, schedule id, user id, opening) of everything due at `now`, once for each thing said on one day.

    Args:
        before: what `due_now` has given earlier, and was announced.
    """
    by_id = {schedule.pk: schedule for schedule in schedules}
    said = {(key, _says(by_id[pk])) for key, pk, _user, _opens in before}
    found = set()
    for user, key, schedule, opens, closes in sorted(_openings(schedules, now), key=lambda row: row[2].pk):
        if opens <= now <= closes and (key, _says(schedule)) not in said:
            said.add((key, _says(schedule)))
            found.add((key, schedule.pk, user.pk, opens))
    return found


def said_between(schedules, first: dt.datetime, last: dt.datetime) -> set[tuple[object, ...]]:
    """What opens from `first` to `last`, as seen at `first`."""
    return {
        (key, _says(schedule)) for _, key, schedule, opens, _ in _openings(schedules, first) if first <= opens <= last
    }


def _says(schedule):
    """Two schedules of one type on one day say the same."""
    content = getattr(schedule, "notification_type_id", None) or schedule.survey_template_id
    return content, schedule.calendar_event_type, schedule.offset_days


def said(schedules, found) -> set[tuple[object, ...]]:
    """What these results of `due_now` say."""
    by_id = {schedule.pk: schedule for schedule in schedules}
    return {(key, _says(by_id[pk])) for key, pk, _user, _opens in found}


def all_windows(schedules, now: dt.datetime) -> list[tuple[dt.datetime, dt.datetime]]:
    """When each event of each active person is due, for each schedule, as seen at `now`."""
    return [(opens, closes) for _, _, _, opens, closes in _openings(schedules, now)]


def _openings(schedules, now):
    for user in User.objects.filter(is_active=True):
        zone = _zone_of(user)
        for event_type, key, day in _events_of(user, now.astimezone(zone).date()):
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


def _events_of(user, today):
    for child in Child.objects.filter(user=user):
        if child.ended_at or (child.paused_until and today < child.paused_until):
            continue
        weeks: dict[int, list[VaccineDose]] = {}
        for dose in VaccineDose.objects.select_related("vaccine"):
            vaccine = dose.vaccine
            fits = vaccine.applicable_for_male if child.gender == "MALE" else vaccine.applicable_for_female
            if vaccine.is_active and fits:
                weeks.setdefault(dose.week_age, []).append(dose)
        for week, doses in weeks.items():
            if all(_had(child, dose) for dose in doses):
                continue
            ids = ",".join(str(dose.pk) for dose in sorted(doses, key=lambda dose: (dose.vaccine_id, dose.pk)))
            key = f"vaccination/child-{child.pk}/doses-{ids}"
            yield "vaccination", key, child.date_of_birth + dt.timedelta(days=7 * week)
        late = _late(child, weeks)
        if not all(_had(child, dose) for dose in late):
            ids = ",".join(str(dose.pk) for dose in sorted(late, key=lambda dose: (dose.vaccine_id, dose.pk)))
            yield (
                "vaccination",
                f"vaccination/child-{child.pk}/try-2/doses-{ids}",
                child.known_on + dt.timedelta(days=7),
            )
    for pregnancy in Pregnancy.objects.filter(user=user):
        if pregnancy.ended_at or today > pregnancy.estimated_delivery_date + dt.timedelta(days=28):
            continue
        yield "expected_birth", f"expected-birth/pregnancy-{pregnancy.pk}", pregnancy.estimated_delivery_date
        for week in _visit_weeks(pregnancy):
            if week > 43:
                continue
            day = pregnancy.estimated_start_date + dt.timedelta(days=7 * week)
            while day.strftime("%A") != "Monday":
                day -= dt.timedelta(days=1)
            yield "prenatal_checkup", f"prenatal-checkup/pregnancy-{pregnancy.pk}/week-{week}", day


def _late(child, weeks):
    """What was due before she registered her child; not of older ones, and of a newborn not what is given at birth."""
    age = (child.known_on - child.date_of_birth).days if child.known_on else 9999
    return [
        dose
        for week, doses in weeks.items()
        for dose in doses
        if age < 6 * 365 and 7 * week < age and not (week == 0 and age < 28)
    ]


def _had(child, dose):
    born = child.date_of_birth
    for record in DoseGiven.objects.filter(child=child):
        if record.retracted_at:
            continue
        if record.vaccine_dose_id == dose.pk:
            return True
        due = born + dt.timedelta(days=7 * dose.week_age)
        if record.vaccine_id == dose.vaccine_id and record.due_by and due <= record.due_by:
            return True
    return False


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
