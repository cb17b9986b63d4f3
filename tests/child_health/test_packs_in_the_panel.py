"""Packs in the panel: who sees them, what their pages tell, and what they differ from."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import re
import shutil

import pytest
import yaml
from django.conf import settings
from django.urls import reverse
from django.utils.html import escape

from hera.child_health.models import Vaccine, VaccineDose
from hera.child_health.packs import adopting, chart, reading, selectors
from hera.config import REPOSITORY
from hera.events.content import content_for
from hera.events.models import NotificationTemplate
from hera.immunization import pack, pack_file, pack_table
from hera.immunization.pack import LANGUAGES
from hera.panel import roles
from hera.panel.models import AuditEntry
from tests.families import make_child, make_user
from tests.immunization.small_pack import small_pack

pytestmark = pytest.mark.django_db

LIST, TR = "/admin/packs/", "/admin/packs/TR-2025-04-14/"
SEE = {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of packs of its own, with Türkiye's."""
    shutil.copy(REPOSITORY / "packs" / "TR-2025-04-14.yaml", tmp_path)
    monkeypatch.setattr(selectors, "FOLDER", tmp_path)
    return tmp_path


@pytest.fixture
def editor(signed_in):
    return signed_in(roles.CONTENT_EDITOR)


def text_of(answer) -> str:
    """What is read of a page, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.mark.parametrize("role", sorted(roles.PERMISSIONS))
def test_who_may_see_vaccines_sees_packs(signed_in, role):
    client = signed_in(role)
    wanted = 200 if role in SEE else 403
    assert [client.get(page).status_code for page in (LIST, TR, f"{TR}?against=tables")] == [wanted] * 3
    assert client.get("/admin/packs/nowhere/").status_code == (404 if role in SEE else 403)


def test_the_vaccines_lead_to_the_packs(editor):
    page = editor.get(reverse("admin:child_health_vaccine_changelist")).content.decode()
    assert reverse("admin:child_health_vaccine_packs") in page
    assert editor.get(reverse("admin:child_health_vaccine_packs")).url == LIST
    assert TR in editor.get(LIST).content.decode()


def test_the_list_tells_each_pack(editor):
    row = re.search(r"TR-2025-04-14.*?</tr>", editor.get(LIST).content.decode(), re.DOTALL)[0]
    for told in ("14 April 2025", "Ministry of Health of Türkiye", "Draft", ">23<", ">12<"):
        assert told in row


def test_a_page_tells_all_that_a_pack_says(editor):
    answer = editor.get(TR)
    page, text = answer.content.decode(), text_of(answer)
    found = pack_file.load(REPOSITORY / "packs" / "TR-2025-04-14.yaml")
    for _where, question in found.open_questions():
        assert re.sub(r"\s+", " ", escape(question)) in text, question
    assert all(f'id="source-{number}"' in page for number in range(1, len(found.sources) + 1))
    assert set(re.findall(r'href="#source-(\d+)"', page)) <= {str(one) for one in range(1, len(found.sources) + 1)}
    assert page.count('class="dose" y=') == len(pack_table.bars(found)) == 18
    for told in ("Draft: nobody has reviewed it", "59 months", "0–14, 18–24, 28–32, 36–38", "2 days to 3 days",
                 "4 weeks after the first, at least 2 weeks before birth", "W8: MMR and varicella 10 days apart",
                 "For who begins from the age of 12 months, before the age of 24 months."):  # fmt: skip
        assert told in text.replace("\u2066", "").replace("\u2069", ""), told


@pytest.mark.parametrize(("language", "name"), [("tr", "Kızamıkçık"), ("ar", "الحصبة الألمانية"), ("prs", "روبیلا")])
def test_names_are_in_the_reader_s_language(editor, language, name):
    page = editor.get(TR, headers={"accept-language": language}).content.decode()
    assert name in page
    assert "Rubella (" not in page


@pytest.mark.parametrize("address", ["nowhere/", "..%2FTR/", "TR-2025-04-14/?against=nowhere", "%F0%9F%92%89/"])
def test_an_unknown_pack_is_a_sentence(editor, address):
    answer = editor.get(LIST + address)
    assert answer.status_code == 404
    if "%2F" not in address:
        assert "There is no pack called" in answer.content.decode()


def test_a_file_that_is_no_pack_says_why(editor, folder):
    (folder / "XX-2025-01-01.yaml").write_text("pack: XX-2025-01-01\n")
    wrong = small_pack()
    wrong["series"]["DTP"][0]["doses"][0]["due"] = "1 week"
    wrong["pack"] = "XX-2026-01-01"
    wrong["valid_from"] = "2026-01-01"
    (folder / "XX-2026-01-01.yaml").write_text(yaml.safe_dump(wrong))
    assert text_of(editor.get(LIST)).count("This file is no pack") == 2
    assert "&#x27;country&#x27; is missing." in text_of(editor.get("/admin/packs/XX-2025-01-01/"))
    assert "before its minimum" in text_of(editor.get("/admin/packs/XX-2026-01-01/"))
    assert editor.get(f"{TR}?against=XX-2026-01-01").status_code == 404


def test_a_changed_file_is_read_again(editor, folder):
    path = folder / "TR-2025-04-14.yaml"
    assert "Made anew" not in text_of(editor.get(TR))
    path.write_text(path.read_text().replace("note: >-\n", "note: >-\n  Made anew.\n", 1))
    assert "Made anew" in text_of(editor.get(TR))


def test_it_differs_from_the_newest_earlier_one_of_the_country(editor, folder):
    text = (folder / "TR-2025-04-14.yaml").read_text()
    for day, due in (("2023-01-01", "13 years"), ("2024-01-01", "14 years"), ("2026-01-01", "13 years")):
        earlier = text.replace("pack: TR-2025-04-14", f"pack: TR-{day}").replace(
            "valid_from: 2025-04-14", f"valid_from: {day}"
        )
        earlier = earlier.replace("due: 13 years", f"due: {due}").replace("overdue: 14 years", "overdue: 15 years")
        (folder / f"TR-{day}.yaml").write_text(earlier)
    told = text_of(editor.get(TR))
    assert "From the pack TR-2024-01-01." in told
    assert "aBDT-IPA-Hib-HepB · dT (R) Diphtheria, tetanus, whooping cough changed Due 14 years 13 years" in told
    assert "Nothing differs." in text_of(editor.get(f"{TR}?against=TR-2025-04-14"))
    assert "14 years 13 years" not in text_of(editor.get(f"{TR}?against=TR-2023-01-01"))


def test_what_is_alike_of_several_antigens_is_one_line(editor, folder):
    text = (folder / "TR-2025-04-14.yaml").read_text()
    later = text.replace("pack: TR-2025-04-14", "pack: TR-2026-01-01").replace(
        "valid_from: 2025-04-14", "valid_from: 2026-01-01"
    )
    later = later.replace("overdue: 60 months", "overdue: 62 months")
    (folder / "TR-2026-01-01.yaml").write_text(later)
    told = text_of(editor.get("/admin/packs/TR-2026-01-01/"))
    assert "KKK · Dose 2 (R) Measles, Mumps, Rubella changed Overdue from 60 months 62 months" in told


def test_without_an_earlier_one_it_differs_from_the_tables(editor, programme):
    told = text_of(editor.get(TR))
    assert "From the vaccines and doses that are on calendars in this database now." in told
    dose = VaccineDose.objects.get(pk=7)
    assert f"changed Due {dose.week_age} weeks 2 months" in told
    Vaccine.objects.create(name="Smallpox", is_active=True).doses.create(name="Dose 1", week_age=4)
    told = text_of(editor.get(TR))
    assert "Smallpox removed" in told
    assert "Smallpox · Dose 1 removed" in told
    assert "Hepatitis B (BHA) · Dose 2 removed number: 4; vaccine: Hepatitis B (BHA); Due: 4 weeks" in told


def test_pages_read_no_table_but_for_the_difference(editor, programme, django_assert_max_num_queries):
    asked = []
    for page in (LIST, f"{TR}?against=DE-2026-01-22", TR):
        editor.get(page)
        with django_assert_max_num_queries(20) as queries:
            editor.get(page)
        asked.append([query["sql"] for query in queries if "child_health" in query["sql"].split("FROM")[-1][:40]])
    # Which pack is in use is asked by every page of the panel.
    assert [len(of_page) for of_page in asked] == [1, 1, 3]


@pytest.mark.parametrize("path", sorted((REPOSITORY / "packs").glob("*.yaml")), ids=lambda path: path.stem)
@pytest.mark.parametrize("from_right", [False, True])
def test_a_chart_keeps_inside_its_edges(path, from_right):
    drawn = chart.draw(pack_table.bars(pack_file.load(path)), from_right=from_right)
    percents = [float(x.rstrip("%")) for line in drawn.lines for span in (line.early, line.on_time, line.late) if span
                for x in (span.x, span.end)]  # fmt: skip
    assert all(0 <= percent <= 100 for percent in percents)
    xs = [float(tick.x.rstrip("%")) for tick in drawn.ticks]
    assert xs == sorted(xs, reverse=from_right)
    assert len(set(xs)) == len(xs)


def test_a_chart_from_the_right_is_the_mirror_of_one_from_the_left():
    bars = pack_table.bars(pack.of(small_pack()))
    left, right = (chart.draw(bars, from_right=side) for side in (False, True))
    assert (left.start, right.start) == ("0.00%", "100.00%")
    for one, other in zip(left.lines, right.lines, strict=True):
        assert float(one.due.rstrip("%")) + float(other.due.rstrip("%")) == pytest.approx(100)
        assert one.on_time.width == other.on_time.width


def test_every_pack_has_its_page_in_every_language(editor):
    names = sorted(path.stem for path in (REPOSITORY / "packs").glob("*.yaml"))
    for name, language in zip(names, itertools.cycle(LANGUAGES), strict=False):
        answer = editor.get(f"{LIST}{name}/?against=SY-2023-01-01", headers={"accept-language": language})
        assert answer.status_code == 200, name
        assert 'class="pack-chart"' in answer.content.decode()


def test_who_reviewed_a_pack_is_told(editor, folder):
    reviewed = small_pack()
    reviewed["draft"] = False
    reviewed["reviewed_by"] = [{"name": "Dr Nur", "role": "paediatrician", "date": "2025-02-01"}]
    (folder / "XX-2025-01-01.yaml").write_text(yaml.safe_dump(reviewed, sort_keys=False))
    for page in (LIST, "/admin/packs/XX-2025-01-01/"):
        assert "Reviewed by Dr Nur, paediatrician, 1 February 2025" in text_of(editor.get(page))


def test_what_adopting_changes_is_read_before_it_is_done(signed_in, programme):
    client = signed_in(roles.PROGRAMME_ADMIN)
    assert f"{TR}adopt/" in client.get(TR).content.decode()
    page = text_of(client.get(f"{TR}adopt/"))
    assert "aBDT-IPA-Hib: is called aBDT-IPA-Hib-HepB." in page
    assert "No pack is in use" in page
    assert adopting.in_use() is None
    changed = client.post(f"{TR}adopt/", {"digest": "of another file"})
    assert changed.status_code == 409
    assert "The file has changed since you looked." in text_of(changed)
    assert adopting.in_use() is None
    digest = reading.read(selectors.path_of("TR-2025-04-14")).digest
    assert client.post(f"{TR}adopt/", {"digest": digest}).url == TR
    found = adopting.in_use()
    assert (found.name, found.adopted_by.username) == (
        "TR-2025-04-14",
        client.get("/admin/").wsgi_request.user.username,
    )
    assert "In use since" in text_of(client.get(TR))
    assert "In use" in text_of(client.get(LIST))
    assert AuditEntry.objects.filter(about="pack TR-2025-04-14").count() == 1
    assert client.get(f"{TR}adopt/").url == TR, "nothing would change"


def test_a_name_is_a_text_and_nothing_else(signed_in, programme, folder):
    """Whoever writes a pack's file writes what stands on staff's pages and in mothers' messages: none of them obeys."""
    hostile = "<script>alert(1)</script>{{ person_name }}{% raise %}"
    path = folder / "TR-2025-04-14.yaml"
    text = path.read_text()
    for name in ("name: Varicella (SA)", "name: Dose 1", "en: Varicella"):
        assert name in text, name
        text = text.replace(name, f"{name.split(':')[0]}: '{hostile[:50]}'")
    path.write_text(text)
    client = signed_in(roles.PROGRAMME_ADMIN)
    child = make_child(make_user(), dt.date(2024, 1, 1), known_on=dt.date(2024, 1, 1))
    pages = [LIST, TR, f"{TR}adopt/", f"{TR}?against=tables"]
    before = [client.get(page).content.decode() for page in pages]
    assert any("&lt;script&gt;alert(1)" in page for page in before)
    adopting.adopt(reading.read(path))
    vaccine = Vaccine.objects.get(name__startswith="<script>")
    after = [reverse("admin:child_health_vaccine_changelist"), f"/admin/child_health/vaccine/{vaccine.pk}/change/", TR,
             f"/admin/child_health/child/{child.pk}/change/"]  # fmt: skip
    answers = [client.get(page) for page in after]
    assert {answer.status_code for answer in answers} == {200}
    for page in [*before, *(answer.content.decode() for answer in answers)]:
        assert "<script>alert(1)" not in page
    texts = NotificationTemplate(
        push_title="R", push_body="Open", in_app_content="{{ vaccine_names }}", language_code="en"
    )
    context = {"vaccine_names": vaccine.name, "person_name": "Zahra"}
    assert content_for("en", [texts], context).in_app_content == vaccine.name


def test_who_may_only_look_adopts_nothing(editor):
    assert f"{TR}adopt/" not in editor.get(TR).content.decode()
    assert editor.get(f"{TR}adopt/").status_code == 403
    assert editor.post(f"{TR}adopt/").status_code == 403
    assert adopting.in_use() is None


def test_a_draft_is_adopted_nowhere_but_on_a_developer_s_machine(signed_in, programme, monkeypatch):
    client = signed_in(roles.PROGRAMME_ADMIN)
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, environment="production-frankfurt"))
    looked_at = client.get(f"{TR}adopt/")
    assert looked_at.status_code == 200, "who reviews it sees what it changes"
    digest = reading.read(selectors.path_of("TR-2025-04-14")).digest
    tried = client.post(f"{TR}adopt/", {"digest": digest})
    assert tried.status_code == 409
    for answer in (looked_at, tried):
        assert "TR-2025-04-14 is a draft: nobody has reviewed it" in text_of(answer)
        assert "Adopt this pack" not in text_of(answer)
    assert adopting.in_use() is None
    assert client.get("/admin/packs/nowhere/adopt/").status_code == 404
