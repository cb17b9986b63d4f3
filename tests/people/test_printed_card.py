"""The printed cards of a person's children: what stands on them, in which languages, and who may print them."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.utils.translation import gettext as _
from django.utils.translation import override

from hera.child_health import doses, endings
from hera.child_health.models import VaccineDose
from hera.child_health.partial_dates import PartialDate
from hera.child_health.plan import stored
from hera.core import clock, timezones
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.people.printed_card import NoChildren, printed
from tests.families import make_child, make_user, make_vaccine
from tests.pdf_text import text_of

pytestmark = pytest.mark.django_db


def today() -> dt.date:
    return clock.today_in(timezones.default())


def page_of(mother) -> str:
    return f"/admin/custom_user/customuser/{mother.pk}/card/"


@pytest.fixture
def mother(db):
    """Her child has had the first dose, read off a card; the second is overdue, the third is to come."""
    make_vaccine(8, 12, 40, name="Hexa")
    person = make_user(name="Zeynep", language="tr", number="+905321234567")
    child = make_child(person, today() - dt.timedelta(weeks=20), name="Leyla")
    stored.catch_up()
    first = VaccineDose.objects.order_by("week_age").get(vaccine__name="Hexa", week_age=8)
    given = PartialDate(today() - dt.timedelta(weeks=12), doses.Precision.DAY)
    doses.record(child, [doses.Entry(first.pk, date=given, place="Fatih")], doses.Source.CARD, today=today())
    return person


def test_it_says_what_was_given_and_what_is_missing_in_her_language_and_the_country_s(mother):
    lines = " ".join(text_of(printed(mother)).split())
    for part in ("Aşı kartı", "Zeynep", "+905321234567", "Leyla", "Hexa", "Fatih", "karttan okundu", "Gecikmiş"):
        assert part in lines, part
    for part in ("Vaccination card", "Given", "Overdue", "To come", "read off the card", "Born on"):
        assert part in lines, part


def test_who_reads_the_country_s_language_has_it_once(mother):
    mother.profile.language_code = "en"
    mother.profile.save()
    assert text_of(printed(mother)).count("Vaccination card") == 1


@pytest.mark.parametrize("language", ["ar", "ps", "prs"])
def test_it_is_written_from_right_to_left_where_she_reads_so(mother, language):
    mother.profile.language_code = language
    mother.profile.name = "أمل"
    mother.profile.save()
    content = printed(mother)
    assert content.startswith(b"%PDF-")
    lines = text_of(content)
    with override(language):
        drawn = _("Status")[::-1]  # from left to right, as it stands on the page
    assert drawn in lines
    assert "أمل"[::-1] in lines
    assert lines.index(drawn) < lines.index("Vaccination card")


def test_a_child_that_ended_is_not_on_it(mother):
    endings.end_child(mother.children.get(), "died", endings.By())
    with pytest.raises(NoChildren):
        printed(mother)


def test_a_case_worker_prints_it_and_the_trail_says_so(signed_in, mother):
    worker = signed_in(roles.CASE_WORKER)
    assert page_of(mother) in worker.get(f"/admin/custom_user/customuser/{mother.pk}/change/").text
    started = time.monotonic()
    answer = worker.get(page_of(mother))
    assert time.monotonic() - started < 20, "however busy the machine is"
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert "Leyla" in text_of(answer.content)
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.about, entry.person) == ("export", "card, printed", mother.pk)


def test_where_there_is_no_child_her_page_says_so(signed_in):
    alone = make_user()
    answer = signed_in(roles.CASE_WORKER).get(page_of(alone), follow=True)
    assert "no child whose card" in answer.text


@pytest.mark.parametrize("role", [roles.RESEARCHER, roles.CONTENT_EDITOR, roles.OPERATOR])
def test_who_sees_people_masked_prints_none(signed_in, mother, role):
    assert signed_in(role).get(page_of(mother)).status_code == 403
