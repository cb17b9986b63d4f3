"""Every page that people open in a browser, opened in one."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.management import call_command

from hera.campaigns import services as campaigns
from hera.child_health.models import Vaccine
from hera.core import clock
from hera.events.models import NotificationType
from hera.exports import services as export_services
from hera.health_center.models import HealthCenter
from hera.panel import roles
from tests.browser.looking import PASSWORD, picture, serious
from tests.families import make_child, make_pregnancy, make_type, make_user, of_an_earlier_month
from tests.phone import latest_code
from tests.staff import code_of_key, enrolled, fresh_code, shown_key

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("browser")]


def test_staff_sign_in_with_a_password_and_a_code(page, live_server):
    device = enrolled(User.objects.create_superuser("nurse@example.org", password=PASSWORD))
    page.goto(f"{live_server.url}/admin/")
    picture(page, "log-in")
    page.fill("[name=username]", "nurse@example.org")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_selector("[name=code]")
    picture(page, "second-factor")
    page.fill("[name=code]", fresh_code(device))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{live_server.url}/admin/")


def test_every_page_of_the_panel_opens(staff, live_server):
    picture(staff, "home")
    opened = 0
    for model in admin.site._registry:
        address = f"{live_server.url}/admin/{model._meta.app_label}/{model._meta.model_name}/"
        answer = staff.goto(address)
        assert answer.status == 200, address
        picture(staff, f"{model._meta.model_name}-list")
        assert serious(staff) == [], address
        first = staff.locator("#result_list tbody a").first
        if first.count():
            first.click()
            staff.wait_for_selector("form#" + model._meta.model_name + "_form")
            picture(staff, f"{model._meta.model_name}-change")
            assert serious(staff) == [], model
        opened += 1
    assert opened >= 9


def test_a_page_is_read_once_it_has_settled(page):
    page.set_content("""<!doctype html><html lang="en"><title>HERA</title><main><h1>Doses due</h1></main>
        <style>@keyframes come { from { color: #eee } } h1 { animation: come 1s forwards }</style>""")
    assert serious(page) == []


@pytest.mark.parametrize(("language", "direction"), [("tr", "ltr"), ("ar", "rtl"), ("ps", "rtl"), ("prs", "rtl")])
def test_the_panel_in_the_language_of_its_reader(staff, live_server, families, language, direction):
    staff.set_extra_http_headers({"Accept-Language": language})
    pages = {
        "home": "",
        "people": "custom_user/customuser/",
        "vaccine": f"child_health/vaccine/{Vaccine.objects.first().pk}/change/",
        "type": f"events/notificationtype/{NotificationType.objects.first().pk}/change/",
    }
    for name, address in pages.items():
        staff.goto(f"{live_server.url}/admin/{address}")
        assert staff.locator("html").get_attribute("dir") == direction
        picture(staff, f"{name}-{language}")
        assert serious(staff) == [], name


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_second_factor_is_set_up(browser, live_server, language):
    User.objects.create_superuser("nurse@example.org", password=PASSWORD)
    context = browser.new_context(locale=language, viewport={"width": 390, "height": 844})  # a telephone
    page = context.new_page()
    page.goto(f"{live_server.url}/admin/")
    page.fill("[name=username]", "nurse@example.org")
    page.fill("[name=password]", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_selector("svg")
    picture(page, f"enrol-{language}")
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    page.fill("[name=code]", "000000")
    page.click("form:has([name=code]) button")
    page.wait_for_selector("[role=alert]")
    page.fill("[name=code]", code_of_key(shown_key(page.content())))
    page.click("form:has([name=code]) button")
    page.wait_for_selector("li")
    picture(page, f"recovery-codes-{language}")
    page.locator("a[href='/admin/']").last.click()
    page.wait_for_selector("#content, main")
    picture(page, f"home-{language}")
    context.close()


def test_the_documentation_of_the_api_is_drawn(page, live_server):
    page.goto(f"{live_server.url}/api_docs/redoc/")
    page.wait_for_selector("text=calendar_events", timeout=20_000)
    picture(page, "redoc")


@pytest.fixture
def families(programme):
    mothers = [
        make_user(name=name, number=f"+9053212345{place}7") for place, name in enumerate(["Amal", "Zeynep", "Nur"])
    ]
    for mother in mothers:
        make_child(mother, clock.now().date() - dt.timedelta(weeks=10))
        make_pregnancy(mother, clock.now().date() - dt.timedelta(weeks=20), clock.now().date())
    call_command("generate_notifications", "--force-create-events")
    return mothers


def test_a_person_is_found_and_looked_at(staff, live_server, families):
    staff.goto(f"{live_server.url}/admin/custom_user/customuser/")
    picture(staff, "people")
    assert serious(staff) == []
    staff.click("summary")
    staff.fill("[name=name]", "zey")
    staff.locator("details").get_by_role("button", name="Find").click()
    staff.wait_for_selector("text=people found")
    assert "name=zey" in staff.url
    assert staff.locator("tbody tr").count() == 1
    picture(staff, "people-filtered")
    assert serious(staff) == []
    staff.get_by_label("Without Name, or beginnings of its words").click()
    staff.fill("#find", "٢١٢٣٤٥١٧")  # the end of Zeynep's number
    staff.press("#find", "Enter")
    staff.wait_for_url("**/?find=*")
    assert staff.locator("tbody tr").count() == 1
    staff.go_back()
    staff.go_back()
    found = staff.url
    staff.get_by_label("Zeynep").check()
    staff.get_by_role("button", name="Write to those chosen").click()
    assert staff.locator("[name=numbers]").input_value() == User.objects.get(profile__name="Zeynep").username
    staff.goto(found)
    staff.get_by_text("Write to everybody whom the filter finds").click()
    assert staff.get_by_label("everybody whom the filter finds").is_checked()
    assert staff.locator("[name=name]").input_value() == "zey"
    staff.goto(found)
    staff.click("text=Zeynep")
    staff.wait_for_selector("h2:has-text('Pregnancies')")
    picture(staff, "person")
    assert serious(staff) == []
    assert "overdue" in staff.content()


def test_a_researcher_s_export_is_masked(staff, live_server, families):
    user = User.objects.get(username="nurse@example.org")
    User.objects.filter(pk=user.pk).update(is_superuser=False)
    user.groups.add(Group.objects.get(name=roles.RESEARCHER))
    of_an_earlier_month()
    staff.goto(f"{live_server.url}/admin/custom_user/customuser/")
    picture(staff, "people-masked")
    for name in ("Elif", "Nur"):
        make_user(name=name)
    of_an_earlier_month()
    with staff.expect_download() as download:
        staff.locator("li", has_text="people-wide").get_by_text("CSV").click()
    text = download.value.path().read_text("utf-8-sig")
    assert text.count("+9053*****") == 5
    assert "Zeynep" not in text
    staff.goto(f"{live_server.url}/admin/custom_user/customuser/?has_children=yes")
    staff.get_by_text("Fewer than 5 people: nothing is shown").wait_for()
    assert staff.locator("tbody tr").count() == 0
    assert staff.locator("li", has_text="people-wide").count() == 0, "nor exported"


@pytest.mark.parametrize("width", [1280, 390])
def test_the_first_page_and_the_charts(staff, live_server, families, width):
    staff.set_viewport_size({"width": width, "height": 844})
    for name, address in (("home-with-figures", "/admin/"), ("figures", "/admin/figures/")):
        staff.goto(live_server.url + address)
        staff.wait_for_selector("meter")
        picture(staff, f"{name}-{width}")
        assert serious(staff) == []
        assert staff.evaluate("document.documentElement.scrollWidth") <= width, "nothing hangs over the edge"


def test_a_message_is_written_looked_at_sent_and_stopped(staff, live_server):
    kind = make_type(
        "news.clinic_moved",
        en=("News", "Open HERA", "Dear {{ person_name }}, the clinic has moved."),
        ar=("أخبار", "افتحي هيرا", "عزيزتي {{ person_name }}، انتقلت العيادة."),
    )
    amal = make_user(language="ar", number="+905321234567")
    staff.goto(f"{live_server.url}/admin/events/instantnotification/add/")
    staff.select_option("[name=notification_type]", label="pregnancy_checkup.on_the_day")
    staff.fill("[name=numbers]", "+90 532 123 45 67\n+905329999999")
    staff.click("[name=_save]")
    staff.wait_for_selector("text=only the calendar can fill in")
    picture(staff, "staff-message-refused")
    staff.select_option("[name=notification_type]", label=kind.code)
    staff.click("[name=_save]")
    staff.wait_for_selector(".phone [dir=rtl]")
    picture(staff, "staff-message-dry-run")
    assert "عزيزتي \u2068Amal\u2069، انتقلت العيادة." in staff.content()  # a name of the other direction
    assert "+905329999999" in staff.locator("p[role=alert]").inner_text()
    staff.get_by_role("button", name="Send", exact=True).click()
    staff.wait_for_selector("text=It goes out at its time.")
    assert sum(campaigns.send_due(clock.now())) == 1
    staff.reload()
    picture(staff, "staff-message-on-its-way")
    assert "queued" in staff.content()
    staff.get_by_role("button", name="Stop", exact=True).click()
    staff.wait_for_selector("text=Stopped.")
    picture(staff, "staff-message-stopped")
    assert not amal.notification_events.exists()


def test_vaccines_are_brought_and_switched_after_a_look(staff, live_server, tmp_path):
    table = tmp_path / "vaccines.csv"
    table.write_text("name,is_active,doses\nRotavirus (RVA),0,Dose 1 @ 8; Dose 2 @ 17\nHPV,0,Dose 1 @ 520\n")
    staff.goto(f"{live_server.url}/admin/child_health/vaccine/import/")
    staff.set_input_files("[name=import_file]", table)
    picture(staff, "import")
    assert serious(staff) == []
    staff.locator("form [type=submit]").last.click()
    staff.wait_for_selector("text=HPV")
    picture(staff, "import-preview")
    assert serious(staff) == []
    staff.get_by_role("button", name="Confirm import").click()
    staff.wait_for_url(f"{live_server.url}/admin/child_health/vaccine/")
    staff.get_by_text("HPV", exact=True).click()
    picture(staff, "vaccine")
    staff.get_by_text("Switch on or off").click()
    staff.wait_for_selector("text=Children whose calendars change")
    picture(staff, "switch-vaccine")
    assert serious(staff) == []
    staff.get_by_role("button", name="Switch on").click()
    staff.wait_for_selector("text=HPV is on the calendars now.")


def test_texts_are_previewed_in_arabic_as_they_are_typed(staff, live_server):
    kind = make_type(
        "test.reminder",
        en=("HERA", "Open HERA", "Dear {{ person_name }}, come on {{ date }}."),
        ar=("هيرا", "افتحي هيرا", "عزيزتي {{ person_name }}، تعالي في {{ date }}."),
    )
    for name, example in (("person_name", "أمل"), ("date", "2026-11-25")):
        kind.variables.create(name=name, example_values=[example], description="-")
    staff.goto(f"{live_server.url}/admin/events/notificationtype/{kind.pk}/change/")
    arabic = staff.get_by_role("region", name="Arabic")
    arabic.get_by_text("عزيزتي أمل، تعالي في 2026-11-25.", exact=True).wait_for()
    preview = arabic.locator("[data-preview]")
    assert preview.evaluate("box => getComputedStyle(box).direction") == "rtl"
    arabic.locator("[name$=in_app_content]").fill("عزيزتي {{ person_nam }}")
    preview.get_by_text("person_nam").wait_for()
    staff.locator("[name=fallback_channel]").select_option("sms")
    turkish = staff.get_by_role("region", name="Turkish")
    turkish.locator("[name$=push_title]").fill("HERA")
    turkish.locator("[name$=push_body]").fill(
        "Aşı günü yaklaşıyor: ayrıntılar için HERA uygulamasını açın. Teşekkürler."
    )
    turkish.get_by_text("As SMS: 2 segments, each paid for: 78 characters").wait_for()
    said = preview.get_by_text("As SMS: 1 segment")
    said.wait_for()
    assert said.evaluate("line => getComputedStyle(line).direction") == "ltr", "said to staff, who read English"
    picture(staff, "texts-previewed")
    assert serious(staff) == []
    staff.set_viewport_size({"width": 390, "height": 844})
    picture(staff, "texts-previewed-390")
    assert staff.evaluate("document.documentElement.scrollWidth") <= 390, "nothing hangs over the edge"


def test_a_survey_is_previewed_with_its_answers(staff, live_server):
    staff.goto(f"{live_server.url}/admin/surveys/surveytemplate/")
    staff.locator("#result_list tbody a").first.click()
    english = staff.get_by_role("region", name="English")
    english.locator(".preview .button").first.wait_for()
    picture(staff, "survey-previewed")
    assert serious(staff) == []


def test_health_centres_are_on_a_map_that_needs_no_tiles(staff, live_server):
    HealthCenter.objects.create(name="Besni", address="Adıyaman", geolocation="37.69,37.86")
    HealthCenter.objects.create(name="Gürün", address="Sivas", geolocation="38.72,37.27")
    HealthCenter.objects.create(name="Somewhere", address="-", geolocation="unknown")
    staff.goto(f"{live_server.url}/admin/health_center/healthcenter/")
    marks = staff.locator("#map path.leaflet-interactive")
    assert marks.count() == 2
    picture(staff, "centres")
    assert serious(staff) == []
    marks.first.click()
    staff.locator(".leaflet-popup").get_by_text("Besni").click()
    field = staff.locator("[name=geolocation]")
    assert field.input_value() == "37.69,37.86"
    staff.locator("#map path.leaflet-interactive").wait_for()
    staff.locator("#map").click(position={"x": 300, "y": 60})
    latitude, longitude = map(float, field.input_value().split(","))
    assert (latitude, longitude) != (37.69, 37.86)
    assert abs(latitude - 37.69) < 0.2
    assert abs(longitude - 37.86) < 0.2
    picture(staff, "centre")
    staff.get_by_role("button", name="Save", exact=True).click()
    staff.wait_for_url(f"{live_server.url}/admin/health_center/healthcenter/")
    assert HealthCenter.objects.get(name="Besni").place == (latitude, longitude)


def test_a_test_is_sent_to_one_s_own_phone(staff, live_server):
    kind = make_type("test.reminder", en=("HERA", "Open HERA", "Dear {{ person_name }}."))
    kind.variables.create(name="person_name", example_values=["Abdurrahman"], description="-")
    mine = make_user(number="+905321234567")
    staff.goto(f"{live_server.url}/admin/events/notificationtype/{kind.pk}/change/")
    staff.get_by_text("Send a test to my phone").click()
    staff.get_by_label("My own number").fill("+905321234567")
    staff.get_by_role("button", name="Send me a code").click()
    staff.get_by_label("The code that came to this phone").fill(latest_code())
    picture(staff, "send-test-code")
    assert serious(staff) == []
    staff.get_by_role("button", name="Go on").click()
    staff.get_by_role("button", name="Send", exact=True).click()
    staff.get_by_text("Sent to +905321234567.").wait_for()
    picture(staff, "send-test")
    assert serious(staff) == []
    assert mine.notification_events.get().context == {"person_name": "Abdurrahman"}


def test_a_large_export_is_made_in_the_background_and_downloaded(staff, live_server, families, monkeypatch):
    monkeypatch.setattr(export_services, "SMALL", 1)
    staff.goto(f"{live_server.url}/admin/custom_user/customuser/")
    staff.locator("li", has_text="people-wide").get_by_text("CSV").click()
    staff.wait_for_url("**/exports/")
    assert serious(staff) == []
    call_command("make_exports")
    staff.get_by_text("Download").wait_for()  # the page looks again by itself
    picture(staff, "exports")
    assert serious(staff) == []
    with staff.expect_download() as download:
        staff.get_by_text("Download").click()
    assert "Zeynep" in download.value.path().read_text("utf-8-sig")
