"""Local stand-ins for the providers: real HTTP servers that take what OneSignal and MessageBird take.

They keep what they accepted, and know an idempotency key again.
"""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any, ClassVar

from hera.devserver.loopback import LoopbackService, Misbehaviour

_DEADLINE = 30.0


class FakeProvider(LoopbackService):
    """A provider."""

    path: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.accepted: list[dict[str, Any]] = []
        self.erased: list[str] = []
        self._ids_by_key: dict[str, str] = {}
        self._changed = threading.Condition()

    def wait_for(self, count: int, seconds: float = _DEADLINE) -> list[dict[str, Any]]:
        """Wait until this many messages have been accepted, and return them.

        Raises:
            TimeoutError: if they do not come in time.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.accepted) >= count, seconds):
                raise TimeoutError(f"{type(self).__name__} has accepted {len(self.accepted)} of {count} messages")
            return list(self.accepted)

    def handle(self, path: str, headers: dict[str, str], body: bytes) -> Misbehaviour:
        said = json.loads(body or b"{}")
        planned = self.next_planned()
        with self._changed:
            self.requests.append(said)
            self.headers.append(headers)
            if planned is not None and not planned.accept_first:
                return planned
            answer = self._answer(said) if path == self.path else Misbehaviour(404, body='{"errors": ["no such path"]}')
            self._changed.notify_all()
        return planned or answer

    def erase(self, path: str) -> int:
        """What was asked to be forgotten is in `erased`."""
        planned = self._planned.popleft() if self._planned else None
        if planned is not None:
            return planned.status
        self.erased.append(path)
        return 200

    def _answer(self, body: dict[str, Any]) -> Misbehaviour:
        raise NotImplementedError

    def _accept(self, key: str, body: dict[str, Any]) -> str:
        """Take a message over, once for each key; returns its id."""
        if key not in self._ids_by_key:
            self._ids_by_key[key] = str(uuid.uuid4())
            self.accepted.append(body)
        return self._ids_by_key[key]


class FakeOneSignal(FakeProvider):
    """Takes pushes. Names in `unknown` are nobody's phone."""

    path = "/notifications"

    def __init__(self, unknown: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.unknown = unknown

    def _answer(self, body: dict[str, Any]) -> Misbehaviour:
        targets = body.get("include_aliases", {}).get("external_id", [])
        if not [target for target in targets if target not in self.unknown]:
            return Misbehaviour(200, body='{"id": "", "errors": ["All included players are not subscribed"]}')
        accepted_id = self._accept(body.get("idempotency_key") or str(uuid.uuid4()), body)
        return Misbehaviour(200, body=json.dumps({"id": accepted_id, "external_id": None}))


class FakeMessageBird(FakeProvider):
    """Takes text messages. The real one knows no idempotency key, so neither does this."""

    path = "/messages"

    def _answer(self, body: dict[str, Any]) -> Misbehaviour:
        accepted_id = self._accept(str(uuid.uuid4()), body)
        return Misbehaviour(201, body=json.dumps({"id": accepted_id, "recipients": {"totalSentCount": 1}}))
