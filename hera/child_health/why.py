"""Why a dose given counts or not, and when the next one is due: what the engine found, in words for a nurse.

Pure functions of what `hera.immunization` found, in the active language. A sentence says what holds, never that a dose
has to be given again: it may have been, long ago. It names days, from which a birth date can be worked out: where
people are masked, there is no place for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from hera.child_health.calendar import Status
from hera.core import languages
from hera.immunization.forecast import Because, SeriesStatus
from hera.immunization.verdicts import Reason
from hera.texts import isolation, written_dates

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from hera.immunization.ages import Period
    from hera.immunization.forecast import Forecast
    from hera.immunization.organize_history import Given
    from hera.immunization.verdicts import Verdict

_REASONS = {
    Reason.TOO_YOUNG: gettext_lazy(
        "Given on %(day)s, %(days)s before the child was old enough: it does not count. "
        "The earliest day was %(counts_from)s."
    ),
    Reason.TOO_OLD: gettext_lazy(
        "Given on %(day)s, when the child was too old for it. It does not have to be given again."
    ),
    Reason.TOO_SOON: gettext_lazy(
        "Given on %(day)s, %(days)s too soon after %(other)s: it does not count. The earliest day was %(counts_from)s."
    ),
    Reason.LIVE_CONFLICT: gettext_lazy(
        "Given on %(day)s, %(days)s too soon after another live vaccine, %(other)s: it does not count. "
        "The earliest day was %(counts_from)s."
    ),
    Reason.INADVERTENT: gettext_lazy(
        "Given on %(day)s by mistake: %(product)s is not a vaccine for this dose. It does not count."
    ),
    Reason.WRONG_PRODUCT: gettext_lazy(
        "Given on %(day)s, but %(product)s is not meant for this dose at this age: it does not count."
    ),
    Reason.SERIES_COMPLETE: gettext_lazy(
        "Given on %(day)s, when no dose was missing any more: one more than was needed."
    ),
    Reason.SAME_DAY: gettext_lazy(
        "Given on %(day)s, on one day with another dose against the same disease: they count once."
    ),
    Reason.NOT_COUNTED: gettext_lazy(
        "Given on %(day)s. It is kept in the record, and counts for no dose of the schedule."
    ),
    Reason.BEFORE_BIRTH: gettext_lazy(
        "Its date, %(day)s, is before the birth: it does not count. Please look at the card again."
    ),
    Reason.IN_FUTURE: gettext_lazy(
        "Its date, %(day)s, is in the future: it does not count. Please look at the card again."
    ),
    Reason.UNKNOWN_PRODUCT: gettext_lazy(
        "Given on %(day)s. The schedule does not know %(product)s: it does not count. "
        "Please find out which vaccine it was."
    ),
    Reason.NOT_PLANNED: gettext_lazy(
        "Given on %(day)s. The schedule has no dose of %(product)s for this child at this age."
    ),
}
_STATUSES = {
    SeriesStatus.COMPLETE: gettext_lazy("Nothing more is needed."),
    SeriesStatus.IMMUNE: gettext_lazy("Nothing is needed: people born so long ago are held to be immune."),
    SeriesStatus.NOT_RECOMMENDED: gettext_lazy("No dose is recommended now."),
}
_BEFORE = {
    Because.AGE: gettext_lazy("May be given from %(earliest)s on, because the child has to be at least %(wait)s old."),
    Because.INTERVAL: gettext_lazy(
        "May be given from %(earliest)s on, because it has to be at least %(wait)s after %(other)s."
    ),
    Because.LIVE_CONFLICT: gettext_lazy(
        "May be given from %(earliest)s on, because it has to be at least %(wait)s after another live vaccine, "
        "%(other)s."
    ),
    Because.SEASON: gettext_lazy("May be given from %(earliest)s on, when its season begins."),
}


def of_verdict(verdict: Verdict, names: Mapping[str, str]) -> str:
    """Whether a dose given counts, and why not, in the active language.

    Args:
        names: of products, as the reader calls them; one that is missing goes by its code.
    """
    day = written_dates.day(verdict.dose.date)
    if verdict.reason is None:
        counts = (
            _("Given on %(day)s, a few days early. It counts.")
            if verdict.in_grace
            else _("Given on %(day)s. It counts.")
        )
        return counts % {"day": day}
    if verdict.reason is Reason.UNKNOWN_PRODUCT and not _has_name(verdict.dose, names):
        return _("Given on %(day)s, an unknown product: it does not count. Please find out which vaccine it was.") % {
            "day": day
        }
    counts_from = verdict.counts_from or verdict.dose.date
    minimum_day = verdict.minimum_day or counts_from
    sentence = str(_REASONS[verdict.reason]) % {
        "day": day,
        "days": _days((minimum_day - verdict.dose.date).days),
        "counts_from": written_dates.day(minimum_day),
        "product": _name(verdict.dose, names),
        "other": _earlier(verdict.other, names),
    }
    return f"{sentence} {_grace((minimum_day - counts_from).days)}".rstrip()


def _grace(days: int) -> str:
    """How many days before its minimum a dose would have counted: never the rule itself, which a nurse goes by."""
    return _("Up to %(days)s before that day, it would have counted.") % {"days": _days(days)} if days else ""


def of_forecast(forecast: Forecast, names: Mapping[str, str], today: dt.date) -> str:
    """When the next dose of a series may be given and is due, and why not before, in the active language.

    Args:
        names: as in `of_verdict`.
        today: the day on which it is read, in the child's zone.
    """
    if forecast.status is SeriesStatus.AGED_OUT:
        return _too_late(forecast.latest, today)
    if forecast.status in _STATUSES:
        return str(_STATUSES[forecast.status])
    assert forecast.earliest is not None  # a series that is not complete has dates
    assert forecast.recommended is not None
    sentences = [
        _before(forecast, forecast.earliest, names, today),
        due(forecast.recommended, forecast.past_due, today),
    ]
    if forecast.latest is not None:
        sentences.append(_("The last day for it is %(day)s.") % {"day": written_dates.day(forecast.latest)})
    return " ".join(filter(None, sentences))


def of_visit(status: Status, due: dt.date, overdue_after: dt.date | None, attempt: int) -> str:
    """How a planned visit stands, for the mother, in the active language.

    Args:
        overdue_after: the last day on which it is not overdue.
        attempt: from 2 on it was planned anew.
    """
    is_late_at_once = status is Status.OVERDUE and (overdue_after or due) <= due
    said = str(_OVERDUE_AT_ONCE if is_late_at_once else _VISITS[status])
    said %= {"day": written_dates.day(due), "last": written_dates.day(overdue_after or due)}
    if attempt > 1 and status is not Status.GIVEN:
        said = " ".join([_("For what was due before and nobody has told of, and what may be given with it."), said])
    return said


_VISITS = {
    Status.GIVEN: gettext_lazy("Given, as far as HERA knows."),
    Status.UPCOMING: gettext_lazy("Due on %(day)s."),
    Status.DUE: gettext_lazy("Due since %(day)s. Please come soon."),
    Status.OVERDUE: gettext_lazy("Was due on %(day)s, and late after %(last)s. It can still be made up for."),
}
_OVERDUE_AT_ONCE = gettext_lazy("Was due on %(day)s. It can still be made up for.")


def _too_late(latest: dt.date | None, today: dt.date) -> str:
    """Of a dose that an age limit forbids, or that its intervals would bring beyond it."""
    if latest is None:
        return _("Too old for it now.")
    if latest < today:
        return _("Too old for it now: the last day for it was %(day)s.") % {"day": written_dates.day(latest)}
    return _("Too late for it: the time to wait after earlier doses ends after the last day for it, %(day)s.") % {
        "day": written_dates.day(latest)
    }


def _before(forecast: Forecast, earliest: dt.date, names: Mapping[str, str], today: dt.date) -> str:
    """From when a dose may be given and why not before; nothing once it is due."""
    if earliest <= today:
        return _("May be given already.") if today < (forecast.recommended or today) else ""
    has_words = forecast.wait is not None or forecast.because is Because.SEASON
    sentence = _BEFORE.get(forecast.because) if forecast.because is not None and has_words else None
    return str(sentence or _("May be given from %(earliest)s on.")) % {
        "earliest": written_dates.day(earliest),
        "wait": "" if forecast.wait is None else written_period(forecast.wait),
        "other": _earlier(forecast.other, names),
    }


def due(recommended: dt.date, past_due: dt.date | None, today: dt.date) -> str:
    """Since when, or on which day, a dose is due, and from when it is overdue, in the active language.

    Args:
        past_due: the last day on which it is not overdue.
    """
    days = {"day": written_dates.day(recommended), "past_due": "" if past_due is None else written_dates.day(past_due)}
    if past_due is not None and past_due < today:
        return _("Overdue: it was due on %(day)s.") % days
    if recommended < today:
        if past_due is None:
            return _("Due since %(day)s.") % days
        return _("Due since %(day)s, overdue after %(past_due)s.") % days
    if past_due is None:
        return _("Due on %(day)s.") % days
    return _("Due on %(day)s, overdue after %(past_due)s.") % days


def _earlier(dose: Given | None, names: Mapping[str, str]) -> str:
    """An earlier dose, by its product and day."""
    if dose is None:
        return ""
    return _("%(product)s of %(day)s") % {"product": _name(dose, names), "day": written_dates.day(dose.date)}


def _has_name(dose: Given, names: Mapping[str, str]) -> bool:
    return bool(names.get(dose.product, dose.product).strip())


def _name(dose: Given, names: Mapping[str, str]) -> str:
    if not _has_name(dose, names):
        return _("an unknown product")
    direction = languages.direction(get_language() or languages.FALLBACK)
    return isolation.isolated(names.get(dose.product, dose.product), direction)


def written_period(period: Period) -> str:
    """An age or an interval in words, such as: 6 weeks, or 12 months - 4 days."""
    parts = [
        (period.years, ngettext("%(count)d year", "%(count)d years", abs(period.years))),
        (period.months, ngettext("%(count)d month", "%(count)d months", abs(period.months))),
        (period.weeks, ngettext("%(count)d week", "%(count)d weeks", abs(period.weeks))),
        (period.days, _days_text(abs(period.days))),
    ]
    said = [(count, text % {"count": abs(count)}) for count, text in parts if count]
    first, *others = said or [(0, _days(0))]
    return first[1] + "".join(f" {'-' if count < 0 else '+'} {text}" for count, text in others)


def _days(count: int) -> str:
    return _days_text(count) % {"count": count}


def _days_text(count: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", count)
