"""The list of notifications, as phones ask for it at each start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hera.api.own_lists import OwnList, Partial, instant
from hera.events import selectors
from hera.texts.rendering import NoTimeToRender

if TYPE_CHECKING:
    from hera.api.own_lists import Caller


def _notifications(caller: Caller, *found: Any) -> Any:
    """To the first app the body is the in-app content: it shows nothing else of it."""
    rows, is_whole = [], True
    for one in selectors.notifications_from(caller.today, caller.language, *found):
        if isinstance(one, NoTimeToRender):
            is_whole = False
            continue
        date, texts = one.context.get("date"), one.content
        rows.append(
            {
                "id": one.id,
                "notification_type": one.type_code,
                "push_title": texts.push_title,
                "push_body": (caller.is_first_app and texts.in_app_content) or texts.push_body,
                "in_app_content": texts.in_app_content,
                "destination": "calendar" if date else None,
                "date": date,
                "read_at": instant(one.read_at),
                "created_at": instant(one.created_at),
            }
        )
    return rows if is_whole else Partial(rows)


NOTIFICATIONS = OwnList(selectors.NOTIFICATIONS, _notifications, changes_at=selectors.NEXT_TO_EXPIRE)
