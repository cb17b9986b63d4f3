"""A person's page, for whoever may see her; corrections; the list, page by page."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import call_command

from hera.child_health.models import PastVaccination, PastVaccinationChange, Vaccine, VaccineDose
from hera.child_health.plan import stored
from hera.core import clock
from hera.core.ports import Action
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.people import selectors
from hera.people.masking import Mask
from hera.people.selectors import chosen
from hera.user_profile.models import SignIn
from tests.families import make_child, make_pregnancy, make_user, of_an_earlier_month
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

LIST = "/admin/custom_user/customuser/"


def test_one_page_shows_all_of_a_person(signed_in, amal, django_assert_max_num_queries):
    call_command("generate_notifications", "--force-create-events")
    client = signed_in(roles.CASE_WORKER)
    with django_assert_max_num_queries(28):
        page = client.get(f"{LIST}{amal.pk}/change/").content.decode()
    for text in ("Amal", "+905321234567", "Leyla", "overdue", "push: queued", "running", "Antenatal visits"):
        assert text in page, text
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.person, entry.detail) == (Action.VIEW, amal.pk, {"masked": False})
    assert entry.address == "127.0.0.1"


def test_a_researcher_sees_nobody(signed_in, amal):
    of_an_earlier_month()
    client = signed_in(roles.RESEARCHER)
    born, child = amal.profile.date_of_birth.isoformat(), amal.children.get()
    for page in (client.get(LIST), client.get(f"{LIST}{amal.pk}/change/")):
        text = page.content.decode()
        assert "+9053" not in text, "nobody shares it"
        for secret in ("Amal", "Leyla", "+905321234567", born, child.date_of_birth.isoformat()):
            assert secret not in text, secret
    found = client.get(f"{LIST}?number=5321234567").content.decode()
    assert found.count(f"/customuser/{amal.pk}/change/") == 1, "no question finds a number"
    assert client.get(f"/admin/user_profile/userprofile/{amal.pk}/change/").status_code == 403


def test_f8_staff_see_a_week_that_no_pregnancy_reaches(signed_in, programme):
    mother = make_user()
    make_pregnancy(mother, dt.date(2024, 1, 1), clock.now().date())
    page = signed_in(roles.CASE_WORKER).get(f"{LIST}{mother.pk}/change/").content.decode()
    assert "No pregnancy reaches the week that was declared" in page
    assert "Antenatal visits" not in page


def test_s20_nothing_turns_on_a_due_date_for_a_researcher(signed_in, programme):
    """Who looks every day would learn a birth date from the day on which a dose becomes overdue."""
    born, mother = dt.date(2026, 9, 1), make_user()
    make_child(mother, born)
    pregnancy = make_pregnancy(mother, dt.date(2026, 2, 3), dt.date(2026, 4, 1))
    of_an_earlier_month(days=150)
    first = VaccineDose.objects.filter(vaccine__is_active=True, week_age__gt=0).earliest("week_age")
    turns = {pregnancy.estimated_delivery_date, born + dt.timedelta(weeks=first.week_age)}

    def seen(client, day):
        with time_machine.travel(dt.datetime.combine(day, dt.time(9), tzinfo=dt.UTC)):
            sign_in(client, User.objects.get(username__startswith="re"))
            page = client.get(f"{LIST}{mother.pk}/change/").text
            found = client.get(f"{LIST}?pregnant=yes").text.count("+90")
            exported = chosen({"pregnant": "yes"}, Mask(is_on=True)).exists()
        return page[page.index("<dl") : page.rindex("</section>")], found, exported

    client = signed_in(roles.RESEARCHER)
    for turn in turns:
        assert turn.day not in (1, 2), "a month of which there is a day on both sides"
        before, after = (seen(client, turn + dt.timedelta(days=days)) for days in (0, 1))
        assert before == after, turn
    assert chosen({"pregnant": "yes"}).exists() is (pregnancy.estimated_delivery_date >= clock.now().date())


def test_a_case_worker_corrects_a_child_and_it_is_written_down(signed_in, amal):
    client = signed_in(roles.CASE_WORKER)
    child = amal.children.get()
    second = Vaccine.objects.filter(is_active=True).order_by("pk")[1]
    fields = {
        "name": "Leyla",
        "gender": "FEMALE",
        "date_of_birth": child.date_of_birth.isoformat(),
        "given": [second.pk],
    }
    answer = client.post(f"/admin/child_health/child/{child.pk}/change/", fields)
    assert answer["Location"] == f"{LIST}{amal.pk}/change/"
    assert [tick.vaccine_id for tick in PastVaccination.objects.filter(child=child)] == [second.pk]
    changes = PastVaccinationChange.objects.filter(source="staff").values_list("vaccine_id", "is_ticked")
    assert (second.pk, True) in changes
    [entry] = AuditEntry.objects.filter(action=Action.CHANGE)
    assert (entry.person, entry.about) == (amal.pk, f"child_health.child {child.pk}")


@pytest.mark.parametrize(
    ("weeks", "days", "overdue", "due"),
    [(9, 7, True, False), (8, 7, True, True), (7, 7, True, True), (0, 1, False, True)],
)
def test_people_are_found_by_what_is_due_and_overdue(programme, weeks, days, overdue, due):
    mother = make_user()
    make_child(mother, clock.now().date() - dt.timedelta(weeks=weeks))
    stored.catch_up()
    found = chosen({"due_days": str(days)}).filter(pk=mother.pk).exists()
    late = chosen({"overdue": "yes"}).filter(pk=mother.pk).exists()
    assert late is overdue
    assert chosen({"overdue": "no"}).filter(pk=mother.pk).exists() is not overdue
    assert found is due or weeks == 9


def test_the_list_is_read_page_by_page_in_a_fixed_number_of_queries(
    signed_in, programme, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(selectors, "PAGE", 2)
    # One stretch holds every id that the tests before have used up: how many it takes else goes by the time left.
    monkeypatch.setattr(selectors, "_FIRST_STRETCH", 1_000_000)
    mothers = [make_user(name=f"Mother {number}") for number in range(5)]
    client = signed_in(roles.CASE_WORKER)
    seen = []
    address = "?language=en"
    while address:
        with django_assert_max_num_queries(13):
            page = client.get(LIST + address).content.decode()
        seen += re.findall(r"Mother \d", page)
        following = re.search(r'href="(\?[^"]*after=\d+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"Mother {number}" for number in range(4, -1, -1)]
    assert len(mothers) == 5


@pytest.mark.parametrize(
    ("role", "may"), [(roles.PROGRAMME_ADMIN, True), (roles.CASE_WORKER, True), (roles.RESEARCHER, False)]
)
def test_who_may_write_to_people_writes_to_one_from_her_page(signed_in, amal, role, may):
    client = signed_in(role)
    page = client.get(f"/admin/custom_user/customuser/{amal.pk}/change/").text
    address = f"/admin/write/{amal.pk}/"
    assert (address in page) is may
    assert client.get(address).status_code == (200 if may else 403)


def test_the_language_of_a_sign_in_is_named_in_the_reader_s(signed_in, amal):
    SignIn.objects.create(user=amal, signed_in_at=clock.now(), language_code="ps")
    client = signed_in(roles.CASE_WORKER)
    page = client.get(f"/admin/custom_user/customuser/{amal.pk}/change/", headers={"Accept-Language": "tr"}).text
    assert "Peştuca" in page
    assert "Pashto" not in page
