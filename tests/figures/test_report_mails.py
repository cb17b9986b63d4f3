"""Reports by e-mail: to staff who were chosen, with the PDF; what fails says why; nobody gets one twice."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import User

from hera.figures import mails, report, reports
from hera.figures.models import Report, ReportMail
from hera.mail_server import MailServer
from hera.panel import roles
from hera.panel.models import AuditEntry
from tests.mail_server import ListeningMailServer
from tests.staff import make_staff

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
PAGE = "/admin/figures/reports/"
State = ReportMail.State


@pytest.fixture(autouse=True)
def now(programme, monkeypatch):
    monkeypatch.setattr(report, "made", lambda *_args, reached, **_more: reached(50) or b"%PDF-")
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


@pytest.fixture
def served_by(settings):
    def at(port: int) -> None:
        server = MailServer("127.0.0.1", port)
        settings.HERA = dataclasses.replace(settings.HERA, mail_server=server, mail_from="hera@example.org")

    return at


@pytest.fixture
def colleague():
    return make_staff(roles.PROGRAMME_ADMIN, "colleague", email="colleague@example.org")


def ask(client, *to: User, language="tr"):
    return client.post(PAGE, {"month": "2026-10-01", "language": language, "to": [user.pk for user in to]}, follow=True)


def test_it_goes_to_who_was_chosen_with_the_pdf_and_no_name(signed_in, served_by, colleague):
    client = signed_in(roles.PROGRAMME_ADMIN)
    with ListeningMailServer() as server:
        served_by(server.port)
        assert "colleague@example.org" in client.get(PAGE).text
        assert "http-equiv" in ask(client, colleague).text
        assert mails.send_all() == 0, "it is not made yet"
        assert (reports.make_all(), mails.send_all(), mails.send_all()) == (1, 1, 0)
        [letter] = server.letters
    assert (letter["To"], letter["From"]) == ("colleague@example.org", "hera@example.org")
    assert letter["Subject"].endswith("Ekim 2026")
    [attached] = letter.iter_attachments()
    assert (attached.get_content_type(), attached.get_content()) == ("application/pdf", b"%PDF-")
    assert "colleague@example.org: sent" in client.get(PAGE).text.replace("<bdi>", "").replace("</bdi>", "")
    asked = AuditEntry.objects.get(about="report of 2026-10, asked for")
    assert asked.detail["by_mail_to"] == [colleague.pk]


@pytest.mark.parametrize(
    ("refuses", "cause", "is_tried_again"),
    [
        ({"RCPT": "550 nobody of this name"}, "does not take this address (550)", False),
        ({"RCPT": "450 come back"}, "does not take this address (450)", True),
        ({"DATA": "554 no"}, "does not take the report (554)", False),
        ({"MAIL": "451 later"}, "does not take the report (451)", True),
    ],
)
def test_what_the_server_refuses_is_said_with_its_code(signed_in, served_by, colleague, refuses, cause, is_tried_again):
    client = signed_in(roles.PROGRAMME_ADMIN)
    with ListeningMailServer(refuses) as server:
        served_by(server.port)
        ask(client, colleague)
        reports.make_all()
        assert mails.send_all() == 0
        assert ReportMail.objects.get().state == (State.WAITING if is_tried_again else State.FAILED)
        assert cause in client.get(PAGE).text
        for _minute in range(mails.TRIES):
            mails.send_all()
        assert ReportMail.objects.get().state == State.FAILED
        assert server.letters == []
        server.refuses.clear()
        assert mails.send_all() == 0, "what failed is over"


def test_a_server_that_is_away_is_asked_again(signed_in, served_by, colleague):
    client = signed_in(roles.PROGRAMME_ADMIN)
    with ListeningMailServer() as server:
        away = server.port
    served_by(away)
    ask(client, colleague)
    reports.make_all()
    mails.send_all()
    assert "the mail server does not answer" in client.get(PAGE).text
    with ListeningMailServer() as server:
        served_by(server.port)
        assert mails.send_all() == 1


def test_one_that_was_lost_with_its_worker_is_sent_again_under_the_same_id(signed_in, served_by, colleague, now):
    client = signed_in(roles.PROGRAMME_ADMIN)
    with ListeningMailServer() as server:
        served_by(server.port)
        ask(client, colleague)
        reports.make_all()
        mails.send_all()
        ReportMail.objects.update(state=State.SENDING, begun_at=NOW)
        assert mails.send_all() == 0, "its worker may still be at it"
        now.shift(mails.LOST_AFTER + dt.timedelta(seconds=1))
        assert mails.send_all() == 1
        assert len({letter["Message-ID"] for letter in server.letters}) == 1


def test_without_a_server_the_page_says_so_and_takes_nobody(signed_in, colleague):
    client = signed_in(roles.PROGRAMME_ADMIN)
    assert "HERA_MAIL_SERVER" in client.get(PAGE).text
    ask(client, colleague)
    assert not Report.objects.exists()


def test_only_accounts_with_an_address_are_offered_and_none_else_is_taken(signed_in, served_by, colleague):
    served_by(1)
    nameless = make_staff(roles.CASE_WORKER, "nurse")
    mother = User.objects.create_user("+905321234567", email="mother@example.org")
    client = signed_in(roles.PROGRAMME_ADMIN)
    page = client.get(PAGE).text
    assert "mother@example.org" not in page
    assert f'value="{nameless.pk}"' not in page
    for wrong in (nameless, mother):
        ask(client, colleague, wrong)
        assert not Report.objects.exists()


def test_who_sees_figures_alone_sends_none(signed_in, served_by, colleague):
    served_by(1)
    client = signed_in(roles.RESEARCHER)
    assert "colleague@example.org" not in client.get(PAGE).text
    ask(client, colleague)
    assert not Report.objects.exists()


def test_numbers_of_few_go_to_nobody_who_may_not_know_people(signed_in, served_by, colleague):
    served_by(1)
    researcher = make_staff(roles.RESEARCHER, "researcher", email="researcher@example.org")
    client = signed_in(roles.PROGRAMME_ADMIN)
    ask(client, colleague)
    ask(client, colleague, researcher)
    assert list(Report.objects.order_by("pk").values_list("is_masked", flat=True)) == [False, True]


def test_an_account_that_was_closed_meanwhile_gets_none(signed_in, served_by, colleague):
    client = signed_in(roles.PROGRAMME_ADMIN)
    served_by(1)
    ask(client, colleague)
    reports.make_all()
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    mails.send_all()
    assert ReportMail.objects.get().cause == "left"


def test_the_page_costs_the_same_however_many_there_are(signed_in, served_by, colleague, django_assert_max_num_queries):
    served_by(1)
    client = signed_in(roles.PROGRAMME_ADMIN)
    for _one in range(3):
        ask(client, colleague)
    with django_assert_max_num_queries(16):
        client.get(PAGE)
