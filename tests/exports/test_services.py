"""Exports in the background: made once and whole, for whoever asked, for a day."""

from __future__ import annotations

import csv
import datetime as dt
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import connection, transaction

from hera.core import clock
from hera.core.ports import Action
from hera.exports import services, tables
from hera.exports.models import ExportFile, ExportPiece
from hera.exports.services import State
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.privacy.services import erase
from tests.families import make_user, of_an_earlier_month
from tests.staff import make_staff, sign_in

pytestmark = pytest.mark.django_db

LIST = "/admin/custom_user/customuser/"


@pytest.fixture
def mothers(monkeypatch):
    """Seven people: too many for a file at once; three to a piece."""
    monkeypatch.setattr(services, "SMALL", 6)
    monkeypatch.setattr(tables, "CHUNK", 3)
    return [make_user(name=f"Mother {number}", number=f"+90532000000{number}") for number in range(7)]


@pytest.fixture
def admin(client):
    return _staff(client, roles.PROGRAMME_ADMIN)


def _staff(client, role, name="someone"):
    user = make_staff(role, f"{name}@example.org")
    sign_in(client, user)
    return user


def _file():
    return ExportFile.objects.latest("pk")


def test_many_people_are_a_file_that_is_made_and_downloaded(client, admin, mothers):
    asked = client.post(f"{LIST}export/people/?name=mother")
    assert (asked.status_code, asked.url) == (302, f"{LIST}exports/")
    assert "data-unfinished" in client.get(asked.url).content.decode()

    call_command("make_exports")

    page = client.get(asked.url).content.decode()
    assert "data-unfinished" not in page
    assert f"{LIST}exports/{_file().pk}/" in page
    answer = client.get(f"{LIST}exports/{_file().pk}/")
    content = b"".join(answer.streaming_content)
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert len(content) == _file().size
    _head, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    assert [row[2] for row in rows] == [f"Mother {number}" for number in range(7)]
    assert list(AuditEntry.objects.filter(action=Action.EXPORT).order_by("pk").values_list("about", flat=True)) == [
        "people, people",
        "people, people, downloaded",
    ]


def test_a_few_people_are_the_answer(client, admin, mothers):
    answer = client.post(f"{LIST}export/people/?number=0001")
    assert b"Mother 1" in b"".join(answer.streaming_content)
    assert not ExportFile.objects.exists()


def test_a_spreadsheet_is_a_file_too(client, admin, mothers):
    client.post(f"{LIST}export/people/?format=xlsx")
    call_command("make_exports")
    content = b"".join(client.get(f"{LIST}exports/{_file().pk}/").streaming_content)
    assert content.startswith(b"PK")


def test_a_researcher_s_file_is_masked(client, mothers):
    of_an_earlier_month()
    _staff(client, roles.RESEARCHER)
    client.post(f"{LIST}export/people/")
    call_command("make_exports")
    text = b"".join(client.get(f"{LIST}exports/{_file().pk}/").streaming_content).decode()
    assert text.count("+9053*****") == 7
    assert "Mother" not in text


def test_a_masked_file_of_fewer_than_five_is_refused(client, mothers, monkeypatch):
    """Whoever chose them knows what they were chosen by: ages that were merged, or the id behind a pseudonym."""
    _staff(client, roles.RESEARCHER)
    User.objects.filter(pk__in=[mother.pk for mother in mothers[:3]]).delete()
    answer = client.post(f"{LIST}export/people/", follow=True)
    assert "Fewer than 5 people: nothing is shown" in answer.content.decode()
    assert not ExportFile.objects.exists()

    # Where counting them took too long, the file has a head and nobody.
    monkeypatch.setattr(services, "refuse_so_few", lambda _found: None)
    monkeypatch.setattr(services, "SMALL", -1)
    client.post(f"{LIST}export/people/")
    call_command("make_exports")
    [head] = csv.reader(io.StringIO(b"".join(services.content(_file())).decode("utf-8-sig")))
    assert head[0] == "person_id"


def test_nobody_else_has_the_file(client, admin, mothers):
    client.post(f"{LIST}export/people/")
    call_command("make_exports")
    _staff(client, roles.PROGRAMME_ADMIN, "other")
    assert client.get(f"{LIST}exports/{_file().pk}/").status_code == 404
    assert f"exports/{_file().pk}/" not in client.get(f"{LIST}exports/").content.decode()


def test_who_lost_the_right_has_the_file_no_more(client, admin, mothers):
    client.post(f"{LIST}export/people/")
    call_command("make_exports")
    admin.groups.set([Group.objects.get(name=roles.RESEARCHER)])  # masked ones only, from now on
    assert client.get(f"{LIST}exports/{_file().pk}/").status_code == 403


def test_a_file_that_is_not_ready_cannot_be_read(client, admin, mothers):
    client.post(f"{LIST}export/people/")
    assert client.get(f"{LIST}exports/{_file().pk}/").status_code == 404


def test_no_more_than_a_few_wait_for_one_person(client, admin, mothers):
    for _ in range(services.AT_ONCE + 1):
        answer = client.post(f"{LIST}export/people/", follow=True)
    assert ExportFile.objects.count() == services.AT_ONCE
    assert "Wait until one is ready" in answer.content.decode()


@pytest.mark.parametrize("address", ["export/nonsense/", "export/people/?format=exe", "export/people/?born_from=soon"])
def test_what_is_no_export_is_not_found(client, admin, mothers, address):
    assert client.post(LIST + address).status_code == 404


def test_a_link_starts_nothing(client, admin, mothers):
    assert client.get(f"{LIST}export/people/").status_code == 405


def _ask(user, **changed):
    file = services.ask(user, "people", "csv", {}, is_masked=False)
    ExportFile.objects.filter(pk=file.pk).update(**changed)
    return file


def _text(file):
    return b"".join(services.content(file)).decode("utf-8-sig")


def test_a_file_whose_maker_was_lost_is_made_anew(admin, mothers):
    long_ago = clock.now() - services.LOST_AFTER - dt.timedelta(seconds=1)
    file = _ask(admin, state=State.MAKING, attempt=1, progressed_at=long_ago, size=99)
    ExportPiece.objects.create(file=file, number=0, data=b"half")
    assert services.make_all() == 1
    assert _text(file).count("Mother") == 7


def test_a_file_that_somebody_is_making_is_left_to_him(admin, mothers):
    _ask(admin, state=State.MAKING, attempt=1, progressed_at=clock.now())
    assert services.make_all() == 0


def test_one_file_is_made_at_a_time(admin, mothers):
    """Each takes a hundred megabytes and a core: a small machine would fall over three."""
    other = _ask(admin, state=State.MAKING, attempt=1, progressed_at=clock.now())
    _ask(admin)
    assert not services.is_any_waiting()
    assert services.make_all() == 0
    ExportFile.objects.filter(pk=other.pk).update(state=State.READY)
    assert services.make_all() == 1


def test_whoever_was_taken_for_lost_writes_nothing_more(admin, mothers, monkeypatch):
    """A slow process goes on while another has begun anew: the file is the other's alone."""
    file = _ask(admin)
    as_file, slow = tables.as_file, []

    def interrupted(*arguments, **named):
        pieces = as_file(*arguments, **named)
        yield next(pieces)
        if not slow:
            slow.append(True)
            long_ago = clock.now() - services.LOST_AFTER - dt.timedelta(seconds=1)
            ExportFile.objects.filter(pk=file.pk).update(progressed_at=long_ago)
            assert services.make_all() == 1
        yield from pieces

    monkeypatch.setattr(tables, "as_file", interrupted)
    assert services.make_all() == 0
    file.refresh_from_db()
    assert (file.state, file.attempt) == (State.READY, 2)
    assert _text(file).count("Mother") == 7


def test_what_cannot_be_made_is_given_up_and_said(admin, client, mothers):
    _ask(admin, criteria={"language": "xx"})
    lost = clock.now() - services.LOST_AFTER - dt.timedelta(seconds=1)
    _ask(admin, state=State.MAKING, losses=services.LOSSES - 1, progressed_at=lost)
    assert services.make_all() == 0
    assert set(ExportFile.objects.values_list("state", flat=True)) == {State.FAILED}
    assert client.get(f"{LIST}exports/").content.decode().count("Ask for it again") == 2


def test_files_are_forgotten_after_a_day(admin, mothers):
    old = _ask(admin)
    services.make_all()
    ExportFile.objects.filter(pk=old.pk).update(asked_at=clock.now() - dt.timedelta(hours=25))
    _ask(admin)
    services.make_all()
    assert services.delete_old() == 1
    assert not ExportPiece.objects.filter(file=old.pk).exists()
    assert ExportFile.objects.count() == 1


def test_who_is_erased_is_in_no_file_from_then_on(admin, client, mothers):
    file = _ask(admin)
    services.make_all()
    erase(mothers[0])
    assert not ExportPiece.objects.exists()
    assert client.get(f"{LIST}exports/{file.pk}/").status_code == 404
    assert services.make_all() == 1
    assert _text(file).count("Mother") == 6


def test_who_is_erased_while_a_file_is_made_is_not_in_it(admin, mothers, monkeypatch):
    file = _ask(admin)
    as_file, erased = tables.as_file, []

    def interrupted(*arguments, **named):
        pieces = list(as_file(*arguments, **named))
        if not erased:
            erased.append(erase(mothers[0]))
        yield from pieces

    monkeypatch.setattr(tables, "as_file", interrupted)
    assert services.make_all() == 1
    assert _text(file).count("Mother") == 6


@pytest.mark.django_db(transaction=True)
def test_no_file_is_begun_while_somebody_is_being_erased():
    """It could read her before she is gone, and keep her after."""
    _ask(User.objects.create_user("staff@example.org", is_staff=True))
    with ThreadPoolExecutor(1) as other:
        with transaction.atomic():
            services.make_anew()
            assert other.submit(_make_all_beside).result() == 0
        assert other.submit(_make_all_beside).result() == 1


def _make_all_beside():
    try:
        return services.make_all()
    finally:
        connection.close()  # this thread's own
