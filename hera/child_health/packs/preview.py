"""What adopting a pack changes, read before it is done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from hera.child_health.models import Child
from hera.child_health.packs import adopting, tables
from hera.child_health.packs.words import isolated
from hera.child_health.plan import stored
from hera.child_health.plan.by_pack import ByPack
from hera.child_health.plan.due_ages import DueAges
from hera.child_health.plan.programme import Programme, current_programme

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from hera.child_health.plan.visits import Planned
    from hera.immunization.pack import Pack

SAMPLE = 2000  # children whose plans are worked out


@dataclass
class Preview:
    """What changes.

    Args:
        vaccines: of each vaccine and dose that parents see otherwise, a sentence.
        children: how many children there are; of `looked_at` of them, taken by chance, the plans were compared.
        changed: how many of these have other doses, or other days, before them.
        earlier, later, added, gone: doses before them that come on an earlier or a later day, that are new, that are
            not planned any more.
        made_up: children who are asked to come soon for what they lack by this pack.
    """

    vaccines: list[str]
    children: int
    looked_at: int = 0
    changed: int = 0
    earlier: int = 0
    later: int = 0
    added: int = 0
    gone: int = 0
    made_up: int = 0


def of(pack: Pack, sample: int = SAMPLE) -> Preview:
    """What adopting this pack would change.

    Args:
        sample: of how many children plans are worked out; each takes some milliseconds.
    """
    children = Child.objects.filter(ended_at=None)
    found = Preview(list(_sentences(pack)), children.count())
    _compare(found, list(children.order_by("?").values_list("pk", flat=True)[:sample]), pack)
    return found


def _sentences(pack: Pack) -> Iterator[str]:
    now = tables.of_now()
    if now["doses"] and now["doses"].keys().isdisjoint(str(dose.id) for _, dose in pack.doses().values()):
        yield _(
            "No dose of this pack has the number of one that is on calendars now, so that it cannot tell which of its "
            "doses children have had: all are asked to come for what they should have had at their age."
        )
    names = {pk: nickname or name for pk, (name, nickname, *_) in now["vaccines"].items()}
    week = tables.weeks_of(pack)
    for vaccine in pack.vaccines:
        name, known_as = vaccine.nickname or vaccine.name, names.pop(str(vaccine.id), None)
        if known_as is None:
            yield _("%(vaccine)s: comes onto calendars.") % {"vaccine": isolated(name)}
        elif known_as != name:
            yield _("%(before)s: is called %(after)s.") % {"before": isolated(known_as), "after": isolated(name)}
        for dose in vaccine.doses:
            before = now["doses"].pop(str(dose.id), [None])[0]
            said: dict[str, object] = {"vaccine": isolated(name), "dose": isolated(dose.name)}
            said |= {"before": before, "week": week[dose.key]}
            if before is None:
                yield _("%(vaccine)s, %(dose)s: is new, in week %(week)s of age.") % said
            elif before != week[dose.key]:
                yield _("%(vaccine)s, %(dose)s: moves from week %(before)s of age to week %(week)s.") % said
    yield from (_("%(vaccine)s: leaves calendars.") % {"vaccine": isolated(name)} for name in names.values())
    if gone := sorted(now["doses"], key=int):
        yield _("Doses that leave calendars, by their numbers: %(numbers)s.") % {"numbers": ", ".join(gone)}


def _compare(found: Preview, ids: list[int], pack: Pack) -> None:
    today = adopting.today_of_country()
    programme = current_programme().programme
    to_be = Programme(
        "[]", ByPack(pack, today, programme.by_pack or DueAges(tables.weeks(tables.of_now()), programme.left))
    )
    before, after = stored.plans_of(programme, ids, [])[0].children, stored.plans_of(to_be, ids, [])[0].children
    soon = today + dt.timedelta(days=pack.catch_up_days)
    for pk, plan in after.items():
        was, will = _ahead(before[pk], today), _ahead(plan, today)
        both = was.keys() & will.keys()
        found.looked_at += 1
        found.changed += was != will
        found.earlier += sum(will[dose] < was[dose] for dose in both)
        found.later += sum(will[dose] > was[dose] for dose in both)
        found.added += len(will.keys() - was.keys())
        found.gone += len(was.keys() - will.keys())
        found.made_up += any(visit.attempt > 1 and visit.left and today <= visit.due <= soon for visit in plan)


def _ahead(plan: Mapping[Planned, int | None], today: dt.date) -> dict[int, dt.date]:
    """The day of each dose that is still to come."""
    found: dict[int, dt.date] = {}
    for visit in sorted(plan, key=lambda visit: (visit.due, visit.attempt)):
        for dose in visit.left if visit.due >= today else ():
            found.setdefault(dose, visit.due)
    return found
