"""Studies: pseudonyms that stay within one and lead nowhere, but for who has its key and sees people."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from hera.exports import pseudonyms, services, studies, tables
from hera.exports.models import ExportFile, Study
from hera.panel import roles
from hera.panel.models import AuditEntry
from tests.families import make_child, make_user, of_an_earlier_month

pytestmark = pytest.mark.django_db

LIST, STUDIES, BACK = "/admin/custom_user/customuser/", "/admin/studies/", "/admin/studies/back/"


@pytest.fixture
def families():
    users = [make_user(name=f"Mother {number}") for number in range(12)]
    children = [make_child(user, dt.date(2026, 1, 5)) for user in users]
    of_an_earlier_month()
    return children


@pytest.fixture
def study(families):
    by = make_user(zone=None)
    return studies.make("Timeliness", by)


def exported(kind, key, **how):
    chosen = User.objects.filter(profile__isnull=False)
    text = b"".join(tables.as_file(kind, "csv", chosen, services.Mask(is_on=False), study_key=key, **how)).decode()
    head, *rows = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_ids_are_the_same_in_all_tables_of_a_study_and_others_in_another(study, families):
    _study, key = study
    people, children = exported("people", key), exported("children", key)
    assert {row["person_id"] for row in people} == {row["person_id"] for row in children}
    assert exported("people", key) == people, "next month as well"
    wide = exported("people-wide", key)
    assert {row["child_1_child_id"] for row in wide} == {row["child_id"] for row in children}
    other = exported("people", pseudonyms.new_key())
    assert not {row["person_id"] for row in people} & {row["person_id"] for row in other}
    assert all(row["name"] == "***" for row in people), "whoever asks"


def test_nor_does_the_order_of_rows_tell_who_is_who(study, families):
    _study, key = study
    found = [row["person_id"] for row in exported("children", key)]
    assert found == sorted(found)
    in_order = [pseudonyms.pseudonym(key, "p", child.user_id) for child in families]
    assert found != in_order
    assert sorted(in_order) == found


@pytest.mark.parametrize("kind", list(tables.KINDS))
def test_no_id_of_ours_is_in_any_table(amal, kind):
    key = pseudonyms.new_key()
    call_command("generate_notifications", "--force-create-events")
    for row in exported(kind, key):
        for name, cell in row.items():
            if name.endswith("_id") or name == "children":
                assert re.fullmatch(r"([pcgdsn][a-z2-7]{16}(, )?)*", cell), name


def test_a_key_is_shown_once_and_leads_back_for_who_sees_people(signed_in, families):
    client = signed_in(roles.PROGRAMME_ADMIN)
    shown = client.post(STUDIES, {"name": "Reach"}).text
    key = re.search(r'<code dir="ltr"[^>]*>([A-Z2-7-]+)</code>', shown)[1]
    assert key not in client.get(STUDIES).text
    study = Study.objects.get()
    assert pseudonyms.read(key) not in bytes(study.sealed_key)
    child = families[3]
    wanted = pseudonyms.pseudonym(pseudonyms.read(key), "c", child.pk)
    given = {"study": study.pk, "pseudonym": wanted, "key": key.lower().replace("-", " ")}
    answer = client.post(BACK, given)
    assert answer.url == f"{LIST}{child.user_id}/change/"
    entry = AuditEntry.objects.filter(about=f"study {study.pk}, pseudonym led back").latest("pk")
    assert (entry.person, entry.detail["found"]) == (child.user_id, True)
    wrong = pseudonyms.written(pseudonyms.new_key())
    assert "not the key of this study" in client.post(BACK, {**given, "key": wrong}).text
    assert "Nobody is behind" in client.post(BACK, {**given, "pseudonym": "p" + "a" * 16}).text
    assert "There is a study of this name already" in client.post(STUDIES, {"name": "Reach"}).text
    for _time in range(10):
        last = client.post(BACK, given)
    assert last.status_code == 400, "ten tries a minute"
    client = signed_in(roles.RESEARCHER)
    assert client.post(BACK, given).status_code == 403
    assert client.post(STUDIES, {"name": "Mine"}).status_code == 403


def test_a_researcher_chooses_a_study_for_a_small_file_and_for_a_large_one(signed_in, study, families, monkeypatch):
    made, key = study
    client = signed_in(roles.RESEARCHER)
    assert "Timeliness" in client.get(f"{LIST}?language=en").text
    answer = client.post(f"{LIST}export/people/?language=en", {"study": made.pk})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    first = min(pseudonyms.pseudonym(key, "p", child.user_id) for child in families)
    assert text.splitlines()[1].startswith(first)
    assert AuditEntry.objects.filter(action="export").latest("pk").detail["study"] == made.pk
    monkeypatch.setattr(services, "SMALL", 3)
    monkeypatch.setattr(tables, "CHUNK", 5)
    client.post(f"{LIST}export/people/?language=en", {"study": made.pk})
    call_command("make_exports")
    file = ExportFile.objects.get()
    assert (file.state, file.is_masked) == ("ready", True)
    assert b"".join(services.content(file)).decode("utf-8-sig") == text
    assert client.post(f"{LIST}export/people/?language=en", {"study": "999"}).status_code == 404


def test_keys_are_sealed_anew_when_the_secret_key_changes(study, settings):
    made, key = study
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another one, and long enough to be one"
    assert studies.reseal() == (1, 0)
    settings.SECRET_KEY_FALLBACKS = []
    made.refresh_from_db()
    assert studies.key_of(made) == key
    settings.SECRET_KEY = "a third"
    with pytest.raises(pseudonyms.WrongKey):
        studies.key_of(made)
    assert studies.reseal() == (0, 1)
