"""F16: names with what nobody sees, and birth dates sent as instants, over real HTTP."""

from __future__ import annotations

import pytest

from hera.child_health.models import Child
from tests.conftest import PROFILE
from tests.contract.rn import child_body

ISTANBUL, KABUL, NEW_YORK = "Europe/Istanbul", "Asia/Kabul", "America/New_York"
TYPED, KEPT = "\u202eLey\u200bla\n\tNur\u2069 ", "Leyla Nur"


def test_F16_names_are_kept_without_what_nobody_sees(mother):
    assert mother.post("/children/", child_body(name=TYPED)).expect(201)["name"] == KEPT
    profile = mother.patch(f"/user_profiles/{mother.user_id}/", {"name": TYPED}).expect(200)
    assert (profile["name"], mother.user.profile.name) == (KEPT, KEPT)


@pytest.mark.parametrize(
    ("zone", "sent", "day"),
    [
        (ISTANBUL, "2025-03-08T21:00:00.000Z", "2025-03-09"),  # midnight of the ninth
        (ISTANBUL, "2025-03-08T20:59:59.999Z", "2025-03-08"),
        (ISTANBUL, "2025-03-09T20:59:59Z", "2025-03-09"),
        (ISTANBUL, "2025-03-08 21:00:00+00:00", "2025-03-09"),
        (ISTANBUL, "2025-03-09T00:00:00+03:00", "2025-03-09"),  # says its day itself
        (ISTANBUL, "2025-03-08T22:00:00", "2025-03-08"),
        (KABUL, "2025-03-08T19:30:00.000Z", "2025-03-09"),
        (KABUL, "2025-03-08T19:29:59.000Z", "2025-03-08"),
        (NEW_YORK, "2025-03-09T05:00:00.000Z", "2025-03-09"),
        (NEW_YORK, "2025-03-09T00:00:00.000Z", "2025-03-09"),  # a date that no clock was asked about
        (ISTANBUL, "2025-03-09T00:00:00.000Z", "2025-03-09"),
        ("Factory", "2025-03-08T21:00:00.000Z", "2025-03-09"),  # her number's country
        (ISTANBUL, "2025-03-08", "2025-03-08"),
        (ISTANBUL, "٢٠٢٥-٠٣-٠٨T21:00:00.000Z", "2025-03-09"),
        (ISTANBUL, "2025-03-08Tnonsense", "2025-03-08"),
    ],
)
def test_F16_a_birth_date_sent_as_an_instant_is_that_of_her_zone(mother, zone, sent, day):
    profile = mother.user.profile
    profile.timezone = zone
    profile.save()
    child = mother.post("/children/", child_body(date_of_birth=sent)).expect(201)
    assert child["date_of_birth"] == day
    again = mother.patch(f"/children/{child['id']}/", {"date_of_birth": sent}).expect(200)
    assert again["date_of_birth"] == day
    assert str(Child.objects.get().date_of_birth) == day


def test_F16_a_last_period_and_her_own_birth_date_too(mother):
    mother.patch(f"/user_profiles/{mother.user_id}/", {"timezone": ISTANBUL}).expect(200)
    body = {"declared_date_of_last_menstrual_period": "2025-08-31T21:00:00.000Z"}
    pregnancy = mother.post("/pregnancies/", body).expect(201)
    assert pregnancy["declared_date_of_last_menstrual_period"] == "2025-09-01"
    sent = {**PROFILE, "date_of_birth": "1995-01-01T20:30:00.000Z", "timezone": "GMT+0430"}
    assert mother.post("/user_profiles/", sent).expect(201)["date_of_birth"] == "1995-01-02"


def test_F16_years_at_the_ends_of_time_are_no_fault_of_ours(mother):
    for sent in ("0001-01-01T00:30:00Z", "9999-12-31T23:30:00Z", "2025-13-01T00:30:00Z"):
        mother.post("/children/", child_body(date_of_birth=sent)).expect(400)
