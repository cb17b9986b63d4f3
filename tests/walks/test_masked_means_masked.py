"""S2, S20, N9: whoever may not know who somebody is finds it at no address of the panel.

A person whose number, names and dates occur nowhere else is looked for at every address, as each role: in bodies,
headers, titles, downloads, cells of spreadsheets. A new address fails until the walk knows how to fill it in.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Collection, Iterator

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, User
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.urls import URLPattern, URLResolver

from hera.campaigns import to_one
from hera.child_health import doses, endings
from hera.child_health.models import Child, ChildEnd, ChildPause, PastVaccination, Pregnancy, PregnancyOutcome, Vaccine
from hera.child_health.partial_dates import PartialDate
from hera.core import clock
from hera.delivery.models import Attempt, Message
from hera.events import checks
from hera.events.models import InstantNotification, NotificationEvent, NotificationType
from hera.events.services import announce_to
from hera.exports import formats, services, tables
from hera.exports.models import ExportFile
from hera.health_center.models import CenterOfPerson, HealthCenter
from hera.panel import roles
from hera.panel.models import AuditEntry, BroughtTable
from hera.people import contacts
from hera.surveys.models import Survey, SurveyTemplate
from hera.user_profile.models import SignIn
from tests.families import make_child, make_pregnancy, make_user
from tests.staff import make_staff, sign_in

pytestmark = pytest.mark.django_db

NUMBER, NAME, CHILD, WRITTEN = "+905327654321", "Zümrütanka", "Kehribarca", "Menekşegül wrote this"
HOME = "41.67,28.23"
BORN, CHILD_BORN, START = dt.date(1991, 7, 23), dt.date(2026, 9, 17), dt.date(2026, 6, 11)
SECRETS = [
    HOME, NUMBER, NUMBER[1:], "0532 765 43 21", NAME, CHILD, "Menekşegül", str(BORN), str(CHILD_BORN), str(START),
    str(START + dt.timedelta(days=280)), "2026-02-03 04:05", "2026-02-03",
    *(f"{day.day} {day:%B %Y}" for day in (BORN, CHILD_BORN, START, START + dt.timedelta(days=280))), "3 February 2026",
]  # fmt: skip
MOMENT = dt.datetime(2026, 2, 3, 4, 5, 6, tzinfo=dt.UTC)
SEES_PEOPLE = {roles.PROGRAMME_ADMIN, roles.CASE_WORKER}
ROLES = [*sorted(set(roles.PERMISSIONS) - SEES_PEOPLE), "nothing at all"]
# Addresses that act for whoever calls and show nothing of others.
OWN = {"login/", "logout/", "password_change/", "password_change/done/", "jsi18n/", "second_factor/", "autocomplete/"}


@pytest.fixture
def person(programme) -> User:
    mother = make_user(number=NUMBER, name=NAME)
    mother.profile.date_of_birth, mother.profile.agree_to_terms_at = BORN, MOMENT
    mother.profile.save()
    User.objects.filter(pk=mother.pk).update(date_joined=MOMENT)
    child = make_child(mother, CHILD_BORN, name=CHILD)
    make_pregnancy(mother, START, START)
    PastVaccination.objects.create(child=child, vaccine=Vaccine.objects.filter(is_active=True).first())
    what_happened(mother, child)
    event = NotificationEvent.objects.create(
        user=mother, notification_type=NotificationType.objects.first(), context={"person_name": CHILD},
        notification_available_at=MOMENT, notification_expires_at=MOMENT, push_notification_sent_at=MOMENT,
        read_at=MOMENT,
    )  # fmt: skip
    message = Message.objects.create(
        event=event, purpose="notification", channel="push", state="failed", reason="HTTP 400", state_at=clock.now(),
        not_before=clock.now(), expires_at=clock.now(), enqueued_at=clock.now(), created_at=clock.now(),
    )  # fmt: skip
    Attempt.objects.create(message=message, channel_kind="onesignal", started_at=clock.now())
    asked = SurveyTemplate.objects.create(code="how.was.it.today", survey_type="TEXT")
    Survey.objects.create(
        user=mother, survey_template=asked, context={"person_name": CHILD}, available_at=MOMENT, expires_at=MOMENT,
        response=WRITTEN, responded_at=MOMENT,
    )  # fmt: skip
    SignIn.objects.create(user=mother, signed_in_at=MOMENT)
    InstantNotification.objects.create(
        notification_type=NotificationType.objects.first(), phone_numbers=[NUMBER], criteria={"name": NAME}
    )
    for model, key, shown in ((User, mother.pk, NUMBER), (Child, child.pk, CHILD)):
        LogEntry.objects.create(
            user=mother, content_type=ContentType.objects.get_for_model(model), object_id=key, object_repr=shown,
            action_flag=CHANGE, change_message=NAME,
        )  # fmt: skip
    AuditEntry.objects.create(at=clock.now(), actor_name="x", action="view", person=mother.pk, address="")
    wrote_to_her(mother)
    contacts.note(mother, contacts.Outcome.OTHER, mother, words=WRITTEN)
    for of in ("user_profile.userprofile", "child_health.dosegiven"):
        BroughtTable.objects.create(
            of=of, at=clock.now(), file_name=f"{NAME}.csv", by_name="x", new=1, changed=0, same=0
        )
    CenterOfPerson.objects.create(
        user=mother, geolocation=HOME, set_at=MOMENT,
        center=HealthCenter.objects.create(name="Fatih", address="Fatih", geolocation="41.0,28.9"),
    )  # fmt: skip
    return mother


def wrote_to_her(mother: User) -> None:
    """A letter of staff, with her name in it."""
    letter = to_one.Letter(None, dict.fromkeys(checks.TEXTS, f"{NAME}, {CHILD}: {WRITTEN}"))
    message = to_one.send(mother, letter, make_staff(roles.PROGRAMME_ADMIN, "colleague@example.org"))
    announce_to(message, [mother.pk])


def what_happened(mother: User, child: Child) -> None:
    """An end, a pause and a dose, told by her, with her words and days."""
    dose = doses.Entry(
        text=WRITTEN, product=WRITTEN, place=WRITTEN, lot=WRITTEN,
        date=PartialDate(CHILD_BORN, doses.Precision.DAY),
    )  # fmt: skip
    today = clock.now().date()
    [given] = doses.record(child, [dose], doses.Source.MOTHER, today=max(today, CHILD_BORN))
    doses.retract(given, WRITTEN)
    doses.record(child, [dose], doses.Source.MOTHER, today=max(today, CHILD_BORN))
    older = make_pregnancy(mother, START, START)
    endings.end_pregnancy(
        older, PregnancyOutcome.Kind.BIRTH, endings.By(), date=CHILD_BORN,
        newborns=[endings.Newborn(CHILD, "FEMALE", CHILD_BORN)],
    )  # fmt: skip
    another = mother.children.latest("pk")
    endings.end_child(another, ChildEnd.Reason.DIED, endings.By(), date=CHILD_BORN)
    ChildPause.objects.create(child=another, until=START + dt.timedelta(days=280), recorded_at=MOMENT)


@pytest.fixture(params=ROLES)
def viewer(request, client, person, monkeypatch) -> User:
    monkeypatch.setattr(services, "FEWEST", 1)  # she is alone, and her masked tables are to be looked at
    user = User.objects.create_user("viewer@example.org", is_staff=True)
    if request.param in roles.PERMISSIONS:
        user.groups.add(Group.objects.get(name=request.param))
    sign_in(client, user)
    return user


def routes() -> list[tuple[str, str]]:
    """Every address of the panel below /admin/, with its name."""
    return sorted(set(_routes(admin.site.get_urls(), "")))


def _routes(entries: list, path: str) -> Iterator[tuple[str, str]]:
    for entry in entries:
        here = path + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _routes(entry.url_patterns, here)
        elif isinstance(entry, URLPattern):
            yield here, entry.name or ""


def filled(route: str) -> list[str]:
    """The addresses of a route with the person's rows, and with every row that belongs to nobody."""
    if route.startswith("^") or "(?P" in route:
        return [f"{app}/" for app in re.findall(r"[a-z_]+(?=[|)])", route)] if "app_label" in route else ["nowhere/"]
    if "<slug:kind>" in route:
        return [
            f"{route.replace('<slug:kind>', kind)}?format={form}" for kind in tables.KINDS for form in formats.FORMATS
        ]
    if "content_type_id" in route:
        kinds = [ContentType.objects.get_for_model(model) for model in (User, Child, Pregnancy)]
        return [f"r/{kind.pk}/{kind.model_class().objects.order_by('-pk').first().pk}/" for kind in kinds]
    if route.startswith("packs/<str:name>"):
        return [route.replace("<str:name>", name) for name in ("TR-2025-04-14", "nowhere")]
    parameter = re.search(r"<(?:path:object_id|int:pk|id)>", route)
    if parameter is None:
        assert "<" not in route, f"the walk does not know how to fill in {route}"
        return [route]
    return [route.replace(parameter[0], str(key)) for key in _keys(route)]


def _keys(route: str) -> Collection[object]:
    app, name = route.split("/")[:2]
    if app == "send_test":
        return set(NotificationType.objects.values_list("pk", flat=True))
    if app == "message_result":
        return set(InstantNotification.objects.values_list("pk", flat=True)) or {1}
    if app == "brought":
        return set(BroughtTable.objects.values_list("pk", flat=True))
    if app == "write":
        return {User.objects.get(username=NUMBER).pk}
    if "exports/" in route:
        return set(ExportFile.objects.values_list("pk", flat=True)) or {1}
    model = apps.get_model(app, name)
    newest = model._default_manager.order_by("-pk").values_list("pk", flat=True)[:3]
    return dict.fromkeys([*newest, User.objects.get(username=NUMBER).pk])


def said(answer) -> str:
    """All that an answer says: its head, its body, the cells of a spreadsheet."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"\n".join(book.read(name) for name in book.namelist())
    return f"{answer.headers}\n{body.decode('utf-8', 'replace')}"


# What an address is asked besides: to search, to filter by somebody else's column, to sort, to come back from a form.
ANOTHER_TABLE = f"?event__user__username__startswith={NUMBER[1:6]}"
QUERIES = ["", f"?q={NUMBER[1:]}", f"?q={NAME}", "?_popup=1", "?e=1", "?o=-1", ANOTHER_TABLE]


def test_no_address_of_the_panel_tells_who_somebody_is(client, viewer, person):
    looked_at = 0
    for route, _name in routes():
        if route in OWN or route.startswith(("second_factor/", "login/")):
            continue
        for address in filled(route):
            joiner = "&" if "?" in address else "?"
            for query in QUERIES if "<" not in route else QUERIES[:1]:
                asked = f"/admin/{address}{query.replace('?', joiner)}"
                for answer in (client.get(asked), client.post(asked, {"post": "yes", "action": "delete_selected"})):
                    looked_at += 1
                    text = said(answer).replace(asked, "")
                    told = [secret for secret in SECRETS if secret in text and secret not in query]
                    assert not told, f"{answer.request['REQUEST_METHOD']} {asked} ({answer.status_code}): {told}"
    assert looked_at > 500


def test_a_file_made_in_the_background_tells_nobody(client, viewer, person, monkeypatch):
    monkeypatch.setattr(services, "SMALL", -1)
    for kind in tables.KINDS:
        for form in formats.FORMATS:
            ExportFile.objects.update(state="failed")
            client.post(f"/admin/custom_user/customuser/export/{kind}/?format={form}")
            call_command("make_exports")
            for file in ExportFile.objects.filter(state="ready"):
                answer = client.get(f"/admin/custom_user/customuser/exports/{file.pk}/")
                assert answer.status_code == 200
                assert not [secret for secret in SECRETS if secret in said(answer)]


@pytest.mark.parametrize("asked", [{"number": NUMBER}, {"name": NAME}, {"due_days": "30"}, {"overdue": "yes"}])
def test_a_masked_list_answers_alike_whatever_is_asked_of_who_she_is(client, person, asked):
    make_user(number="+905320000000", name="Somebody else")
    user = make_staff(roles.RESEARCHER, "viewer@example.org")
    sign_in(client, user)
    page = "/admin/custom_user/customuser/"
    rows = [re.findall(r"customuser/(\d+)/change", said(client.get(page, query))) for query in ({}, asked)]
    assert rows[0] == rows[1] != []


def test_the_walk_would_see_her(client, person):
    """Who may know her does find her: the walk looks for what is there."""
    user = make_staff(roles.PROGRAMME_ADMIN, "viewer@example.org")
    sign_in(client, user)
    page = said(client.get(f"/admin/custom_user/customuser/{person.pk}/change/"))
    assert {secret for secret in SECRETS if secret in page} >= {
        NUMBER,
        NAME,
        CHILD,
        "Menekşegül",
        "23 July 1991",
        "11 June 2026",
    }
    table = said(client.post("/admin/custom_user/customuser/export/people-wide/"))
    assert {secret for secret in SECRETS if secret in table} >= {NUMBER, NAME, CHILD, "Menekşegül", "2026-02-03 04:05"}
