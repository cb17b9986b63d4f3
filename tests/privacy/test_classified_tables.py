"""Every table is classified, each is as its class says, and nothing is left of whoever is erased."""

from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.db.models.deletion import Collector
from django.test import RequestFactory

from hera.api import sessions
from hera.api.models import KeptAnswer, PhoneSession
from hera.child_health import doses, endings, ticks
from hera.child_health.models import Child, ChildEnd, DoseGiven, PlanFailure, Pregnancy, PregnancyOutcome, VaccineDose
from hera.core import clock
from hera.core.ports import Action, audit_trail
from hera.delivery.models import Attempt, Message
from hera.events.models import NotificationEvent
from hera.health_center import services as center_services
from hera.health_center.models import HealthCenter
from hera.otp_auth import places
from hera.people import contacts
from hera.privacy import inactivity, selectors, services
from hera.privacy.tables import TABLES, Erased, Whose
from hera.surveys.models import Survey
from hera.surveys.services import answer
from hera.user_profile.models import (
    ChannelOptOut,
    Consent,
    NumberChange,
    OnboardingProgress,
    PushTarget,
    SignIn,
    WebPushSubscription,
)  # fmt: skip
from tests.families import make_user
from tests.staff import make_staff

MODELS = {model._meta.label: model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy}
OF_DJANGO = {"django_migrations"}
NUMBER = "+905551239876"
IDS = {"person": 912_345_678, "child": 923_456_789, "pregnancy": 934_567_891}


def test_every_table_is_classified():
    """A new one belongs into `hera/privacy/tables.py`, and into docs/privacy.md."""
    assert set(MODELS) - set(TABLES) == set(), "not classified"
    assert set(TABLES) - set(MODELS) == set(), "classified, and not there"


@pytest.mark.django_db
def test_every_table_of_the_database_has_a_model():
    tables = {model._meta.db_table for model in MODELS.values()} | OF_DJANGO
    assert set(connection.introspection.table_names()) == tables


def test_what_she_gets_is_what_the_classes_say():
    shown = {model._meta.label for model, _path in selectors._tables()} - selectors._LEFT_OUT
    assert {name for name, table in TABLES.items() if table.is_exported} == shown


@pytest.mark.django_db
def test_what_goes_with_her_is_what_the_classes_say():
    user = make_user()
    collector = Collector(using="default")
    child = Child.objects.create(user=user, name="Nur", gender="FEMALE", date_of_birth=dt.date(2026, 1, 1))
    pregnancy = Pregnancy.objects.create(
        user=user, estimated_start_date=dt.date(2026, 1, 1), estimated_delivery_date=dt.date(2026, 10, 8)
    )
    endings.end_pregnancy(pregnancy, PregnancyOutcome.Kind.BIRTH, endings.By())
    assert child
    collector.collect([user])
    found = {model._meta.label for model in collector.data} | {one.model._meta.label for one in collector.fast_deletes}
    found -= {model._meta.label for model in apps.get_models() if model._meta.proxy}
    # What hangs on an account, on what hangs on it, and so on.
    by_keys = {name for name, table in TABLES.items() if table.erased is Erased.WITH_ACCOUNT}
    assert found - by_keys <= {"admin.LogEntry", "exports.ExportPiece"}, "these are sought out before"
    reached = {model._meta.label for model, _path in selectors._tables()} | selectors._LEFT_OUT
    assert by_keys <= reached


@pytest.fixture
def her(programme):
    """Somebody with a row in every table that may hold something of hers; her values occur nowhere else."""
    user = User.objects.create(pk=IDS["person"], username=NUMBER, first_name="Qaswer1")
    other = make_user(number=NUMBER[:-1] + "0")
    profile = {"name": "Qaswer2", "gender": "FEMALE", "date_of_birth": "1911-11-11", "timezone": "Asia/Qyzylorda"}
    user.profile = type(other.profile).objects.create(user=user, agree_to_terms_at=clock.now(), **profile)
    now, staff = clock.now(), make_staff("case worker", "staff@example.org")
    sessions.begin(user, agent="Qaswer3")
    KeptAnswer.objects.create(user=user, key_hash="x", call_hash="y", status=201, body="Qaswer25", created_at=now)
    OnboardingProgress.objects.create(user=user)
    NumberChange.objects.create(user=user, former_number="+905550000001", new_number=NUMBER, changed_at=now,
                                confirmed_at=now)  # fmt: skip
    PushTarget.objects.create(user=user, external_id="Qaswer4")
    WebPushSubscription.objects.create(user=user, session=PhoneSession.objects.get(user=user), created_at=now,
                                       endpoint="https://push.example.org/Qaswer28", p256dh="x", auth="y")  # fmt: skip
    SignIn.objects.create(user=user, signed_in_at=now)
    ChannelOptOut.objects.create(user=user, channel="whatsapp")
    Consent.objects.create(user=user, version="Qaswer5", agreed_at=now)
    places.remember(user, "10.9.8.7")
    _family(user, staff)
    _told(user)
    request = RequestFactory().get("/")
    request.user = staff
    values = {"name": ("Qaswer20", "Qaswer21")}
    audit_trail().record_change(request, about="child", person=user.pk, values=values)
    audit_trail().record(request, Action.VIEW, about="people", person=user.pk, criteria={"name": "Qaswer22"})
    LogEntry.objects.create(user=staff, content_type=ContentType.objects.get_for_model(Child),
                            object_id=str(IDS["child"]), object_repr="Qaswer23", action_flag=CHANGE)  # fmt: skip
    MODELS["custom_user.ImportUpload"].objects.create(name="x", content=f"{NUMBER},Qaswer24", uploaded_at=now)
    brought = MODELS["custom_user.BroughtTable"].objects.create(of="user_profile.userprofile", by=staff, at=now, new=1,
                                                                changed=0, same=0)  # fmt: skip
    brought.rows.create(line=2, record=user.pk, person=user, is_new=True)
    MODELS["exports.ExportFile"].objects.create(asked_by=staff, asked_at=now, kind="people", format="csv",
                                                criteria={"name": "Qaswer2"}, is_masked=False)  # fmt: skip
    services.send_erasure_code(user)
    inactivity._warn([user], now)
    return user


def _family(user, staff):
    today = clock.now().date()
    contacts.note(user, contacts.Outcome.OTHER, staff, words="Qaswer27")
    centre = HealthCenter.objects.create(name="Fatih", address="Fatih", geolocation="41.0,28.9")
    center_services.set_center(user, centre, (41.1, 28.8))
    child = Child.objects.create(pk=IDS["child"], user=user, name="Qaswer6", gender="FEMALE",
                                 date_of_birth=today - dt.timedelta(weeks=9))  # fmt: skip
    ticks.replace(child, {1, 2}, ticks.Source.CLIENT, today)
    dose = VaccineDose.objects.order_by("week_age").first()
    card = doses.Entry(dose.pk, text="Qaswer7", place="Qaswer8", lot="Qaswer9", client_key="Qaswer10")
    other = doses.Entry(product="Qaswer11", text="Qaswer12")
    _kept, wrong = doses.record(child, [card, other], DoseGiven.Source.CARD, today=today, by=staff)
    doses.retract(wrong, "Qaswer13", by=staff)
    by = endings.By(endings.Source.STAFF, staff)
    endings.pause_child(child, today + dt.timedelta(days=3), by)
    endings.take_pause_back(child, by)
    endings.end_child(child, ChildEnd.Reason.MISTAKE, by)
    endings.take_end_back(child, by)
    start = today - dt.timedelta(weeks=40)
    pregnancy = Pregnancy.objects.create(pk=IDS["pregnancy"], user=user, declared_on=start, declared_pregnancy_week=0,
                                         estimated_start_date=start, estimated_delivery_date=today)  # fmt: skip
    call_command("generate_notifications", "--force-create-events")
    call_command("generate_surveys", "--force-create-surveys")
    newborn = endings.Newborn("Qaswer14", "MALE", today)
    endings.end_pregnancy(pregnancy, PregnancyOutcome.Kind.BIRTH, by, date=today, newborns=[newborn])


def _told(user):
    event = NotificationEvent.objects.filter(user=user).first()
    message = Message.objects.filter(event=event).first()
    Attempt.objects.create(message=message, channel_kind="console", started_at=clock.now(), error="Qaswer15")
    survey = Survey.objects.filter(user=user).first()
    answer(survey, "yes")
    for whose in ("child", "pregnancy"):
        PlanFailure.objects.create(problem="Qaswer26", failed_at=clock.now(), **{f"{whose}_id": IDS[whose]})


def rows_with(texts):
    """Tables in which one of these texts stands, anywhere in a row."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            for text in texts:
                cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text ILIKE %s', [f"%{text}%"])
                if count := cursor.fetchone()[0]:
                    found[table, text] = count
    return found


VALUES = ["Qaswer", NUMBER, NUMBER.removeprefix("+90"), "1911-11-11", "Qyzylorda", *map(str, IDS.values())]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_of_her_in_any_table(her):
    paths = {model._meta.label: (model, path) for model, path in selectors._tables()}
    empty = {
        name
        for name, (model, path) in paths.items()
        if TABLES[name].whose is Whose.HERS and not model.objects.filter(**{path: her.pk}).exists()
    }
    made_elsewhere = {"authtoken.Token", "user_profile.PhoneNumberChangeRequest", "user_profile.SetAsideAccount"}
    assert empty <= made_elsewhere, "a row of each is to go"
    trail = {table for table, text in rows_with(["Qaswer"]) if table.startswith("custom_user_audit")}
    assert not trail, "the trail holds no values of people"
    services.erase(her)
    left = rows_with(VALUES)
    assert set(left) == {
        ("custom_user_auditentry", str(IDS["person"])),  # which of the staff looked at which id
        ("privacy_providererasure", NUMBER),
        ("privacy_providererasure", NUMBER.removeprefix("+90")),
        ("privacy_providererasure", "Qaswer"),  # her phone's name, until the push provider has been told
    }


@pytest.mark.django_db(transaction=True)
def test_her_copy_has_what_happened(her):
    """How pregnancies ended, ends and pauses of children, doses with their places, also what was taken back."""
    everything = selectors.everything_of(her)
    (outcome,) = everything["child_health.PregnancyOutcome"]
    assert outcome["kind"] == "birth"
    assert everything["child_health.PregnancyOutcome_children"][0]["pregnancyoutcome"] == outcome["id"]
    assert everything["child_health.ChildEnd"][0]["taken_back_at"]
    assert everything["child_health.ChildPause"][0]["until"]
    given = {row["text"]: row for row in everything["child_health.DoseGiven"]}
    assert (given["Qaswer7"]["place"], given["Qaswer7"]["lot"]) == ("Qaswer8", "Qaswer9")
    assert given["Qaswer12"]["retraction"] == "Qaswer13"
    assert {row["source"] for row in given.values()} <= {"card", "tick", "survey"}
    assert "withdrawn_because" in everything["events.NotificationEvent"][0]
    assert all("place" not in row for row in everything["otp_auth.KnownPlace"])
