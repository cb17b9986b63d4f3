"""S23: the schema is made once; whoever has it is told so."""

from __future__ import annotations

import time

import pytest


@pytest.mark.parametrize("query", ["", "?format=json"])
def test_s23_the_schema_is_made_once_and_kept_by_browsers(client, query):
    first = client.get(f"/api_docs/schema/{query}")
    assert first.status_code == 200
    assert b"/otp_auth/attempt_challenge/" in first.content
    assert "max-age=3600" in first.headers["Cache-Control"]
    began = time.perf_counter()
    for _ in range(20):
        again = client.get(f"/api_docs/schema/{query}")
    assert time.perf_counter() - began < 2
    assert again.content == first.content
    known = client.get(f"/api_docs/schema/{query}", headers={"If-None-Match": first.headers["ETag"]})
    assert (known.status_code, known.content) == (304, b"")


def test_s23_what_is_too_large_is_refused_by_what_it_says_of_its_length(client):
    answer = client.generic("POST", "/otp_auth/request_challenge/", b"", CONTENT_LENGTH="300000000")
    assert answer.status_code == 413
    assert answer.json()["detail"]
