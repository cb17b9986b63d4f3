"""S21: whatever somebody writes into an address of the panel, or after it, is answered; nothing ends in an error.

Every list with hostile filters, every page of a record with ids that are none, every other page with both.
"""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Field

from hera.panel.models import AuditEntry
from tests.staff import sign_in
from tests.walks.test_masked_means_masked import person, routes  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db

IDS = ["abc", "0", "-1", "99999999999999999999", "9" * 5000, "%00", "1/../2", "1%2F..%2F2", "%FF", "_5F", "1e5", "١"]
VALUES = [
    "x", "", "0", "-1", "99999999999999999999", "1e999999999", "nan", "%00", "(", "%5C1", "%7B", "[", "9" * 5000,
    "99999-01-01", "0001-01-01", "9999-12-31", "%FF", "a,b", "💉",
]  # fmt: skip
LOOKUPS = ["", "isnull", "regex", "contains", "range", "year", "gte"]
ASKED = [
    "from",
    "to",
    "term",
    "app_label",
    "next",
    "q",
    "page",
    "after",
    "kind",
    "format",
    "ids",
    "number",
    "person",
    "against",
]
# Pages that end the session, or answer another question.
LEFT_OUT = {"logout/"}


@pytest.fixture
def administrator(client, person):  # noqa: F811
    user = User.objects.create_superuser("root@example.org")
    sign_in(client, user)
    client.raise_request_exception = False
    return client


def path_of(model, page: str) -> str:
    return f"/admin/{model._meta.app_label}/{model._meta.model_name}/{page}"


def broken(client, addresses: list[str]) -> list[tuple[str, int]]:
    answers = ((address, client.get(address).status_code) for address in addresses)
    return [(address[:120], status) for address, status in answers if status >= 500]


MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label_lower)


def asked_by(listed) -> str:
    """The field, or the parameter, that a filter of a list asks by."""
    if isinstance(listed, str):
        return listed
    return listed[0] if isinstance(listed, tuple) else listed.parameter_name


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_s21_no_filter_breaks_a_list(administrator, model):
    fields = [field.name for field in model._meta.get_fields() if isinstance(field, Field)]
    lookups = [f"{name}__{lookup}".removesuffix("__") for name in [*fields, "no_such_field"] for lookup in LOOKUPS]
    # Every lookup with one value that fits badly; every value with the lookups that the page itself may ask.
    asked = [(lookup, VALUES[number % len(VALUES)]) for number, lookup in enumerate(lookups)]
    asked += [("_to_field", "x"), ("_to_field", "sealed_text")]
    asked += [("q", f"{value}&o={value}&p={value}&e={value}&_facets={value}&_popup={value}") for value in VALUES]
    own = [asked_by(one) for one in admin.site._registry[model].list_filter]
    asked += [(f"{name}__{lookup}", value) for name in own for lookup in ("exact", "in") for value in VALUES[::2]]
    asked += [(name, value) for name in own for value in VALUES]
    asked += [("%00", "x")]
    assert broken(administrator, [path_of(model, f"?{name}={value}") for name, value in asked]) == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_s21_no_id_breaks_a_page(administrator, model):
    pages = [route for route, _name in routes() if route.startswith(path_of(model, "").removeprefix("/admin/"))]
    wanted = [
        "/admin/" + re.sub(r"<[^>]+>", one, route)
        for route in pages
        if "<" in route and "int:" not in route
        for one in IDS
    ]
    assert wanted
    assert broken(administrator, wanted) == []
    fields = [field.name for field in model._meta.get_fields() if isinstance(field, Field)]
    preset = [path_of(model, f"add/?{name}={value}") for name in fields for value in VALUES[::5]]
    people = [path_of(model, f"add/?person={value}") for value in IDS]
    assert broken(administrator, preset + people) == []


def test_s21_no_question_breaks_the_other_pages(administrator):
    pages = [f"/admin/{route}" for route, _name in routes() if route not in LEFT_OUT and "(?P" not in route]
    whole = [page for page in pages if "<" not in page]
    asked = [f"{page}?" + "&".join(f"{name}={value}" for name in ASKED) for page in whole for value in VALUES]
    named = [re.sub(r"<[^>]+>", one, page) for page in pages if "<str:name>" in page for one in IDS]
    numbered = [re.sub(r"<[^>]+>", one, page) for page in pages if "int:" in page for one in ("0", "9" * 20, "9" * 400)]
    assert broken(administrator, asked + named + numbered) == []


@pytest.mark.parametrize(
    "address",
    [
        "delivery/message/?sealed_text=x", "delivery/message/?cost=1e999999999", "delivery/message/?reason__regex=(",
        "delivery/message/?reason__regex=%5C1", "delivery/message/?reason__contains=x",
        "custom_user/auditentry/?hash=x", "custom_user/auditentry/?at__year=99999",
        "custom_user/auditentry/?actor_name__regex=(", "custom_user/auditentry/?id__range=1",
        "events/instantnotification/?phone_numbers=%7B", "events/instantnotification/?phone_numbers__contains=x",
    ],
)  # fmt: skip
def test_s21_a_list_that_is_asked_what_its_page_does_not_ask_says_so(administrator, address):
    answer = administrator.get(f"/admin/{address}", follow=True)
    assert answer.status_code == 200
    assert answer.request["QUERY_STRING"] == ""
    assert "cannot be asked like that" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["delivery/message/?state__exact=set_aside", "custom_user/auditentry/?action__exact=view&q=x&o=1&p=1",
                "auth/user/?groups__id__exact=1&is_active__exact=1",
                "events/notificationtype/?lock_screen__exact=name"],
)  # fmt: skip
def test_s21_what_its_page_asks_is_answered(administrator, address):
    assert administrator.get(f"/admin/{address}").status_code == 200


@pytest.mark.parametrize("odd", IDS)
def test_s21_an_id_that_is_none_is_a_missing_record(administrator, odd):
    answer = administrator.get(f"/admin/events/instantnotification/{odd}/change/", follow=True)
    assert answer.status_code in (200, 404) or (odd == "%00" and answer.status_code == 400)
    assert not AuditEntry.objects.filter(about__contains="instantnotification 9").exists()


@pytest.mark.parametrize("keys", [["abc"], ["99999999999999999999"], ["\x00"], ["1", "1/2"]])
def test_s21_actions_on_ids_that_are_none_are_refused(administrator, keys):
    answer = administrator.post(
        "/admin/child_health/vaccine/", {"action": "switch_on", "_selected_action": keys, "index": "0"}
    )
    assert answer.status_code == 302


@pytest.mark.parametrize(
    "sent", [{"resource": "99", "format": "99"}, {"resource": "x", "format": "0"}, {"resource": "0", "format": "-1"},
             {"resource": "", "format": "0"}, {"format": "0"}, {}],
)  # fmt: skip
def test_s21_a_confirmation_that_no_preview_made_is_refused(administrator, sent):
    sent = {"import_file_name": "x", "original_file_name": "y", **sent}
    answer = administrator.post("/admin/child_health/vaccine/process_import/", sent)
    assert answer.status_code < 500
