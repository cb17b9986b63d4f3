"""The panel goes by the clock of its country; phones are told UTC."""

from __future__ import annotations

import dataclasses
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.texts import written_dates
from tests.families import make_user

pytestmark = pytest.mark.django_db
LATE = dt.datetime(2026, 11, 20, 22, 30, tzinfo=dt.UTC)


@pytest.fixture
def istanbul(settings):
    settings.HERA = dataclasses.replace(settings.HERA, default_timezone="Europe/Istanbul")


def looked_at() -> tuple[AuditEntry, str]:
    """An entry of the trail, whose moment the database sets, and how that is written in Istanbul."""
    entry = AuditEntry.objects.create(at=LATE, actor_name="Amina", action="view", about="person", address="")
    entry.refresh_from_db()
    there = entry.at.astimezone(ZoneInfo("Europe/Istanbul"))
    return entry, f"{there.day} {there:%B %Y %H:%M}"


def test_a_moment_is_told_on_the_day_and_at_the_hour_of_the_country(signed_in, istanbul):
    client = signed_in(roles.PROGRAMME_ADMIN)
    entry, at = looked_at()
    page = client.get(f"/admin/custom_user/auditentry/{entry.pk}/change/", headers={"accept-language": "en"}).text
    assert f"{at} UTC+3" in page
    listed = client.get("/admin/custom_user/auditentry/", headers={"accept-language": "en"}).text
    assert at in listed


def test_a_person_s_page_goes_by_it_too(signed_in, istanbul, programme):
    mother = make_user(name="Amal", number="+905321234567")
    type(mother).objects.filter(pk=mother.pk).update(date_joined=LATE)
    client = signed_in(roles.PROGRAMME_ADMIN)
    page = client.get(f"/admin/custom_user/customuser/{mother.pk}/change/", headers={"accept-language": "en"}).text
    assert "21 November 2026" in page
    assert "20 November 2026" not in page


def test_the_api_speaks_utc(amal, client, istanbul):
    from hera.api import sessions

    token = sessions.begin(amal)
    answer = client.get("/users/me/sessions/", headers={"authorization": f"Token {token}"})
    assert "+03:00" not in answer.text
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize(
    ("zone", "written"),
    [("UTC", "22:30 UTC"), ("Asia/Kabul", "03:00 UTC+4:30"), ("America/St_Johns", "19:00 UTC-3:30")],
)
def test_a_moment_says_by_which_clock(zone, written):
    with timezone.override(zone), translation.override("en"):
        assert written_dates.moment(LATE).endswith(written)
