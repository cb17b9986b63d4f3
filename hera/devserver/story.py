"""One family's story, played over HTTP as the phone app plays it, against fakes of the providers.

Every step checks what it sees, so that the story is also an end-to-end test.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from hera.devserver.fakes import FakeMessageBird, FakeOneSignal

ZONE = ZoneInfo("Europe/Istanbul")
TYPED_NUMBER = "+9005321234567"  # with the leading zero that people type
NUMBER = "+905321234567"


class StoryDiffers(Exception):  # noqa: N818
    """A step did not come out as it should."""


class Story:
    """The mother's side: what she does on her phone, and what she gets.

    Args:
        say: prints a line of the narration.
        manage: runs a management command of the server and returns what it printed.
        clock_file: the server's HERA_LOCAL_CLOCK.
    """

    def __init__(
        self,
        base_url: str,
        onesignal: FakeOneSignal,
        messagebird: FakeMessageBird,
        clock_file: Path,
        manage: Callable[..., str],
        say: Callable[[str], None],
    ) -> None:
        self.http = httpx.Client(base_url=base_url, timeout=10)
        self.onesignal = onesignal
        self.messagebird = messagebird
        self.clock_file = clock_file
        self.manage = manage
        self.say = say

    def play(self) -> None:
        """Play all of it.

        Raises:
            StoryDiffers: at the first step that differs.
        """
        self._sign_in()
        self._declare_family()
        calendar = self._look_at_calendar()
        self._visit_day(calendar)
        self._day_after_vaccination(calendar)
        self.say("\nThe story is over: reminded once, asked once, ticked once.")

    def _sign_in(self) -> None:
        self.say(f"Amal types her number as {TYPED_NUMBER}; her phone speaks Turkish.")
        self._call(
            "POST",
            "/otp_auth/request_challenge/",
            {"phone_number": TYPED_NUMBER},
            headers={"Accept-Language": "tr"},
        )
        sms = self.messagebird.wait_for(1)[0]
        self._expect(sms["recipients"] == [NUMBER], "the SMS goes to her number in E.164")
        self.say(f"  SMS from {sms['originator']}: {sms['body']}")
        code = re.search(r"\d{6}", sms["body"])
        self._expect(code is not None, "the SMS has a code of six digits")
        assert code is not None
        signed_in = self._call(
            "POST", "/otp_auth/attempt_challenge/", {"phone_number": TYPED_NUMBER, "secret": code[0]}
        )
        self._expect(signed_in["user_profile"] is None, "she is new, and has no profile yet")
        self.http.headers["Authorization"] = f"Token {signed_in['token']}"
        self.user_id = signed_in["user_id"]

    def _declare_family(self) -> None:
        self.say("She fills in her profile, her pregnancy (week 12) and her newborn daughter Leyla.")
        today = dt.datetime.now(ZONE).date()
        self._call(
            "POST",
            "/user_profiles/",
            {
                "name": "Amal",
                "gender": "FEMALE",
                "date_of_birth": "1996-04-12",
                "agree_to_terms_at": "2026-01-01T00:00:00.000Z",
            },
        )
        profile = self._call("PATCH", f"/user_profiles/{self.user_id}/", {"timezone": ZONE.key})
        self._expect(profile["language_code"] == "tr", "her profile speaks the language her phone asked for")
        self._call(
            "POST",
            "/pregnancies/",
            {
                "declared_pregnancy_week": "12",
                "declared_date_of_last_menstrual_period": None,
                "declared_number_of_prenatal_visits": "0",
            },
        )
        child = {
            "name": "Leyla",
            "date_of_birth": today.isoformat(),
            "gender": "FEMALE",
            "past_vaccinations": [],
        }
        self.child_id = self._call("POST", "/children/", child)["id"]
        self._call("POST", "/onboarding_progresses/", {"has_filled_children_info": True})

    def _look_at_calendar(self) -> list[dict[str, Any]]:
        calendar: list[dict[str, Any]] = self._call("GET", "/calendar_events/")
        self._expect(calendar == sorted(calendar, key=lambda event: event["date"]), "the calendar is in date order")
        for event in calendar[:6]:
            what = ", ".join(event.get("vaccine_names", [])) or f"check-up of week {event['weeks_pregnant']}"
            self.say(f"  {event['date']}  {event.get('person_name', 'Amal')}: {what}")
        self.say(f"  ... {len(calendar)} dates in all")
        return calendar

    def _visit_day(self, calendar: list[dict[str, Any]]) -> None:
        visit = next(event for event in calendar if event["event_type"] == "prenatal_checkup")
        self._move_clock(visit["date"], dt.time(8, 0, 30))
        self.say(f"\nThe clock moves to {visit['date']}, 08:00 in Istanbul. The notifications job runs, twice.")
        self._job("generate_notifications", created=1)
        self._job("generate_notifications", created=0)
        push = self.onesignal.wait_for(1)[0]
        self.say(f"  Push on her lock screen: {push['headings']['en']} | {push['contents']['en']}")
        targets = push["include_aliases"]["external_id"]
        self._expect({NUMBER, TYPED_NUMBER} <= set(targets), "the push finds her phone under both spellings")
        notifications = self._call("GET", "/notification_events/")
        self._expect(len(notifications) == 1, "she has one notification")
        self._expect(notifications[0]["date"] == visit["date"], "the notification leads to the day of the visit")
        self.say(f"  In the app: {notifications[0]['in_app_content']}")
        self._call("POST", "/notification_events/mark_all_as_read/", None)
        self._expect(self._call("GET", "/notification_events/")[0]["read_at"] is not None, "she has read it")

    def _day_after_vaccination(self, calendar: list[dict[str, Any]]) -> None:
        vaccinations = [event for event in calendar if event["event_type"] == "vaccination"]
        vaccination = next(event for event in vaccinations if event["week_age"] == 8)  # noqa: PLR2004
        next_day = dt.date.fromisoformat(vaccination["date"]) + dt.timedelta(days=1)
        self._move_clock(next_day.isoformat(), dt.time(10, 0, 30))
        self.say(f"\nThe clock moves to {next_day}, the day after Leyla's vaccination. The surveys job runs, twice.")
        self._job("generate_surveys", created=1)
        self._job("generate_surveys", created=0)
        surveys = self._call("GET", "/surveys/pending/")
        self._expect(len(surveys) == 1, "one survey is pending")
        options = [option["translated_text"] for option in surveys[0]["options"]]
        self.say(f"  {surveys[0]['question']}  [{'] ['.join(options)}]")
        self._expect(surveys[0]["options"][0]["code"] == "yes", "the first button says yes")
        self._call("POST", f"/surveys/{surveys[0]['id']}/response/", {"response": "yes"})
        self._expect(self._call("GET", "/surveys/pending/") == [], "nothing is pending any more")
        child = next(child for child in self._call("GET", "/children/") if child["id"] == self.child_id)
        names = {vaccine["id"]: vaccine["name"] for vaccine in self._call("GET", "/vaccines/")}
        ticked = [names[vaccine_id] for vaccine_id in child["past_vaccinations"]]
        self.say(f"  Ticked for Leyla: {', '.join(ticked)}")
        self._expect(sorted(ticked) == sorted(vaccination["vaccine_names"]), "the vaccines of that day are ticked")

    def _move_clock(self, day: str, time_of_day: dt.time) -> None:
        moment = dt.datetime.combine(dt.date.fromisoformat(day), time_of_day, tzinfo=ZONE)
        self.clock_file.write_text(str(moment.timestamp() - time.time()))

    def _job(self, name: str, *, created: int) -> None:
        printed = self.manage(name).strip()
        self.say(f"  {printed}")
        self._expect(f" created={created} " in printed, f"{name} creates {created}")

    def _call(self, method: str, path: str, body: object = None, *, headers: dict[str, str] | None = None) -> Any:
        response = self.http.request(method, path, json=body, headers=headers)
        self._expect(response.is_success, f"{method} {path} succeeds (it answered {response.status_code})")
        return response.json() if response.content else None

    def _expect(self, is_so: bool, what: str) -> None:
        if not is_so:
            raise StoryDiffers(f"It should be that {what}.")
