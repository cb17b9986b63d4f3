"""Reports of a month: made in the background, in any direction of writing, for who asked."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.contrib.auth.models import User

from hera.figures import counting, report, reports
from hera.figures.models import Report, Target
from hera.panel import roles
from hera.panel.models import AuditEntry
from tests.staff import make_staff

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)
MONTH = dt.date(2026, 10, 1)
PAGE, FILE = "/admin/figures/reports/", "/admin/figures/reports/file/"


@pytest.fixture(autouse=True)
def now(programme):
    with time_machine.travel(NOW, tick=False) as moment:
        yield moment


@pytest.fixture
def quick(monkeypatch):
    """A report whose making takes no second."""
    monkeypatch.setattr(report, "made", lambda *_args, reached, **_more: reached(50) or b"%PDF-")


def ask(client, **what):
    return client.post(PAGE, {"month": "2026-10-01", "language": "ar", **what}, follow=True)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_report_is_made_in_either_direction(amal, language):
    counting.count_all()
    Target.objects.create(measure="coverage", percent=80)
    done: list[int] = []
    made = report.made(dt.date(2026, 11, 1), language, masked=False, reached=done.append)
    assert made.startswith(b"%PDF-")
    assert done == sorted(done)
    assert done[-1] == 99


def test_it_is_asked_for_made_and_downloaded_by_who_asked(signed_in, quick):
    client = signed_in(roles.PROGRAMME_ADMIN)
    assert 'http-equiv="refresh"' in ask(client).text
    [asked] = Report.objects.all()
    assert (asked.month, asked.language_code, asked.is_masked) == (MONTH, "ar", False)
    assert client.get(FILE, {"report": asked.pk}).status_code == 404, "it is not ready"
    assert reports.make_all() == 1
    page = client.get(PAGE).text
    assert 'http-equiv="refresh"' not in page
    assert "<td>Arabic</td>" in page
    assert f"{FILE}?report={asked.pk}" in page
    answer = client.get(FILE, {"report": asked.pk})
    assert (answer.content, answer.headers["Content-Type"]) == (b"%PDF-", "application/pdf")
    assert AuditEntry.objects.filter(action="export", about__startswith="report of 2026-10").count() == 2
    Report.objects.update(asked_by=make_staff(roles.PROGRAMME_ADMIN, "other@example.org"))
    assert client.get(FILE, {"report": asked.pk}).status_code == 404, "it is somebody else's"


def test_a_researcher_s_has_no_numbers_of_few(signed_in, quick):
    client = signed_in(roles.RESEARCHER)
    ask(client)
    [asked] = Report.objects.all()
    assert asked.is_masked
    reports.make_all()
    assert client.get(FILE, {"report": asked.pk}).status_code == 200
    Report.objects.update(is_masked=False)
    assert client.get(FILE, {"report": asked.pk}).status_code == 403, "she was a manager when she asked"


@pytest.mark.parametrize(
    "wrong", [{"month": "2026-11-01"}, {"month": "x"}, {"month": "2026-13-01"}, {"language": "xx"}]
)
def test_what_is_not_on_the_lists_is_refused(signed_in, wrong):
    assert "Choose a month and a language" in ask(signed_in(roles.PROGRAMME_ADMIN), **wrong).text
    assert not Report.objects.exists()


def test_some_at_once_are_enough(signed_in):
    client = signed_in(roles.PROGRAMME_ADMIN)
    for _ in range(reports.AT_ONCE):
        ask(client)
    assert "still being made" in ask(client).text
    assert Report.objects.count() == reports.AT_ONCE


@pytest.mark.parametrize("named", ["", "x", "-1", "9" * 5000, "١"])
def test_a_report_that_is_none_is_not_found(signed_in, named):
    assert signed_in(roles.PROGRAMME_ADMIN).get(FILE, {"report": named}).status_code == 404


def test_what_fails_is_said_and_what_was_lost_is_begun_again_once(signed_in, now, monkeypatch, quick):
    ask(signed_in(roles.PROGRAMME_ADMIN))
    Report.objects.update(state="making", tries=1, begun_at=NOW)
    assert reports.make_all() == 0, "somebody makes it"
    now.shift(reports.LOST_AFTER + dt.timedelta(seconds=1))
    assert reports.make_all() == 1
    Report.objects.update(state="making", begun_at=NOW)
    assert reports.make_all() == 0
    assert Report.objects.get().state == "failed"
    monkeypatch.setattr(report, "made", lambda *_args, **_more: 1 / 0)
    Report.objects.update(state="waiting", tries=0)
    assert reports.make_all() == 0
    assert Report.objects.get().state == "failed"


def test_old_ones_are_deleted_and_all_go_with_their_owner(signed_in, now, quick):
    ask(signed_in(roles.PROGRAMME_ADMIN))
    reports.make_all()
    now.shift(reports.KEPT_FOR)
    reports.make_all()
    assert Report.objects.exists()
    now.shift(dt.timedelta(days=1))
    reports.make_all()
    assert not Report.objects.exists()


def test_the_page_is_for_who_sees_figures(signed_in):
    client = signed_in(roles.CASE_WORKER)
    assert client.get(PAGE).status_code == 403
    assert client.get(FILE).status_code == 403
    assert ask(client).status_code == 403
    assert User.objects.filter(is_staff=True).count() == 1
