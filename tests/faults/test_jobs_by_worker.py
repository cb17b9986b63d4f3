"""The worker's clock runs the jobs: nothing due is lost, and nothing is told twice, whoever dies or overlaps."""

from __future__ import annotations

import random
import time

from tests.faults.test_faults import assert_all_is_well

PEOPLE = 3000


def run_jobs(country) -> None:
    country.environment["HERA_WORKER_RUNS_JOBS"] = "true"


def wait_for(condition, seconds: float, says: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, says
        time.sleep(0.1)


def events(country) -> int:
    return country.ask("SELECT count(*) FROM events_notificationevent")[0][0]


def succeeded(country) -> dict[str, object]:
    return dict(country.ask("SELECT job, succeeded_at FROM core_jobrecord"))


def test_workers_at_once_and_a_timer_that_was_left_on_tell_each_mother_once(country, onesignal):
    """As while a version rolls: workers of both, and the jobs of the environment that had tasks for them."""
    run_jobs(country)
    country.make_due(PEOPLE)
    with country.workers(3):
        left_on = country.start("generate_notifications")
        wait_for(lambda: set(succeeded(country)) == {"notifications", "surveys"}, 90, "the jobs did not run")
        left_on.communicate(timeout=60)
        wait_for(lambda: events(country) == PEOPLE, 60, "not all were told")
        country.wait_until_nothing_is_open(120)
    assert_all_is_well(country, onesignal, PEOPLE)


def test_a_worker_that_dies_in_a_job_loses_nothing(country, onesignal):
    """The lock of the dead is lifted within a minute and a half, and the next run finds the rest."""
    run_jobs(country)
    country.make_due(PEOPLE)
    dice = random.Random(18)
    # It may be over before it is looked at: then the worker dies after it, and nothing may be lost either.
    begun = "SELECT count(*) > 0 FROM procrastinate_jobs WHERE status IN ('doing', 'succeeded') AND task_name = %s"
    with country.workers(1) as workers:
        wait_for(
            lambda: country.ask(begun, "hera.events.generate_notifications") == [(True,)], 90, "the job did not begin"
        )
        time.sleep(dice.uniform(0, 0.2))
        assert workers.kill(workers.pids[0])
        workers.add()
        workers.add()
        wait_for(lambda: "notifications" in succeeded(country), 400, "the job stayed with the dead worker")
        country.wait_until_nothing_is_open(120)
    assert_all_is_well(country, onesignal, PEOPLE)


def test_where_a_timer_runs_the_jobs_the_worker_does_not(country):
    country.make_due(3)
    with country.workers(1):
        swept = "SELECT count(*) FROM procrastinate_periodic_defers WHERE task_name = %s"
        wait_for(lambda: country.ask(swept, "hera.events.generate_notifications")[0][0] > 0, 60, "no clock")
        wait_for(
            lambda: country.ask("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'") == [(0,)], 60, "-"
        )
    assert events(country) == 0
    assert succeeded(country) == {}
