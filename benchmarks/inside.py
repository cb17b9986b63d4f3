"""What is timed in a process of the service (`measure.inside`): each function prints how many, and how long it took."""

from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import transaction
from rest_framework.test import APIClient

from hera.api import sessions
from hera.child_health.calendar import DoseGroup, Vaccination
from hera.delivery import claims, fallbacks
from hera.delivery.outbox import enqueue_notifications
from hera.devserver import demo_country, demo_data
from hera.events.content import content_for
from hera.events.models import NotificationEvent, NotificationTemplate, NotificationType
from hera.exports import tables
from hera.figures import asked, cache, counting, plots, sources, tabulated
from hera.figures.measures import MEASURES
from hera.health_center.models import HealthCenter
from hera.operations import selectors
from hera.people import worklist
from hera.people.filter import PeopleFilter
from hera.people.masking import Mask
from hera.people.selectors import page_of, people

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGES = ["en", "tr", "ar", "ps", "prs"]


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _print(created: int, seconds: float) -> None:
    print(f"created={created} seconds={seconds:.4f}")


def _slowest(work: Callable[[], int]) -> None:
    """The slowest of five runs, after one that fills the caches; `work` returns how many it found."""
    found = work()
    _print(found, max(_timed(work) for _ in range(5)))


def notification_lists(readers: int, each: int) -> None:
    """The lists of the people who came last, as their phones ask for them."""
    phones = [
        APIClient(headers={"authorization": f"Bearer {sessions.begin(user)}"})
        for user in User.objects.order_by("-id")[:readers]
    ]

    def read() -> None:
        for phone in phones:
            answer = phone.get("/notification_events/")
            assert len(answer.json()) == each, answer.content

    read()
    _print(readers, _timed(read))


def sweep_and_readiness() -> None:
    """What the worker does each minute besides sending, and what readiness asks."""
    NotificationType.objects.update(fallback_channel="sms")

    def sweep() -> None:
        claims.expire()
        fallbacks.enqueue()
        claims.mend_clock_jump()
        selectors.reasons_not_ready()

    sweep()
    _print(0, _timed(sweep))


def worklist_page(kind: str, of_one_centre: bool) -> None:
    """The first page of whom to call, of all centres or of the last."""
    centers = [HealthCenter.objects.latest("pk").pk] if of_one_centre else None
    _slowest(lambda: len(worklist.of(worklist.Kind(kind), centers=centers)))


def figure(name: str) -> None:
    """Counting a figure of the first page."""
    _print(1, _timed(cache.COUNTED[name]))


def figures_shown() -> None:
    """All figures of the first page, once they are counted."""

    def show() -> None:
        for name in cache.COUNTED:
            cache.figure(name)

    show()
    _print(1, _timed(show))


def source_of_months(name: str) -> None:
    """Counting what measures by month are made of."""
    _print(1, _timed(lambda: counting.count(sources.SOURCES[name])))


def slowest_of_months() -> None:
    """The measure by month, and its dimension, that take longest to read and draw."""

    def show(key: str, by: str) -> None:
        measure = MEASURES[key]
        counting.counted(measure.source)
        wanted = asked.read({"measure": measure.key, "by": by})
        table = tabulated.table_of(measure, wanted.first, wanted.last, by=by, series=wanted.series)
        plots.over_time(table)
        plots.by_row(table)

    pairs = [(key, by) for key, measure in MEASURES.items() for by in measure.dimensions]
    _print(1, max(_timed(lambda pair=pair: show(*pair)) for pair in pairs))


def list_of_people(criteria: dict[str, str]) -> None:
    """A page of the panel's list of people."""
    form = PeopleFilter(criteria)
    assert form.is_valid(), form.errors
    _slowest(lambda: page_of(form).count)


def export(kind: str, form: Any) -> None:
    """A masked export of everybody: how many bytes, how many seconds."""
    started = time.perf_counter()
    size = sum(len(piece) for piece in tables.as_file(kind, form, people(), Mask(is_on=True)))
    _print(size, time.perf_counter() - started)


def rendering(texts: int) -> None:
    """The texts of so many reminders, in all languages by turns."""
    templates = list(NotificationTemplate.objects.filter(notification_type__code="bench.vaccination"))
    group = DoseGroup(8, (6, 7, 15), ("BCG", "aBDT-IPA-Hib", "Pneumococcus (KPA)"))
    day = dt.date(2027, 3, 3)
    contexts = [Vaccination(day, number, f"Child {number}", group).context() for number in range(texts)]

    def render() -> None:
        for number, context in enumerate(contexts):
            content_for(LANGUAGES[number % len(LANGUAGES)], templates, context)

    _print(texts, _timed(render))


def queue_all() -> None:
    """All notifications into the outbox, with their tasks, as the job writes them."""
    ids = list(NotificationEvent.objects.order_by("id").values_list("id", flat=True))
    with transaction.atomic():
        enqueue_notifications(ids)
    _print(len(ids), 0)


def demo(families: int) -> None:
    """The demo country of `make up`, in an empty database."""
    demo_data.load_programme()
    nurse = User.objects.create_user("nurse@example.org", is_staff=True)
    started = time.perf_counter()
    made = demo_country.make(families, nurse)
    _print(made.families, time.perf_counter() - started)
