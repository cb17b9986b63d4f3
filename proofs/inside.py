"""What runs in the machine beside HERA: who hears its alarms and pushes, phones, and mothers."""

from __future__ import annotations

from proofs.page import NAME

INBOX = "/root/inbox"  # what alarms said
PUSHES = "/root/pushes"  # what was pushed, one a line
NOT_TAKEN = "/root/not-taken"  # holds the beginning of the numbers for which OneSignal is down

# Stands for whoever hears alarms, and for OneSignal.
HEARS = f"""
import http.server, pathlib, uuid
class Inbox(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).replace(b"\\n", b" ") + b"\\n"
        is_push, down = self.path.startswith("/push/"), pathlib.Path("{NOT_TAKEN}")
        is_taken = not (is_push and down.exists() and down.read_bytes().strip() in body)
        if is_taken:
            with open("{PUSHES}" if is_push else "{INBOX}", "ab") as file:
                file.write(body)
        answer = b'{{"id": "%s"}}' % str(uuid.uuid4()).encode() if is_push and is_taken else b""
        self.send_response(200 if is_taken else 503)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
    def log_message(self, *said):
        pass
http.server.ThreadingHTTPServer(("127.0.0.1", 9099), Inbox).serve_forever()
"""

# A clinic's phones: each reads and writes over HTTPS, on connections of its own, and remembers what was not answered.
PHONES = f"""
import collections, http.client, json, ssl, sys, threading, time
token, seen, lost, slowest, made, enough = sys.argv[1], collections.Counter(), [], [0.0], [0], threading.Event()
def child(name):
    return json.dumps({{"name": name, "gender": "FEMALE", "date_of_birth": "2026-06-01", "past_vaccinations": []}})
def phone(number):
    while not enough.is_set():
        line = http.client.HTTPSConnection("{NAME}", context=ssl.create_default_context(), timeout=60)
        for turn in range(20):
            method, path = [("GET", "/children/"), ("GET", "/health_centers/"), ("GET", "/infra/health_check/"),
                            ("POST", "/children/")][(turn + number) % 4]
            if method == "POST" and turn > 3:
                method = "GET"
            head = {{"Authorization": "Token " + token, "Content-Type": "application/json"}}
            began = time.monotonic()
            try:
                line.request(method, path, child(f"Leyla {{number}} {{began}}") if method == "POST" else None, head)
                answer = line.getresponse()
                body = answer.read()
                seen[answer.status] += 1
                if answer.status >= 400 and answer.status != 429:
                    lost.append((path, answer.status, body[:200].decode("utf8", "replace")))
                made[0] += method == "POST" and answer.status == 201
            except Exception as problem:
                lost.append((path, repr(problem)))
                break
            slowest[0] = max(slowest[0], time.monotonic() - began)
            if enough.is_set():
                break
        line.close()
phones = [threading.Thread(target=phone, args=(number,)) for number in range(8)]
[each.start() for each in phones]
sys.stdin.readline()
enough.set()
[each.join() for each in phones]
print(json.dumps({{"seen": dict(seen), "lost": lost[:10], "slowest": slowest[0], "made": made[0]}}))
"""

MOTHER = """
import datetime as dt
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token
from hera.user_profile.models import UserProfile
user = User.objects.create(username="+905321234567")
UserProfile.objects.create(user=user, name="Amal", gender="FEMALE", date_of_birth=dt.date(1995, 1, 1),
    agree_to_terms_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC), language_code="en", timezone="Europe/Istanbul")
print("token=" + Token.objects.create(user=user).key)
"""

# Mothers with these numbers, each with a child whose doses of week 8 are due so many days from today, where it is about
# one in the afternoon: reminders of the day are on their way from eight to eleven in the evening.
FAMILIES = """
import datetime as dt, zoneinfo
from django.contrib.auth.models import User
from hera.child_health.models import Child
from hera.user_profile.models import UserProfile
now = dt.datetime.now(dt.UTC)
zones = ["Pacific/Honolulu", "America/Denver", "America/Sao_Paulo", "Africa/Lagos", "Europe/Istanbul", "Asia/Karachi",
    "Asia/Bangkok", "Asia/Tokyo", "Pacific/Auckland"]
zone = min(zones, key=lambda name: abs(now.astimezone(zoneinfo.ZoneInfo(name)).hour - 13))
born = now.astimezone(zoneinfo.ZoneInfo(zone)).date() + dt.timedelta(days={visit_in} - 56)
for number in {numbers}:
    user = User.objects.create(username=number)
    UserProfile.objects.create(user=user, name="Amal", gender="FEMALE", date_of_birth=dt.date(1995, 1, 1),
        agree_to_terms_at=now, language_code="en", timezone=zone)
    Child.objects.create(user=user, name="Leyla", date_of_birth=born, gender="FEMALE")
"""
