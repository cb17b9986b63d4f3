"""The packs that there are: files of `packs/` in the image, read once while they stay as they are."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hera.child_health.models import Vaccine as TableVaccine
from hera.config import REPOSITORY
from hera.core import clock
from hera.immunization import pack_file, pack_rules
from hera.immunization.pack import Dose, Pack, Vaccine, of

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = REPOSITORY / "packs"


@dataclass(frozen=True)
class File:
    """A file of the folder. `findings` are sentences that say why it is no pack; without any it has its `pack`."""

    name: str
    pack: Pack | None
    findings: tuple[str, ...] = ()


def files() -> list[File]:
    """All files, by their names."""
    return [_file(path) for path in sorted(FOLDER.glob("*.yaml"))]


def file(name: str) -> File | None:
    """The file of this name; None if there is none."""
    path = path_of(name)
    return _file(path) if path else None


def path_of(name: str) -> Path | None:
    """Where the file of this name is; None if there is none."""
    return next((path for path in FOLDER.glob("*.yaml") if path.stem == name), None)


def the_one_before(pack: Pack) -> Pack | None:
    """The newest earlier pack of the same country; None if there is none."""
    earlier = [
        other.pack
        for other in files()
        if other.pack and other.pack.country == pack.country and other.pack.valid_from < pack.valid_from
    ]
    return max(earlier, key=lambda other: other.valid_from, default=None)


def tables() -> tuple[list[Vaccine], dict[int, int]]:
    """The vaccines and doses that are on calendars now, without keys; and by dose its age in weeks."""
    rows = TableVaccine.objects.filter(is_active=True).order_by("pk").prefetch_related("doses")
    active = [(row, [dose for dose in row.doses.all() if dose.is_active]) for row in rows]
    vaccines = [
        Vaccine(
            id=row.pk,
            key="",
            name=row.name,
            nickname=row.nickname or "",
            male=row.applicable_for_male,
            female=row.applicable_for_female,
            doses=tuple(Dose(dose.pk, "", dose.name, dose.notes_for_parent or "") for dose in doses),
        )
        for row, doses in active
    ]
    return vaccines, {dose.pk: dose.week_age for _row, doses in active for dose in doses}


def _file(path: Path) -> File:
    stat = path.stat()
    return _read(path, stat.st_mtime_ns, stat.st_size)


@functools.lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _size: int) -> File:
    """A file as long as it is the same: reading one takes a tenth of a second."""
    document = pack_file.read(path)
    if not document.findings:
        pack = of(document.data)
        document.findings += pack_rules.findings(pack, path.stem, clock.now().date())
    if document.findings:
        return File(path.stem, None, tuple(document.told(finding) for finding in document.findings))
    return File(path.stem, pack)
