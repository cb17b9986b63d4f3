"""Messages and segments as staff write them in the panel."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from hera.campaigns import dry_run, results, segments, services
from hera.campaigns.models import Segment, SegmentSize
from hera.core import clock
from hera.delivery.models import Message
from hera.events.models import InstantNotification, NotificationEvent, NotificationTemplate, NotificationType
from hera.panel import roles
from hera.panel.models import AuditEntry
from hera.price_list import PriceList, Tariff
from hera.privacy.services import erase
from tests.families import make_type, make_user
from tests.own_lists import notifications_of
from tests.staff import make_staff, sign_in

State = InstantNotification.State
ADD, SEGMENT = "/admin/events/instantnotification/add/", "/admin/campaigns/segment/add/"
ENGLISH = {
    "push_title_en": "News",
    "push_body_en": "Open HERA",
    "in_app_content_en": "Dear {{ person_name }}, the clinic has moved.",
}
ARABIC = {"push_title_ar": "أخبار", "push_body_ar": "افتحي هيرا", "in_app_content_ar": "انتقلت العيادة."}

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(signed_in):
    return signed_in(roles.PROGRAMME_ADMIN)


def page_of(message):
    return f"/admin/events/instantnotification/{message.pk}/change/"


def shown_on(client, message):
    """What the page of a message says that it shows."""
    found = re.search(r'name="(shown_version)" value="(\w+)"', client.get(page_of(message)).text)
    return {found[1]: found[2]}


def write(client, **fields):
    answer = client.post(ADD, {"to": "filter", **fields}, follow=True)
    assert answer.redirect_chain, answer.context["adminform"].form.errors
    return InstantNotification.objects.latest("pk"), answer.text


def send(client, message, **fields):
    """Presses Send on the page as it is shown."""
    asked = {"to": "filter", **fields, "events_instantnotification_send": "1"}
    return client.post(page_of(message), {**asked, **shown_on(client, message)}, follow=True)


def test_what_was_changed_on_the_page_is_shown_before_it_is_sent(admin):
    make_user()
    message, _page = write(admin, **ENGLISH)
    other = {**ENGLISH, "in_app_content_en": "Another one."}
    assert set(other) == set(ENGLISH)
    page = send(admin, message, **other)
    assert "It is saved, and not sent yet: you changed it" in page.text
    assert "Another one." in page.text
    message.refresh_from_db()
    assert message.state == State.DRAFT
    send(admin, message, **other)
    message.refresh_from_db()
    assert message.state == State.SCHEDULED


class TestItsOwnTexts:
    def test_they_need_no_type_and_are_read_by_who_gets_them(self, admin):
        amal, zeynep = make_user(language="ar"), make_user(language="tr", name="Zeynep")
        message, page = write(admin, **ENGLISH, **ARABIC)
        assert "Turkish, Pashto, Dari" in page, "what is missing is said"
        assert page.count('class="phone-card"') == 4
        send(admin, message, **ENGLISH, **ARABIC)
        assert sum(services.send_due(clock.now())) == 2
        assert notifications_of(amal)[0]["in_app_content"] == "انتقلت العيادة."
        assert notifications_of(zeynep)[0]["in_app_content"] == "Dear Zeynep, the clinic has moved."

    def test_no_list_of_types_shows_them(self, admin):
        message, _page = write(admin, **ENGLISH)
        kind = message.notification_type
        assert kind.code not in admin.get("/admin/events/notificationtype/").text
        assert kind.code not in admin.get(ADD).text
        assert kind.code not in admin.get("/admin/events/notificationschedule/add/").text
        assert admin.get(f"/admin/events/notificationtype/{kind.pk}/change/").status_code == 302
        assert "News" in admin.get("/admin/events/instantnotification/").text

    def test_they_go_with_a_draft_that_is_thrown_away_or_takes_a_type(self, admin):
        kind = make_type("note.to_all", en=("Title", "Body", "Text"))
        thrown, _page = write(admin, **ENGLISH)
        admin.post(f"/admin/events/instantnotification/{thrown.pk}/delete/", {"post": "yes"})
        message, _page = write(admin, **ENGLISH)
        admin.post(page_of(message), {"to": "filter", "notification_type": kind.pk})
        message.refresh_from_db()
        assert message.notification_type == kind
        assert not NotificationType.objects.filter(is_of_message=True).exists()
        assert not NotificationTemplate.objects.filter(push_title="News").exists()

    @pytest.mark.parametrize(
        "wrong",
        [
            {},
            {**ENGLISH, "push_body_en": ""},
            {**ENGLISH, "push_title_en": "{{ person_name }}"},
            {**ENGLISH, "in_app_content_en": "Week {{ weeks_pregnant }}"},
            {**ENGLISH, "in_app_content_en": "{% if %}"},
            {**ENGLISH, "at_local_time": "on"},
            {**ENGLISH, "repeats": "week"},
            {**ENGLISH, "repeats": "week", "repeats_until": "2026-01-01"},
            {**ENGLISH, "to": "segment"},
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_kept(self, admin, wrong):
        answer = admin.post(ADD, {"to": "filter", **wrong})
        assert (answer.status_code, InstantNotification.objects.count()) == (200, 0)
        assert answer.context["adminform"].form.errors

    def test_erasing_somebody_whom_a_draft_names_leaves_no_texts(self, admin):
        amal = make_user(number="+905321234567", name="Amal Yilmaz")
        write(admin, **ENGLISH, number="+905321234567")
        erase(amal)
        assert not InstantNotification.objects.exists()
        assert not NotificationType.objects.filter(is_of_message=True).exists()


class TestWhatItCosts:
    def test_a_push_costs_nothing(self, admin):
        make_user()
        _message, page = write(admin, **ENGLISH)
        assert "costs nothing" in page

    def test_a_fallback_by_segments_and_the_price_of_each_country(self, settings):
        tariff = Tariff(Decimal("0.1"), {"90": Decimal("0.01")})
        settings.HERA = dataclasses.replace(settings.HERA, text_prices=PriceList("EUR", tariff, tariff))
        kind = make_type("news.clinic_moved", en=("News", "Open HERA", "Text"), ar=("أ" * 60, "ب" * 60, "ج"))
        kind.fallback_channel = "sms"
        kind.save()
        for language, number in (("en", "+905321234561"), ("ar", "+905321234562"), ("ar", "+4915123456789")):
            make_user(language=language, number=number)
        message = InstantNotification.objects.create(notification_type=kind, criteria={})
        cost = dry_run.dry_run(message).cost
        assert (cost.texts, cost.segments, cost.money, cost.currency) == (3, 5, Decimal("0.23"), "EUR")


class TestWhen:
    def test_its_time_is_by_the_clock_of_the_country(self, admin, settings):
        settings.HERA = dataclasses.replace(settings.HERA, default_timezone="Asia/Kabul")
        day = (clock.now() + dt.timedelta(days=3)).date()
        message, page = write(admin, **ENGLISH, send_at_0=str(day), send_at_1="09:00")
        assert message.send_at == dt.datetime.combine(day, dt.time(4, 30), dt.UTC)
        assert 'value="09:00' in page
        assert "Asia/Kabul" in page

    def test_it_is_repeated_where_each_mother_lives(self, admin):
        make_user()
        day = (clock.now() + dt.timedelta(days=3)).date()
        when = {"send_at_0": str(day), "send_at_1": "09:00", "at_local_time": "on", "repeats": "month"}
        when |= {"repeats_until": str(day + dt.timedelta(days=90))}
        message, _page = write(admin, **ENGLISH, **when)
        send(admin, message, **ENGLISH, **when)
        message.refresh_from_db()
        assert (message.state, message.at_local_time, message.repeats) == (State.SCHEDULED, True, "month")
        assert admin.get(page_of(message)).status_code == 200


class TestASecondPerson:
    def test_approves_it_and_it_is_in_the_trail(self, admin, client, settings):
        settings.HERA = dataclasses.replace(settings.HERA, message_approval_above=0)
        make_user()
        message, page = write(admin, **ENGLISH)
        assert "a colleague has to approve it" in page
        send(admin, message, **ENGLISH)
        message.refresh_from_db()
        assert message.state == State.APPROVAL
        assert 'name="events_instantnotification_approve"' not in admin.get(page_of(message)).text
        admin.post(page_of(message), {"events_instantnotification_approve": "1"})
        assert sum(services.send_due(clock.now())) == 0
        sign_in(client, make_staff(roles.PROGRAMME_ADMIN, "colleague@example.org"))
        assert 'name="events_instantnotification_approve"' in client.get(page_of(message)).text
        client.post(page_of(message), {"events_instantnotification_approve": "1"})
        assert sum(services.send_due(clock.now())) == 0, "nobody has read it"
        client.post(page_of(message), {"events_instantnotification_approve": "1", **shown_on(client, message)})
        assert sum(services.send_due(clock.now())) == 1
        said = [entry.detail for entry in AuditEntry.objects.filter(about=f"message {message.pk}").order_by("pk")]
        assert [detail.get("asks_for_approval") or detail.get("approved") for detail in said] == [True, True]
        assert "colleague@example.org" in client.get(page_of(message)).text

    def test_approves_what_she_was_shown_and_nothing_else(self, admin, settings):
        settings.HERA = dataclasses.replace(settings.HERA, message_approval_above=0)
        reader = make_user()
        kind = make_type("note.to_all", en=("News", "Open HERA", "The clinic has moved."))
        message, _page = write(admin, notification_type=kind.pk)
        send(admin, message, notification_type=kind.pk)
        client = Client()
        sign_in(client, make_staff(roles.PROGRAMME_ADMIN, "colleague@example.org"))
        shown = shown_on(client, message)
        assert "Messages of colleagues that wait" in client.get("/admin/").text
        admin.post(page_of(message), {"events_instantnotification_give_back": "1"})
        admin.post(page_of(message), {"to": "filter", **ENGLISH, "_save": "1"})
        send(admin, message, **ENGLISH)
        answer = client.post(page_of(message), {"events_instantnotification_approve": "1", **shown}, follow=True)
        assert "It was changed after you opened this page" in answer.text
        assert sum(services.send_due(clock.now())) == 0
        admin.post(page_of(message), {"events_instantnotification_give_back": "1"})
        admin.post(page_of(message), {"to": "filter", "notification_type": kind.pk, "_save": "1"})
        send(admin, message, notification_type=kind.pk)
        client.post(page_of(message), {"events_instantnotification_approve": "1", **shown_on(client, message)})
        kind.templates.update(in_app_content="Something else.")
        assert sum(services.send_due(clock.now())) == 1
        assert notifications_of(reader)[0]["in_app_content"] == "The clinic has moved."
        assert kind.code in client.get("/admin/events/instantnotification/").text, "the list says which type it was"


class TestSegments:
    def test_one_is_a_filter_with_a_title_that_a_message_is_written_to(self, admin):
        reader = make_user(language="ar")
        make_user(language="tr")
        answer = admin.post(SEGMENT, {"title": "Arabic readers", "language": "ar"})
        assert answer.status_code == 302
        segment = Segment.objects.get()
        assert (segment.criteria, segment.sizes.get().people) == ({"language": "ar"}, 1)
        page = admin.get(f"/admin/campaigns/segment/{segment.pk}/change/").text
        assert f"?to=segment&amp;segment={segment.pk}" in page
        assert "Language: Arabic" in admin.get("/admin/campaigns/segment/").text
        assert admin.get(f"{ADD}?to=segment&segment={segment.pk}").status_code == 200
        message, _page = write(admin, **ENGLISH, to="segment", segment=segment.pk)
        services.confirm(message)
        services.send_due(clock.now()).__next__()
        assert [event.user for event in NotificationEvent.objects.all()] == [reader]

    def test_it_names_nobody(self, admin):
        admin.post(SEGMENT, {"title": "Her", "name": "Amal", "number": "+905321234567"})
        assert Segment.objects.get().criteria == {}

    def test_it_is_counted_once_a_day_and_one_that_cannot_be_read_holds_up_no_other(self):
        make_user()
        Segment.objects.create(title="A", criteria={"of": "an older version"})
        Segment.objects.create(title="B", criteria={})
        segments.count_all()
        segments.count_all()
        assert [size.people for size in SegmentSize.objects.all()] == [1]


class TestResult:
    def test_whom_it_did_not_reach_and_why_with_a_way_to_each(self, admin, django_assert_max_num_queries):
        make_user(name="Reached"), make_user(name="Broken"), make_user(name="Waiting")
        message = InstantNotification.objects.create(
            notification_type=make_type("note.to_all", en=("Title", "Body", "Text")), criteria={}
        )
        services.confirm(message)
        services.send_due(clock.now()).__next__()
        of = {one.event.user.profile.name: one for one in Message.objects.select_related("event__user__profile")}
        Message.objects.filter(pk=of["Reached"].pk).update(state="delivered")
        Message.objects.filter(pk=of["Broken"].pk).update(state="failed", reason="no such phone")
        assert [(line.outcome, line.people) for line in results.lines(message)] == [
            ("arrived", 1), ("waiting", 1), ("failed", 1)
        ]  # fmt: skip
        address = f"/admin/message_result/{message.pk}/"
        assert address in admin.get(page_of(message)).text
        with django_assert_max_num_queries(16):
            page = admin.get(address).text
        broken = of["Broken"].event.user
        assert f"/admin/custom_user/customuser/{broken.pk}/change/" in page
        assert "no such phone" in page
        assert "Waiting" not in page
        assert AuditEntry.objects.filter(about=f"message {message.pk}, result").exists()

    @pytest.mark.parametrize("role", [roles.CASE_WORKER, roles.CONTENT_EDITOR, roles.RESEARCHER, roles.OPERATOR])
    def test_it_is_for_who_writes_messages(self, signed_in, role):
        message = InstantNotification.objects.create(notification_type=make_type(), criteria={})
        assert signed_in(role).get(f"/admin/message_result/{message.pk}/").status_code == 403


class TestWhoSeesPeopleMasked:
    """A role of one's own may have the rights of messages and not that of people."""

    @pytest.fixture
    def writer(self, client):
        staff = make_staff(roles.RESEARCHER, "writer@example.org")
        verbs = ("view", "add", "change", "delete")
        staff.user_permissions.set(Permission.objects.filter(codename__in=[f"{v}_instantnotification" for v in verbs]))
        sign_in(client, staff)
        return client

    def test_a_new_message_tells_her_no_numbers(self, writer):
        amal = make_user(number="+905321234567")
        page = writer.get(f"{ADD}?ids={amal.pk}")
        assert page.status_code == 403
        assert amal.username not in page.text

    def test_neither_messages_nor_segments_open_and_nothing_is_in_her_menu(self, writer):
        message = InstantNotification.objects.create(notification_type=make_type(), phone_numbers=["+905321234567"])
        segment = Segment.objects.create(title="One", criteria={})
        pages = [
            page_of(message), "/admin/events/instantnotification/", f"/admin/message_result/{message.pk}/", SEGMENT,
            "/admin/campaigns/segment/", f"/admin/campaigns/segment/{segment.pk}/change/",
        ]  # fmt: skip
        assert [writer.get(page).status_code for page in pages] == [403] * len(pages)
        assert writer.post("/admin/events/instantnotification/preview/", {}).status_code == 403
        menu = writer.get("/admin/").text
        assert "/admin/events/instantnotification/" not in menu
        assert "/admin/campaigns/segment/" not in menu
