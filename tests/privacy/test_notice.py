"""`/privacy/`: what is kept of her, in plain words."""

from __future__ import annotations

import dataclasses
import re

import pytest
from django.utils.translation import get_language_bidi, override

from hera.config import LANGUAGES


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_it_is_in_her_language_and_asks_the_database_nothing(client, db, django_assert_num_queries, language):
    with django_assert_num_queries(0):
        answer = client.get("/privacy/", headers={"Accept-Language": language})
    with override(language):
        assert f'lang="{language}" dir="{"rtl" if get_language_bidi() else "ltr"}"' in answer.text
    assert not answer.cookies
    said = {text for text in re.findall(r">([^<>]+)<", answer.text) if len(text.split()) > 3}
    assert len(said) > 15
    if language != "en":
        english = set(re.findall(r">([^<>]+)<", client.get("/privacy/", headers={"Accept-Language": "en"}).text))
        assert said & english == set()


def test_it_says_how_long_as_it_is_set(client, settings):
    settings.HERA = dataclasses.replace(settings.HERA, inactive_days=365)
    assert "(days: 365)" in client.get("/privacy/").text
    settings.HERA = dataclasses.replace(settings.HERA, inactive_days=0)
    assert "(days:" not in client.get("/privacy/").text


@pytest.mark.parametrize("page", ["/", "/my_data/"])
def test_pages_of_mothers_lead_to_it(client, page):
    assert 'href="/privacy/"' in client.get(page, headers={"Accept": "text/html"}).text


def test_it_runs_and_loads_nothing_of_others(client):
    answer = client.get("/privacy/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "<script" not in answer.text
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", answer.text)
    assert client.post("/privacy/").status_code == 405
