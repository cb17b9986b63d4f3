"""What cannot be right in a pack that has the form of one: each rule names all that it finds, and where.

Here are the rules of doses and series; those of everything around them are in `pack_frame`.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from collections.abc import Callable, Iterable, Iterator

from hera.immunization import pack_frame
from hera.immunization.ages import Period
from hera.immunization.pack import Pack, Series, TargetDose
from hera.immunization.pack_file import Finding, Place
from hera.immunization.pack_frame import twice

OLDEST = Period(years=100)
# Ages in different units are compared for children born on the first and the last days of months, two years long.
_FIRSTS = [dt.date(year, month, 1) for year in (2023, 2024) for month in range(1, 13)]
_BIRTHS = [day for first in _FIRSTS for day in (first, Period(months=1, days=-1).after(first))]


def findings(pack: Pack, stem: str, today: dt.date) -> list[Finding]:
    """Everything that cannot be right.

    Args:
        stem: the name of its file, without .yaml.
        today: the day that no review can be after.
    """
    of_rules = [finding for rule in (*pack_frame.RULES, *_RULES) for finding in rule(pack)]
    return [*of_rules, *pack_frame.review(pack, today), *_name(pack, stem)]


def _name(pack: Pack, stem: str) -> Iterator[Finding]:
    wanted = f"{pack.country}-{pack.valid_from.isoformat()}"
    for called, where in ((pack.name, "it"), (stem, "its file")):
        if called != wanted:
            yield Finding(("pack",), f"By country and day {where} is called {wanted}, not {called}.")


def _targets(pack: Pack) -> Iterator[tuple[Place, str, TargetDose]]:
    for antigen, several in pack.series.items():
        for at, series in enumerate(several):
            for number, target in enumerate(series.doses):
                yield ("series", antigen, at, "doses", number), antigen, target


def _references(pack: Pack) -> Iterator[Finding]:
    for key, product in pack.products.items():
        yield from _unknown(("products", key, "antigens"), product.antigens, pack.antigens, "antigen")
        yield from _unknown(("products", key, "source"), product.source, pack.sources, "source")
    for antigen in pack.series:
        yield from _unknown(("series", antigen), [antigen], pack.antigens, "antigen")
    doses = pack.doses()
    for place, antigen, target in _targets(pack):
        yield from _unknown((*place, "dose"), [target.dose], doses, "dose of a vaccine")
        yield from _unknown((*place, "products"), target.products, pack.products, "product")
        for key in target.products:
            if key in pack.products and antigen not in pack.products[key].antigens:
                yield Finding((*place, "products"), f"{key} does not protect against {antigen}.")
    for number, case in enumerate(pack.cases):
        products = [product for product, _ in case.doses]
        yield from _unknown(("cases", number, "doses"), products, pack.products, "product")
        yield from _unknown(("cases", number, "expect"), case.expect, pack.series, "antigen with a series")
    for number, td in enumerate(pack.antenatal.td):
        named = [td.product] if td.product else []
        yield from _unknown(("antenatal", "td", number, "product"), named, pack.products, "product")


def _unknown(place: Place, named: Iterable[str], known: Iterable[str], kind: str) -> Iterator[Finding]:
    for name in named:
        if name not in known:
            yield Finding(place, f"There is no {kind} '{name}'.")


def _called_alike(pack: Pack) -> Iterator[Finding]:
    """A card names a product by its name or its code: what is read by it must be one product."""
    whose: dict[str, str] = {}
    for key, product in pack.products.items():
        called: list[tuple[Place, str]] = [(("names", language), name) for language, name in product.names.items()]
        for where, name in [((), key), (("cvx",), product.cvx), *called]:
            if name and whose.setdefault(name.strip().casefold(), key) != key:
                other = whose[name.strip().casefold()]
                yield Finding(
                    ("products", key, *where), f"'{name}' is what {other} is known by: a card would be misread."
                )


def _listed_twice(pack: Pack) -> Iterator[Finding]:
    for place, _antigen, target in _targets(pack):
        listed = [((*place, "products"), product) for product in target.products]
        yield from twice(listed, "Another product of this dose is")
    if pack.replaces == pack.name:
        yield Finding(("replaces",), "It cannot replace itself.")


def _sources(pack: Pack) -> Iterator[Finding]:
    for place, _, target in _targets(pack):
        for name in target.numbers():
            if not target.source.get(name):
                yield Finding((*place, "source"), f"'{name}' has no source.")
        for name in set(target.source) - set(target.numbers()):
            yield Finding((*place, "source"), f"'{name}' has a source, but is not there.")
        for ids in target.source.values():
            yield from _unknown((*place, "source"), ids, pack.sources, "source")


def _other_sources(pack: Pack) -> Iterator[Finding]:
    for name, ids in pack.source.items():
        yield from _unknown(("source", name), ids, pack.sources, "source")
    yield from _unknown(("antenatal", "source"), pack.antenatal.source, pack.sources, "source")
    yield from _unknown(("postnatal", "source"), pack.postnatal.source, pack.sources, "source")
    for number, td in enumerate(pack.antenatal.td):
        yield from _unknown(("antenatal", "td", number, "source"), td.source, pack.sources, "source")


def _sources_of_starts(pack: Pack) -> Iterator[Finding]:
    for antigen, several in pack.series.items():
        for at, series in enumerate(several):
            has_ages = series.max_age_to_start is not None or series.min_age_to_start is not None
            here: Place = ("series", antigen, at)
            if has_ages and not series.source:
                yield Finding(here, "Its ages to start have no source.")
            elif series.source and not has_ages:
                yield Finding((*here, "source"), "It is of ages to start, and there are none.")
            yield from _unknown((*here, "source"), series.source, pack.sources, "source")


def _is_ever_before(one: Period, other: Period, *, or_same: bool = False) -> bool:
    """Whether an age is reached before another by any child."""
    return any(
        one.after(born) <= other.after(born) if or_same else one.after(born) < other.after(born) for born in _BIRTHS
    )


def _ages(pack: Pack) -> Iterator[Finding]:
    for place, _, dose in _targets(pack):
        for name, period in dose.numbers().items():
            if _is_ever_before(period, Period()):
                yield Finding((*place, name), f"{period} is before birth, or goes backwards.")
            if _is_ever_before(OLDEST, period):
                yield Finding((*place, name), f"{period} is more than anybody's age: {OLDEST} at most.")
        if _is_ever_before(dose.due, dose.minimum):
            yield Finding((*place, "due"), f"It is due at {dose.due}, before its minimum of {dose.minimum}.")
        if dose.overdue is not None and _is_ever_before(dose.overdue, dose.due, or_same=True):
            yield Finding((*place, "overdue"), f"It is overdue at {dose.overdue}, but due only at {dose.due}.")
        if dose.maximum is not None and _is_ever_before(dose.maximum, dose.due, or_same=True):
            yield Finding((*place, "maximum"), f"It is too late at {dose.maximum}, but due only at {dose.due}.")
        if dose.maximum is not None and dose.overdue is not None and _is_ever_before(dose.maximum, dose.overdue):
            yield Finding(
                (*place, "overdue"),
                f"It is overdue only at {dose.overdue}, when it is too late from {dose.maximum} on.",
            )


def _order(pack: Pack) -> Iterator[Finding]:
    for antigen, several in pack.series.items():
        named = [(("series", antigen, at, "id"), one.id) for at, one in enumerate(several)]
        yield from twice(named, f"Another series of {antigen} has the id")
        for at, series in enumerate(several):
            place: Place = ("series", antigen, at, "doses")
            yield from twice(
                [((*place, number, "dose"), one.dose) for number, one in enumerate(series.doses)],
                "Another dose of this series is",
            )
            if series.doses[0].interval is not None:
                yield Finding((*place, 0, "interval"), "The first dose of a series follows no other.")
            yield from _between(series, place)


def _between(series: Series, place: Place) -> Iterator[Finding]:
    for number, (dose, following) in enumerate(itertools.pairwise(series.doses), start=1):
        here = (*place, number)
        if _is_ever_before(following.minimum, dose.minimum):
            yield Finding(
                (*here, "minimum"),
                f"Its minimum of {following.minimum} is before that of the dose before, {dose.minimum}.",
            )
        if _is_ever_before(following.due, dose.due, or_same=True):
            yield Finding((*here, "due"), f"It is due at {following.due}, no later than the dose before.")
        elif following.interval is None:
            yield Finding(
                here, "A dose after another needs an interval: without one, both would count although given together."
            )
        elif _is_ever_before(following.interval, Period(days=1)):
            yield Finding((*here, "interval"), "An interval is a day at least.")
        elif any(following.interval.after(dose.due.after(born)) > following.due.after(born) for born in _FIRSTS):
            # Not of who is born on the last days of a month: from there months are up to two days shorter, and
            # 6 months and 6 months would be longer than 12.
            yield Finding(
                (*here, "interval"),
                f"{following.interval} is longer than from {dose.due} to {following.due}, when the two are due,"
                " at least for some children.",
            )


def _one_age(pack: Pack) -> Iterator[Finding]:
    """What parents see as one dose is due on one day for who is on time, whatever it protects against."""
    known: dict[str, Period] = {}
    for antigen, several in pack.series.items():
        for number, dose in enumerate(several[0].doses):
            due = known.setdefault(dose.dose, dose.due)
            if _is_ever_before(due, dose.due) or _is_ever_before(dose.due, due):
                place: Place = ("series", antigen, 0, "doses", number, "due")
                yield Finding(place, f"{dose.dose} is due at {dose.due} here, and at {due} elsewhere.")


def _starts(pack: Pack) -> Iterator[Finding]:
    for antigen, several in pack.series.items():
        for at, series in enumerate(several):
            latest, due = series.max_age_to_start, series.doses[0].due
            if latest is not None and _is_ever_before(
                dataclasses.replace(latest, days=latest.days - pack.grace_days), due, or_same=True
            ):
                yield Finding(
                    ("series", antigen, at, "max_age_to_start"),
                    f"Who is on time for its first dose, at {due}, is too old to begin it.",
                )
            earliest = series.min_age_to_start
            if earliest is not None and _is_ever_before(due, earliest):
                yield Finding(
                    ("series", antigen, at, "min_age_to_start"),
                    f"Nobody begins it before {earliest}, but its first dose is due at {due}.",
                )
        for at, (series, following) in enumerate(itertools.pairwise(several)):
            place: Place = ("series", antigen, at)
            if series.max_age_to_start is None:
                yield Finding(place, f"Without max_age_to_start nobody is ever planned by {following.id}.")
            elif following.max_age_to_start is not None and _is_ever_before(
                following.max_age_to_start, series.max_age_to_start, or_same=True
            ):
                yield Finding(place, f"Its max_age_to_start is no earlier than that of {following.id}.")


def _live(pack: Pack) -> Iterator[Finding]:
    live = [
        (place, dose)
        for place, _, dose in _targets(pack)
        if dose.products[0] in pack.products and pack.products[dose.products[0]].live
    ]
    told = set()
    for (_, one), (place, other) in itertools.permutations(live, 2):
        gaps = [(other.due.after(born) - one.due.after(born)).days for born in _BIRTHS]
        if any(0 < gap < pack.live_gap_days for gap in gaps) and (one.dose, other.dose) not in told:
            told.add((one.dose, other.dose))
            yield Finding(
                (*place, "due"),
                f"{other.dose} is due at {other.due}, less than {pack.live_gap_days} days after {one.dose} at"
                f" {one.due}, and both are live.",
            )


def _unused(pack: Pack) -> Iterator[Finding]:
    used = {target.dose for _, _, target in _targets(pack)}
    for at, vaccine in enumerate(pack.vaccines):
        for number, dose in enumerate(vaccine.doses):
            if dose.key not in used:
                yield Finding(
                    ("vaccines", at, "doses", number), "No series plans this dose: parents would wait for it."
                )


_RULES: tuple[Callable[[Pack], Iterator[Finding]], ...] = (
    _references,
    _called_alike,
    _listed_twice,
    _sources,
    _other_sources,
    _sources_of_starts,
    _ages,
    _order,
    _one_age,
    _starts,
    _live,
    _unused,
)
