"""Each list takes a fixed number of SQL statements, however long it is. One of them finds the token's owner."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from hera.api import sessions
from hera.core import clock
from hera.events.services import announce_due
from hera.health_center.models import HealthCenter
from hera.surveys.services import ask_due
from tests.families import make_child, make_pregnancy, make_user

pytestmark = pytest.mark.django_db


def grow(user):
    today = clock.now().date()
    make_child(user, today - dt.timedelta(weeks=8))
    make_pregnancy(user, today - dt.timedelta(weeks=9), today)
    announce_due(clock.now(), regardless_of_time=True)
    ask_due(clock.now(), regardless_of_time=True)
    HealthCenter.objects.create(name="A", address="B", geolocation="1,2")


@pytest.mark.parametrize(
    ("path", "statements"),
    [
        ("/user_profiles/", 2),
        ("/onboarding_progresses/", 2),
        ("/users/me/", 1),
        ("/pregnancies/", 1),
        ("/children/", 1),
        ("/vaccines/", 1),
        ("/calendar_events/", 1),
        ("/notification_events/", 1),
        ("/surveys/", 1),
        ("/surveys/pending/", 1),
        ("/health_centers/", 1),
    ],
)
def test_a_list_takes_as_many_statements_for_few_rows_as_for_many(programme, path, statements):
    user = make_user()
    grow(user)
    client = APIClient(headers={"authorization": f"Token {sessions.begin(user)}"})
    lengths = []
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            body = client.get(path).json()
        assert len(captured) == statements, [query["sql"] for query in captured]
        lengths.append(len(body))
        for _ in range(4):
            grow(user)
    if path not in {"/user_profiles/", "/onboarding_progresses/", "/users/me/", "/vaccines/"}:
        assert lengths[1] > lengths[0] > 0
