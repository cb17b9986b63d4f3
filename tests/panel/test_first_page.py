"""The first page shows what the role may see, at a fixed cost."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Group, User

from hera.panel import roles
from tests.families import make_child, make_user
from tests.staff import enrolled, sign_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", sorted(roles.PERMISSIONS))
def test_the_home_page_and_the_page_of_charts_show_what_the_role_may_see(client, programme, role):
    user = User.objects.create_user("x@example.org", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    enrolled(user)
    sign_in(client, user)
    sees = role in {roles.PROGRAMME_ADMIN, roles.RESEARCHER}
    assert ("Running pregnancies" in client.get("/admin/").content.decode()) is sees
    assert client.get("/admin/figures/").status_code == (200 if sees else 403)


def test_the_home_page_costs_a_fixed_number_of_queries(client, programme, django_assert_max_num_queries):
    for _ in range(3):
        make_child(make_user(), dt.date(2026, 1, 1))
    sign_in(client, User.objects.create_superuser("root@example.org"))
    with django_assert_max_num_queries(22):
        client.get("/admin/")
