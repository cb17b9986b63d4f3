"""What parents see otherwise by another programme: a sentence for each vaccine, each dose, and the weeks of visits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from hera.child_health import pregnancy_dates
from hera.child_health.dose_names import dose_name
from hera.child_health.models import VaccineDose
from hera.child_health.packs import tables, words
from hera.child_health.packs.words import isolated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from hera.child_health.packs.tables import Tables
    from hera.immunization.pack import Pack


class _Dose(NamedTuple):
    id: int
    name: str
    week: int


class _Vaccine(NamedTuple):
    id: int
    name: str  # as parents see it
    doses: list[_Dose]


def by_pack(pack: Pack) -> Iterator[str]:
    """Of each vaccine and dose that a pack has otherwise than the tables of now, what is otherwise."""
    now = tables.of_now()
    if now["doses"] and now["doses"].keys().isdisjoint(str(dose.id) for _, dose in pack.doses().values()):
        yield _(
            "No dose of this pack has the number of one that is on calendars now, so that it cannot tell which of its "
            "doses children have had: all are asked to come for what they should have had at their age."
        )
    week = tables.weeks_of(pack)
    yield from _sentences(
        now,
        (
            _Vaccine(
                vaccine.id,
                vaccine.nickname or vaccine.name,
                [_Dose(dose.id, dose.name, week[dose.key]) for dose in vaccine.doses],
            )
            for vaccine in pack.vaccines
        ),
    )


def without_pack(before: Tables) -> Iterator[str]:
    """As above, of the tables that will hold again when a pack is left."""
    vaccine_of = tables.vaccines_of(before)
    vaccines = [_Vaccine(int(pk), nickname or name, []) for pk, (name, nickname, *_) in before["vaccines"].items()]
    doses = {vaccine.id: vaccine.doses for vaccine in vaccines}
    for pk, (week, name, *_rest) in before["doses"].items():
        if int(pk) in vaccine_of:
            doses[vaccine_of[int(pk)]].append(_Dose(int(pk), name, week))
    return _sentences(tables.of_now(), vaccines)


def _sentences(now: Tables, to_be: Iterable[_Vaccine]) -> Iterator[str]:
    names = {pk: nickname or name for pk, (name, nickname, *_) in now["vaccines"].items()}
    for vaccine in to_be:
        name, known_as = vaccine.name, names.pop(str(vaccine.id), None)
        if known_as is None:
            yield _("%(vaccine)s: comes onto calendars.") % {"vaccine": isolated(name)}
        elif known_as != name:
            yield _("%(before)s: is called %(after)s.") % {"before": isolated(known_as), "after": isolated(name)}
        for dose in vaccine.doses:
            before = now["doses"].pop(str(dose.id), [None])[0]
            said: dict[str, object] = {"vaccine": isolated(name), "dose": isolated(dose_name(dose.name))}
            said |= {"before": before, "week": dose.week}
            if before is None:
                yield _("%(vaccine)s, %(dose)s: is new, in week %(week)s of age.") % said
            elif before != dose.week:
                yield _("%(vaccine)s, %(dose)s: moves from week %(before)s of age to week %(week)s.") % said
    yield from (_("%(vaccine)s: leaves calendars.") % {"vaccine": isolated(name)} for name in names.values())
    if gone := sorted(now["doses"], key=int):
        known = VaccineDose.objects.filter(pk__in=gone).order_by("week_age", "pk").select_related("vaccine")
        doses = ", ".join(isolated(f"{dose.vaccine}, {dose_name(dose.name)}") for dose in known)
        yield _("Doses that leave calendars: %(doses)s.") % {"doses": doses}


def of_visits(now: Pack | None, to_be: Pack | None) -> Iterator[str]:
    """What is otherwise of the weeks of visits before birth, and of visits after it; None: due ages alone."""
    weeks = [words.weeks(pack.antenatal) if pack else _of_due_ages() for pack in (now, to_be)]
    if weeks[0] != weeks[1]:
        yield _("Visits before birth: in weeks %(after)s of pregnancy, until now %(before)s.") % {
            "before": weeks[0] or "–",
            "after": weeks[1] or "–",
        }
    contacts = [words.contacts(pack.postnatal) if pack else "" for pack in (now, to_be)]
    if contacts[0] != contacts[1]:
        yield _("Visits after birth: %(after)s, until now %(before)s.") % {
            "before": contacts[0] or _("none"),
            "after": contacts[1] or _("none"),
        }


def _of_due_ages() -> str:
    return ", ".join(map(str, pregnancy_dates.PLANNED_WEEKS))
