"""S21: OPTIONS is answered at every address of the API, and a browser's question before a call too."""

from __future__ import annotations

import pytest
from drf_spectacular.generators import EndpointEnumerator

from hera.api import sessions
from tests.families import make_user

pytestmark = pytest.mark.django_db

PATHS = sorted({path for path, *_rest in EndpointEnumerator().get_api_endpoints()})


@pytest.mark.parametrize("path", PATHS)
def test_s21_options_breaks_nowhere(client, path):
    client.raise_request_exception = False
    token = sessions.begin(make_user())
    for key in ("1", "abc", "99999999999999999999"):
        address = path.replace("{id}", key).replace("{", "").replace("}", "")
        for headers in ({"Authorization": f"Token {token}"}, {}):
            assert client.options(address, headers=headers).status_code < 500


@pytest.mark.parametrize("path", ["/children/1/", "/pregnancies/", "/user_profiles/"])
def test_s21_browsers_may_still_ask_before_a_call(client, settings, path):
    settings.CORS_ALLOWED_ORIGINS = ["https://dashboard.example.org"]
    asked = {"Origin": "https://dashboard.example.org", "Access-Control-Request-Method": "GET"}
    answer = client.options(path, headers=asked)
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "https://dashboard.example.org"
