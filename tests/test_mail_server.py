"""The setting of the mail server: what it takes, and what is wrong with it in one sentence without the password."""

from __future__ import annotations

import pytest

from hera.environment import ConfigError, Environment
from hera.mail_server import MailAddress, MailServer, MailServerAddress

NAME = "HERA_MAIL_SERVER"


def read(text):
    return MailServerAddress().read(Environment({NAME: text}), NAME)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("", None),
        (
            "smtps://a:b%40c@mail.example.org",  # pragma: allowlist secret
            MailServer("mail.example.org", 465, "a", "b@c", is_encrypted=True),
        ),
        ("smtp://mail.example.org:2525", MailServer("mail.example.org", 2525, starts_encryption=True)),
        ("smtp://127.0.0.1", MailServer("127.0.0.1", 25)),
    ],
)
def test_it_is_an_address_with_a_name_and_a_password(text, server):
    assert read(text) == server


@pytest.mark.parametrize(
    "text",
    [
        "mail.example.org",
        "https://a:s3cret@x",  # pragma: allowlist secret
        "smtp://",
        "smtps://a:s3cret@x:port",  # pragma: allowlist secret
        "smtp://a:s3/cret@x",
    ],
)
def test_what_is_none_is_refused_without_its_password(text):
    with pytest.raises(ConfigError, match="no address of a mail server") as refused:
        read(text)
    assert "s3" not in str(refused.value)


def test_a_server_wants_a_sender():
    environment = {NAME: "smtp://127.0.0.1", "HERA_MAIL_FROM": "HERA"}
    with pytest.raises(ConfigError, match="wants one beside it"):
        MailAddress().read(Environment(environment), "HERA_MAIL_FROM")
    assert MailAddress().read(Environment({}), "HERA_MAIL_FROM") == ""
