"""Calls and meetings with a person, as staff note them; and when she is on the worklist again."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hera.child_health.possible_dates import NotPossible
from hera.core import clock, timezones
from hera.core.visible import one_line
from hera.people.models import Contact

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

Outcome = Contact.Outcome
OUTCOMES = {
    Outcome.WILL_COME: gettext_lazy("she will come"),
    Outcome.CAME: gettext_lazy("she came"),
    Outcome.NO_ANSWER: gettext_lazy("no answer"),
    Outcome.PHONE_OFF: gettext_lazy("the phone is off, or is not hers"),
    Outcome.MOVED: gettext_lazy("moved away"),
    Outcome.REFUSED: gettext_lazy("she does not want it"),
    Outcome.LOSS: gettext_lazy("a pregnancy or a child was lost"),
    Outcome.OTHER: gettext_lazy("something else"),
}
# In how many days somebody looks again where no day was agreed on. What is entered elsewhere (a dose, an end) takes her
# off the list by itself, so until tomorrow is enough for that.
AGAIN_AFTER = {
    Outcome.WILL_COME: 7,
    Outcome.CAME: 1,
    Outcome.NO_ANSWER: 1,
    Outcome.PHONE_OFF: 3,
    Outcome.MOVED: 1,
    Outcome.REFUSED: 90,
    Outcome.LOSS: 1,
    Outcome.OTHER: 1,
}
FARTHEST = dt.timedelta(days=366)


def note(
    person: User, outcome: Contact.Outcome, by: User, *, next_on: dt.date | None = None, words: str = ""
) -> Contact:
    """Keep that she was called or met. It is the newest from then on.

    Args:
        next_on: the day on which she is called again, whatever is due by then; none: the worklist leaves her out for as
            long as goes with the outcome.

    Raises:
        NotPossible: for one that is over, or more than a year away.
    """
    today = clock.today_in(timezones.default())
    if next_on is not None and next_on < today:
        raise NotPossible(_("The next day is over already."))
    if next_on is not None and next_on > today + FARTHEST:
        raise NotPossible(_("The next day is more than a year away."))
    again = next_on or today + dt.timedelta(days=AGAIN_AFTER[outcome])
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)  # two at once are one after the other
        Contact.objects.filter(person=person, is_newest=True).update(is_newest=False)
        return Contact.objects.create(
            person=person,
            outcome=outcome,
            words=one_line(words),
            next_on=again,
            is_agreed=next_on is not None,
            entered_by=by,
            at=clock.now(),
        )


def newest_first(person: User) -> QuerySet[Contact]:
    """All contacts with her, each with who noted it."""
    return Contact.objects.filter(person=person).select_related("entered_by").order_by("-at", "-id")


def move(of: User, to: User) -> None:
    """Give the contacts of one account to another, whose newest stays the newest."""
    if Contact.objects.filter(person=to).exists():
        Contact.objects.filter(person=of, is_newest=True).update(is_newest=False)
    Contact.objects.filter(person=of).update(person=to)


def newest_of(people: Iterable[int]) -> dict[int, Contact]:
    """The newest contact with each of these, by her id; one statement."""
    found = Contact.objects.filter(person__in=list(people), is_newest=True).select_related("entered_by")
    return {contact.person_id: contact for contact in found}
