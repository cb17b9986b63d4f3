"""What was told of a pregnancy, a child or a dose, in words for staff: what, when, by whom."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hera.child_health import doses, endings
from hera.child_health.dose_names import dose_name
from hera.child_health.models import ChildEnd, ChildPause, DoseGiven, PregnancyOutcome, Source
from hera.core import timezones
from hera.people.masking import OPEN
from hera.texts import written_dates

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from hera.child_health.calendar import PrenatalVisit
    from hera.child_health.models.told import Told
    from hera.people.masking import Mask

OF_TOLD = ("entered_by", "taken_back_by")  # what has to be read with it
OF_DOSE = ("child", "vaccine_dose__vaccine", "vaccine", "entered_by", "retracted_by")

KINDS = {
    PregnancyOutcome.Kind.BIRTH: gettext_lazy("birth"),
    PregnancyOutcome.Kind.LOSS: gettext_lazy("loss"),
    PregnancyOutcome.Kind.MOVED: gettext_lazy("moved away"),
    PregnancyOutcome.Kind.MISTAKE: gettext_lazy("entered by mistake"),
    PregnancyOutcome.Kind.NOT_SAID: gettext_lazy("wants no reminders of it"),
    PregnancyOutcome.Kind.SUPERSEDED: gettext_lazy("superseded by a newer pregnancy"),
}
REASONS = {
    ChildEnd.Reason.DIED: gettext_lazy("died"),
    ChildEnd.Reason.MOVED: gettext_lazy("moved away"),
    ChildEnd.Reason.MISTAKE: gettext_lazy("entered by mistake"),
    ChildEnd.Reason.NOT_SAID: gettext_lazy("no reason given"),
}
SOURCES = {
    DoseGiven.Source.CARD: gettext_lazy("read off the card"),
    DoseGiven.Source.MOTHER: gettext_lazy("told by the mother"),
    DoseGiven.Source.SURVEY: gettext_lazy("her answer to a survey"),
    DoseGiven.Source.IMPORT: gettext_lazy("brought as a table"),
    DoseGiven.Source.TICK: gettext_lazy("the vaccine was ticked"),
}
_RETRACTIONS = {
    doses.BY_HER: gettext_lazy("by the mother"),
    doses.UNTICKED: gettext_lazy("the vaccine was unticked"),
    doses.ANSWERED_OTHERWISE: gettext_lazy("the question was answered otherwise later"),
}


@dataclass(frozen=True)
class Line:
    """Something that was told: what, and by whom. `taken_back` says when and by whom it was; empty if it stands."""

    what: str
    by: str
    taken_back: str
    may_take_back: bool


def day(date: dt.date, mask: Mask) -> str:
    """A day, or its month, in the reader's language, whatever the direction of the text around it."""
    return month(date) if mask.is_on else written_dates.isolated(written_dates.day(date))


def month(date: dt.date) -> str:
    """A month, likewise."""
    return written_dates.isolated(written_dates.month(date))


def moment(at: dt.datetime, mask: Mask) -> str:
    """The day of a moment, in the country's zone."""
    return day(at.astimezone(timezones.default()).date(), mask)


def of_outcome(outcome: PregnancyOutcome, mask: Mask) -> Line:
    """How a pregnancy ended; its children must be read with it. Masked, without its week: with the month of the end and
    that in which it was due, the week would tell days."""
    parts = [str(KINDS[PregnancyOutcome.Kind(outcome.kind)])]
    if outcome.date:
        parts.append(day(outcome.date, mask))
    if outcome.gestation_weeks and not mask.is_on:
        parts.append(_("in week %(week)d") % {"week": outcome.gestation_weeks})
    if names := [mask.name(child.name) for child in outcome.children.all()]:
        parts.append(_("children: %(names)s") % {"names": ", ".join(names)})
    return _line(parts, outcome, mask, may_take_back=outcome.kind != PregnancyOutcome.Kind.SUPERSEDED)


def of_end(end: ChildEnd, mask: Mask) -> Line:
    """Why a child is reminded of nothing any more."""
    parts = [str(REASONS[ChildEnd.Reason(end.reason)])]
    if end.date:
        parts.append(day(end.date, mask))
    return _line(parts, end, mask)


def of_pause(pause: ChildPause, mask: Mask) -> Line:
    """Until when nothing is told of a child."""
    return _line([_("paused until %(day)s") % {"day": day(pause.until, mask)}], pause, mask)


def _line(parts: list[str], told: Told, mask: Mask, *, may_take_back: bool = True) -> Line:
    taken_back = ""
    if told.taken_back_at is not None and mask.moment(told.taken_back_at) is not None:
        who, when = staff(told.taken_back_by, mask), moment(told.taken_back_at, mask)
        taken_back = (
            _("taken back by %(who)s on %(day)s") % {"who": who, "day": when}
            if who
            else _("taken back on %(day)s") % {"day": when}
        )
    return Line(", ".join(parts), _told_by(told, mask), taken_back, may_take_back and endings.can_be_taken_back(told))


def _told_by(told: Told, mask: Mask) -> str:
    when = {"day": moment(told.recorded_at, mask), "who": staff(told.entered_by, mask)}
    if told.source == Source.STAFF:
        return _("entered by %(who)s on %(day)s") % when if when["who"] else _("entered by staff on %(day)s") % when
    if told.source == Source.SURVEY:
        return _("told in her answer to a survey on %(day)s") % when
    if told.source == Source.UPGRADE:
        return _("found at the upgrade on %(day)s") % when
    return _("told by the mother on %(day)s") % when


def staff(user: User | None, mask: Mask) -> str:
    """Whom a colleague can ask; masked, nobody."""
    return "" if mask.is_on or user is None else user.get_full_name() or user.get_username()


def of_visit(visit: PrenatalVisit) -> str:
    """An antenatal visit: its day and, by a pack, within which days she may come, and her doses of Td.

    Not for who sees people masked: the months of some visits tell days.
    """
    parts = [day(visit.date, OPEN)]
    if visit.window is not None:
        first, last = day(visit.window.earliest, OPEN), day(visit.window.latest, OPEN)
        parts.append(_("from %(first)s to %(last)s") % {"first": first, "last": last})
        parts += [_("Td, dose %(number)d") % {"number": dose} for dose in visit.window.td_doses]
    return " · ".join(parts)


@dataclass(frozen=True)
class DoseLine:
    """A dose that a child had, as it was told."""

    pk: int
    what: str
    date: str
    where: str
    lot: str
    is_campaign: bool
    stands: bool  # for a dose of the schedule
    by: str
    retracted: str  # when, by whom and why; empty if it counts
    may_retract: bool


def of_dose(given: DoseGiven, mask: Mask, *, is_dated: bool = True) -> DoseLine:
    """A dose given; its vaccine, dose and staff must be read with it. Masked, of what was written there is nothing.

    Args:
        is_dated: whether its month, or that in which it was due, may be told: an age follows from it.
    """
    if given.vaccine_dose is not None:
        what = f"{given.vaccine_dose.vaccine.name} · {dose_name(given.vaccine_dose.name)}"
        if given.text:
            what += f" ({mask.name(given.text)})"
    elif given.vaccine is not None:
        due = {"vaccine": given.vaccine.name, "day": day(given.due_by, mask) if given.due_by and is_dated else "–"}
        what = _("%(vaccine)s: what was due by %(day)s") % due
    else:
        what = mask.name(given.product or given.text)
    who, source = staff(given.entered_by, mask), str(SOURCES[DoseGiven.Source(given.source)])
    return DoseLine(
        pk=given.pk,
        what=what,
        date=_partial(given, mask) if is_dated else "",
        where=", ".join(filter(None, [mask.name(given.place), given.country])),
        lot=mask.name(given.lot),
        is_campaign=given.campaign,
        stands=doses.stands(given),
        by=", ".join(filter(None, [source, who, moment(given.entered_at, mask)])),
        retracted=_retracted(given, mask),
        # A tick is taken back where it was set: on the child's own page.
        may_retract=given.retracted_at is None and given.source != DoseGiven.Source.TICK,
    )


def _partial(given: DoseGiven, mask: Mask) -> str:
    """The date of a dose, as much of it as is known and may be seen; blank if nothing is."""
    if given.date is None or (mask.is_on and given.source in doses.ON_PLANNED_DAYS):
        return ""
    if given.precision == DoseGiven.Precision.YEAR:
        return str(given.date.year)
    return month(given.date) if given.precision == DoseGiven.Precision.MONTH else day(given.date, mask)


def _retracted(given: DoseGiven, mask: Mask) -> str:
    if given.retracted_at is None:
        return ""
    why = str(_RETRACTIONS.get(given.retraction) or mask.name(given.retraction))
    return ", ".join(filter(None, [moment(given.retracted_at, mask), staff(given.retracted_by, mask), why]))
