"""Select relevant patient series: which series of an antigen are for this person (CDSi 5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.immunization.schedule import Kind

if TYPE_CHECKING:
    from hera.immunization.organize_history import Patient
    from hera.immunization.schedule import Schedule, Series


def relevant_series(antigen: str, patient: Patient, schedule: Schedule) -> list[Series]:
    """The series of an antigen for people of this sex; none that needs a condition, since HERA knows of none."""
    return [
        series
        for series in schedule.series.get(antigen, ())
        if series.kind is not Kind.RISK and (not series.sexes or patient.sex in series.sexes)
    ]
