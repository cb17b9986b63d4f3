"""What a phone has already: a list is answered with 304 as long as it would be the same, and no longer."""

from __future__ import annotations

import datetime as dt
import re

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from rest_framework.test import APIClient

from hera.api import sessions, versions
from hera.api.models import ListChange, PhoneSession
from hera.child_health.models import Child, Pregnancy, Vaccine, VaccineDose
from hera.core import clock
from hera.events.models import InstantNotification, NotificationEvent, NotificationTemplate
from hera.events.services import announce_due
from hera.privacy import retention
from hera.surveys.models import Survey, SurveyTemplateOption
from hera.surveys.services import ask_due
from hera.texts import rendering
from hera.urls import OWN_LISTS
from tests.families import make_child, make_pregnancy, make_user, tick
from tests.own_lists import phone_of

NOT_OF_LISTS = {"api_phonesession", "api_listchange"}  # the token's own, which is in each tag; and what is told of here


@pytest.fixture
def amal(programme):
    """Somebody with something on each of her lists, and everything told of before."""
    today = clock.now().date()
    user = make_user(name="Amal", language="ar")
    tick(make_child(user, today - dt.timedelta(weeks=8), name="Leyla"), 1)
    make_pregnancy(user, today - dt.timedelta(weeks=9), today)
    announce_due(clock.now(), regardless_of_time=True)
    ask_due(clock.now() + dt.timedelta(days=1), regardless_of_time=True)
    return user


def paths_of(user) -> list[str]:
    ids = {"/surveys/{id}/": user.surveys.first().pk, "/user_profiles/{id}/": user.pk}
    return [path.replace("{id}", str(ids.get(path))) for path in OWN_LISTS]


class Kept:
    """A phone that keeps its lists, and asks whether there is something new."""

    def __init__(self, user: User, **headers: str) -> None:
        self.phone = phone_of(user, **headers)
        self.phone.get("/children/")  # ticks are news once
        answers = {path: self.phone.get(path) for path in paths_of(user)}
        self.has = {path: answer for path, answer in answers.items() if answer.status_code == 200}
        self.paths = list(self.has)

    def ask(self, path: str, client: APIClient | None = None, **headers: str):
        return (client or self.phone).get(path, headers={"if-none-match": self.has[path].headers["ETag"], **headers})

    def changed(self) -> set[str]:
        """The lists that are answered anew. None of the others may have changed."""
        answers = {path: self.ask(path) for path in self.paths}
        for path, answer in answers.items():
            assert answer.status_code in {200, 304, 404}, path
            if answer.status_code == 304:
                assert self.phone.get(path).content == self.has[path].content, f"{path} is not what it was"
        return {path for path, answer in answers.items() if answer.status_code != 304}


def test_whoever_has_all_is_told_so_by_one_statement(amal, django_assert_num_queries):
    kept = Kept(amal)
    for path in kept.paths:
        with django_assert_num_queries(1):
            answer = kept.ask(path)
        assert (answer.status_code, answer.content) == (304, b""), path
        assert answer.headers["ETag"] == kept.has[path].headers["ETag"]
        assert answer.headers["Cache-Control"] == "no-store"
    assert kept.changed() == set()


def test_the_long_way_says_the_same(amal):
    kept = Kept(amal)
    for path in kept.paths:
        address = f"{path}?no=parameter"
        kept.has[address] = kept.phone.get(address)
        assert kept.has[address].headers["ETag"] != kept.has[path].headers["ETag"], "another address, another list"
        assert kept.ask(address).status_code == 304
    PhoneSession.objects.update(last_used_at=clock.now() - dt.timedelta(days=3))
    assert kept.ask("/children/").status_code == 304
    assert PhoneSession.objects.get().last_used_at > clock.now() - dt.timedelta(hours=1), (
        "the day's first call is noted"
    )


@pytest.mark.parametrize("said", ['W/"{tag}"', '"x", "{tag}"', '"x-ffffffffffffffffffff", "{tag}"'])
def test_the_tag_is_found_among_others_and_where_a_proxy_weakened_it(amal, said):
    kept = Kept(amal)
    tag = kept.has["/children/"].headers["ETag"].strip('"')
    answer = kept.phone.get("/children/", headers={"if-none-match": said.replace("{tag}", tag)})
    assert answer.status_code == 304


@pytest.mark.parametrize(
    "said",
    [
        "", "*", '""', '"-"', "x", '"' + "f" * 32 + '-ffffffff"', '"a-zz"', "\x00", '"é-1"',
        '"a-ffffffffff"', '"a-fffffffffff"', '"a-3afff44180"', '"a--1"',
    ],
)  # fmt: skip
def test_what_is_no_tag_of_ours_gets_the_list(amal, said):
    answer = phone_of(amal).get("/children/", headers={"if-none-match": said})
    assert (answer.status_code, len(answer.json())) == (200, 1)


@pytest.mark.django_db
def test_every_table_that_a_list_reads_says_when_it_is_written_to():
    read = {
        table
        for listed in OWN_LISTS.values()
        for table in re.findall(r"(?:FROM|JOIN)\s+(\w+)", listed.statement)
        if table in connection.introspection.table_names()
    }
    told = {table for table, _trigger in versions.TRIGGERS}
    assert read - NOT_OF_LISTS == told


def at_children(amal):
    Child.objects.filter(user=amal).update(name="Lale")


WRITES = {
    "a name": (at_children, {"/children/", "/calendar_events/"}),
    "a child more": (lambda amal: make_child(amal, clock.now().date()), {"/children/", "/calendar_events/"}),
    "a child less": (lambda amal: Child.objects.get(user=amal).delete(), {"/children/", "/calendar_events/"}),
    "a tick": (lambda amal: tick(Child.objects.get(user=amal), 2), {"/children/"}),
    "a number": (lambda amal: User.objects.filter(pk=amal.pk).update(username="+905559998877"), {"/users/me/"}),
    "a read message": (
        lambda amal: NotificationEvent.objects.filter(user=amal).update(read_at=clock.now()),
        {"/notification_events/"},
    ),
    "a question gone": (lambda amal: Survey.objects.filter(user=amal).delete(), {"/surveys/", "/surveys/pending/"}),
    "a language": (lambda amal: amal.profile.__class__.objects.update(language_code="tr"), {"/notification_events/"}),
    "a vaccine": (lambda _amal: Vaccine.objects.update(is_active=False), {"/vaccines/", "/calendar_events/"}),
    "doses": (lambda _amal: VaccineDose.objects.update(week_age=9), {"/calendar_events/"}),
    "a text": (lambda _amal: NotificationTemplate.objects.update(push_title="x"), {"/notification_events/"}),
    "an option": (lambda _amal: SurveyTemplateOption.objects.update(option_ar="x"), {"/surveys/pending/"}),
}


@pytest.mark.parametrize("what", WRITES)
def test_what_was_written_is_read(amal, what):
    write, changed = WRITES[what]
    kept, other = Kept(amal), phone_of(make_user(number="+905321234500"))
    tag = other.get("/children/").headers["ETag"]
    write(amal)
    assert changed <= kept.changed()
    if what in {"a name", "a child more", "a child less", "a tick", "a read message"}:
        assert other.get("/children/", headers={"if-none-match": tag}).status_code == 304, "nothing of hers"


def test_what_she_tells_is_read(amal):
    """Of a pregnancy its end, and that back; of a child a pause, and that back; an answer; a message read."""
    child, pregnancy = Child.objects.get(user=amal).pk, Pregnancy.objects.get(user=amal).pk
    kept = Kept(amal)
    phone = kept.phone
    for method, path, body in (
        ("post", f"/pregnancies/{pregnancy}/outcome/", {"outcome": "loss", "date": None}),
        ("delete", f"/pregnancies/{pregnancy}/outcome/", None),
        ("post", f"/children/{child}/pause/", {"until": (clock.now().date() + dt.timedelta(days=9)).isoformat()}),
        ("delete", f"/children/{child}/pause/", None),
    ):
        answer = getattr(phone, method)(path, body, format="json")
        assert answer.status_code in {201, 204}, answer.content
        assert "/calendar_events/" in kept.changed(), path
        kept = Kept(amal)


def test_what_a_day_or_an_hour_changes_is_read_without_a_write(amal):
    kept = Kept(amal)
    with time_machine.travel(clock.now() + dt.timedelta(days=1), tick=False):
        PhoneSession.objects.update(last_used_at=clock.now())
        assert kept.changed() == set(kept.paths)
    soon = clock.now() + dt.timedelta(minutes=5)
    Survey.objects.filter(user=amal).update(expires_at=soon)
    with time_machine.travel(soon + dt.timedelta(seconds=-30), tick=False):
        kept = Kept(amal)
    with time_machine.travel(soon + dt.timedelta(seconds=1), tick=False):
        assert {"/surveys/", "/surveys/pending/"} <= kept.changed()


def test_a_tag_is_of_one_phone_and_one_way_of_asking(amal):
    kept, another = Kept(amal), phone_of(amal)
    assert kept.ask("/children/", another).status_code == 200
    assert another.get("/children/").headers["ETag"] != kept.has["/children/"].headers["ETag"]
    assert kept.ask("/children/", **{"accept-language": "tr"}).status_code == 200
    stranger = phone_of(make_user(number="+905321234501"))
    for path in kept.paths:
        assert kept.ask(path, stranger).status_code in {200, 404}


def test_whoever_may_not_read_learns_nothing_by_a_tag(amal):
    kept = Kept(amal)
    User.objects.update(is_active=False)
    ListChange.objects.all().delete()
    assert kept.ask("/children/").status_code == 401
    User.objects.update(is_active=True)
    sessions.end_all(amal)
    assert kept.ask("/children/").status_code == 401


def test_what_could_not_be_rendered_in_time_is_asked_for_again(amal, monkeypatch):
    no_time = rendering.NoTimeToRender("others took it")
    with monkeypatch.context() as patch:
        for module in ("hera.events.content", "hera.surveys.selectors"):
            patch.setattr(f"{module}.render_all", lambda wanted: [no_time for _ in wanted])
        phone = phone_of(amal)
        for path in ("/notification_events/", "/surveys/", "/surveys/pending/"):
            answer = phone.get(path)
            assert answer.status_code == 200
            assert "ETag" not in answer.headers, path
    assert phone.get("/notification_events/").headers["ETag"]


def test_a_message_that_staff_stop_is_gone_from_lists(amal):
    kept = Kept(amal)
    kind = NotificationEvent.objects.filter(user=amal).first().notification_type
    message = InstantNotification.objects.create(notification_type=kind, state="sending")
    assert kept.changed() == set(), "a draft is on nobody's list"
    InstantNotification.objects.filter(pk=message.pk).update(send_at=clock.now())
    assert kept.changed() == set(), "how far it has come neither"
    InstantNotification.objects.filter(pk=message.pk).update(state="stopped")
    assert kept.changed() == set(kept.paths)


def test_older_rows_become_one_and_old_tags_are_never_right_again(amal):
    with time_machine.travel(clock.now() - dt.timedelta(days=3)):
        ListChange.objects.update(made_at=clock.now())
    kept = Kept(amal)
    several = ListChange.objects.filter(user=amal).count()
    assert several > 1
    tags = {answer.headers["ETag"] for answer in kept.has.values()}
    assert retention.delete_old()["list_changes"] >= several - 1
    assert ListChange.objects.filter(user=amal).count() == 1
    assert kept.changed() == set(kept.paths)
    assert tags.isdisjoint(answer.headers["ETag"] for answer in Kept(amal).has.values())
    again = Kept(amal)
    assert retention.delete_old()["list_changes"] == 0
    assert again.changed() == set()


def test_an_account_that_goes_leaves_no_row(amal):
    pk = amal.pk
    amal.delete()
    assert not ListChange.objects.filter(user_id=pk).exists()
