"""Whether a pack's file may be adopted here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from hera.child_health.models import AdoptedPack, Vaccine, VaccineDose
from hera.child_health.packs.words import isolated
from hera.core import clock
from hera.immunization import pack_check
from hera.immunization.pack_frame import FIRST_NEW
from hera.texts import written_dates

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from hera.immunization.pack import Json, Pack


class NotAdoptedError(ValueError):
    """A pack cannot be adopted; the message says why, and what to do."""


@dataclass(frozen=True)
class Read:
    """A file that nothing is wrong with: its pack, what it holds, and its contents to the byte."""

    pack: Pack
    data: Json
    text: bytes

    @property
    def digest(self) -> str:
        """By which the same file is known."""
        return hashlib.sha256(self.text).hexdigest()


def read(path: Path) -> Read:
    """The pack of a file with which nothing is wrong; whether it may be adopted now says `refuse_what_must_wait`.

    Raises:
        NotAdoptedError: if something is wrong with it, or if one of its numbers is taken.
    """
    report = pack_check.check(path)
    if report.findings or report.pack is None:
        raise NotAdoptedError("\n".join(f"{path}: {sentence}" for sentence in report.findings))
    refuse_taken_numbers(report.pack)
    return Read(report.pack, report.document.data, report.document.text)


def refuse_what_must_wait(pack: Pack) -> None:
    """What it changes can be looked at before that: who reviews it wants to know.

    Raises:
        NotAdoptedError: if nobody has reviewed it and this is not `local`, or if it holds only from a later day on.
    """
    _refuse_unreviewed(pack)
    _refuse_of_the_future(pack)


def _refuse_unreviewed(pack: Pack) -> None:
    """No parent is told of what nobody stands by, but for a developer's machine."""
    if not pack.is_reviewed and not settings.HERA.is_local:
        raise NotAdoptedError(
            _(
                "%(pack)s is a draft: nobody has reviewed it, so no parent may be told of it. Have it reviewed as "
                "docs/packs.md says, write the reviewer's name into the file, and adopt it then."
            )
            % {"pack": pack.name}
        )


def today_of_country() -> dt.date:
    """The date in the country's time zone."""
    return clock.today_in(ZoneInfo(settings.HERA.default_timezone))


def _refuse_of_the_future(pack: Pack) -> None:
    """Clinics give by the programme before it until its day."""
    if pack.valid_from > today_of_country():
        raise NotAdoptedError(
            _("%(pack)s holds from %(day)s on, and may be adopted from that day on.")
            % {"pack": pack.name, "day": written_dates.day(pack.valid_from)}
        )


def refuse_taken_numbers(pack: Pack) -> None:
    """A vaccine or dose of the pack must not be another one here: what was announced and recorded names its number.

    A dose of another vaccine is another one; and what bears another name, but for the numbers of the first HERA, which
    are the same everywhere, and those of an earlier pack, which may have called it so.

    Raises:
        NotAdoptedError: if one is.
    """
    vaccine_of = {dose.id: vaccine.id for vaccine in pack.vaccines for dose in vaccine.doses}
    doses = VaccineDose.objects.filter(pk__in=vaccine_of).select_related("vaccine").order_by("pk")
    taken = [
        _("its dose %(dose)s is one of %(vaccine)s here") % {"dose": row.pk, "vaccine": isolated(row.vaccine.name)}
        for row in doses
        if row.vaccine_id != vaccine_of[row.pk]
    ]
    taken += _called_otherwise(pack, [row for row in doses if row.vaccine_id == vaccine_of[row.pk]])
    if taken:
        raise NotAdoptedError(
            _(
                "%(pack)s cannot be adopted here: %(taken)s. "
                "Give these other numbers in the file: 1000 or more that nothing here has."
            )
            % {"pack": pack.name, "taken": "; ".join(taken)}
        )


def _called_otherwise(pack: Pack, doses: Sequence[VaccineDose]) -> Iterator[str]:
    """The vaccines, and of these doses of theirs those, that staff have by a number of the pack under another name."""
    names = {vaccine.id: vaccine.name for vaccine in pack.vaccines if vaccine.id >= FIRST_NEW}
    names_of_doses = {dose.id: dose.name for _vaccine, dose in pack.doses().values() if dose.id >= FIRST_NEW}
    vaccines = [row for row in Vaccine.objects.filter(pk__in=names).order_by("pk") if row.name != names[row.pk]]
    others = [row for row in doses if row.name != names_of_doses.get(row.pk, row.name)]
    if not (vaccines or others):
        return
    earlier = [row for rows in AdoptedPack.objects.values_list("data__vaccines", flat=True) for row in rows]
    of_packs = {row["id"] for row in earlier}, {dose["id"] for row in earlier for dose in row["doses"]}
    for vaccine in vaccines:
        if vaccine.pk not in of_packs[0]:
            yield _("its vaccine %(number)s is %(vaccine)s here") % {
                "number": vaccine.pk,
                "vaccine": isolated(vaccine.name),
            }
    for dose in others:
        if dose.pk not in of_packs[1]:
            yield _("its dose %(number)s is %(dose)s of %(vaccine)s here") % {
                "number": dose.pk,
                "dose": isolated(dose.name),
                "vaccine": isolated(dose.vaccine.name),
            }
