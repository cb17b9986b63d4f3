"""Short help, found by the panel's search: what staff ask, answered in a few sentences, with the page it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import Promise


@dataclass(frozen=True)
class Topic:
    """A question and its answer. `page`: one of the menu; who cannot open it is not shown the answer. None: all are."""

    title: str | Promise
    text: str | Promise
    page: str | None = None


TOPICS = (
    Topic(
        _("How do I find somebody?"),
        _(
            "By the beginning or the end of her number, as it is written at home or abroad, in any digits; or by the"
            " beginnings of the words of her name. The filter of the list asks for more."
        ),
        "admin:custom_user_customuser_changelist",
    ),
    Topic(
        _("Whom do I call today?"),
        _(
            "The list has who is to be called again, is due, is overdue, has told of no birth, or was not reached. Note"
            " what came of the call: that says when she is on the list again."
        ),
        "admin:worklist",
    ),
    Topic(
        _("A mother has no phone with the app"),
        _("Register her with her children in one form. She is called or visited. Without a number nothing is sent."),
        "admin:register_family",
    ),
    Topic(
        _("How do I enter doses from a card?"),
        _(
            "On her page, open the card of the child: several doses at once, with their dates as the card has them. A"
            " wrong one is retracted there, with a reason."
        ),
        "admin:worklist",
    ),
    Topic(
        _("A pregnancy has ended, or a child has died or moved away"),
        _("On her page, tell how it ended. From that moment nothing of it is sent. For 30 days it can be taken back."),
        "admin:worklist",
    ),
    Topic(
        _("How do I write to one mother?"),
        _("On her page, choose to write to her. What comes of it stands there, among her notifications."),
        "admin:worklist",
    ),
    Topic(
        _("How do I write to many?"),
        _(
            "Add a message, choose people by a filter or a segment, look at it as a phone shows it, and confirm. To"
            " very many it waits until a colleague approves it."
        ),
        "admin:events_instantnotification_changelist",
    ),
    Topic(
        _("Something was changed by mistake"),
        _(
            "Open the entry of the audit trail and undo it, within 30 days, if nobody has changed the same since. Texts"
            " have their earlier versions on their own page."
        ),
        "admin:custom_user_auditentry_changelist",
    ),
    Topic(
        _("How do I change what a reminder says?"),
        _(
            "Open its type. The texts are beside each other in five languages, with what becomes of them. Earlier texts"
            " are kept, and can be taken back."
        ),
        "admin:events_notificationtype_changelist",
    ),
    Topic(
        _("How do I see how the programme does?"),
        _("By month: coverage, on time, drop-out, reminders and visits, each held against its target."),
        "admin:figures_by_month",
    ),
    Topic(
        _("Who can open what?"),
        _("The role of an account says it. Ask an administrator of your programme for another role."),
    ),
    Topic(
        _("My phone with the second factor is lost"),
        _("Sign in with a recovery code. If none is left, another administrator resets the second factor."),
    ),
)
