"""Each role opens what it needs and nothing else; what staff do is written down, and stays written."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from hera.child_health.models import Child, PastVaccination, PastVaccinationChange, Vaccine
from hera.core import clock
from hera.custom_user import exports, looking_up, roles
from hera.custom_user.audit import Action
from hera.custom_user.masking import Mask
from hera.custom_user.models import AuditEntry
from hera.custom_user.people import chosen
from tests.families import make_child, make_pregnancy, make_user
from tests.staff import sign_in

pytestmark = pytest.mark.django_db

LIST = "/admin/custom_user/customuser/"
# What each role may open: the pages of the panel by what they are about.
PAGES = {
    LIST: {roles.PROGRAMME_ADMIN, roles.CASE_WORKER, roles.RESEARCHER},
    "/admin/events/notificationtype/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/events/notificationschedule/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/surveys/surveyschedule/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/surveys/surveytemplate/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/child_health/vaccine/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/health_center/healthcenter/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/events/instantnotification/": {roles.PROGRAMME_ADMIN},
    "/admin/delivery/message/": {roles.PROGRAMME_ADMIN, roles.OPERATOR},
    "/admin/auth/user/": {roles.PROGRAMME_ADMIN},
    "/admin/auth/group/": set(),
    "/admin/custom_user/auditentry/": {roles.PROGRAMME_ADMIN},
}
ALL_ROLES = sorted(roles.PERMISSIONS)


@pytest.fixture
def signed_in(client):
    def as_role(role: str):
        user = User.objects.create_user(f"{role.replace(' ', '.')}@example.org", is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        sign_in(client, user)
        return client

    return as_role


@pytest.fixture
def amal(programme):
    mother = make_user(number="+905321234567", name="Amal")
    child = make_child(mother, clock.now().date() - dt.timedelta(weeks=9), name="Leyla")
    make_pregnancy(mother, clock.now().date() - dt.timedelta(weeks=20), clock.now().date())
    PastVaccination.objects.create(child=child, vaccine=Vaccine.objects.filter(is_active=True).first())
    return mother


@pytest.mark.parametrize("role", ALL_ROLES)
def test_a_role_opens_its_pages_and_no_others(signed_in, role):
    client = signed_in(role)
    for page, allowed in PAGES.items():
        assert (client.get(page).status_code == 200) is (role in allowed), page
    assert client.get("/admin/").status_code == 200


def test_every_page_of_the_panel_is_classified():
    from django.contrib import admin

    known = set(PAGES)
    records = {"userprofile", "pregnancy", "child"}  # opened from a person's page
    for model in admin.site._registry:
        if model._meta.model_name not in records:
            assert reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") in known


def test_roles_are_made_again_without_losing_what_was_added():
    from django.apps import apps

    group = Group.objects.get(name=roles.OPERATOR)
    before = group.permissions.count()
    roles.create(apps)
    assert group.permissions.count() == before
    assert Group.objects.filter(name__in=roles.PERMISSIONS).count() == 5


def test_a_programme_admin_cannot_make_herself_a_superuser(signed_in):
    client = signed_in(roles.PROGRAMME_ADMIN)
    me = User.objects.get(username="programme.admin@example.org")
    page = f"/admin/auth/user/{me.pk}/change/"
    fields = {"username": me.username, "is_active": "on", "is_superuser": "on", "groups": [me.groups.get().pk]}
    assert client.post(page, fields).status_code == 302
    me.refresh_from_db()
    assert not me.is_superuser
    root = User.objects.create_superuser("root@example.org", password="x")
    assert client.get(f"/admin/auth/user/{root.pk}/change/").status_code == 302
    assert client.post(
        f"/admin/auth/user/{root.pk}/password/", {"password1": "y" * 12, "password2": "y" * 12}
    ).status_code in {302, 403, 404}
    root.refresh_from_db()
    assert root.check_password("x")


def test_a_new_account_gets_a_link_and_no_password(signed_in):
    client = signed_in(roles.PROGRAMME_ADMIN)
    role = Group.objects.get(name=roles.CASE_WORKER)
    answer = client.post(
        "/admin/auth/user/add/",
        {"username": "nur@example.org", "email": "nur@example.org", "groups": [role.pk]},
        follow=True,
    )
    nur = User.objects.get(username="nur@example.org")
    assert (nur.is_staff, nur.is_superuser, nur.has_usable_password()) == (True, False, False)
    assert "/admin/set_up/" in answer.content.decode()
    [entry] = AuditEntry.objects.filter(action=Action.ADD)
    assert entry.detail == {"roles": [roles.CASE_WORKER], "is_active": True}


def test_one_page_shows_all_of_a_person(signed_in, amal, django_assert_max_num_queries):
    call_command("generate_notifications", "--force-create-events")
    client = signed_in(roles.CASE_WORKER)
    with django_assert_max_num_queries(24):
        page = client.get(f"{LIST}{amal.pk}/change/").content.decode()
    for text in ("Amal", "+905321234567", "Leyla", "overdue", "push: queued", "running", "Antenatal visits"):
        assert text in page, text
    [entry] = AuditEntry.objects.all()
    assert (entry.action, entry.person, entry.detail) == (Action.VIEW, amal.pk, {"masked": False})
    assert entry.address == "127.0.0.1"


def test_a_researcher_sees_nobody(signed_in, amal):
    client = signed_in(roles.RESEARCHER)
    born = amal.profile.date_of_birth.isoformat()
    for page in (client.get(LIST), client.get(f"{LIST}{amal.pk}/change/")):
        text = page.content.decode()
        assert "+9053*****" in text
        for secret in ("Amal", "Leyla", "+905321234567", born, amal.children.get().date_of_birth.isoformat()):
            assert secret not in text, secret
        assert "2 months" in text or page.request["PATH_INFO"] == LIST
    assert client.get(f"{LIST}?number=5321234567").content.decode().count("+9053*****") == 1, (
        "no question finds a number"
    )
    assert client.get(f"/admin/user_profile/userprofile/{amal.pk}/change/").status_code == 403


@pytest.mark.parametrize("role", [roles.CASE_WORKER, roles.CONTENT_EDITOR, roles.OPERATOR])
def test_who_may_not_export_gets_nothing(signed_in, amal, role):
    client = signed_in(role)
    assert client.post(f"{LIST}export/people/").status_code == 403
    assert client.get(f"{LIST}exports/").status_code == 403


@pytest.mark.parametrize("kind", list(exports.KINDS))
@pytest.mark.parametrize("role", [roles.PROGRAMME_ADMIN, roles.RESEARCHER])
def test_an_export_is_masked_for_researchers_and_written_down(signed_in, amal, kind, role):
    call_command("generate_notifications", "--force-create-events")
    answer = signed_in(role).post(f"{LIST}export/{kind}/?language=en")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(text))
    assert all(len(row) == len(head) for row in rows)
    assert rows or kind == "surveys"
    named = "Amal" in text or "Leyla" in text or "5321234567" in text
    assert named is (role == roles.PROGRAMME_ADMIN and kind in {"people-wide", "people", "children"})
    [entry] = AuditEntry.objects.filter(action=Action.EXPORT)
    assert entry.detail == {"masked": role == roles.RESEARCHER, "criteria": {"language": "en"}}


def test_a_wide_row_has_numbered_records(amal):
    make_child(amal, dt.date(2024, 1, 1), name="Omar")
    make_user(name="Childless")
    head, *rows = exports.people_wide(User.objects.filter(profile__isnull=False).order_by(), Mask(is_on=False))
    first, second = (dict(zip(head, row, strict=True)) for row in rows)
    assert (first["child_1_name"], first["child_2_name"], first["pregnancy_1_visits_before"] is not None) == (
        "Leyla",
        "Omar",
        True,
    )
    assert (second["child_1_name"], second["child_2_name"]) == ("", "")


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1"])
def test_no_cell_is_a_formula(amal, name):
    Child.objects.update(name=name)
    text = b"".join(exports.as_file("children", "csv", User.objects.filter(pk=amal.pk), Mask(is_on=False))).decode()
    assert f"'{name}" in text


def test_a_spreadsheet_has_the_same_rows(amal, tmp_path):
    import zipfile

    file = tmp_path / "people.xlsx"
    file.write_bytes(b"".join(exports.as_file("people", "xlsx", User.objects.filter(pk=amal.pk), Mask(is_on=False))))
    sheet = zipfile.ZipFile(file).read("xl/worksheets/sheet1.xml").decode()
    assert "+905321234567" in sheet
    assert "<f>" not in sheet


def test_an_export_reads_a_thousand_people_at_a_time(programme, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(exports, "CHUNK", 2)
    for _ in range(5):
        make_child(make_user(), dt.date(2025, 1, 1))
    chosen = User.objects.filter(profile__isnull=False)
    with django_assert_num_queries(4 + 3):  # chunks of people; of each its children with their vaccines
        assert len(list(exports.KINDS["children"](chosen, Mask(is_on=True)))) == 6


def test_a_case_worker_corrects_a_child_and_it_is_written_down(signed_in, amal):
    client = signed_in(roles.CASE_WORKER)
    child = amal.children.get()
    second = Vaccine.objects.filter(is_active=True)[1]
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


def test_the_audit_trail_cannot_be_changed(signed_in, amal):
    client = signed_in(roles.PROGRAMME_ADMIN)
    client.get(f"{LIST}{amal.pk}/change/")
    entry = AuditEntry.objects.get()
    assert client.post(f"/admin/custom_user/auditentry/{entry.pk}/change/", {"about": "nothing"}).status_code == 403
    assert client.post(f"/admin/custom_user/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    for statement in ("UPDATE custom_user_auditentry SET about = ''", "DELETE FROM custom_user_auditentry"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("weeks", "days", "overdue", "due"),
    [(9, 7, True, False), (8, 7, True, True), (7, 7, True, True), (0, 1, False, True)],
)
def test_people_are_found_by_what_is_due_and_overdue(programme, weeks, days, overdue, due):

    mother = make_user()
    make_child(mother, clock.now().date() - dt.timedelta(weeks=weeks))
    found = chosen({"due_days": str(days)}).filter(pk=mother.pk).exists()
    late = chosen({"overdue": "yes"}).filter(pk=mother.pk).exists()
    assert late is overdue
    assert chosen({"overdue": "no"}).filter(pk=mother.pk).exists() is not overdue
    assert found is due or weeks == 9


def test_the_list_is_read_page_by_page_in_a_fixed_number_of_queries(
    signed_in, programme, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(looking_up, "PAGE", 2)
    mothers = [make_user(name=f"Mother {number}") for number in range(5)]
    client = signed_in(roles.CASE_WORKER)
    seen = []
    address = "?language=en"
    while address:
        with django_assert_max_num_queries(12):
            page = client.get(LIST + address).content.decode()
        seen += re.findall(r"Mother \d", page)
        following = re.search(r'href="(\?[^"]*after=\d+)"', page)
        address = following[1].replace("&amp;", "&") if following else ""
    assert seen == [f"Mother {number}" for number in range(4, -1, -1)]
    assert len(mothers) == 5
