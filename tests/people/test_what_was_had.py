"""What a child had is one question: the filter, a person's page and the figures answer it as `ChildFacts.had` does."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hera.child_health import calendar
from hera.child_health.models import Child, DoseGiven, PastVaccination, Vaccine, VaccineDose
from hera.child_health.plan import stored
from hera.child_health.selectors import doses_of_active_vaccines
from hera.core import clock
from hera.figures.coverage import coverage
from hera.people import masking
from hera.people.person import record_of
from hera.people.selectors import chosen
from hera.scheduling import facts
from tests.families import make_child, make_user, make_vaccine

pytestmark = pytest.mark.django_db

RECORDS = st.lists(
    st.one_of(
        st.tuples(st.just("dose"), st.integers(0, 7), st.just(0), st.booleans()),
        st.tuples(st.just("tick"), st.integers(0, 3), st.integers(-10, 600), st.booleans()),
        st.tuples(st.just("text"), st.just(0), st.just(0), st.booleans()),
    ),
    max_size=4,
)
CHILDREN = st.lists(
    st.tuples(st.integers(0, 120), st.sampled_from(["MALE", "FEMALE"]), st.sampled_from([False, False, True]), RECORDS),
    min_size=1,
    max_size=4,
)


def make_programme(girls_only: bool) -> None:
    make_vaccine(4, 8, 30, name="A")
    make_vaccine(8, 60, name="B", male=not girls_only)
    make_vaccine(0, name="C")
    make_vaccine(8, name="off", active=False)
    VaccineDose.objects.filter(vaccine__name="B", week_age=60).update(is_active=False)


def make_family(number: int, age: int, gender: str, is_ended: bool, records: list, today: dt.date) -> Child:
    doses, vaccines = list(VaccineDose.objects.order_by("pk")), list(Vaccine.objects.order_by("pk"))
    user = make_user(number=f"+90532000{number:04d}", zone="UTC")
    child = make_child(user, today - dt.timedelta(days=age * 7 + number), gender)
    if is_ended:
        Child.objects.filter(pk=child.pk).update(ended_at=clock.now())
    for kind, which, due_by, is_retracted in records:
        what: dict[str, object] = {"text": "A"}
        if kind == "dose":
            what = {"vaccine_dose": doses[which % len(doses)]}
        elif kind == "tick":
            what = {"vaccine": vaccines[which], "due_by": child.date_of_birth + dt.timedelta(days=due_by)}
        DoseGiven.objects.create(
            child=child, source=DoseGiven.Source.TICK if kind == "tick" else DoseGiven.Source.CARD,
            entered_at=clock.now(), retracted_at=clock.now() if is_retracted else None, **what,
        )  # fmt: skip
        if kind == "tick":  # the app's own list says nothing of what was due
            PastVaccination.objects.get_or_create(child=child, vaccine=vaccines[which])
    return child


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)  # each example makes its own
@given(families=CHILDREN, girls_only=st.booleans(), days=st.integers(0, 200))
def test_all_say_the_same(families, girls_only, days):
    User.objects.all().delete()
    Vaccine.objects.all().delete()
    today = clock.now().date()
    make_programme(girls_only)
    children = [make_family(number, *family, today) for number, family in enumerate(families)]
    stored.catch_up()
    known, programme = facts.load([child.user_id for child in children], clock.now())
    due, late, counted = set(), set(), {}
    for child in children:
        facts_of = known[child.user_id].children[child.pk]
        if facts_of.is_ended:
            continue
        shown = []
        for group in calendar.dose_groups(doses_of_active_vaccines(), child.gender):
            day = child.date_of_birth + dt.timedelta(weeks=group.week_age)
            doses = [programme[dose] for dose in group.dose_ids]
            if names := list(dict.fromkeys(dose.vaccine_name for dose in doses if not facts_of.had(dose))):
                shown.append((day, ", ".join(names), day < today))
                late |= {child.user_id} if day < today else set()
                due |= {child.user_id} if today <= day <= today + dt.timedelta(days=days) else set()
        [record] = record_of(child.user, masking.OPEN).children
        assert record.due == shown
        for name, first in {"A": 4, "B": 8, "C": 0}.items():
            [dose] = [one for one in programme.values() if one.vaccine_name == name and one.week_age == first]
            is_for_it = dose.for_male if child.gender == "MALE" else dose.for_female
            if is_for_it and child.date_of_birth + dt.timedelta(weeks=first) <= today:
                total, given_to = counted.get(name, (0, 0))
                counted[name] = (total + 1, given_to + facts_of.had(dose))
    everybody = {child.user_id for child in children}
    assert set(chosen({"due_days": str(days)}).values_list("pk", flat=True)) == due
    assert set(chosen({"overdue": "yes"}).values_list("pk", flat=True)) == late
    assert set(chosen({"overdue": "no"}).values_list("pk", flat=True)) == everybody - late
    assert {row["name"]: (row["due"], row["given"]) for row in coverage()} == counted
