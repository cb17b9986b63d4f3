"""Of which health centre or district a list is, and how far people have to theirs: what its address asks, what can be
chosen, and its chips."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget

from hera.health_center import selectors

if TYPE_CHECKING:
    from collections.abc import Mapping


class _WhereForm(forms.Form):
    district = forms.ChoiceField(label=gettext_lazy("District"), required=False, widget=UnfoldAdminSelectWidget)
    center = forms.ChoiceField(label=gettext_lazy("Health centre"), required=False, widget=UnfoldAdminSelectWidget)
    within = forms.ChoiceField(
        label=gettext_lazy("How far she has to her centre, at most"), required=False, widget=UnfoldAdminSelectWidget
    )


DISTANCES = (2, 5, 10, 20, 50)  # kilometres


@dataclass(frozen=True)
class Chip:
    """A thing that was asked, and the address of the list without it."""

    label: str
    value: str
    without: str


class Where:
    """What the address of a list asks; what is no centre and no district of the country is not asked.

    Args:
        asked: the query.
        kept: what else of it stays in the addresses of the chips.
    """

    def __init__(self, asked: Mapping[str, str], kept: Mapping[str, str]) -> None:
        self._by_district = selectors.by_district()
        self._kept = dict(kept)
        names = {pk: name for _district, centers in self._by_district for pk, name in centers}
        districts = {district for district, _centers in self._by_district if district}
        center, district = asked.get("center", ""), asked.get("district", "")
        distances, within = dict(_distances()), asked.get("within", "")
        self._said = {
            **({"district": (_("District"), district)} if district in districts else {}),
            **({"center": (_("Health centre"), names[center])} if center in names else {}),
            **({"within": (_("At most"), distances[within])} if within in distances else {}),
        }
        self.asked = {name: asked[name] for name in self._said}

    @property
    def centers(self) -> list[int] | None:
        """The ids of the centres that are asked for; None where all are."""
        if not self.asked.keys() & {"district", "center"}:
            return None
        chosen, district = self.asked.get("center"), self.asked.get("district")
        return [
            int(pk)
            for of, centers in self._by_district
            for pk, _name in centers
            if (district is None or of == district) and (chosen is None or pk == chosen)
        ]

    @property
    def within(self) -> int | None:
        """How far people have to their centre at most, in kilometres; None where that is not asked."""
        return int(self.asked["within"]) if "within" in self.asked else None

    @property
    def chips(self) -> list[Chip]:
        """What was asked, in words."""
        return [
            Chip(
                label,
                value,
                urlencode(self._kept | {other: self.asked[other] for other in self.asked if other != name}),
            )
            for name, (label, value) in self._said.items()
        ]

    @cached_property
    def form(self) -> forms.Form | None:
        """What can be asked; None where the country has no centres."""
        if not self._by_district:
            return None
        form = _WhereForm(initial=self.asked)
        districts = [(district, district) for district, _centers in self._by_district if district]
        _choose_of(form.fields["district"], districts)
        _choose_of(form.fields["center"], selectors.grouped(self._by_district))
        _choose_of(form.fields["within"], _distances())
        return form


def _distances() -> list[tuple[str, str]]:
    return [(str(number), _("%(number)d km") % {"number": number}) for number in DISTANCES]


def _choose_of(field: forms.Field, choices: list[tuple[str, Any]]) -> None:
    field.choices = [("", gettext_lazy("any")), *choices]  # type: ignore[attr-defined]
