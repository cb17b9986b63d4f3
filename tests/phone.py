"""The phone app's side of the wire."""

from __future__ import annotations

import re
from typing import Any

import httpx
from django.contrib.auth.models import User

from hera.api import sessions
from hera.delivery import sealing
from hera.delivery.models import Message


class Answer:
    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.status = response.status_code
        self.body = response.content

    @property
    def json(self) -> Any:
        return self.response.json()

    def expect(self, status: int) -> Any:
        """The JSON of the answer, which must have this status."""
        assert self.status == status, f"{self.response.request.url}: {self.status} {self.response.text[:500]}"
        assert "set-cookie" not in self.response.headers
        return self.response.json() if self.body else None


class Phone:
    """Calls the server as the React Native app does: JSON content type on every call, bodies or not."""

    def __init__(self, base_url: str) -> None:
        self.http = httpx.Client(base_url=base_url, headers={"Content-Type": "application/json"}, timeout=30)
        self.user_id = 0

    def __enter__(self) -> Phone:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.http.close()

    @property
    def user(self) -> User:
        return User.objects.get(pk=self.user_id)

    def call(self, method: str, path: str, body: object = None, *, raw: bytes | None = None, **headers: str) -> Answer:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if raw is not None:
            return Answer(self.http.request(method, path, content=raw, headers=names))
        return Answer(self.http.request(method, path, json=body, headers=names))

    def get(self, path: str, **headers: str) -> Answer:
        return Answer(self.http.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}))

    def post(self, path: str, body: object = None, **headers: str) -> Answer:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: object = None) -> Answer:
        return self.call("PATCH", path, body)

    def put(self, path: str, body: object = None) -> Answer:
        return self.call("PUT", path, body)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def sign_in(self, typed_number: str, **headers: str) -> Any:
        """Sign in by code, as a person does; the code is read where the SMS waits to be sent."""
        self.post("/otp_auth/request_challenge/", {"phone_number": typed_number}, **headers).expect(201)
        answer = self.post("/otp_auth/attempt_challenge/", {"phone_number": typed_number, "secret": latest_code()})
        signed_in = answer.expect(201)
        self.use(signed_in["token"], signed_in["user_id"])
        return signed_in

    def sign_in_directly(self, number: str) -> User:
        """Sign in without a code, for tests of other things."""
        user, _created = User.objects.get_or_create(username=number)
        self.use(sessions.begin(user), user.pk)
        return user

    def use(self, token: str, user_id: int, scheme: str = "Token") -> None:
        self.http.headers["Authorization"] = f"{scheme} {token}"
        self.user_id = user_id


def latest_text() -> sealing.SealedText:
    """The latest text message that waits to be sent, and to whom."""
    message = Message.objects.filter(sealed_text__isnull=False).latest("id")
    text = sealing.unseal(message.sealed_text)
    assert text is not None
    return text


def latest_code() -> str:
    code = re.search(r"\d{6}", latest_text().text)
    assert code is not None
    return code[0]
