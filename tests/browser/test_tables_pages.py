"""Tables in a browser: families are looked at, brought and taken back; a researcher reads a question's results."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import User

from hera.figures.asked import quarters
from hera.panel import roles
from hera.surveys.models import Survey, SurveyTemplate
from tests.brought import csv_of
from tests.browser.looking import PASSWORD, picture, serious
from tests.browser.staff_browser import sign_in
from tests.families import make_user
from tests.staff import make_staff

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]

HEAD = ["Numara", "Ad", "Doğum tarihi", "Dil", "child", "child_born", "gender", "agreed"]
CASES = pytest.mark.parametrize(("language", "width"), [("tr", 1280), ("ar", 390)])


def looked_at(page, name, width):
    picture(page, name)
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing hangs over the edge"


def choose(page, rows):
    content = csv_of([HEAD, *rows])
    page.set_input_files("[name=import_file]", {"name": "aileler.csv", "mimeType": "text/csv", "buffer": content})
    page.locator("form:has([name=import_file]) button[type=submit]").click()
    page.wait_for_load_state("load")


@CASES
def test_families_are_brought_and_taken_back(page, live_server, programme, language, width):
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, live_server, make_staff(roles.CASE_WORKER, "nurse@example.org", password=PASSWORD), language)
    page.goto(f"{live_server.url}/admin/user_profile/userprofile/import/")
    looked_at(page, f"bring-{language}", width)
    rows = [["", "Zehra", "1.1.2001", "tr", "Leyla", "31.02.2026", "FEMALE", "1"],
            ["", "Amal", "2.2.1999", "ar", "ليلى", "٠٥.٠١.٢٠٢٦", "FEMALE", "1"]]  # fmt: skip
    choose(page, rows)
    assert "31.02.2026" in page.locator("[role=alert]").first.inner_text()
    looked_at(page, f"refused-{language}", width)
    rows[0][5] = "28.02.2026"
    choose(page, rows)
    looked_at(page, f"preview-{language}", width)
    page.locator("form[action$='process_import/'] button[type=submit]").click()
    page.locator("a[href^='/admin/brought/']:not([href$='brought/'])").first.click()
    page.wait_for_url("**/admin/brought/*/")
    looked_at(page, f"brought-{language}", width)
    assert User.objects.filter(is_staff=False).count() == 2
    page.locator("#content form button.bg-primary-600").click()
    page.wait_for_selector("[role=status]")
    looked_at(page, f"taken-back-{language}", width)
    assert not User.objects.filter(is_staff=False).exists()
    page.goto(f"{live_server.url}/admin/brought/")
    looked_at(page, f"tables-{language}", width)


@CASES
def test_a_researcher_reads_the_results_of_a_survey(page, live_server, programme, language, width):
    template = SurveyTemplate.objects.filter(survey_type="MULTIPLE_CHOICE").first()
    options = [option.code for option in template.options.order_by("pk")]
    first, _last = quarters()[0]  # who sees people masked has quarters that are over
    now = dt.datetime.combine(first, dt.time(9), dt.UTC) + dt.timedelta(days=14)
    for number in range(40):
        user = make_user(language="tr" if number % 3 else "ar" if number > 9 else "ps")
        Survey.objects.create(
            user=user, survey_template=template, event_key=f"event/{number}", available_at=now,
            expires_at=now + dt.timedelta(days=1), response=options[number % 2] if number % 4 else None,
            responded_at=now if number % 4 else None,
        )  # fmt: skip
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, live_server, make_staff(roles.RESEARCHER, "research@example.org", password=PASSWORD), language)
    page.goto(f"{live_server.url}/admin/figures/surveys/?of={template.pk}")
    assert page.locator("figure svg[role=img]").count() >= 1
    looked_at(page, f"survey-results-{language}", width)
    page.locator("[name=by]").select_option("month")
    page.locator("form:has([name=by]) button.bg-primary-600").click()
    page.wait_for_url("**by=month**")
    with page.expect_download() as kept:
        page.locator("a[href*='/figures/surveys/file/']").click()
    assert kept.value.suggested_filename.endswith(".csv")


@CASES
def test_a_study_is_made_and_its_key_shown_once(page, live_server, programme, language, width):
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, live_server, make_staff(roles.PROGRAMME_ADMIN, "admin@example.org", password=PASSWORD), language)
    page.goto(f"{live_server.url}/admin/studies/")
    page.locator("[name=name]").fill("Zamanında aşı")
    page.locator("form:has([name=name]) button.bg-primary-600").click()
    page.wait_for_selector("#content code")
    looked_at(page, f"study-{language}", width)
    page.locator("a[href='/admin/studies/back/']").click()
    page.wait_for_selector("[name=pseudonym]")
    looked_at(page, f"study-back-{language}", width)
