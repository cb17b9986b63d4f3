"""Log lines are JSON, and name nobody, whatever an error quotes."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from hera.operations.logs import PrivateJsonFormatter

SOMEBODY = "mother (one)"
NAME = "Amal"


@pytest.fixture
def log():
    """A logger, and what it has written so far as objects."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PrivateJsonFormatter())
    logger = logging.getLogger("hera.test")
    logger.addHandler(handler)
    yield logger, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)


def test_a_line_says_when_how_bad_where_and_what(log):
    logger, written = log
    logger.warning("message %s waits", 7, extra={"channel": "sms"})
    (line,) = written()
    assert line.pop("time").endswith("Z")
    assert line == {"level": "WARNING", "logger": "hera.test", "message": "message 7 waits", "channel": "sms"}


def test_what_somebody_asked_for_is_taken_out(log, rf):
    logger, written = log
    logger.error("Service Unavailable", extra={"request": rf.get("/?phone_number=905321234567"), "status_code": 503})
    (line,) = written()
    assert line["status_code"] == 503
    assert "phone_number" not in str(line)


def test_a_number_is_taken_out(log):
    logger, written = log
    logger.error("no route to %s", "+905321234567")
    assert written()[0]["message"] == "no route to +..."


@pytest.mark.django_db
@pytest.mark.parametrize("breaks", ["unique", "null"])
def test_an_error_of_the_database_does_not_quote_its_row(log, breaks):
    logger, written = log
    User.objects.create(username=SOMEBODY)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if breaks == "unique":
                User.objects.create(username=SOMEBODY)
            else:
                cursor.execute("UPDATE auth_user SET username = NULL, first_name = %s", [NAME])
    except IntegrityError:
        logger.exception("refused")
    error = written()[0]["error"]
    assert "IntegrityError" in error
    assert "test_logs.py" in error  # its frames are there
    assert "mother" not in error
    assert NAME not in error
