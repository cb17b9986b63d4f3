"""What a programme is measured by: each measure says what it is, of what, and by what it can be told apart.

One way for all: a measure's source is counted into cells (`counting`), cells are read as a table (`tabulated`), and a
table is what is shown, drawn (`plots`), downloaded and reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hera.child_health.dose_names import dose_name
from hera.child_health.models import Vaccine, VaccineDose
from hera.delivery import reasons
from hera.delivery.models import ChannelRole
from hera.figures import sources
from hera.figures.dimensions import ALL, DIMENSIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.utils.functional import Promise

    from hera.figures.sources import Source


class Unit(Enum):
    """What a measure's numbers are."""

    PERCENT = "%"
    COUNT = ""
    MONEY = "money"


@dataclass(frozen=True)
class Measure:
    """A measure.

    Args:
        label: its name. says: one sentence on what is counted.
        part, whole: names of the source's sums. A percentage has both, all others `part` alone.
        series_label: what the series are. series: what each of these is called.
        is_better_high: whether more is better: a target is a floor, else a ceiling.
        is_summed: whether its series add up to something.
    """

    key: str
    label: str | Promise
    says: str | Promise
    unit: Unit
    source: Source
    part: str
    whole: str | None
    series_label: str | Promise
    series: Callable[[Iterable[str]], Mapping[str, str]]
    is_better_high: bool = True
    is_summed: bool = True

    @property
    def dimensions(self) -> tuple[str, ...]:
        """By what it can be told apart, besides by its series."""
        return dimensions_of(self.source)


def dimensions_of(source: Source) -> tuple[str, ...]:
    """By what a source's facts can be told apart; first by their series alone."""
    of_people = [key for key, one in DIMENSIONS.items() if one.of_person and source.is_of_people]
    return (ALL, *of_people, *source.own)


def _doses(keys: Iterable[str]) -> Mapping[str, str]:
    """By the age at which they are due."""
    found = VaccineDose.objects.filter(pk__in=[int(key) for key in keys if key.isdigit()])
    rows = found.order_by("week_age", "vaccine__name", "pk").values_list("pk", "vaccine__name", "name")
    return {str(pk): f"{vaccine}, {dose_name(name)}" for pk, vaccine, name in rows}


def _vaccines(keys: Iterable[str]) -> Mapping[str, str]:
    found = Vaccine.objects.filter(pk__in=[int(key) for key in keys if key.isdigit()])
    return {str(pk): name for pk, name in found.order_by("name").values_list("pk", "name")}


def _visits(keys: Iterable[str]) -> Mapping[str, str]:
    names = {
        "opened": _("reminded of, and the link opened"),
        "reminded": _("reminded of"),
        "alone": _("not reminded of"),
        "antenatal": _("antenatal visits"),
    }
    present = set(keys)
    return {key: name for key, name in names.items() if key in present}


def _channels(keys: Iterable[str]) -> Mapping[str, str]:
    """By what a message goes, as the panel calls it."""
    names = {role.value: _(str(role.label)) for role in ChannelRole}  # gathered with the labels of its table
    return {key: names.get(key, key) for key in sorted(keys)}


def _failures(keys: Iterable[str]) -> Mapping[str, str]:
    """A channel and why nothing arrived by it, as `sources` cut them: `sms: HTTP 400`."""
    found = {}
    for key in sorted(keys):
        channel, _colon, reason = key.partition(": ")
        found[key] = ": ".join(filter(None, [_channels([channel])[channel], reasons.said(reason)]))
    return found


def _as_kept(keys: Iterable[str]) -> Mapping[str, str]:
    return {key: key for key in sorted(keys)}


_DOSE, _VACCINE = gettext_lazy("Dose"), gettext_lazy("Vaccine")
_VISIT, _CHANNEL = gettext_lazy("Visits"), gettext_lazy("Channel")

_ALL = (
    Measure(
        "coverage",
        gettext_lazy("Coverage"),
        gettext_lazy("Of the doses that fell due in a month, how many the children have had by now."),
        Unit.PERCENT, sources.DOSES, "given", "due", _DOSE, _doses,
    ),
    Measure(
        "on_time",
        gettext_lazy("On time"),
        gettext_lazy(
            "Of the doses given whose day is known, how many were given before they were late: by the pack in use, else"
            " within 4 weeks."
        ),
        Unit.PERCENT, sources.DOSES, "on_time", "dated", _DOSE, _doses,
    ),
    Measure(
        "late",
        gettext_lazy("Late"),
        gettext_lazy(
            "Of the doses given whose day is known, how many were given late: by the pack in use, else after 4 weeks."
        ),
        Unit.PERCENT, sources.DOSES, "late", "dated", _DOSE, _doses, is_better_high=False,
    ),
    Measure(
        "drop_out",
        gettext_lazy("Drop-out from dose 1 to 3"),
        gettext_lazy(
            "Of the children who had the first dose of a vaccine, and whose third fell due in a month, how many have"
            " not had the third."
        ),
        Unit.PERCENT, sources.THIRDS, "dropped", "begun", _VACCINE, _vaccines, is_better_high=False,
    ),
    Measure(
        "reminded",
        gettext_lazy("Visits reminded of"),
        gettext_lazy("Of the vaccination visits of a month, how many the mother was reminded of."),
        Unit.PERCENT, sources.VISITS, "reminded", "visits", _VISIT, _visits,
    ),
    Measure(
        "opened",
        gettext_lazy("Reminders opened by their link"),
        gettext_lazy(
            "Of the vaccination visits of a month that the mother was reminded of, of how many she opened the link in"
            " the text, or the push in her browser."
        ),
        Unit.PERCENT, sources.VISITS, "opened", "reminded", _VISIT, _visits,
    ),
    Measure(
        "kept",
        gettext_lazy("Visits kept"),
        gettext_lazy(
            "Of the vaccination visits of a month, how many have had all their doses given by now: those that the"
            " mother was reminded of, those of which she opened the link, and the others."
        ),
        Unit.PERCENT, sources.VISITS, "kept", "visits", _VISIT, _visits,
    ),
    Measure(
        "antenatal",
        gettext_lazy("Antenatal visits kept"),
        gettext_lazy("Of the mothers who answered whether they came to an antenatal visit, how many say they did."),
        Unit.PERCENT, sources.ANTENATAL, "came", "answered", _VISIT, _visits,
    ),
    Measure(
        "reach",
        gettext_lazy("Messages that arrived"),
        gettext_lazy("Of the messages of a month that ended, how many arrived, or were taken by the provider."),
        Unit.PERCENT, sources.REACH, "arrived", "ended", _CHANNEL, _channels,
    ),
    Measure(
        "failures",
        gettext_lazy("Messages that did not arrive, by reason"),
        gettext_lazy("How many messages of a month did not arrive, and why."),
        Unit.COUNT, sources.FAILURES, "failed", None, gettext_lazy("Reason"), _failures, is_better_high=False,
    ),
    Measure(
        "cost",
        gettext_lazy("Cost of texts"),
        gettext_lazy("What the texts of a month have cost, by the gateway's prices."),
        Unit.MONEY, sources.MONEY, "cost", None, gettext_lazy("Currency"), _as_kept,
        is_better_high=False, is_summed=False,
    ),
)  # fmt: skip
MEASURES = {one.key: one for one in _ALL}
