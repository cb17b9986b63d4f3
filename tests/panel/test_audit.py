"""What staff do is written down, and stays written for as long as the setting says."""

from __future__ import annotations

import datetime as dt

import pytest
from asgiref.sync import async_to_sync
from django.db import DatabaseError, connection, transaction

from hera.core import clock
from hera.panel import roles, tasks
from hera.panel.models import AuditEntry

pytestmark = pytest.mark.django_db

LIST = "/admin/custom_user/customuser/"


def test_the_audit_trail_cannot_be_changed(signed_in, amal):
    client = signed_in(roles.PROGRAMME_ADMIN)
    client.get(f"{LIST}{amal.pk}/change/")
    entry = AuditEntry.objects.get()
    assert client.post(f"/admin/custom_user/auditentry/{entry.pk}/change/", {"about": "nothing"}).status_code == 403
    assert client.post(f"/admin/custom_user/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    for statement in ("UPDATE custom_user_auditentry SET about = ''", "DELETE FROM custom_user_auditentry"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_entries_past_their_time_are_deleted_by_the_nightly_job_alone():
    now = clock.now()
    for days in (2000, 1):
        AuditEntry.objects.create(at=now - dt.timedelta(days=days), actor_name="x", action="view", address="")
    async_to_sync(tasks.forget_what_is_old.func)(timestamp=0)
    assert AuditEntry.objects.count() == 1
