"""The address that an export is uploaded to: a bucket is new, and known in its own region alone."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from infra.hera_env import database_export
from infra.hera_env.cloud import Cloud
from tests.environments.conftest import SIGN_IN


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "exports.s3.eu-west-1.amazonaws.com"),
        # The address of all regions, whose own region this is.
        ("us-east-1", "exports.s3.amazonaws.com"),
        ("me-central-1", "exports.s3.me-central-1.amazonaws.com"),
        ("af-south-1", "exports.s3.af-south-1.amazonaws.com"),
    ],
)
def test_it_is_the_regions_own_and_no_other_answers_with_a_redirection(monkeypatch, region, host):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name, value in SIGN_IN.items():
        monkeypatch.setenv(name, value)
    address = urlsplit(database_export.upload_address(Cloud(region), "exports", "a.dump.age"))
    assert (address.scheme, address.hostname, address.path) == ("https", host, "/a.dump.age")
    signed = parse_qs(address.query)
    assert signed["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]
    assert signed["X-Amz-SignedHeaders"] == ["host"], "the task sends headers of its own"
    assert f"/{region}/s3/" in signed["X-Amz-Credential"][0]
