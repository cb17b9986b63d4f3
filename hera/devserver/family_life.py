"""What one family of the demo country tells, day by day, to the services behind the API and the panel."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from hera.child_health import doses, endings
from hera.child_health.endings import By
from hera.child_health.models import Child, ChildEnd, DoseGiven, Pregnancy, PregnancyOutcome, Source
from hera.child_health.partial_dates import PartialDate
from hera.child_health.services import Declaration, declare_pregnancy, save_child, today_of
from hera.core import clock
from hera.devserver.made_up_families import DAYS, Family, Story
from hera.health_center.services import set_center
from hera.user_profile.services import record_sign_in, save_onboarding, save_profile, set_channels

if TYPE_CHECKING:
    from hera.child_health.calendar import Dose
    from hera.devserver.made_up_families import MadeUpChild
    from hera.health_center.models import HealthCenter

_OVER = (PregnancyOutcome.Kind.MOVED, PregnancyOutcome.Kind.MISTAKE, PregnancyOutcome.Kind.NOT_SAID)
_ENDS = (ChildEnd.Reason.DIED, ChildEnd.Reason.MOVED, ChildEnd.Reason.MISTAKE)
_BY_HER = By(Source.MOTHER)
_SAYS_NOTHING = 6  # each sixth family of where it goes
_CARDS_READ_AFTER = (45, 130)  # days after joining


class FamilyLife:
    """A family and its records as they come to be.

    Args:
        programme: the doses of the country's active vaccines.
        nurse: the member of staff who enters what is on cards.
        centre: where they go.
    """

    def __init__(self, family: Family, programme: list[Dose], nurse: User, centre: HealthCenter) -> None:
        self.family = family
        self._programme = programme
        self._nurse = nurse
        self._centre = centre
        self._children: list[Child] = []
        self.user: User

    def acts(self) -> Iterator[tuple[int, Callable[[], None]]]:
        """What happens, and on which day; days may be given in any order, and later than today."""
        family = self.family
        yield family.joins, self._join
        if family.ends is not None:
            yield family.ends, self._end_pregnancy
        match family.story:
            case Story.CARD:
                yield from ((family.joins + days, self._read_card) for days in _CARDS_READ_AFTER)
            case Story.TOLD:
                yield family.joins + 70, self._tell_doses
            case Story.PAUSED:
                # Each second pause still lasts.
                yield (DAYS - 10 if family.turn % 2 == 0 else family.joins + 30), self._pause
            case Story.ENDED:
                yield family.joins + 60, self._end_child

    def _join(self) -> None:
        family, now = self.family, clock.now()
        self.user = User(username=family.number, date_joined=now)
        self.user.set_unusable_password()
        self.user.save()
        record_sign_in(self.user, typed_number=family.number, language_code=family.place.language)
        save_profile(
            self.user,
            {
                "name": family.name,
                "gender": "FEMALE",
                "date_of_birth": family.born,
                "agree_to_terms_at": now,
                "language_code": family.place.language,
                "timezone": family.place.zone,
            },
        )
        flags = ("has_filled_profile", "has_filled_pregnancy_status", "has_filled_children_info")
        save_onboarding(self.user, dict.fromkeys(flags, True))
        if family.story == Story.TWINS:
            set_channels(self.user, {"push": False})
        if family.turn % _SAYS_NOTHING:
            set_center(self.user, self._centre if family.turn % 2 else None, self._home())
        if family.week is not None:
            declare_pregnancy(self.user, Declaration(family.week, None, family.turn % 2))
        self._children = [self._register(child) for child in family.children]

    def _home(self) -> tuple[float, float]:
        """Some kilometres from her centre, in any direction."""
        latitude, longitude = self._centre.place or (0.0, 0.0)
        turn = self.family.turn
        return latitude + (turn % 5 - 2) / 50, longitude + (turn % 7 - 3) / 50

    def _register(self, made_up: MadeUpChild) -> Child:
        born = today_of(self.user) - dt.timedelta(days=made_up.age_when_joined)
        child = Child(user=self.user, name=made_up.name, gender=made_up.gender, date_of_birth=born)
        ticked = self.family.story == Story.TICKED
        return save_child(child, {dose.vaccine_id for dose in self._due(child)} if ticked else [])

    def _end_pregnancy(self) -> None:
        family, today = self.family, today_of(self.user)
        pregnancy = Pregnancy.objects.select_related("user__profile").get(user=self.user)
        if family.newborn is not None:
            born = today - dt.timedelta(days=2)
            newborn = endings.Newborn(family.newborn.name, family.newborn.gender, born)
            weeks = (born - pregnancy.estimated_start_date).days // 7
            _outcome, self._children = endings.end_pregnancy(
                pregnancy, PregnancyOutcome.Kind.BIRTH, _BY_HER, date=born, gestation_weeks=weeks, newborns=[newborn]
            )
        elif family.story == Story.LOST:
            endings.end_pregnancy(pregnancy, PregnancyOutcome.Kind.LOSS, self._one_of_both())
        else:
            endings.end_pregnancy(pregnancy, _OVER[family.turn % len(_OVER)], self._one_of_both())

    def _one_of_both(self) -> By:
        return By(Source.STAFF, self._nurse) if self.family.turn % 2 else _BY_HER

    def _read_card(self) -> None:
        """A nurse copies a card: all doses that were due a week ago, with their days, the place, and the lots."""
        for child in self._children:
            today = today_of(self.user)
            entries = [
                doses.Entry(
                    vaccine_dose_id=dose.id,
                    date=PartialDate(self._day_given(child, dose), DoseGiven.Precision.DAY),
                    place=self.family.centre,
                    lot=f"LOT{dose.id:03d}{self.family.turn % 10}",
                    client_key=f"card-{dose.id}",
                )
                for dose in self._due(child, dt.timedelta(days=7))
            ]
            doses.record(child, entries, DoseGiven.Source.CARD, today=today, by=self._nurse)

    def _tell_doses(self) -> None:
        """She tells of doses as she remembers them: of the first the day, of the others the month."""
        for child in self._children:
            due = self._due(child, dt.timedelta(days=7))
            entries = [
                doses.Entry(vaccine_dose_id=dose.id, date=self._remembered(child, dose, exactly=dose is due[0]))
                for dose in due
            ]
            doses.record(child, entries, DoseGiven.Source.MOTHER, today=today_of(self.user))

    def _remembered(self, child: Child, dose: Dose, *, exactly: bool) -> PartialDate:
        day = self._day_given(child, dose)
        return PartialDate.read(day.isoformat() if exactly else f"{day:%Y-%m}")

    def _pause(self) -> None:
        for child in self._children:
            endings.pause_child(child, today_of(self.user) + dt.timedelta(days=40), self._one_of_both())

    def _end_child(self) -> None:
        for child in self._children:
            endings.end_child(child, _ENDS[self.family.turn % len(_ENDS)], self._one_of_both())

    def _due(self, child: Child, since: dt.timedelta = dt.timedelta()) -> list[Dose]:
        """The doses that were due for this child so long ago."""
        last = today_of(self.user) - since - child.date_of_birth
        return [
            dose
            for dose in self._programme
            if dt.timedelta(weeks=dose.week_age) <= last
            and (dose.for_male if child.gender == "MALE" else dose.for_female)
        ]

    def _day_given(self, child: Child, dose: Dose) -> dt.date:
        """A few days late, as it goes, yet always in the past."""
        return child.date_of_birth + dt.timedelta(weeks=dose.week_age, days=(child.pk + dose.id) % 7)
