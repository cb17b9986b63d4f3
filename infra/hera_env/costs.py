"""What an environment costs a month: AWS's list prices in eu-west-1 of November 2026, without tax and traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.sizes import JOB, JOBS, WEB_TASKS, WORKERS

if TYPE_CHECKING:
    from infra.configuration import Configuration

HOURS = 730
VCPU_HOUR, GIB_HOUR = 0.04048, 0.004445
BALANCER_HOUR, BALANCER_UNIT_HOUR = 0.0252, 0.008
NAT_HOUR, ADDRESS_HOUR = 0.048, 0.005
DATABASE_HOUR = {"db.t4g.micro": 0.017, "db.t4g.small": 0.034}
DISK_GIB_MONTH = 0.127
SECRET_MONTH, ALARM_MONTH, INSIGHTS_MONTH, LOG_GIB = 0.40, 0.10, 3.00, 0.57
JOB_SECONDS = 60  # Fargate counts a minute at least


@dataclass(frozen=True)
class Line:
    """A part of the environment, and its US dollars a month."""

    what: str
    dollars: float


def monthly(configuration: Configuration) -> list[Line]:
    """Each part with its price in US dollars a month, at the smallest number of tasks."""
    sizes = configuration.sizes
    starts = sum(HOURS * 60 / minutes for _job, _command, minutes in JOBS)
    return [
        Line(f"{WEB_TASKS[0]} web tasks", WEB_TASKS[0] * _task(sizes.web) * HOURS),
        Line(f"{WORKERS[0]} delivery worker", WORKERS[0] * _task(sizes.worker) * HOURS),
        Line("2 scheduled jobs", starts * JOB_SECONDS / 3600 * _task(JOB)),
        Line(
            f"PostgreSQL {sizes.database_class}, {sizes.zones} zone{'s' if sizes.zones > 1 else ''},"
            f" {sizes.database_gib} GiB",
            sizes.zones * (DATABASE_HOUR[sizes.database_class] * HOURS + DISK_GIB_MONTH * sizes.database_gib),
        ),
        Line("load balancer", (BALANCER_HOUR + BALANCER_UNIT_HOUR + 2 * ADDRESS_HOUR) * HOURS),
        Line(
            f"{sizes.nat_gateways} NAT gateway{'s' if sizes.nat_gateways > 1 else ''}",
            sizes.nat_gateways * (NAT_HOUR + ADDRESS_HOUR) * HOURS,
        ),
        Line("secrets, alarms, logs", 4 * SECRET_MONTH + 8 * ALARM_MONTH + INSIGHTS_MONTH + 2 * LOG_GIB),
    ]


def total(configuration: Configuration) -> float:
    """All parts together, in US dollars a month."""
    return sum(line.dollars for line in monthly(configuration))


def _task(size: tuple[int, int]) -> float:
    cpu_units, mib = size
    return cpu_units / 1024 * VCPU_HOUR + mib / 1024 * GIB_HOUR
