"""What many phones do at once: mothers who open the app, look, answer and correct. One request a task.

Run by `benchmarks.load`, which says in the environment how often each mother acts.
"""

from __future__ import annotations

import itertools
import os

from locust import HttpUser, constant, constant_throughput, task

from benchmarks.world import token_of

ACTS_A_SECOND = float(os.environ.get("HERA_LOAD_ACTS", "0"))  # of each mother; 0: as fast as she is answered
_numbers = itertools.count(1)


class Mother(HttpUser):
    wait_time = constant_throughput(ACTS_A_SECOND) if ACTS_A_SECOND else constant(0)

    def on_start(self) -> None:
        number = next(_numbers)
        self.profile = f"/user_profiles/{number}/"  # people of an empty database have the ids 1, 2, 3 and so on
        self.client.headers.update({"Authorization": f"Token {token_of(number)}", "Content-Type": "application/json"})
        self.child = None

    @task(5)
    def asks_for_surveys(self) -> None:
        self.client.get("/surveys/pending/")

    @task(5)
    def looks_at_notifications(self) -> None:
        self.client.get("/notification_events/")

    @task(3)
    def marks_them_as_read(self) -> None:
        self.client.post("/notification_events/mark_all_as_read/")

    @task(4)
    def looks_at_the_calendar(self) -> None:
        self.client.get("/calendar_events/")

    @task(4)
    def looks_at_her_children(self) -> None:
        self.client.get("/children/")

    @task(1)
    def reads_about_vaccines(self) -> None:
        self.client.get("/vaccines/")

    @task(1)
    def says_where_she_is(self) -> None:
        self.client.patch(self.profile, json={"timezone": "Europe/Istanbul"}, name="/user_profiles/{id}/")

    @task(2)
    def adds_or_corrects_a_child(self) -> None:
        if self.child is None:
            child = {"name": "Nur", "gender": "FEMALE", "date_of_birth": "2026-06-01", "past_vaccinations": []}
            self.child = self.client.post("/children/", json=child).json()
        else:
            corrected = {**self.child, "name": "Leyla", "past_vaccinations": [1, 2]}
            self.client.put(f"/children/{self.child['id']}/", json=corrected, name="/children/{id}/")

    @task(1)
    def takes_a_child_out(self) -> None:
        if self.child is None:
            self.client.get("/users/me/")
        else:
            self.client.delete(f"/children/{self.child['id']}/", name="/children/{id}/")
            self.child = None
