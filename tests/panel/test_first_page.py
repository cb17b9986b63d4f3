"""The first page shows what the role may see, at a fixed cost."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User

from hera.delivery import budget
from hera.environment import Environment
from hera.panel import roles
from hera.price_list import Prices
from tests.families import make_child, make_user
from tests.staff import enrolled, make_staff, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", sorted(roles.PERMISSIONS))
def test_the_home_page_and_the_page_of_charts_show_what_the_role_may_see(client, programme, role):
    user = make_staff(role, "x@example.org")
    enrolled(user)
    sign_in(client, user)
    sees = role in {roles.PROGRAMME_ADMIN, roles.RESEARCHER}
    page = client.get("/admin/").text
    assert ("Running pregnancies" in page) is (role == roles.PROGRAMME_ADMIN), "who sees people masked sees no day"
    assert ("/admin/figures/by_month/" in page) is sees
    assert client.get("/admin/figures/").status_code == (200 if sees else 403)


def test_the_home_page_costs_a_fixed_number_of_queries(client, programme, django_assert_max_num_queries):
    for _ in range(3):
        make_child(make_user(), dt.date(2026, 1, 1))
    # After midnight UTC windows of this day and of the next are looked at; at other hours there are fewer.
    with time_machine.travel(dt.datetime(2026, 11, 27, 0, 30, tzinfo=dt.UTC)):
        sign_in(client, User.objects.create_superuser("root@example.org"))
        with django_assert_max_num_queries(35):
            client.get("/admin/")


@pytest.fixture
def budgeted(monkeypatch):
    prices = Prices().read(Environment({"X": '{"currency": "EUR", "default": 0.5}'}), "X")
    changed = {"text_prices": prices, "text_budget": Decimal(100)}
    monkeypatch.setattr(settings, "HERA", dataclasses.replace(settings.HERA, **changed))


@pytest.mark.parametrize(
    ("cost", "told"),
    [("79", ""), ("80", "Four fifths of the month"), ("99.6", "The month&#x27;s budget for texts is used up")],
)
def test_it_shows_what_the_month_s_texts_have_cost_of_what_budget(client, programme, budgeted, cost, told):
    budget.add({budget.Kind(budget.today(), "notification", "90"): budget.Amount(7, 9, Decimal(cost))})
    last_month = budget.first_of_month(budget.today()) - dt.timedelta(days=1)
    budget.add({budget.Kind(last_month, "notification", "90"): budget.Amount(7, 9, Decimal(50))})
    sign_in(client, User.objects.create_superuser("root@example.org"))
    page = client.get("/admin/").content.decode()
    assert "Texts of this month, 7: cost" in page
    assert f"{Decimal(cost):.2f} of 100 EUR" in page
    assert ('role="alert"' in page) is bool(told)
    assert told in page


def test_without_prices_it_counts_texts_alone(client, programme):
    budget.add({budget.Kind(budget.today(), "sign_in", "90"): budget.Amount(7, 9)})
    sign_in(client, User.objects.create_superuser("root@example.org"))
    page = client.get("/admin/").content.decode()
    assert "Texts of this month" in page
    assert "cost" not in page.split("Texts of this month")[1][:40]
