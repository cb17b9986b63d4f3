"""Campaigns, which staff call messages: looked at beforehand, confirmed, handed to delivery in lists, stopped.

draft -> scheduled -> sending -> sent, and -> stopped from each of the last three. To more people than a setting says,
draft -> approval -> scheduled: a second person lets it go, with the texts that it was confirmed with. They are counted
when it is confirmed, and again when a turn of it begins: where they are more by then, -> approval.

People have their turn in the order of their ids. A list of them is one transaction of events, messages and the place
that was reached, under a lock of the staff message's row: whoever is killed, and however many work at it, nobody is
left out or reached twice.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from hera.campaigns import own_texts, recurrence, zone_turns
from hera.core import clock, phone_numbers
from hera.core.ids import id_in
from hera.core.ports import Action, audit_trail
from hera.delivery import outbox, withdrawing
from hera.delivery.models import Message
from hera.delivery.models import State as DeliveryState
from hera.events import services
from hera.events.models import InstantNotification
from hera.people import selectors as people
from hera.scheduling.still_true import ABOUT, CHILDREN

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet
log = logging.getLogger(__name__)

State = InstantNotification.State
TASK = "hera.campaigns.send_campaigns"
BATCH = 1_000  # people
LONGEST_NUMBER = 16  # of the table's column
_ASKED = "asked"  # no field of the filter


class WrongState(Exception):  # noqa: N818  (named as the fact)
    """Somebody else was quicker; the message is for whoever pressed the button."""


def recipients(message: InstantNotification) -> QuerySet[User]:
    """The people who get a message: those with its numbers, or those whom its filter finds when their turn comes."""
    if message.criteria is not None:
        found = people.chosen(message.criteria).exclude(username__startswith=phone_numbers.NO_NUMBER)
        is_about_children = services.about(message.criteria).get(ABOUT) == CHILDREN
        return people.with_a_child_reminded_of(found) if is_about_children else found
    numbers = set(readable(message.phone_numbers).values())
    return User.objects.filter(username__in=numbers, is_active=True, is_staff=False)


def numbers_of(ids: Iterable[str]) -> list[str]:
    """The numbers of people with these ids; what is no id of somebody who may be reminded is left out."""
    found = people.people().filter(pk__in=set(map(id_in, ids))).exclude(username__startswith=phone_numbers.NO_NUMBER)
    return list(found.order_by("pk").values_list("username", flat=True))


def numbers_in(text: str) -> list[str]:
    """The numbers that staff wrote, in E.164 where they are ones, each once.

    Raises:
        ValueError: if something there cannot be a number; it is in the message.
    """
    written = list(dict.fromkeys(part.strip() for part in re.split(r"[\n,;]", text) if part.strip()))
    known = readable(written)
    if too_long := next((one for one in written if one not in known and len(one) > LONGEST_NUMBER), None):
        raise ValueError(_("This is not a phone number: %(text)s") % {"text": too_long})
    return list(dict.fromkeys(known.get(one, one) for one in written))


def readable(numbers: list[str]) -> dict[str, str]:
    """What was written, and the number that it is; without what is none."""
    found = {}
    for written in numbers:
        with contextlib.suppress(phone_numbers.InvalidPhoneNumber):
            found[written] = phone_numbers.parse(written).e164
    return found


def save_draft(message: InstantNotification, writer: int | None = None, own: own_texts.OwnTexts | None = None) -> None:
    """Keep a draft.

    Args:
        writer: the account that wrote it; it does not approve it.
        own: its own texts; none where it says what a type says.

    Raises:
        WrongState: if it has been confirmed meanwhile.
    """
    with transaction.atomic():
        kept = _locked(message) if message.pk else message
        if kept.state != State.DRAFT:
            raise WrongState(_("This message has been confirmed already."))
        message.writers = sorted({*(kept.writers or []), *([writer] if writer else [])})
        before = own_texts.of(kept)
        if own is not None:
            message.notification_type = own_texts.keep(before, own)
        message.save()
        if before and message.notification_type_id != before.pk:
            own_texts.forget(before)


def throw_away(drafts: Iterable[InstantNotification]) -> None:
    """Delete drafts, with the texts that are theirs alone."""
    with transaction.atomic():
        for draft in drafts:
            own = own_texts.of(draft)
            draft.delete()
            if own:
                own_texts.forget(own)


def confirm(draft: InstantNotification, shown: str | None = None) -> None:
    """Let a draft go out, at its time; or, to more people than the setting says, ask for a second person.

    Args:
        shown: the version (`own_texts.version`) of which somebody was shown what happens; None where nobody looks.

    Raises:
        WrongState: if it is no draft any more, or another than was shown.
    """
    with transaction.atomic():
        message = _locked(draft)
        if message.state != State.DRAFT:
            raise WrongState(_("This message has been confirmed already."))
        if shown is not None and shown != own_texts.version(message):
            raise WrongState(
                _("It is saved, and not sent yet: you changed it. Look at what happens now, then send it.")
            )
        if needs_approval(message):
            _ask_a_second_person(message)
        else:
            _let_go(message)
        draft.state = message.state


def let_go_to_one(draft: InstantNotification) -> None:
    """Let a draft to one number go out at once: no second person looks at it, whatever the setting says.

    Raises:
        WrongState: if it is no draft to one number any more.
    """
    with transaction.atomic():
        message = _locked(draft)
        if message.state != State.DRAFT or message.criteria is not None or len(message.phone_numbers) != 1:
            raise WrongState(_("This message has been confirmed already."))
        _let_go(message)
        draft.state = message.state


def needs_approval(message: InstantNotification) -> bool:
    """Whether so many people would get it now that a second person has to look at it."""
    return recipients(message).count() > settings.HERA.message_approval_above


def may_approve(message: InstantNotification, account: int) -> bool:
    """Whether this account has written no part of it."""
    return account not in {message.created_by_id, *(message.writers or [])}


def approve(asked: InstantNotification, account: int, shown: str) -> None:
    """Let go what another account has written.

    Args:
        shown: the version (`own_texts.version`) that whoever approves has read.

    Raises:
        WrongState: if nobody asks for it any more, this account wrote it, or it is another than was shown.
    """
    with transaction.atomic():
        message = _locked(asked)
        if message.state != State.APPROVAL:
            raise WrongState(_("This message does not wait for a second person."))
        if not may_approve(message, account):
            raise WrongState(_("Who wrote a message does not approve it: ask a colleague."))
        if shown != own_texts.version(message):
            raise WrongState(_("It was changed after you opened this page. Read it as it is now, then approve it."))
        message.approved_by_id = account
        _let_go(message)


def may_give_back(message: InstantNotification) -> bool:
    """Whether it can be a draft again: nobody has got it, nor an earlier run, whose texts are the same rows."""
    return message.run_of_id is None and not message.people_reached


def give_back(asked: InstantNotification) -> None:
    """Make it a draft again, to be changed and confirmed anew. It says what its type says by now.

    Raises:
        WrongState: if it does not wait for a second person, or somebody has got it already.
    """
    with transaction.atomic():
        message = _locked(asked)
        if message.state != State.APPROVAL:
            raise WrongState(_("This message does not wait for a second person."))
        if not may_give_back(message):
            raise WrongState(_("Some people have got this message already: approve it, or stop it and write another."))
        taken = own_texts.let_go(message)
        message.state = State.DRAFT
        message.save(update_fields=["state", "notification_type", "texts_from", "updated_at"])
        if taken:
            own_texts.forget(taken)


def _ask_a_second_person(message: InstantNotification) -> None:
    """It waits until it is approved, as it is now; inside the caller's transaction."""
    own_texts.take_over(message)
    message.state = State.APPROVAL
    message.save(update_fields=["state", "notification_type", "texts_from", "updated_at"])


def _let_go(message: InstantNotification) -> None:
    """At its time, by the task of each minute, or at once, by one of its own, where that is over; inside the caller's
    transaction. The time that was wanted stays: later runs, and zones whose turn is still to come, go by it."""
    now = clock.now()
    message.send_at = message.send_at or now
    message.state = State.SCHEDULED
    message.save(update_fields=["state", "send_at", "approved_by", "updated_at"])
    if message.send_at <= now:
        app.configure_task(TASK, queueing_lock=f"{TASK}/{message.pk}").defer(timestamp=int(now.timestamp()))


def stop(sending: InstantNotification) -> None:
    """Reach nobody else, take back what no worker has begun to send, and repeat it no more.

    Of a repeated message each run that waits or goes out is stopped, whichever of them it was said of.

    Raises:
        WrongState: if it is a draft, or stopped already.
    """
    with transaction.atomic():
        message = _locked(sending)
        if message.state in (State.DRAFT, State.STOPPED):
            raise WrongState(_("There is nothing to stop: this message is not on its way."))
        stopped = [message, *_to_come(message).select_for_update()]
        for one in stopped:
            one.state = State.STOPPED
            one.finished_at = clock.now()
            one.criteria = _without_what_was_typed(one.criteria)
            one.save(update_fields=["state", "finished_at", "criteria", "updated_at"])
    # Whoever was handing over a list has committed it before the lock was ours; nobody hands over another.
    for one in stopped:
        one.people_withdrawn = outbox.delete_untried_of(one.pk) + withdrawing.withdraw_stopped(one.pk)
        one.save(update_fields=["people_withdrawn", "updated_at"])


def following(message: InstantNotification) -> InstantNotification | None:
    """The run of a repeated message that waits or goes out; None if none does, or this is it."""
    return _to_come(message).first()


def _to_come(message: InstantNotification) -> QuerySet[InstantNotification]:
    """The other runs of a repeated message that have not come to their end."""
    unfinished = recurrence.runs_of(message).filter(state__in=[State.APPROVAL, State.SCHEDULED, State.SENDING])
    return unfinished.exclude(pk=message.pk).order_by("pk")


def send_due(now: dt.datetime) -> Iterator[int]:
    """Hand over every confirmed message whose time has come, list by list; yields how many people each list reached.

    A message that fails does not hold up the others: it is logged, and tried again a minute later.
    """
    its_time = Q(send_at__lte=now) | Q(at_local_time=True, send_at__lte=now + zone_turns.FURTHEST)
    due = InstantNotification.objects.filter(its_time, state__in=[State.SCHEDULED, State.SENDING])
    for message in list(due.order_by("send_at", "id")):
        try:
            while (reached := _send_next(message)) is not None:
                yield reached
        except ValueError:  # a filter that cannot be read
            log.exception("staff message %s cannot be sent", message.pk)


def _send_next(due: InstantNotification) -> int | None:
    """Hand over the next list; None if there is none left."""
    with transaction.atomic():
        message = _locked(due)
        if message.state not in (State.SCHEDULED, State.SENDING):
            return None
        turn = zone_turns.turn_of(message, clock.now())
        if turn is None:
            return None
        if _has_grown(message):
            _ask_a_second_person(message)
            audit_trail().record_of("HERA (jobs)", Action.CHANGE, about=f"message {message.pk}", asks_for_approval=True)
            return None
        found = recipients(message).filter(pk__gt=message.reached_user_id).order_by("pk")
        user_ids = list(found.values_list("pk", flat=True)[:BATCH])
        reached = services.announce_to(message, turn.of(user_ids))
        message.people_reached += reached
        message.reached_user_id = user_ids[-1] if user_ids else message.reached_user_id
        message.state = State.SENDING
        if len(user_ids) < BATCH and turn.is_last:
            _finish(message)
        elif len(user_ids) < BATCH:
            zone_turns.end_turn(message, turn)
        message.save()
    return reached


def _has_grown(message: InstantNotification) -> bool:
    """Whether nobody has approved it and, at the beginning of a turn, it finds more people than one may write to alone:
    when it was confirmed, they were fewer. To one person alone nobody is asked (`let_go_to_one`)."""
    is_to_one = message.criteria is None and len(message.phone_numbers) == 1
    begins = message.reached_user_id == 0
    return begins and not is_to_one and message.approved_by_id is None and needs_approval(message)


def _finish(message: InstantNotification) -> None:
    """It is sent; its next run, if it has one, waits from now on. Inside the caller's transaction."""
    message.state = State.SENT
    message.finished_at = clock.now()
    if to_come := recurrence.next_run(message, message.finished_at):
        to_come.save()
    message.criteria = _without_what_was_typed(message.criteria)


def asked_fields(message: InstantNotification) -> list[str] | None:
    """The fields of the filter by which it went out; None if it went to numbers."""
    return None if message.criteria is None else list(message.criteria.get(_ASKED, message.criteria))


def _without_what_was_typed(criteria: dict[str, Any] | None) -> dict[str, Any] | None:
    """What is kept of a filter that is done with: it finds nobody any more, and a name or number cannot be read.

    It is no filter by its shape, so that whoever took it for one is refused, and reaches nobody.
    """
    if criteria is None or _ASKED in criteria:
        return criteria
    return {_ASKED: audit_trail().asked(criteria)}


def _locked(message: InstantNotification) -> InstantNotification:
    """As it stands now, locked after the first of its runs: whoever stops that must see each run that was made."""
    rows = InstantNotification.objects.filter(pk__in=[message.run_of_id or message.pk, message.pk])
    found = {row.pk: row for row in rows.order_by("pk").select_for_update()}  # the first run was made before the others
    if message.pk not in found:
        raise WrongState(_("This draft was thrown away."))
    return found[message.pk]


@dataclass(frozen=True)
class Progress:
    label: str
    messages: int


def progress(message: InstantNotification) -> list[Progress]:
    """How many of its messages are in which state of delivery."""
    counted = Message.objects.filter(event__instant_notification=message).order_by().values_list("state")
    by_state = dict(counted.annotate(Count("pk")))
    return [Progress(_(str(state.label)), by_state[state]) for state in DeliveryState if state in by_state]
