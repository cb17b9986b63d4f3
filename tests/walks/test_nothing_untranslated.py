"""N21: nothing that staff read stays English, on any page of any role, in any language.

What is seen of a page (its text, and what is said of fields and pictures) is looked at without data: names, codes and
what is written alike in all languages. In a language with letters of its own, no Latin word may be left; in Turkish,
no sentence that the English page has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db.models import CharField, TextField

from hera.panel import roles
from tests.staff import make_staff, sign_in
from tests.walks.test_masked_means_masked import OWN, filled, person, routes  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db

# Files, what only browsers read, and the rights of a role, which superusers alone see, as the code names them.
LEFT_OUT = ("logout/", "jsi18n/", "auth/group/", "autocomplete/", "find_exports/", "second_factor/enrol/")
# Tables whose texts are data: what staff, providers and packs write, in whatever language they do.
DATA = (
    "auth.User", "user_profile.UserProfile", "child_health.Vaccine", "child_health.Child", "health_center.HealthCenter",
    "events.NotificationType", "events.NotificationTemplate", "events.NotificationTemplateVariable",
    "surveys.SurveyTemplate", "surveys.SurveyTemplateTranslation", "surveys.SurveyTemplateOption",
    "campaigns.Segment", "child_health.DoseGiven", "people.Contact", "surveys.Survey", "delivery.Attempt",
)  # fmt: skip
# Written alike in every language: marks, units, names of files, codes and places.
ALIKE = re.compile(
    r"https?://\S+|\S+@\S+|HERA_\w+|\b[A-Z]\w+(?:/[\w+-]+)+|\b\w+[._/]\w+(?:[._/]\w+)*\b|\w+-\w+_FORMS|\w+_FORMS"
    r"|\u2068[^\u2069]*\u2069"  # a name or a date, isolated
    r"|\b(?:Cuba|Egypt|Eire|GB|Hongkong|Iceland|Iran|Israel|Jamaica|Japan|Kwajalein|Libya|Navajo|Poland|Portugal|PRC"
    r"|Singapore|Turkey|Universal|Zulu|Factory|localtime|EST5EDT|CST6CDT|MST7MDT|PST8PDT)\b"  # zones
    r"|\b[A-Z]{3,4}\d*\b|\b(?:DTaP|DTwP|Hib|HepB|aBDT|csv|xlsx|local)\b"  # zones, antigens, units; the environment
    r"|\b(?:case worker|content editor|programme admin|researcher|operator)\b"  # roles: rows of a table
    r"|^[a-z-]+:$"  # files of an export
    r"|\bmerged\b"  # a column of a masked table
    r"|\{\{.*?\}\}|\{%.*?%\}|\b[0-9a-f]{16,}\b"
    r"|\b(?:HERA|SMS|WhatsApp|PDF|CSV|XLSX|SVG|PNG|ODS|JSON|Excel|BCG|Td|ISO|IANA|SHA|Liquid|OpenStreetMap|Leaflet"
    r"|OneSignal|MessageBird|GSM|Android|iOS|Ctrl|Esc|esc|WebAuthn|TOTP|UTF|BOM|TR|AF|SY)\b"
)
# The code of an answer; and what a table's last, empty row says to its script.
ALONE = {"yes", "None"}
_WORD = re.compile(r"[A-Za-z]{3,}")
_UNSEEN = {"script", "style", "textarea", "template", "code"}
_SAID_OF = ("title", "placeholder", "aria-label", "alt")
_VOID = {"input", "br", "img", "meta", "link", "hr", "area", "base", "col", "embed", "source", "track", "wbr"}


class Seen(HTMLParser):
    """The sentences that somebody sees, or is read."""

    def __init__(self) -> None:
        super().__init__()
        self.sentences: set[str] = set()
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        hidden = tag in _UNSEEN or "material-symbols" in (of.get("class") or "") or of.get("lang") not in (None, "")
        hidden = (hidden and tag != "html") or tag == "bdi"
        inside = any(unseen for _tag, unseen in self._open)
        if not inside:
            for name in _SAID_OF:
                self._keep(of.get(name) or "")
            if tag == "input" and of.get("type") in ("submit", "button"):
                self._keep(of.get("value") or "")
        if tag not in _VOID:
            self._open.append((tag, hidden))

    def handle_endtag(self, tag: str) -> None:
        while any(tag == opened for opened, _unseen in self._open) and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not any(unseen for _tag, unseen in self._open):
            self._keep(data)

    def _keep(self, text: str) -> None:
        if cleaned := " ".join(text.split()):
            self.sentences.add(cleaned)


def seen(page: str) -> set[str]:
    parser = Seen()
    parser.feed(page)
    return parser.sentences


def data() -> re.Pattern[str]:
    """What the tables of this test hold, the longest first."""
    found: set[str] = set()
    for label in DATA:
        model = apps.get_model(label)
        fields = [field.name for field in model._meta.fields if isinstance(field, CharField | TextField)]
        for row in model._default_manager.values_list(*fields):
            found |= {str(value) for value in row if value and len(str(value)) > 3}
    return re.compile("|".join(re.escape(one) for one in sorted(found, key=len, reverse=True)))


def left_over(sentences: Iterable[str], known: re.Pattern[str], alike: re.Pattern[str] = ALIKE) -> Iterator[str]:
    """Those with a word that is neither data nor written alike everywhere."""
    for sentence in sentences:
        left = alike.sub(" ", known.sub(" ", sentence)), known.sub(" ", alike.sub(" ", sentence))
        if sentence not in ALONE and all(map(_WORD.search, left)):
            yield sentence


def pages(client, language: str) -> Iterator[tuple[str, set[str]]]:
    """Every page that whoever has signed in may open, with what is seen of it."""
    client.cookies.pop("messages", None)  # of another language
    for route, _name in routes():
        if route.startswith(LEFT_OUT) or (route in OWN and route != "password_change/"):
            continue
        if "<" in route and route.startswith(("second_factor/", "login/")):
            continue  # what is there is of whoever signs in
        for address in filled(route)[:1]:
            for answer in (
                client.get(f"/admin/{address}", headers={"accept-language": language}),
                # A form with nothing in it says what is missing.
                *([client.post(f"/admin/{address}", {}, headers={"accept-language": language})]
                  if address.endswith("/add/") else []),
            ):  # fmt: skip
                is_page = not answer.streaming and "text/html" in answer.headers.get("content-type", "")
                if answer.status_code in (200, 400) and is_page:
                    yield address, seen(answer.content.decode())


def test_nothing_stays_english_for_who_sees_everything(client, person):  # noqa: F811
    sign_in(client, User.objects.create_superuser("root@example.org"))
    known = data()
    english: set[str] = set()
    looked_at = 0
    for _address, sentences in pages(client, "en"):
        english |= sentences
        looked_at += 1
    assert looked_at > 60
    wrong: dict[str, set[str]] = {}
    for language in ("tr", "ps"):
        for address, sentences in pages(client, language):
            left = set(left_over(sentences, known))
            if language == "tr":
                left = (left & english) - SAME_IN_TURKISH
            for sentence in left:
                wrong.setdefault(sentence, set()).add(f"{language} {address}")
    assert {sentence: sorted(where)[:3] for sentence, where in wrong.items()} == {}


# What the file of a pack itself says.
SAME_IN_TURKISH = {"Hepatitis B (BHA) · Dose 2", "Hepatitis B (BHA) · Dose 3", "Pneumococcus (KPA) · Dose 3"}


@pytest.mark.parametrize(
    ("role", "language"), list(zip(sorted(roles.PERMISSIONS), ("prs", "prs", "ar", "ar", "ps"), strict=True))
)
def test_nothing_stays_english_for_a_role(client, person, role, language):  # noqa: F811
    sign_in(client, make_staff(role, "viewer@example.org"))
    known = data()
    wrong: dict[str, set[str]] = {}
    looked_at = 0
    for address, sentences in pages(client, language):
        looked_at += 1
        for sentence in left_over(sentences, known):
            wrong.setdefault(sentence, set()).add(address)
    assert looked_at > 3
    assert {sentence: sorted(where)[:3] for sentence, where in wrong.items()} == {}
