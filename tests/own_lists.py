"""What a person reads on her phone, asked for as a phone does, for tests that are about something else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.test import APIClient

from hera.api import sessions

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def phone_of(user: User, scheme: str = "Bearer", **headers: str) -> APIClient:
    """A phone that is signed in."""
    return APIClient(headers={"authorization": f"{scheme} {sessions.begin(user)}", **headers})


def read(path: str, user: User) -> Any:
    """What is at this path for her."""
    answer = phone_of(user).get(path)
    assert answer.status_code == 200, answer.content
    return answer.json()


def notifications_of(user: User) -> list[dict[str, Any]]:
    return read("/notification_events/", user)


def pending_surveys_of(user: User) -> list[dict[str, Any]]:
    return read("/surveys/pending/", user)


def surveys_of(user: User) -> list[dict[str, Any]]:
    return read("/surveys/", user)
