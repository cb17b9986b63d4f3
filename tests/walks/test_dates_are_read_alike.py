"""A page has its dates in one form, that of its language, whatever the direction of the text around them."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User

from hera.child_health.packs import adopting, reading, selectors
from hera.child_health.plan import stored
from tests.staff import sign_in
from tests.walks.test_masked_means_masked import filled, person, routes  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db

# What is no page to be read: files, forms of sign-in, what a browser asks for.
LEFT_OUT = ("logout/", "login/", "jsi18n/", "second_factor/", "autocomplete/", "password_change/", "find_exports/")
# What is left to right by itself: what is isolated or marked so, and what is typed.
_APART = re.compile(
    r"<script.*?</script>|<style.*?</style>|<head>.*?</head>|<textarea.*?</textarea>|<bdi[^>]*>.*?</bdi>"
    r"|<(?P<tag>\w+)[^>]*\bdir=\"ltr\"[^>]*>.*?</(?P=tag)>",
    re.DOTALL,
)
_ISO = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d\b")
_ENGLISH = re.compile(
    r"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|January|February|March|April|June|July|August"
    r"|September|October|November|December)\b\.? \d|\d (?:a|p)\.m\."
)
_OTHERWISE = re.compile(r"\b\d\d?[./]\d\d?[./]\d{4}\b")


def read(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", _APART.sub(" ", page)))


@pytest.mark.parametrize("language", ["en", "tr", "ar", "ps", "prs"])
def test_dates_are_written_as_the_language_does(client, person, language):  # noqa: F811
    adopting.adopt(reading.read(selectors.path_of("TR-2025-04-14")))
    stored.catch_up()
    sign_in(client, User.objects.create_superuser("root@example.org"))
    wrong, looked_at = {}, 0
    for route, _name in routes():
        if route.startswith(LEFT_OUT):
            continue
        for address in filled(route)[:2]:
            answer = client.get(f"/admin/{address}", headers={"accept-language": language})
            if answer.status_code != 200 or answer.streaming or "text/html" not in answer.headers["content-type"]:
                continue
            looked_at += 1
            text = read(answer.content.decode()).replace("9.3.2026", "")  # how it may be typed
            found = _ISO.findall(text) + (_OTHERWISE.findall(text))
            found += _ENGLISH.findall(text) if language != "en" else re.findall(r"\d [ap]\.m\.", text)
            if found:
                wrong[address] = [text[max(0, text.find(one) - 40) :][:100] for one in found[:2]]
    assert looked_at > 50
    assert wrong == {}
