from __future__ import annotations

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
    with Service() as service:
        service.handle = lambda *_: Misbehaviour(200, wait=0.2)
        with pytest.raises(httpx.TimeoutException):
            httpx.post(service.url, json={}, timeout=0.05)
