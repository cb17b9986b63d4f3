"""The web server under fire: what was answered with yes is there, whoever was killed meanwhile."""

from __future__ import annotations

import itertools
import random
import threading
import time

import httpx
import pytest

from tests.faults.conftest import is_up, kill_a_process_of
from tests.slow_client import Slow

PHONES = 6
BETWEEN = 3  # seconds
PATIENCE = 40  # seconds; longer than the server's own time-outs


class Mother(threading.Thread):
    """A phone that adds, corrects and deletes children, and remembers what it was told is done."""

    def __init__(self, address, token, enough):
        super().__init__()
        self.http = httpx.Client(base_url=address, headers={"Authorization": f"Token {token}"}, timeout=PATIENCE)
        self.enough = enough
        self.dice = random.Random(token)
        self.there: dict[int, str] = {}
        self.gone: set[int] = set()
        self.in_doubt: set[int] = set()  # a correction or a deletion that was not answered
        self.outcomes: list[tuple[float, int]] = []  # when it asked, and the status; 0: no answer
        self.unexpected: list[BaseException] = []

    def run(self):
        try:
            for number in itertools.count():
                if self.enough.is_set():
                    break
                self._act(number)
        except BaseException as problem:  # a thread's failure is the test's
            self.unexpected.append(problem)

    def _act(self, number):
        act = self.dice.choice(["add", "add", "correct", "delete"]) if self.there else "add"
        child = {"name": f"child {number}", "gender": "FEMALE", "date_of_birth": "2026-06-01", "past_vaccinations": [1]}
        if act == "add":
            answer = self._send("POST", "/children/", child)
            if answer is not None and answer.status_code == 201:
                self.there[answer.json()["id"]] = child["name"]
            return
        known = self.dice.choice(sorted(self.there))
        answer = self._send(
            *(("PUT", f"/children/{known}/", child) if act == "correct" else ("DELETE", f"/children/{known}/"))
        )
        if answer is None or answer.status_code >= 500:
            self.in_doubt.add(known)
            del self.there[known]
        elif act == "correct":
            assert answer.status_code == 200, answer.text
            self.there[known] = child["name"]
        else:
            assert answer.status_code == 204, answer.text
            del self.there[known]
            self.gone.add(known)

    def _send(self, method, path, body=None):
        asked = time.monotonic()
        try:
            answer = self.http.request(method, path, json=body)
        except httpx.TransportError:
            self.outcomes.append((asked, 0))
            return None
        self.outcomes.append((asked, answer.status_code))
        return answer


def test_what_was_answered_with_yes_outlives_killed_workers_and_a_restarted_database(country, web, server):
    address, master = web
    country.make_due(PHONES)
    country.ask(
        "INSERT INTO authtoken_token (key, created, user_id) SELECT lpad(id::text, 40, '0'), now(), id FROM auth_user"
    )
    tokens = [key for (key,) in country.ask("SELECT key FROM authtoken_token ORDER BY user_id")]
    enough = threading.Event()
    mothers = [Mother(address, token, enough) for token in tokens]
    for mother in mothers:
        mother.start()
    for _ in range(2):
        time.sleep(BETWEEN)
        kill_a_process_of(master)
        time.sleep(BETWEEN)
        server.restart()
    restarted = time.monotonic()
    while not is_up(address):
        assert time.monotonic() < restarted + PATIENCE, "it did not recover"
    recovered = time.monotonic()
    time.sleep(BETWEEN)
    enough.set()
    for mother in mothers:
        mother.join()
        assert mother.unexpected == []

    outcomes = [outcome for mother in mothers for outcome in mother.outcomes]
    harmed = [status for _at, status in outcomes if not 200 <= status < 300]
    assert harmed, "nobody noticed: this test harms nothing"
    afterwards = [status for asked, status in outcomes if asked > recovered]
    assert afterwards
    assert [status for status in afterwards if not 200 <= status < 300] == [], "it did not recover"
    for mother in mothers:
        answer = mother.http.get("/children/")
        assert answer.status_code == 200
        mother.http.close()
        children = {child["id"]: child["name"] for child in answer.json()}
        assert mother.there
        assert {pk: children.get(pk) for pk in mother.there} == mother.there, "a write that was answered is lost"
        assert not mother.gone & set(children), "a deletion that was answered is undone"


ASKS_FOR_A_CODE = b"POST /otp_auth/request_challenge/ HTTP/1.1\r\nHost: localhost\r\n"
LONG_JSON = b"Content-Type: application/json\r\nContent-Length: 9999\r\n\r\n{"


@pytest.mark.parametrize("rest", [LONG_JSON, b"X-Long: "], ids=["body", "headers"])
def test_clients_that_send_slowly_do_not_keep_others_out(web, request, rest):
    address, _master = web
    slow = [Slow(address, ASKS_FOR_A_CODE + rest) for _ in range(12)]  # more than the server has threads
    for client in slow:
        request.addfinalizer(client.socket.close)
    began = time.monotonic()
    while all(client.is_waited_for() for client in slow[:2]):
        assert time.monotonic() - began < 30, "they are waited for without end"
        time.sleep(0.5)
    assert time.monotonic() - began > 5, "nobody was slow here: this test shows nothing"
    while any(client.is_waited_for() for client in slow):
        assert time.monotonic() - began < 60, "they are waited for without end"
        time.sleep(0.5)
    asked = time.monotonic()
    assert is_up(address)
    assert time.monotonic() - asked < 5
