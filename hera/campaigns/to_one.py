"""Writing to one mother: what a type says, or own texts in her language; at once, by the campaigns' machinery."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _

from hera.campaigns import dry_run, own_texts, services
from hera.core import clock, languages, phone_numbers
from hera.events import content
from hera.events.models import InstantNotification, NotificationTemplate
from hera.texts.rendering import NoTimeToRender

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hera.campaigns.dry_run import Cost, Preview
    from hera.events.models import NotificationType


_TWICE = dt.timedelta(minutes=10)  # within which the same to the same mother is a second press of the button


@dataclass(frozen=True)
class Letter:
    """What is to be said to her: a type, or the three texts (`checks.TEXTS`) and what follows an unread push."""

    kind: NotificationType | None
    texts: Mapping[str, str]
    fallback_channel: str = ""


def why_not(person: User) -> str:
    """Why nobody can write to her, with its mend; blank if somebody can."""
    if not person.is_active:
        return _("Her account is closed: nothing is sent to it.")
    if person.username.startswith(phone_numbers.NO_NUMBER):
        return _("She has no number, so nothing reaches her. Visit her, or give her a number on her page.")
    if getattr(person, "profile", None) is None:
        return _("She has not registered to the end, so nothing reaches her yet.")
    return ""


def example_of(person: User) -> dict[str, str]:
    """What is filled into a text to her."""
    return {"person_name": person.profile.name}


def preview(person: User, letter: Letter) -> Preview:
    """What she would read, in her language, or in English where a type has no text in hers."""
    language = languages.of(person)
    templates: Sequence[NotificationTemplate] = (
        list(letter.kind.templates.all())
        if letter.kind
        else [NotificationTemplate(language_code=language, **letter.texts)]
    )
    try:
        read_in = content.template_for(language, templates).language_code
        found = content.content_for(language, templates, example_of(person))
    except (content.Undeliverable, NoTimeToRender) as problem:
        return dry_run.Preview(language, 1, None, str(problem))
    return dry_run.Preview(read_in, 1, found)


def cost(person: User, letter: Letter, seen: Preview) -> Cost | None:
    """What it costs if she does not read it in the app; None where nothing follows a push."""
    channel = letter.kind.fallback_channel if letter.kind else letter.fallback_channel
    return dry_run.cost_of_one(channel, person.username, seen.content) if channel and seen.content else None


@transaction.atomic
def send(person: User, letter: Letter, writer: User) -> InstantNotification:
    """Write to her, at once. One person needs no second one's approval; money's gate and quiet hours hold as for all.

    Raises:
        WrongState: if nothing can be sent to her, or the writer has just sent her the same: she pressed twice.
    """
    if problem := why_not(person):
        raise services.WrongState(problem)
    User.objects.select_for_update().get(pk=person.pk)
    if _was_just_sent(person, letter, writer):
        raise services.WrongState(_("You have just sent her this. It is below, among her notifications."))
    message = InstantNotification(phone_numbers=[person.username], created_by=writer)
    own = None
    if letter.kind is None:
        own = own_texts.OwnTexts({languages.of(person): letter.texts}, letter.fallback_channel)
    else:
        message.notification_type = letter.kind
    services.save_draft(message, writer.pk, own)
    services.let_go_to_one(message)
    return message


def _was_just_sent(person: User, letter: Letter, writer: User) -> bool:
    sent = InstantNotification.objects.filter(
        created_by=writer, phone_numbers=[person.username], created_at__gte=clock.now() - _TWICE
    )
    if letter.kind is not None:
        return sent.filter(notification_type=letter.kind).exists()
    texts = {f"notification_type__templates__{name}": text for name, text in letter.texts.items()}
    return sent.filter(notification_type__is_of_message=True, **texts).exists()
