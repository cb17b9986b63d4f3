"""Every answer tells browsers what they may not do; no page of ours has a script in it."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import User

from tests.staff import sign_in

pytestmark = pytest.mark.django_db

PAGES = [
    "/admin/login/",
    "/api_docs/redoc/",
    "/app/",
    "/my_data/",
    "/vaccines/",
    "/infra/ready/",
    "/nowhere/",
    "/data_dashboard/users",
]
_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>|\son(?:click|load|submit|change)=", re.IGNORECASE
)


@pytest.mark.parametrize("page", PAGES)
def test_every_answer_has_its_policies(client, page):
    answer = client.get(page)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0]
    assert answer.headers["Permissions-Policy"]
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert not _INLINE.search(answer.content.decode()), page


def test_no_page_of_the_panel_has_a_script_in_it(client, programme):
    sign_in(client, User.objects.create_superuser("root@example.org"))
    pages = ["/admin/", "/admin/figures/"]
    pages += [f"/admin/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    for page in pages:
        text = client.get(page, follow=True).content.decode()
        assert not (found := _INLINE.search(text)), (page, found)
