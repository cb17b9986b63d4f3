"""A country that is opened again with its data has the keys that these are sealed with."""

from __future__ import annotations

import json
import time

import pytest

from infra.configuration import ABOUT_DJANGO_KEY, ABOUT_PROVIDERS
from tests.environments.conftest import REGION
from tests.environments.test_ways_back import _snapshot

pytestmark = pytest.mark.slow
NAME = "production-turkey"
CREATE = ("create", NAME, "--region", REGION, "--image", "1.0")


def leave(aws, named: str, about: str, value: str, environment: str = NAME) -> str:
    """A secret that a removed environment has left; its address."""
    tags = [{"Key": "hera-environment", "Value": environment}]
    made = aws.client("secretsmanager").create_secret(Name=named, Description=about, SecretString=value, Tags=tags)
    return made["ARN"]


def value_of(aws, named: str) -> str:
    return aws.client("secretsmanager").get_secret_value(SecretId=named)["SecretString"]


def test_its_keys_are_those_of_the_one_that_was_removed(aws):
    leave(aws, "a", ABOUT_DJANGO_KEY, "of the first one")
    leave(aws, "b", ABOUT_DJANGO_KEY, "of the one that was backed up")
    leave(aws, "c", ABOUT_PROVIDERS, json.dumps({"HERA_WEB_PUSH_PRIVATE_KEY": "browsers hang on it"}))
    leave(aws, "d", ABOUT_DJANGO_KEY, "of another country", "production-lebanon")
    _snapshot(aws)
    time.sleep(1.1)  # of what came when, whole seconds are told
    leave(aws, "e", ABOUT_DJANGO_KEY, "of one that came after it")
    code, said = aws.run(*CREATE, "--from-snapshot", "by-hand")
    assert code == 0, said
    assert value_of(aws, f"{NAME}-django-key") == "of the one that was backed up"
    assert json.loads(value_of(aws, f"{NAME}-providers"))["HERA_WEB_PUSH_PRIVATE_KEY"] == "browsers hang on it"
    assert "is the one of the backup" in said
    for secret in ("of the one", "browsers hang"):
        assert secret not in said


def test_where_none_are_kept_it_says_what_stays_closed(aws):
    _snapshot(aws)
    code, said = aws.run(*CREATE, "--from-snapshot", "by-hand")
    assert code == 0, said
    assert "what that key sealed in the backup stays closed" in said


def test_an_environment_that_begins_empty_gets_keys_of_its_own(aws):
    leave(aws, "a", ABOUT_DJANGO_KEY, "of the one that was removed")
    assert aws.run(*CREATE)[0] == 0
    assert value_of(aws, f"{NAME}-django-key") == "made here"


def test_who_removes_one_is_told_that_its_keys_are_kept_and_how_they_go(aws):
    aws.run(*CREATE)
    code, said = aws.run("destroy", NAME, "--i-have-a-backup")
    assert code == 0, said
    assert "Its keys went with it" in said
    aws.run(*CREATE)
    address = leave(aws, "a", ABOUT_DJANGO_KEY, "of the one that is removed")
    said = aws.run("destroy", NAME, "--i-have-a-backup")[1]
    assert f"aws secretsmanager delete-secret --region {REGION} --secret-id {address}" in said
