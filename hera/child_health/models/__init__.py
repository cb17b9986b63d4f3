from hera.child_health.models.children import Child, ChildEnd, ChildPause
from hera.child_health.models.doses import DoseGiven
from hera.child_health.models.packs import AdoptedPack
from hera.child_health.models.plan import PlanCheck, PlanFailure, PlannedVisit
from hera.child_health.models.pregnancies import Pregnancy, PregnancyOutcome
from hera.child_health.models.ticks import PastVaccination, PastVaccinationChange
from hera.child_health.models.told import Source
from hera.child_health.models.vaccines import Vaccine, VaccineDose

__all__ = [
    "AdoptedPack",
    "Child",
    "ChildEnd",
    "ChildPause",
    "DoseGiven",
    "PastVaccination",
    "PastVaccinationChange",
    "PlanCheck",
    "PlanFailure",
    "PlannedVisit",
    "Pregnancy",
    "PregnancyOutcome",
    "Source",
    "Vaccine",
    "VaccineDose",
]
