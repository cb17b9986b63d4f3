"""Each role opens what it needs and nothing else."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from hera.core.ports import Action
from hera.panel import roles
from hera.panel.models import AuditEntry

pytestmark = pytest.mark.django_db

LIST = "/admin/custom_user/customuser/"
# What each role may open: the pages of the panel by what they are about.
PAGES = {
    LIST: {roles.PROGRAMME_ADMIN, roles.CASE_WORKER, roles.RESEARCHER},
    "/admin/events/notificationtype/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/events/notificationschedule/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/surveys/surveyschedule/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/surveys/surveytemplate/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/child_health/vaccine/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/packs/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/packs/TR-2025-04-14/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/packs/TR-2025-04-14/adopt/": {roles.PROGRAMME_ADMIN},
    "/admin/worklist/": {roles.PROGRAMME_ADMIN, roles.CASE_WORKER},
    "/admin/register/": {roles.PROGRAMME_ADMIN, roles.CASE_WORKER},
    "/admin/child_health/dosegiven/import/": {roles.PROGRAMME_ADMIN, roles.CASE_WORKER},
    "/admin/health_center/healthcenter/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR},
    "/admin/events/instantnotification/": {roles.PROGRAMME_ADMIN},
    "/admin/campaigns/segment/": {roles.PROGRAMME_ADMIN},
    "/admin/delivery/message/": {roles.PROGRAMME_ADMIN, roles.OPERATOR},
    "/admin/auth/user/": {roles.PROGRAMME_ADMIN},
    "/admin/auth/group/": set(),
    "/admin/figures/by_month/": {roles.PROGRAMME_ADMIN, roles.RESEARCHER},
    "/admin/figures/surveys/": {roles.PROGRAMME_ADMIN, roles.RESEARCHER},
    "/admin/studies/": {roles.PROGRAMME_ADMIN},
    "/admin/studies/back/": {roles.PROGRAMME_ADMIN},
    "/admin/brought/": {roles.PROGRAMME_ADMIN, roles.CONTENT_EDITOR, roles.CASE_WORKER},
    "/admin/user_profile/userprofile/import/": {roles.PROGRAMME_ADMIN, roles.CASE_WORKER},
    "/admin/figures/reports/": {roles.PROGRAMME_ADMIN, roles.RESEARCHER},
    "/admin/figures/target/": {roles.PROGRAMME_ADMIN},
    "/admin/custom_user/auditentry/": {roles.PROGRAMME_ADMIN},
    "/admin/find/": set(roles.PERMISSIONS),
}
ALL_ROLES = sorted(roles.PERMISSIONS)


@pytest.mark.parametrize("role", ALL_ROLES)
def test_a_role_opens_its_pages_and_no_others(signed_in, role):
    client = signed_in(role)
    for page, allowed in PAGES.items():
        assert (client.get(page).status_code == 200) is (role in allowed), page
    assert client.get("/admin/").status_code == 200


def test_every_page_of_the_panel_is_classified():
    from django.contrib import admin

    known = set(PAGES)
    records = {"userprofile", "pregnancy", "child", "dosegiven"}  # opened from a person's page
    for model in admin.site._registry:
        if model._meta.model_name not in records:
            assert reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist") in known


def test_roles_are_made_again_without_losing_what_was_added():
    from django.apps import apps

    group = Group.objects.get(name=roles.OPERATOR)
    before = group.permissions.count()
    roles.create(apps)
    assert group.permissions.count() == before
    assert Group.objects.filter(name__in=roles.PERMISSIONS).count() == 5


def test_a_programme_admin_cannot_make_herself_a_superuser(signed_in):
    client = signed_in(roles.PROGRAMME_ADMIN)
    me = User.objects.get(username="programme.admin@example.org")
    page = f"/admin/auth/user/{me.pk}/change/"
    fields = {"username": me.username, "is_active": "on", "is_superuser": "on", "groups": [me.groups.get().pk]}
    assert client.post(page, fields).status_code == 302
    me.refresh_from_db()
    assert not me.is_superuser
    root = User.objects.create_superuser("root@example.org", password="x")
    assert client.get(f"/admin/auth/user/{root.pk}/change/").status_code == 302
    assert client.post(
        f"/admin/auth/user/{root.pk}/password/", {"password1": "y" * 12, "password2": "y" * 12}
    ).status_code in {302, 403, 404}
    root.refresh_from_db()
    assert root.check_password("x")


def test_a_new_account_gets_a_link_and_no_password(signed_in):
    client = signed_in(roles.PROGRAMME_ADMIN)
    role = Group.objects.get(name=roles.CASE_WORKER)
    answer = client.post(
        "/admin/auth/user/add/",
        {"username": "nur@example.org", "email": "nur@example.org", "groups": [role.pk]},
        follow=True,
    )
    nur = User.objects.get(username="nur@example.org")
    assert (nur.is_staff, nur.is_superuser, nur.has_usable_password()) == (True, False, False)
    assert "/admin/set_up/" in answer.content.decode()
    [entry] = AuditEntry.objects.filter(action=Action.ADD)
    assert entry.detail == {"roles": [roles.CASE_WORKER], "is_active": True}
