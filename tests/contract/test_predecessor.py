"""What the earlier HERA answered, and this one has to: P8, P11, P12."""

from __future__ import annotations

import datetime as dt

import pytest

from hera.child_health.models import Pregnancy
from hera.core import clock
from hera.events.models import NotificationType
from hera.events.services import announce_due
from hera.exports.tables import KINDS
from hera.panel import roles
from hera.people.filter import PeopleFilter
from hera.people.masking import Mask
from hera.people.selectors import chosen
from hera.surveys.services import ask_due
from tests.families import make_pregnancy, make_type, make_user, of_an_earlier_month


@pytest.mark.django_db
@pytest.mark.parametrize(("query", "kind"), [("?format=json", "json"), ("", "openapi"), ("?format=other", "openapi")])
def test_p8_the_schema_is_json_where_json_is_asked_for(client, query, kind):
    answer = client.get(f"/api_docs/schema/{query}")
    assert answer.status_code == 200
    assert kind in answer["Content-Type"]
    if kind == "json":
        assert answer.json()["openapi"].startswith("3.")


def test_p11_pregnancies_are_found_by_their_delivery_date(mother):
    today = clock.now().date()
    early, late = (make_pregnancy(mother.user, today - dt.timedelta(weeks=weeks), today) for weeks in (30, 5))

    def listed(query):
        return {row["id"] for row in mother.get(f"/pregnancies/{query}").expect(200)}

    middle = (early.estimated_delivery_date + dt.timedelta(days=1)).isoformat()
    assert listed("") == listed("?min_delivery_date=soon") == {early.pk, late.pk}
    assert listed(f"?min_delivery_date={middle}") == {late.pk}
    assert listed(f"?max_delivery_date={middle}") == {early.pk}
    assert listed(f"?min_delivery_date={early.estimated_delivery_date}&max_delivery_date={middle}") == {early.pk}


@pytest.mark.django_db
def test_p12_who_was_ever_pregnant_is_found():
    was, never = make_user(), make_user()
    make_pregnancy(was, dt.date(2020, 1, 1), dt.date(2020, 2, 1))
    assert PeopleFilter({"ever_pregnant": "yes"}).is_valid()
    assert list(chosen({"ever_pregnant": "yes"})) == [was]
    assert list(chosen({"ever_pregnant": "no"})) == [never]


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["check-up tomorrow", "CHECKUP.SOON", "clinic", "bring your card"])
def test_p12_a_notification_type_is_found_by_what_is_in_it(signed_in, asked):
    wanted = make_type("checkup.soon", en=("Check-up tomorrow", "x", "Please bring your card."))
    NotificationType.objects.filter(pk=wanted.pk).update(description="The day before the clinic.")
    make_type("vaccination.soon", en=("Vaccination", "x", "x"))
    found = signed_in(roles.CONTENT_EDITOR).get("/admin/events/notificationtype/", {"q": asked}).context["cl"]
    assert [kind.pk for kind in found.result_list] == [wanted.pk]


def _table(kind, mask):
    head, *rows = KINDS[kind](chosen({}), Mask(is_on=mask))
    return [dict(zip(head, row, strict=True)) for row in rows]


@pytest.mark.parametrize("masked", [False, True])
def test_p12_exports_have_the_last_period_and_the_texts_that_she_read(amal, masked):
    for run in (announce_due, ask_due):
        run(clock.now(), regardless_of_time=True)
    if masked:  # who sees people masked is shown none of this month
        of_an_earlier_month()
    [pregnancy] = _table("pregnancies", masked)
    declared = Pregnancy.objects.get().declared_date_of_last_menstrual_period
    assert pregnancy["last_menstrual_period"] == ("" if masked else declared.isoformat())
    questions = {row["question_text"] for row in _table("surveys", masked)}
    pushed = {row["push_title"] for row in _table("notifications", masked)}
    if masked:
        assert questions
        assert pushed
        assert questions | pushed == {""}, "a text may name her child"
    else:
        assert any("Leyla" in question for question in questions)
        assert all(pushed)
