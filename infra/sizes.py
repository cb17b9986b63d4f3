"""How many tasks of what size an environment has, on which PostgreSQL, and who runs its jobs when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CONTAINER = "hera"
POSTGRES_MAJOR = "18"  # RDS chooses the minor version, and renews it by itself
WEB_TASKS = (2, 10)
WORKERS = (1, 4)
# What JobRecord calls the job, its command, and its minutes.
JOBS = (
    ("notifications", "generate_notifications", 1),
    ("surveys", "generate_surveys", 3),
)


@dataclass(frozen=True)
class Sizes:
    """What staging and production differ in; tasks as CPU units and MiB."""

    web: tuple[int, int]
    worker: tuple[int, int]
    database_class: str
    database_gib: int
    zones: int
    nat_gateways: int
    protected: bool


# A task of a job, or one-off: 0.25 vCPU and 512 MiB carry a million mothers (docs/scale.md).
JOB = (256, 512)
STAGING = Sizes((256, 512), (256, 512), "db.t4g.micro", 20, 1, 1, protected=False)
PRODUCTION = Sizes((512, 1024), (512, 1024), "db.t4g.small", 50, 2, 2, protected=True)

JOBS_BY_WORKER = "HERA_WORKER_RUNS_JOBS"


def jobs_are_the_workers(settings: Mapping[str, str]) -> bool:
    """Whether the workers run the jobs by their own clock, as they do unless the operator has said false (ADR 25)."""
    return settings.get(JOBS_BY_WORKER, "true").strip().lower() != "false"
