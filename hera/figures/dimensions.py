"""By what figures can be told apart: where in a statement it is found, and what its values are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from hera.core import languages
from hera.delivery import purposes
from hera.health_center.models import HealthCenter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from django.utils.functional import Promise

ALL = ""  # told apart by nothing but what the measure itself is of

_CODES = sorted(map(str, COUNTRY_CODE_TO_REGION_CODE))


def _of_length(length: int) -> str:
    return ",".join(f"'{code}'" for code in _CODES if len(code) == length)


# No calling code begins with another.
_CALLING_CODE = f"""CASE WHEN substr(person.username, 2, 1) IN ({_of_length(1)}) THEN substr(person.username, 2, 1)
    WHEN substr(person.username, 2, 2) IN ({_of_length(2)}) THEN substr(person.username, 2, 2)
    WHEN person.username LIKE '+%%' THEN substr(person.username, 2, 3) ELSE '' END"""


@dataclass(frozen=True)
class Dimension:
    """A way to tell people apart.

    Args:
        label: as the page offers it.
        names: what each of these values is called.
        of_person: SQL of its value, over `person` (the account), `profile` and her `centre`; None where facts have
            it themselves.
    """

    key: str
    label: str | Promise
    names: Callable[[Iterable[str]], Mapping[str, str]]
    of_person: str | None = None


def _centres(values: Iterable[str]) -> dict[str, str]:
    found = HealthCenter.objects.filter(pk__in=[int(value) for value in values if value.isdigit()])
    names = {str(pk): name for pk, name in found.values_list("pk", "name")}
    return {value: names.get(value, "") for value in values}


def _as_written(values: Iterable[str]) -> dict[str, str]:
    return {value: value for value in values}


def _languages(values: Iterable[str]) -> dict[str, str]:
    names = {code: _(name) for code, name in languages.CHOICES}
    return {value: names.get(value, "") for value in values}


def _calling_codes(values: Iterable[str]) -> dict[str, str]:
    """`+90 (TR)`: the country's two letters, where the code is of one country."""
    found = {}
    for value in values:
        regions = COUNTRY_CODE_TO_REGION_CODE.get(int(value), ()) if value.isdigit() else ()
        found[value] = f"+{value} ({', '.join(regions[:3])})" if regions else ""
    return found


def _ages(values: Iterable[str]) -> dict[str, str]:
    names = {"0": _("below 1 year"), "1": _("1 year"), "2": _("2 to 4 years"), "5": _("5 years and more")}
    return {value: names.get(value, value) for value in values}


def _purposes(values: Iterable[str]) -> dict[str, str]:
    return {value: purposes.said(value) for value in values}


DIMENSIONS = {
    one.key: one
    for one in (
        Dimension("centre", gettext_lazy("Health centre"), _centres, "coalesce(centre.id::text, '')"),
        Dimension("district", gettext_lazy("District"), _as_written, "coalesce(centre.district, '')"),
        Dimension("language", gettext_lazy("Language"), _languages, "coalesce(profile.language_code, '')"),
        Dimension("nationality", gettext_lazy("Country of the number"), _calling_codes, _CALLING_CODE),
        Dimension("age", gettext_lazy("Age of the child"), _ages),
        Dimension("purpose", gettext_lazy("What for"), _purposes),
    )
}
