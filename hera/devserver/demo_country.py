"""The demo country: two years of its families' lives, played day by day with the services that the API calls.

Nothing of it reaches a provider: what became of its messages is pretended (`demo_deliveries`).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max, Prefetch
from django.test.utils import override_settings

from hera.child_health.models import Child, DoseGiven, Pregnancy
from hera.child_health.selectors import doses_of_active_vaccines
from hera.core import clock
from hera.devserver import gathered, long_ago
from hera.devserver.demo_deliveries import Deliveries
from hera.devserver.family_life import FamilyLife
from hera.devserver.made_up_families import DAYS, HEALTH_CENTRES, Family, Story, families
from hera.devserver.moved_clock import MovedClock
from hera.events.models import NotificationEvent
from hera.events.services import announce_due, mark_all_as_read
from hera.health_center.models import HealthCenter
from hera.surveys.models import Survey, SurveyTemplateOption
from hera.surveys.services import answer, ask_due

# In UTC: when people tell things, and when all that a day announces is open in all zones where they live.
_MORNING, _EVENING = dt.time(9), dt.time(17)
_ASKED_EVERY = 6  # days; questions stay open for a week
_SAYS_YES = 0.85
_CATCHMENT_KM = 30
_OPTIONS = Prefetch("survey_template__options", SurveyTemplateOption.objects.order_by("pk"))


@dataclass(frozen=True)
class Made:
    """What the country has that it did not have before."""

    families: int
    pregnancies: int
    children: int
    doses: int
    notifications: int
    answers: int

    def __str__(self) -> str:
        return ", ".join(f"{number:,} {what}" for what, number in asdict(self).items())


def make(count: int, nurse: User) -> Made | None:
    """Make the country of `count` families, all or nothing; None where anybody but staff is there already.

    Args:
        nurse: the member of staff who enters what staff enter.
    """
    if User.objects.filter(is_staff=False).exists():
        return None
    now = clock.now()
    first = now.date() - dt.timedelta(days=DAYS)
    moved = MovedClock(now)
    with (
        _one_transaction(),
        override_settings(HERA_ANNOUNCEMENTS="hera.devserver.gathered", HERA=replace(settings.HERA, local_clock=None)),
        moved.in_place(),
    ):
        before = _counts()
        _make_centres()
        country = _Country(list(families(count)), nurse)
        last_task = _last_task()
        for day in range(DAYS):
            date = first + dt.timedelta(days=day)
            moved.instant = dt.datetime.combine(date, _MORNING, dt.UTC)
            country.live(day)
            moved.instant = dt.datetime.combine(date, _EVENING, dt.UTC)
            country.end(day)
        _forget_tasks(last_task)
        after = _counts()
        return Made(*(after[what] - number for what, number in before.items()))


@contextlib.contextmanager
def _one_transaction() -> Iterator[None]:
    """All or nothing. What services do inside needs no savepoints then: they would be a third of all statements."""
    with transaction.atomic():
        connection.features.uses_savepoints = False
        try:
            yield
        finally:
            connection.features.uses_savepoints = True


def _counts() -> dict[str, int]:
    return {
        "families": User.objects.filter(is_staff=False).count(),
        "pregnancies": Pregnancy.objects.count(),
        "children": Child.objects.count(),
        "doses": DoseGiven.objects.filter(retracted_at=None).count(),
        "notifications": NotificationEvent.objects.count(),
        "answers": Survey.objects.exclude(responded_at=None).count(),
    }


def _make_centres() -> None:
    known = set(HealthCenter.objects.values_list("name", flat=True))
    HealthCenter.objects.bulk_create(
        HealthCenter(
            name=name,
            address=address,
            geolocation=place,
            district=address.partition(",")[0],
            catchment_km=_CATCHMENT_KM,
        )
        for name, address, place in HEALTH_CENTRES
        if name not in known
    )


def _last_task() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM procrastinate_jobs")
        (last,) = cursor.fetchone()
        return int(last)


def _forget_tasks(last: int) -> None:
    """Delete the tasks that came after this one: all that they carry is over."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id > %s", [last])


class _Country:
    """The families, and what each day brings."""

    def __init__(self, planned: list[Family], nurse: User) -> None:
        programme = doses_of_active_vaccines()
        centres = {centre.name: centre for centre in HealthCenter.objects.all()}
        self._days: defaultdict[int, list[tuple[FamilyLife, Callable[[], None]]]] = defaultdict(list)
        for life in [FamilyLife(family, programme, nurse, centres[family.centre]) for family in planned]:
            for day, act in life.acts():
                self._days[day].append((life, act))
        self._people: dict[int, FamilyLife] = {}
        self._deliveries = Deliveries()
        self._answered_on: defaultdict[int, list[int]] = defaultdict(list)  # ids of surveys
        self._asked_up_to = Survey.objects.aggregate(last=Max("pk"))["last"] or 0
        self._chance = random.Random("what people do")  # noqa: S311  (no secrets)

    def live(self, day: int) -> None:
        """The morning: people join, tell what happened, and answer what they were asked."""
        for life, act in self._days.pop(day, []):
            act()
            self._people[life.user.pk] = life
        asked = Survey.objects.filter(pk__in=self._answered_on.pop(day, []), withdrawn_at=None).order_by("pk")
        for survey in asked.select_related("user__profile", "survey_template").prefetch_related(_OPTIONS):
            first, *_others, last = survey.survey_template.options.all()
            overdue = self._people[survey.user_id].family.story == Story.ASKED
            says_yes = overdue or self._chance.random() < _SAYS_YES
            answer(survey, (first if says_yes else last).code)

    def end(self, day: int) -> None:
        """The evening: what is due is announced, delivered, and read by some; each sixth day people are asked."""
        gathered.look()
        if day < DAYS - settings.HERA.delivery_kept_days:
            with override_settings(HERA_OUTBOX="hera.devserver.long_ago"):
                reached = long_ago.deliver() if announce_due(clock.now()) else []
        else:
            announce_due(clock.now())
            reached = self._deliveries.deliver(leaves_some=day < DAYS - 2)
        for person in dict.fromkeys(reached):
            life = self._people[person]
            if self._chance.random() < life.family.reads:
                mark_all_as_read(life.user)
        if day % _ASKED_EVERY == 0:
            self._ask(day)

    def _ask(self, day: int) -> None:
        if not ask_due(clock.now()):
            return
        asked = Survey.objects.filter(pk__gt=self._asked_up_to).order_by("pk").values_list("pk", "user_id")
        for survey, person in asked:
            self._asked_up_to = survey
            if self._chance.random() < self._people[person].family.answers:
                self._answered_on[day + self._chance.randrange(1, 4)].append(survey)
