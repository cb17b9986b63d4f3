"""The later app (EX) over HTTP, in its order: registration, children, calendar, surveys, centres."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import call_command

from hera.core import clock
from hera.health_center.models import HealthCenter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def app(phone):
    """Signed in with a token of ours under the scheme `Bearer`, as this app sends it."""
    user = phone.sign_in_directly("+905321234567")
    token = phone.http.headers["Authorization"].split()[1]
    phone.use(token, user.pk, scheme="Bearer")
    return phone


def _weeks_ago(weeks):
    return (clock.now().date() - dt.timedelta(weeks=weeks)).isoformat()


def _register(app):
    """Its last page of registration: profile with a consent that is only a date, then all steps at once."""
    profile = {
        "name": "Amal",
        "gender": "FEMALE",
        "date_of_birth": "1995-03-01",
        "agree_to_terms_at": "2025-09-01",
        "language_code": "ar",
        "time_zone": "UTC",
    }
    assert app.post("/user_profiles/", profile).expect(201)
    steps = ("has_filled_profile", "has_filled_pregnancy_status", "has_filled_children_info")
    app.post("/onboarding_progresses/", dict.fromkeys(steps, True)).expect(201)


def test_from_registration_to_the_answer_about_an_antenatal_visit(app):
    _register(app)
    [profile] = app.get("/user_profiles/").expect(200)
    assert (profile["name"], profile["language_code"]) == ("Amal", "ar")
    # The language of the phone: it sends the whole profile back.
    changed = app.patch(f"/user_profiles/{app.user_id}/", {**profile, "language_code": "tr"}).expect(200)
    assert changed["language_code"] == "tr"

    declared = {
        "declared_pregnancy_week": "12",
        "declared_date_of_last_menstrual_period": None,
        "declared_number_of_prenatal_visits": "4",
    }
    app.post("/pregnancies/", declared).expect(201)
    [pregnancy] = app.get("/pregnancies/").expect(200)
    app.patch(f"/pregnancies/{pregnancy['id']}/", {**declared, "declared_number_of_prenatal_visits": "0"}).expect(200)

    vaccines = app.get("/vaccines/").expect(200)
    child = {"id": 0, "name": "Nur", "gender": "FEMALE", "date_of_birth": _weeks_ago(9), "past_vaccinations": []}
    made = app.post("/children/", child).expect(201)
    assert made["id"] != 0
    app.put(f"/children/{made['id']}/", {**made, "past_vaccinations": [vaccines[0]["id"]]}).expect(200)

    # The calendar: it looks names up among the vaccines and children among the children, and throws if one is missing.
    events = app.get("/calendar_events/").expect(200)
    children = {row["id"]: row for row in app.get("/children/").expect(200)}
    names = {row["name"]: row["id"] for row in app.get("/vaccines/").expect(200)}
    assert len(names) == len(vaccines), "names are unique"
    assert [event["date"] for event in events] == sorted(event["date"] for event in events)
    keys = [event["event_key"] for event in events]
    assert len(keys) == len(set(keys))
    vaccinations = [event for event in events if event["event_type"] == "vaccination"]
    assert {event["child_id"] for event in vaccinations} == set(children)
    assert {name for event in vaccinations for name in event["vaccine_names"]} <= set(names)
    assert {tick for row in children.values() for tick in row["past_vaccinations"]} <= set(names.values())

    # "Given" on the list: the whole child goes back with one more vaccine.
    given = names[vaccinations[0]["vaccine_names"][0]]
    child = children[vaccinations[0]["child_id"]]
    ticks = [*child["past_vaccinations"], given]
    patched = app.patch(f"/children/{child['id']}/", {**child, "past_vaccinations": ticks}).expect(200)
    assert set(patched["past_vaccinations"]) == set(ticks)

    call_command("loaddata", "antenatal_survey", verbosity=0)
    # "Attended this": the survey with the date of the visit, answered with the one code that it knows.
    call_command("generate_surveys", "--force-create-surveys")
    surveys = app.get("/surveys/").expect(200)
    assert all(isinstance(survey["context"], dict) for survey in surveys)
    visits = [event for event in events if event["event_type"] == "prenatal_checkup"]
    asked = {
        survey["context"]["date"]: survey for survey in surveys if survey["context"]["event_type"] == "prenatal_checkup"
    }
    assert {visit["date"] for visit in visits} == set(asked), "a survey for each visit, found by its date"
    survey = asked[visits[0]["date"]]
    for _twice in range(2):
        app.post(f"/surveys/{survey['id']}/response/", {"response": "pregnancyyes"}).expect(200)
    [answered] = [row for row in app.get("/surveys/").expect(200) if row["id"] == survey["id"]]
    assert answered["response"] == "pregnancyyes"


def test_what_it_calls_that_is_not_there_is_answered_in_json(app):
    _register(app)
    for method, path in (
        ("POST", "/otp_auth/auth0_authentication/"),
        ("POST", "/translation_glossary/translatev2/"),
        ("POST", "/surveys/undefined/response/"),
        ("GET", "/concepts/1/undefined/sections/"),
        ("GET", "/articles/1/null/"),
    ):
        answer = app.call(method, path, {"response": "pregnancyyes"} if method == "POST" else None)
        assert isinstance(answer.expect(404)["detail"], str), path


def test_centres_near_her_without_slash_token_or_empty_places(phone):
    HealthCenter.objects.create(name="Besni", address="Adıyaman", geolocation="37.69,37.86")
    HealthCenter.objects.create(name="Nowhere", address="-", geolocation="")
    phone.http.headers.pop("Authorization", None)
    path = "/health_centers?latitude=37.7&longitude=37.9&latitudeDelta=0.05&longitudeDelta=0.05"
    [centre] = phone.get(path).expect(200)
    assert (centre["name"], centre["geolocation"]) == ("Besni", "37.69,37.86")
