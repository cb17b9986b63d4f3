"""Evaluate vaccine doses administered: walk doses given and target doses of a series together (CDSi 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hera.immunization import evaluate_age, evaluate_interval, live_virus_conflict, vaccine_type
from hera.immunization.conditional_skip import IsComplete, is_skipped_when_evaluating
from hera.immunization.verdicts import Reason, Status, Track, Verdict

if TYPE_CHECKING:
    from hera.immunization.live_virus_conflict import Counted
    from hera.immunization.organize_history import Given, Patient
    from hera.immunization.schedule import Schedule, Series, TargetDose


def evaluate_series(
    series: Series,
    patient: Patient,
    history: tuple[Given, ...],
    schedule: Schedule,
    *,
    is_complete: IsComplete,
    counted: Counted,
) -> Track:
    """Hold every dose of an antigen against a series, oldest first.

    Args:
        history: the doses of the antigen, oldest first.
        is_complete: asked by skips about other series of the antigen.
        counted: asked about live vaccines given earlier.
    """
    track = Track(patient, series, schedule.once_a_day)
    for dose in history:
        while (target := track.target) is not None and is_skipped_when_evaluating(
            track, target, dose.date, is_complete
        ):
            track.skipped.add(track.place)
            track.place += 1
        verdict = _judge(dose, target, track, schedule, counted)
        track.verdicts.append(verdict)
        if verdict.status is Status.VALID and target is not None:
            track.satisfied.append((target, dose))
            track.place += 0 if target.is_recurring else 1
    return track


def _judge(dose: Given, target: TargetDose | None, track: Track, schedule: Schedule, counted: Counted) -> Verdict:
    """The first objection that there is, in the order of CDSi figure 6-1, or that the target is satisfied (6.10)."""
    if track.once_a_day and any(given.date == dose.date for given in track.valid):
        return Verdict(dose, target, Status.EXTRANEOUS, Reason.SAME_DAY)
    if target is None:
        return Verdict(dose, None, Status.EXTRANEOUS, Reason.SERIES_COMPLETE)
    born = track.patient.date_of_birth
    live = (other for other in track.patient.doses if other.product in schedule.live and other.date < dose.date)
    return (
        vaccine_type.inadvertent(dose, target)
        or evaluate_age.objection(dose, target, born)
        or evaluate_interval.objection(dose, target, track)
        or live_virus_conflict.objection(dose, target, live, schedule, counted)
        or vaccine_type.objection(dose, target, born)
        or Verdict(
            dose,
            target,
            Status.VALID,
            in_grace=evaluate_age.is_in_grace(dose, target, born) or evaluate_interval.is_in_grace(dose, target, track),
        )
    )
