"""Whether a pack's file may be adopted here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from hera.child_health.models import VaccineDose
from hera.immunization import pack_check, pack_file

if TYPE_CHECKING:
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
    """The pack of a file that may be adopted here.

    Raises:
        NotAdoptedError: if something is wrong with it, if nobody has reviewed it and this is not `local`, or if one of
            its numbers is taken.
    """
    text = path.read_bytes() if path.is_file() else b""
    report = pack_check.check(path)
    if report.findings or report.pack is None:
        raise NotAdoptedError("\n".join(f"{path}: {sentence}" for sentence in report.findings))
    _refuse_unreviewed(report.pack)
    refuse_taken_numbers(report.pack)
    return Read(report.pack, pack_file.read_text(text).data, text)


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


def refuse_taken_numbers(pack: Pack) -> None:
    """A dose of the pack must not be that of another vaccine here: what was announced and recorded names its number.

    Raises:
        NotAdoptedError: if one is.
    """
    vaccine_of = {dose.id: vaccine.id for vaccine in pack.vaccines for dose in vaccine.doses}
    rows = VaccineDose.objects.filter(pk__in=vaccine_of).select_related("vaccine").order_by("pk")
    taken = [
        _("its dose %(dose)s is one of %(vaccine)s here") % {"dose": row.pk, "vaccine": row.vaccine.name}
        for row in rows
        if row.vaccine_id != vaccine_of[row.pk]
    ]
    if taken:
        raise NotAdoptedError(
            _(
                "%(pack)s cannot be adopted here: %(taken)s. "
                "Give these doses other numbers in the file: 1000 or more that nothing here has."
            )
            % {"pack": pack.name, "taken": "; ".join(taken)}
        )
