"""P3, P4, N3, N5: what staff can do again for a person who asks them, and what they are asked first."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User

from hera.api import sessions
from hera.child_health.models import Child, Pregnancy
from hera.child_health.services import today_of
from hera.core import clock
from hera.events.services import announce_due
from hera.panel import roles
from hera.panel.models import AuditEntry
from tests.families import make_schedule, make_type, make_user

pytestmark = pytest.mark.django_db

PERSON = "/admin/custom_user/customuser/{}/"
CHILD, PREGNANCY = "/admin/child_health/child/", "/admin/child_health/pregnancy/"


@pytest.fixture
def worker(signed_in):
    return signed_in(roles.CASE_WORKER)


def test_p3_an_account_is_closed_and_opened_again(worker, amal):
    sessions.begin(amal)
    account = PERSON.format(amal.pk) + "account/"
    for _press in range(2):  # twice is once
        page = worker.post(account, {"deed": "close"}, follow=True).content.decode()
        assert "This account is closed" in page
    amal.refresh_from_db()
    assert not amal.is_active
    assert not sessions.of(amal).exists()
    found = worker.get("/admin/custom_user/customuser/?number=5321234567").content.decode()
    assert "Closed accounts" in found
    worker.post(account, {"deed": "open"})
    amal.refresh_from_db()
    assert amal.is_active
    assert [entry.detail for entry in AuditEntry.objects.filter(about="account").order_by("id")] == [
        {"is_open": False},
        {"is_open": True},
    ]


@pytest.mark.parametrize(
    ("typed", "number", "said"),
    [
        ("+90 532 765 43 21", "+905327654321", "has its new number"),
        ("12", "+905321234567", "not a valid phone number"),
        ("+905320000001", "+905321234567", "already in use"),
    ],
)
def test_p3_a_number_is_changed(worker, amal, typed, number, said):
    make_user(number="+905320000001")
    sessions.begin(amal)
    page = worker.post(PERSON.format(amal.pk) + "account/", {"deed": "move", "number": typed}, follow=True)
    assert said in page.content.decode()
    amal.refresh_from_db()
    assert amal.username == number
    assert sessions.of(amal).exists() is (number == "+905321234567")
    assert AuditEntry.objects.filter(about="account", person=amal.pk).exists() is (number != "+905321234567")


def test_s5_staff_move_nobody_to_a_country_that_is_not_served(worker, amal, settings):
    settings.HERA = dataclasses.replace(settings.HERA, otp_allowed_countries=["TR"])
    account = PERSON.format(amal.pk) + "account/"
    page = worker.post(account, {"deed": "move", "number": "+2348031234567"}, follow=True)
    assert "HERA does not serve phone numbers of this country." in page.content.decode()
    amal.refresh_from_db()
    assert amal.username == "+905321234567"


def test_s6_staff_are_told_that_a_number_was_moved_too_often(worker, amal):
    for number in [*["+905327654321", "+905321234567"] * 2, "+905327654321"]:
        page = worker.post(PERSON.format(amal.pk) + "account/", {"deed": "move", "number": number}, follow=True)
    assert "Too many requests" in page.content.decode()


@pytest.mark.parametrize("role", [roles.RESEARCHER, roles.CONTENT_EDITOR])
def test_p3_only_case_workers_do_so(signed_in, amal, role):
    client = signed_in(role)
    assert client.post(PERSON.format(amal.pk) + "account/", {"deed": "close"}).status_code == 403
    assert client.get(f"{CHILD}add/?person={amal.pk}").status_code == 403
    assert client.post(f"{CHILD}{amal.children.get().pk}/delete/", {"post": "yes"}).status_code == 403
    assert User.objects.get(pk=amal.pk).is_active


def test_p3_no_account_of_staff_is_closed_there(worker):
    colleague = User.objects.create_user("colleague@example.org", is_staff=True)
    assert worker.post(PERSON.format(colleague.pk) + "account/", {"deed": "close"}).status_code == 404


def test_p3_a_child_and_a_pregnancy_are_added(worker, amal):
    born = clock.now().date() - dt.timedelta(days=3)
    fields = {"name": "Musa", "gender": "MALE", "date_of_birth": born.isoformat()}
    answer = worker.post(f"{CHILD}add/?person={amal.pk}", fields)
    assert answer["Location"] == PERSON.format(amal.pk) + "change/"
    assert Child.objects.get(name="Musa").user == amal
    Pregnancy.objects.all().delete()
    worker.post(f"{PREGNANCY}add/?person={amal.pk}", {"declared_pregnancy_week": "12"})
    pregnancy = Pregnancy.objects.get()
    assert (pregnancy.user, pregnancy.declared_pregnancy_week) == (amal, 12)
    assert worker.get(f"{CHILD}add/").status_code == 403, "it is always somebody's"
    assert worker.get(f"{CHILD}add/?person=999999").status_code == 200
    assert worker.post(f"{CHILD}add/?person=999999", fields).status_code == 404


@pytest.mark.parametrize(("model", "pages"), [(Child, CHILD), (Pregnancy, PREGNANCY)])
def test_p3_a_child_and_a_pregnancy_are_removed(worker, amal, model, pages):
    record = model.objects.filter(user=amal).first()
    page = pages + f"{record.pk}/delete/"
    assert page in worker.get(pages + f"{record.pk}/change/").text
    asked = worker.get(page)
    assert asked.status_code == 200
    assert ("Vaccines given: Hepatitis B" in asked.text) is (model is Child)
    assert model.objects.filter(pk=record.pk).exists(), "a look removes nothing"
    answer = worker.post(page, {"post": "yes"})
    assert answer["Location"] == PERSON.format(amal.pk) + "change/"
    assert not model.objects.filter(pk=record.pk).exists()
    entry = AuditEntry.objects.get(action="delete")
    assert (entry.about, entry.person) == (f"{model._meta.label_lower} {record.pk}", amal.pk)
    assert LogEntry.objects.get().object_repr == entry.about, "erasure does not reach Django's own log"
    assert worker.post(page, {"post": "yes"}).status_code == 302, "a second press finds nothing"


def test_p3_a_profile_is_not_removed_there(worker, amal):
    assert worker.get(f"/admin/user_profile/userprofile/{amal.profile.pk}/delete/").status_code == 403


def test_p3_a_pregnancy_of_years_ago_is_none(worker, amal):
    day = clock.now().date() - dt.timedelta(weeks=46)
    fields = {"declared_pregnancy_week": "", "declared_number_of_prenatal_visits": ""}
    page = worker.post(
        f"{PREGNANCY}add/?person={amal.pk}", {**fields, "declared_date_of_last_menstrual_period": day.isoformat()}
    )
    assert "This day is too long ago" in page.text
    assert Pregnancy.objects.count() == 1


def test_n11_a_former_number_can_be_read_in_the_trail(worker, amal, client, signed_in):
    worker.post(PERSON.format(amal.pk) + "account/", {"deed": "move", "number": "+90 532 765 43 21"})
    entry = AuditEntry.objects.get(about="account")
    assert "905321234567" not in str(entry.detail)
    page = signed_in(roles.PROGRAMME_ADMIN).get(f"/admin/custom_user/auditentry/{entry.pk}/change/").text
    assert "+905321234567" in page
    assert "+905327654321" in page
    amal.delete()
    page = client.get(f"/admin/custom_user/auditentry/{entry.pk}/change/").text
    assert "+905321234567" not in page, "it goes with her"


def test_p4_an_edit_of_the_visits_is_a_new_declaration(worker, amal):
    pregnancy = Pregnancy.objects.get(user=amal)
    Pregnancy.objects.update(declared_on=dt.date(2026, 1, 1))
    fields = {
        "declared_date_of_last_menstrual_period": pregnancy.estimated_start_date.isoformat(),
        "declared_number_of_prenatal_visits": "2",
    }
    worker.post(f"{PREGNANCY}{pregnancy.pk}/change/", fields)
    pregnancy.refresh_from_db()
    assert pregnancy.declared_number_of_prenatal_visits == 2
    assert pregnancy.declared_on == today_of(amal)  # where she lives the next day may have begun


def test_p3_a_week_is_corrected(worker, amal):
    pregnancy = Pregnancy.objects.get(user=amal)
    worker.post(f"{PREGNANCY}{pregnancy.pk}/change/", {"declared_pregnancy_week": "30"})
    pregnancy.refresh_from_db()
    assert (pregnancy.declared_pregnancy_week, pregnancy.declared_date_of_last_menstrual_period) == (30, None)
    assert pregnancy.estimated_start_date == today_of(amal) - dt.timedelta(weeks=30)
    page = worker.post(f"{PREGNANCY}{pregnancy.pk}/change/", {})
    assert "Give a week or a date" in page.content.decode()


@pytest.mark.parametrize("born", ["2999-01-01", "1800-01-01", "01/02/2026", "05.03.2026", ""])
def test_n5_a_birth_date_has_bounds_and_one_meaning(worker, amal, born):
    child = amal.children.get()
    fields = {"name": "Leyla", "gender": "FEMALE", "date_of_birth": born}
    page = worker.post(f"{CHILD}{child.pk}/change/", fields)
    assert page.status_code == 200
    assert 'type="date"' in page.content.decode()
    child.refresh_from_db()
    assert child.name == "Leyla"
    assert str(child.date_of_birth) != born


@pytest.mark.parametrize("language", ["en", "tr", "ar"])
def test_n5_a_native_field_is_filled_in_every_language(worker, amal, language):
    child = amal.children.get()
    page = worker.get(f"{CHILD}{child.pk}/change/", headers={"accept-language": language}).content.decode()
    assert f'value="{child.date_of_birth.isoformat()}"' in page


def test_n5_a_change_that_moves_announced_visits_is_asked_about(worker, amal):
    make_schedule(make_type("another.reminder"))
    announce_due(clock.now(), regardless_of_time=True)
    child = amal.children.get()
    born = child.date_of_birth - dt.timedelta(days=1)
    fields = {"name": "Leyla", "gender": "FEMALE", "date_of_birth": born.isoformat()}
    page = worker.post(f"{CHILD}{child.pk}/change/", fields)
    assert "were announced already" in page.content.decode()
    confirmed = page.context["adminform"].form["confirmed"].value()
    worker.post(f"{CHILD}{child.pk}/change/", fields | {"confirmed": confirmed})
    child.refresh_from_db()
    assert child.date_of_birth == born


def test_n3_a_zone_is_a_choice(worker, amal):
    page = f"/admin/user_profile/userprofile/{amal.pk}/change/"
    fields = {"name": "Amal", "gender": "FEMALE", "date_of_birth": "1995-01-01", "language_code": "en"}
    assert worker.post(page, fields | {"timezone": "Mars"}).status_code == 200
    amal.profile.refresh_from_db()
    assert amal.profile.timezone == "Europe/Istanbul"
    assert worker.post(page, fields | {"timezone": "Asia/Tokyo"}).status_code == 302
    amal.profile.timezone = "Mars"
    amal.profile.save()
    assert worker.get(page).context["adminform"].form["timezone"].value() == "Europe/Istanbul"
    shown = worker.get(PERSON.format(amal.pk) + "change/").content.decode()
    assert "There is no such zone; she is reminded as in" in shown


@pytest.mark.parametrize("what", ["child", "pregnancy"])
def test_s6_p3_one_too_many_is_said_and_nothing_is_half_done(worker, amal, settings, what):
    Pregnancy.objects.update(estimated_delivery_date=clock.now().date() - dt.timedelta(days=60))  # none is running
    few = dataclasses.replace(settings.HERA, children_per_person=1, pregnancies_per_person=1)
    settings.HERA = few
    born = clock.now().date() - dt.timedelta(days=3)
    fields = {
        "child": {"name": "Musa", "gender": "MALE", "date_of_birth": born.isoformat()},
        "pregnancy": {"declared_pregnancy_week": "12"},
    }[what]
    before = AuditEntry.objects.filter(action="add").count(), Child.objects.count(), Pregnancy.objects.count()
    answer = worker.post(f"/admin/child_health/{what}/add/?person={amal.pk}", fields, follow=True)
    assert answer.status_code == 200
    assert str(next(iter(answer.context["messages"]))).count("1") == 1
    after = AuditEntry.objects.filter(action="add").count(), Child.objects.count(), Pregnancy.objects.count()
    assert after == before
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("typed", ["۲۰۲۶-۱۰-۰۱", "٢٠٢٦-١٠-٠١", "２０２６－１０－０１", "\u200f2026-10-01"])
def test_a_day_is_read_in_digits_of_any_script(worker, amal, typed):
    worker.post(f"{CHILD}add/?person={amal.pk}", {"name": "Musa", "gender": "MALE", "date_of_birth": typed})
    assert Child.objects.get(name="Musa").date_of_birth == dt.date(2026, 10, 1)


def test_a_new_child_is_nothing_before_somebody_chose(worker, amal):
    page = worker.get(f"{CHILD}add/?person={amal.pk}")
    gender = page.context["adminform"].form["gender"]
    assert gender.value() in ("", None)
    assert gender.field.choices[0][0] == ""
    fields = {"name": "Musa", "gender": "", "date_of_birth": "2026-10-01"}
    assert worker.post(f"{CHILD}add/?person={amal.pk}", fields).status_code == 200
    assert not Child.objects.filter(name="Musa").exists()
