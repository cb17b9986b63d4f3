"""Vaccines of the programme, as staff bring and switch them."""

from __future__ import annotations

import datetime as dt
from unittest.mock import ANY

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from hera.child_health import doses, programme
from hera.child_health.imports import doses_as_text, doses_from, doses_of, replace_doses
from hera.child_health.models import Vaccine, VaccineDose
from hera.core import clock
from hera.health_center.models import HealthCenter
from hera.panel import imports, roles, tables, uploads
from hera.panel.models import AuditEntry, BroughtTable, ImportUpload
from tests.families import make_child, make_user, tick
from tests.staff import make_staff, sign_in
from tests.workbooks import workbook

pytestmark = pytest.mark.django_db

VACCINES = reverse("admin:child_health_vaccine_import")
CENTRES = reverse("admin:health_center_healthcenter_import")


@pytest.fixture
def editor(client):
    user = make_staff(roles.CONTENT_EDITOR, "editor@example.org")
    sign_in(client, user)
    return client


def _weeks_ago(weeks):
    return clock.now().date() - dt.timedelta(weeks=weeks)


@pytest.fixture
def hpv():
    """For girls, at 400 and 410 weeks; not on calendars yet."""
    vaccine = Vaccine.objects.create(name="HPV", applicable_for_male=False)
    for number, week in ((1, 400), (2, 410)):
        VaccineDose.objects.create(vaccine=vaccine, name=f"Dose {number}", week_age=week)
    return vaccine


def test_the_effect_counts_calendars_and_who_has_a_dose_ahead(hpv):
    mother = make_user()
    for gender, weeks in (("FEMALE", 10), ("FEMALE", 409), ("FEMALE", 411), ("MALE", 10)):
        make_child(mother, _weeks_ago(weeks), gender=gender)
    assert programme.effect_of(hpv) == programme.Effect(children=3, ahead=2)


def test_who_had_it_has_nothing_ahead_and_who_ticked_it_early_has(hpv):
    programme.set_active(hpv, is_active=True)
    mother = make_user()
    tick(make_child(mother, _weeks_ago(10)), hpv.pk)
    assert programme.effect_of(hpv).ahead == 1, "a tick is one of what was due by then"
    first, last = hpv.doses.order_by("week_age")
    child = make_child(mother, _weeks_ago(409), name="Nur")
    for dose, ahead in ((first, 2), (last, 1)):
        doses.record(child, [doses.Entry(vaccine_dose_id=dose.pk)], doses.Source.CARD, today=clock.now().date())
        assert programme.effect_of(hpv).ahead == ahead


def test_a_vaccine_without_doses_changes_nothing():
    make_child(make_user(), _weeks_ago(1))
    assert programme.effect_of(Vaccine.objects.create(name="Plan")) == programme.Effect(0, 0)


def test_switching_shows_the_effect_first_and_is_written_down(editor, hpv):
    make_child(make_user(), _weeks_ago(10), gender="FEMALE")
    address = f"/admin/child_health/vaccine/{hpv.pk}/switch/"
    page = editor.get(address).content.decode()
    assert "Children whose calendars change" in page
    hpv.refresh_from_db()
    assert not hpv.is_active
    for _press in range(2):  # twice is once
        editor.post(address, {"wanted": "on"})
        hpv.refresh_from_db()
        assert hpv.is_active
    [entry] = AuditEntry.objects.filter(action="change")
    assert (entry.about, entry.detail) == (
        f"child_health.vaccine {hpv.pk}",
        {"fields": ["is_active"], "values": ANY},
    )


def test_who_may_not_change_vaccines_switches_none(client, hpv):
    user = make_staff(roles.CASE_WORKER, "worker@example.org")
    sign_in(client, user)
    assert client.post(f"/admin/child_health/vaccine/{hpv.pk}/switch/", {"wanted": "on"}).status_code == 403
    assert client.get(VACCINES).status_code == 403


@pytest.mark.parametrize(
    ("text", "doses"),
    [
        ("", {}),
        ("Dose 1 @ 8", {"Dose 1": 8}),
        (" Dose 1@8 ;Dose 2 (R) @ 104;", {"Dose 1": 8, "Dose 2 (R)": 104}),
        ("جرعة @ 0", {"جرعة": 0}),
    ],
)
def test_doses_are_read(text, doses):
    assert doses_from(text) == doses
    assert doses_from(doses_as_text(doses)) == doses


@pytest.mark.parametrize(
    "text", ["Dose 1", "@ 8", "Dose 1 @ soon", "Dose 1 @ 99999", "a @ 1; a @ 2", "x" * 51 + " @ 1"]
)
def test_what_is_no_dose_is_refused(text):
    with pytest.raises(ValueError, match=r"doses|dose"):
        doses_from(text)


def _preview(client, address, text):
    file = SimpleUploadedFile("table.csv", text if isinstance(text, bytes) else text.encode())
    return client.post(address, {"import_file": file, "format": "0", "resource": ""})


def _confirm(client, address, preview):
    form = preview.context["confirm_form"]
    fields = {name: form.initial.get(name, "") for name in form.fields}
    return client.post(address.replace("import/", "process_import/"), fields)


def test_vaccines_are_looked_at_then_brought(editor, hpv):
    old = list(hpv.doses.values_list("pk", flat=True))
    other = Vaccine.objects.create(name="Other", is_active=True)
    table = (
        "name,applicable_for_female,applicable_for_male,is_active,doses\n"
        "HPV,1,0,1,Dose 1 @ 400; Dose 2 @ 420; Dose 3 @ 440\n"
        "MMR,1,1,0,Dose 1 @ 52\n"
    )
    preview = _preview(editor, VACCINES, table)
    assert [row.import_type for row in preview.context["result"].rows] == ["update", "new"]
    page = preview.content.decode()
    for shown in ("Dose 1 @ 400; Dose 2 @ 4", "<del", "<ins", "Dose 3"):
        assert shown in page
    assert not Vaccine.objects.filter(name="MMR").exists(), "a look changes nothing"
    hpv.refresh_from_db()
    assert not hpv.is_active

    _confirm(editor, VACCINES, preview)
    hpv.refresh_from_db()
    assert hpv.is_active
    assert dict(hpv.doses.values_list("name", "week_age")) == {"Dose 1": 400, "Dose 2": 420, "Dose 3": 440}
    assert list(hpv.doses.values_list("pk", flat=True))[:2] == old, "announced events are known by these ids"
    assert Vaccine.objects.get(name="MMR").doses.get().week_age == 52
    other.refresh_from_db()
    assert other.is_active, "what the table lacks stays"
    assert {entry.about for entry in AuditEntry.objects.filter(action__in=["add", "change"])} == {
        f"child_health.vaccine {hpv.pk}",
        f"child_health.vaccine {Vaccine.objects.get(name='MMR').pk}",
        f"custom_user.broughttable {BroughtTable.objects.get().pk}",
    }
    assert not ImportUpload.objects.exists()


@pytest.mark.parametrize("written", ["hpv", " HPV ", "Hpv"])
def test_a_vaccine_is_known_however_its_name_is_written(editor, hpv, written):
    _confirm(editor, VACCINES, _preview(editor, VACCINES, f"name,nickname\n{written},For girls\n"))
    assert list(Vaccine.objects.filter(name__iexact="hpv").values_list("name", "nickname")) == [("HPV", "For girls")]


def test_the_same_table_again_changes_nothing(editor, hpv):
    table = "name,doses\nHPV,Dose 1 @ 400; Dose 2 @ 410\n"
    preview = _preview(editor, VACCINES, table)
    assert [row.import_type for row in preview.context["result"].rows] == ["skip"]


def test_without_the_column_doses_stay(editor, hpv):
    preview = _preview(editor, VACCINES, "name,nickname\nHPV,For girls\n")
    _confirm(editor, VACCINES, preview)
    hpv.refresh_from_db()
    assert (hpv.nickname, hpv.doses.count()) == ("For girls", 2)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("name,doses\nHPV,soon\n", "Write doses as"),
        ("name,is_active\nHPV,perhaps\n", "Write 1 for yes"),
        (b"PK\x03\x04\x00\x00\x08", "XLSX, or as CSV in UTF-8"),
        (workbook([["name"], *[["x"]] * (tables.MOST_ROWS + 1)]), "2000 rows"),
        ("nickname\nx\n", "The first row has no column name. Known are: name, nickname,"),
        ("name,dose,Ülke\nHPV,x,y\n", "These columns are not known: dose, Ülke. Known are: name, nickname,"),
        ("name,nickname\nHPV,For girls,12\n", "Line 2 has more cells than the first one has names."),
        ("name,doses\nHPV,Dose 1 @ 5\n hpv,Dose 1 @ 9\n", "The name hpv stands in two rows."),
        (b"x" * (imports.LARGEST + 1), "too large"),
        ("", ""),
    ],
)
def test_a_wrong_table_is_said_and_nothing_can_be_confirmed(editor, hpv, table, said):
    preview = _preview(editor, VACCINES, table)
    assert preview.status_code == 200
    assert "confirm_form" not in preview.context
    assert said in preview.content.decode()
    assert Vaccine.objects.get(pk=hpv.pk).doses.count() == 2


@pytest.mark.parametrize(
    "content",
    [
        "name;nickname\nKızamık;Çocuk ağrısı\n".encode("cp1254"),
        b"\xef\xbb\xbf" + "name;nickname\r\nKızamık;Çocuk ağrısı\r\n".encode(),
        "name\tnickname\nKızamık\tÇocuk ağrısı\n".encode("utf-16"),
        "sep=;\r\nname;nickname\r\nKızamık;Çocuk ağrısı\r\n".encode("cp1254"),
        'NAME,"nickname"\nKızamık,Çocuk ağrısı\n'.encode(),
        workbook([["Name", "nickname"], ["Kızamık", "Çocuk ağrısı"]]),
    ],
)
def test_n8_a_table_is_taken_as_excel_saves_it(editor, content):
    preview = _preview(editor, VACCINES, content)
    _confirm(editor, VACCINES, preview)
    assert Vaccine.objects.get(name="Kızamık").nickname == "Çocuk ağrısı"


@pytest.mark.parametrize("language", ["en", "tr", "ar", "ps", "prs"])
def test_n8_columns_are_called_as_in_any_of_the_languages(editor, language):
    with translation.override(language):
        head = f"{gettext('name').capitalize()};{gettext('Doses')};{gettext('is active')}"
    _confirm(editor, VACCINES, _preview(editor, VACCINES, f'{head}\nMMR;"Dose 1 @ 52; Dose 2 @ 60";0\n'))
    assert dict(Vaccine.objects.get(name="MMR").doses.values_list("name", "week_age")) == {"Dose 1": 52, "Dose 2": 60}


def test_n8_a_column_that_is_missing_is_said_without_our_paths(editor):
    page = _preview(editor, VACCINES, "something\nelse\n").content.decode()
    for ours in ("Traceback", "site-packages", ".py"):
        assert ours not in page


def test_n8_a_sample_can_be_brought_back(editor, hpv):
    page = editor.get(VACCINES).content.decode()
    address = "/admin/child_health/vaccine/sample.csv"
    assert address in page
    sample = editor.get(address)
    assert sample["Content-Type"].startswith("text/csv")
    preview = _preview(editor, VACCINES, sample.content)
    assert "confirm_form" in preview.context
    _confirm(editor, VACCINES, preview)
    assert doses_of(hpv) == {"Dose 1": 400, "Dose 2": 410}


def test_n6_doses_of_an_active_vaccine_are_changed_after_a_look(editor, hpv):
    programme.set_active(hpv, is_active=True)
    make_child(make_user(), _weeks_ago(10), gender="FEMALE")
    page = f"/admin/child_health/vaccine/{hpv.pk}/change/"
    first, second = hpv.doses.all()
    fields = {
        "name": "HPV", "applicable_for_female": "on", "nickname": "",
        "doses-TOTAL_FORMS": "2", "doses-INITIAL_FORMS": "2",
        "doses-0-id": first.pk, "doses-0-vaccine": hpv.pk, "doses-0-name": first.name, "doses-0-week_age": "401",
        "doses-0-is_active": "on",
        "doses-1-id": second.pk, "doses-1-vaccine": hpv.pk, "doses-1-name": second.name, "doses-1-week_age": "410",
    }  # fmt: skip
    asked = editor.post(page, fields)
    assert "The calendars of 1 children change; 1 of them" in asked.content.decode()
    first.refresh_from_db()
    assert first.week_age == 400
    confirmed = asked.context["adminform"].form["confirmed"].value()
    assert editor.post(page, fields | {"confirmed": confirmed}).status_code == 302
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.week_age, second.is_active) == (401, False)


@pytest.mark.parametrize(
    ("table", "count"),
    [
        ("name,doses\nHPV,Dose 1 @ 401\n", 1),
        ("name,is_active\nHPV,0\n", 1),
        ("name,applicable_for_male\nHPV,1\n", 1),
        ("name,applicable_for_female,applicable_for_male,is_active,doses\nNew,1,1,1,Dose 1 @ 5\n", 1),
        ("name,nickname\nHPV,For girls\n", 0),
        ("name,doses\nHPV,Dose 1 @ 400; Dose 2 @ 410\n", 0),
        ("name,is_active,doses\nNew,0,Dose 1 @ 5\n", 0),
    ],
)
def test_n6_what_a_table_does_to_calendars_is_read_with_its_preview(editor, hpv, table, count):
    programme.set_active(hpv, is_active=True)
    make_child(make_user(), _weeks_ago(10), gender="FEMALE")
    page = _preview(editor, VACCINES, table).content.decode()
    assert page.count("The calendars of 1 children change") == count


def test_n6_what_changes_no_calendar_is_not_asked_about(editor, hpv):
    programme.set_active(hpv, is_active=True)
    page = f"/admin/child_health/vaccine/{hpv.pk}/change/"
    fields = {"name": "HPV", "nickname": "For girls", "applicable_for_female": "on", "doses-TOTAL_FORMS": "2",
              "doses-INITIAL_FORMS": "2"}  # fmt: skip
    for place, dose in enumerate(hpv.doses.all()):
        row = {"id": dose.pk, "vaccine": hpv.pk, "name": dose.name, "week_age": dose.week_age, "is_active": "on"}
        fields |= {f"doses-{place}-{name}": value for name, value in row.items()}
    assert editor.post(page, fields).status_code == 302


def test_n6_a_dose_that_a_table_lacks_is_switched_off_and_comes_back_with_its_id(hpv):
    ids = list(hpv.doses.order_by("id").values_list("pk", flat=True))
    replace_doses(hpv, {"Dose 1": 400})
    assert list(hpv.doses.filter(is_active=True).values_list("pk", flat=True)) == ids[:1]
    replace_doses(hpv, {"Dose 1": 400, "Dose 2": 500})
    assert list(hpv.doses.filter(is_active=True).order_by("id").values_list("pk", flat=True)) == ids


def test_p12_several_are_switched_at_once_after_a_look(editor, hpv):
    other = Vaccine.objects.create(name="Other")
    deed = {"action": "switch_on", "_selected_action": [hpv.pk, other.pk]}
    page = editor.post("/admin/child_health/vaccine/", deed)
    assert "Children whose calendars change" in page.content.decode()
    assert not Vaccine.objects.filter(is_active=True).exists()
    editor.post("/admin/child_health/vaccine/", deed | {"confirmed": "1"})
    assert Vaccine.objects.filter(is_active=True).count() == 2


def test_health_centres_are_brought(editor):
    HealthCenter.objects.create(name="Old", address="There", geolocation="36.2,36.1")
    table = 'name,address,geolocation\nOld,Here,"36.2,36.1"\nNew,There,"41.0,29.0"\n'
    preview = _preview(editor, CENTRES, table)
    _confirm(editor, CENTRES, preview)
    assert dict(HealthCenter.objects.values_list("name", "address")) == {"Old": "Here", "New": "There"}
    again = _preview(editor, CENTRES, "name,address,geolocation\nBad,There,nowhere\n")
    assert "latitude and longitude" in again.content.decode().lower()


def test_a_preview_that_is_a_day_old_is_forgotten(editor, hpv):
    _preview(editor, VACCINES, "name\nHPV\n")
    ImportUpload.objects.update(uploaded_at=clock.now() - dt.timedelta(days=1, minutes=1))
    assert uploads.delete_old() == 1


@pytest.mark.parametrize("typed", ["²", "99999999", "9" * 5000, "-1", "x", "1.5"])
def test_s21_what_is_no_week_is_refused_by_its_field(editor, hpv, typed):
    programme.set_active(hpv, is_active=True)
    page = f"/admin/child_health/vaccine/{hpv.pk}/change/"
    fields = {"name": "HPV", "nickname": "", "applicable_for_female": "on", "doses-TOTAL_FORMS": "2",
              "doses-INITIAL_FORMS": "2"}  # fmt: skip
    for place, dose in enumerate(hpv.doses.all()):
        row = {"id": dose.pk, "vaccine": hpv.pk, "name": dose.name, "week_age": typed, "is_active": "on"}
        fields |= {f"doses-{place}-{name}": value for name, value in row.items()}
    asked = editor.post(page, fields)
    assert asked.status_code == 200
    confirmed = asked.context["adminform"].form["confirmed"].value() or ""
    assert editor.post(page, fields | {"confirmed": confirmed}).status_code == 200
