from __future__ import annotations

import threading

import httpx
import pytest

from hera.devserver.loopback import LoopbackService, Misbehaviour


class Service(LoopbackService):
    def handle(self, path: str, headers: dict[str, str], body: bytes) -> Misbehaviour:
        return Misbehaviour(200 if body["status"] else 400)  # type: ignore[call-overload]


def test_a_fault_of_the_service_s_own_is_told_at_its_end():
    with pytest.raises(TypeError, match="indices"), Service() as service, pytest.raises(httpx.TransportError):
        httpx.post(service.url, json={"status": True})


def test_a_client_that_goes_away_is_no_fault():
    gone = threading.Event()

    def handle(*_call: object) -> Misbehaviour:
        gone.wait(60)
        return Misbehaviour(200)

    with Service() as service:
        service.handle = handle
        with pytest.raises(httpx.TimeoutException):
            httpx.post(service.url, json={}, timeout=0.05)
        gone.set()
