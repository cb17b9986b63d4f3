"""Taking back families that a table registered: as they were right after it, and wholly.

What has happened to somebody since is found in every table that hangs on her account, through the models' own
relations, so that one that is added later is looked at without anybody thinking of it.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import CASCADE, ForeignKey, Q

from hera.child_health.models import Child, Pregnancy
from hera.delivery.models import Message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from django.db.models import Field, Model

# What is worked out of the rest, or written about her by the panel itself.
_FOLLOWS = frozenset(
    {
        *("child_health.PlannedVisit", "child_health.PlanFailure"),
        *("custom_user.BroughtRow", "custom_user.AuditValues", "admin.LogEntry"),
    }
)
# What jobs have prepared is nothing that happened to her, until she was sent it, or has read or answered it.
_HAPPENED = {
    "events.NotificationEvent": Q(push_notification_sent_at__isnull=False) | Q(read_at__isnull=False),
    "surveys.Survey": Q(responded_at__isnull=False),
    "delivery.Message": Q(begun_at__isnull=False),
}
_NOT_TOLD = frozenset({"created_at", "updated_at", "plan_version", "password"})


def states(users: Iterable[int]) -> dict[int, str]:
    """What each of these people's records are like: another text, if anything happened to her or them since.

    Who is gone is left out. A fixed number of queries.
    """
    ids = list(users)
    rows: defaultdict[int, list[Any]] = defaultdict(list)
    for model, path in _tables():
        label = model._meta.label
        found = model._base_manager.filter(_HAPPENED.get(label, Q()), **{f"{path}__in": ids})  # noqa: SLF001
        names = [field.attname for field in model._meta.concrete_fields if field.name not in _NOT_TOLD]
        for user, *values in found.order_by("pk").values_list(path, *names):
            rows[user].append([label, *map(str, values)])
    there = User.objects.filter(pk__in=ids).values_list("pk", flat=True)
    return {pk: hashlib.sha256(json.dumps(rows[pk]).encode()).hexdigest() for pk in there}


def hold(users: Iterable[int]) -> None:
    """Let nobody else change what these people told until the transaction ends."""
    list(User.objects.select_for_update().filter(pk__in=list(users)).order_by("pk").values_list("pk"))


@transaction.atomic
def remove(users: Sequence[int]) -> None:
    """Delete these people with all that hangs on them, as if they had never been registered."""
    User.objects.filter(pk__in=users, is_staff=False).delete()


def _tables() -> Iterator[tuple[type[Model], str]]:
    """The tables whose rows go with an account, a child or a pregnancy, and the path from there to the account."""
    yield User, "pk"
    yield Message, "event__user"
    for owner, path in ((User, ""), (Child, "user"), (Pregnancy, "user")):
        for model in apps.get_models(include_auto_created=True):
            if model._meta.label in _FOLLOWS or model._meta.proxy:
                continue
            for field in _foreign_keys(model, owner):
                yield model, f"{field.name}__{path}" if path else field.attname


def _foreign_keys(model: type[Model], owner: type[Model]) -> list[Field[Any, Any]]:
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, ForeignKey) and field.related_model is owner and field.remote_field.on_delete is CASCADE
    ]
