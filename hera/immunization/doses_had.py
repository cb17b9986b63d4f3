"""Which doses of the programme a child has had, where one dose is against several diseases (HERA's own).

CDSi judges each antigen alone: drops of polio satisfy what polio wants of the first dose of the six in one, and that
dose is missing all the same.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from hera.immunization.forecast import SeriesStatus
from hera.immunization.organize_history import in_order

if TYPE_CHECKING:
    from hera.immunization.organize_history import Given
    from hera.immunization.schedule import Schedule
    from hera.immunization.select_series import PatientSeries


def doses_had(best: Mapping[str, PatientSeries], schedule: Schedule) -> dict[str, list[Given]]:
    """What was given for each dose that a child has had against most of the diseases that it is to be given against.

    Args:
        best: of each antigen the series that speaks for the child.

    Returns:
        By the key of the dose; what stands for it against most diseases comes first, then what protects against most.
    """
    wanted: Counter[str] = Counter()
    given: defaultdict[str, Counter[Given]] = defaultdict(Counter)
    for one in best.values():
        for target, dose in one.track.satisfied:
            given[target.key][dose] += 1
        had = {target.number for target, _ in one.track.satisfied}
        # Where nothing more is to come, as of an antigen that it is too old for, what was left out is not missing.
        is_open = one.forecast.status is SeriesStatus.NOT_COMPLETE
        wanted.update(target.key for target in one.series.doses if is_open or target.number in had)
    return {
        key: sorted(several, key=lambda dose: (-several[dose], -len(schedule.products[dose.product]), in_order(dose)))
        for key, several in given.items()
        if several.total() * 2 > wanted[key]
    }
