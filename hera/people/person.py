"""All that is known of one person, for one page: a fixed number of queries, however much it is."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import F, Prefetch, Q
from django.utils.translation import gettext

from hera.child_health import as_of, not_given, pregnancy_dates
from hera.child_health.calendar import PrenatalVisit, Vaccination
from hera.child_health.models import Child, ChildEnd, ChildPause, DoseGiven, Pregnancy, PregnancyOutcome, Vaccine
from hera.child_health.plan import worked_out
from hera.child_health.plan.programme import current_programme
from hera.child_health.selectors import calendar_of, children_of, pregnancies_of
from hera.core import clock, phone_numbers, timezones
from hera.delivery import reasons
from hera.delivery.models import Attempt, Message
from hera.delivery.ways import ways_of
from hera.events.models import NotificationEvent
from hera.people import likeness, told, written
from hera.people.card_table import questions_about, table_of
from hera.people.masking import Mask
from hera.scheduling import facts
from hera.surveys.models import Survey, SurveyType
from hera.user_profile.models import SignIn, UserProfile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from hera.child_health.calendar import AppEvent, Dose
    from hera.delivery.ways import Way
    from hera.people.card_table import Table
    from hera.people.likeness import KnownAs
    from hera.people.told import DoseLine, Line
    from hera.scheduling.still_true import Facts

# The newest of each are shown; older ones are in an export.
SHOWN = 100


@dataclass
class ChildRecord:
    """A child as the page shows it: its vaccines given, and its doses, with what is overdue."""

    child: Child
    name: str
    age: str
    gender: str
    given: list[str]
    is_paused: bool = False
    doses: list[DoseLine] = field(default_factory=list)
    ends: list[Line] = field(default_factory=list)
    pauses: list[Line] = field(default_factory=list)
    due: list[tuple[dt.date, str, bool]] = field(default_factory=list)
    # Its card by the pack in use, or else what has to be asked about its record; neither for who sees people masked.
    table: Table | None = None
    questions: list[str] = field(default_factory=list)

    @property
    def is_reminded(self) -> bool:
        return self.child.ended_at is None and not self.is_paused


@dataclass
class PregnancyRecord:
    """A pregnancy as the page shows it: with what was told of its end, and whether that was taken back."""

    pregnancy: Pregnancy
    is_running: bool
    told: list[Line]

    @property
    def is_impossible(self) -> bool:
        """Whether a week was declared that no pregnancy reaches: it is kept, and nothing is announced of it."""
        declared_on = self.pregnancy.declared_on or self.pregnancy.created_at.date()
        return pregnancy_dates.week_on(self.pregnancy.estimated_start_date, declared_on) >= pregnancy_dates.LAST_WEEK


@dataclass
class PersonRecord:
    user: User
    name: str
    number: str
    known: KnownAs | None  # None of who has no profile
    today: dt.date
    pregnancies: list[PregnancyRecord]
    ended_pregnancies: list[PregnancyRecord]
    children: list[ChildRecord]
    silent_children: list[ChildRecord]  # ended, or paused
    visits: list[tuple[str, bool]]  # before birth: when, and whether it is over
    visits_after_birth: list[tuple[dt.date, bool]]
    notifications: list[NotificationEvent]
    surveys: list[Survey]
    sign_ins: list[SignIn]
    ways: list[Way]  # to reach her, in the order in which they are taken
    zone_in_place: str  # of a stored zone that there is not; else empty


@dataclass(frozen=True)
class _Planned:
    """What the calendar says of a person."""

    events: Sequence[AppEvent] = ()
    known: Facts | None = None
    programme: Mapping[int, Dose] = field(default_factory=dict)

    def visits(self, today: dt.date) -> list[tuple[str, bool]]:
        """The visits before birth: when, and whether it is over."""
        visits = [event for event in self.events if isinstance(event, PrenatalVisit)]
        return [(told.of_visit(visit), visit.date < today) for visit in visits]

    @property
    def after_birth(self) -> list[dt.date]:
        """The days of the visits after birth."""
        births = (pregnancy.birth for pregnancy in self.known.pregnancies.values()) if self.known else ()
        return sorted(day for birth in births if birth for _number, day in birth.contacts or ())

    def doses_of(self, child_id: int, names: Mapping[int, str], today: dt.date) -> list[tuple[dt.date, str, bool]]:
        """The child's doses that it has not had, as far as anybody knows: (day, vaccines, is it overdue)."""
        known = self.known.children.get(child_id) if self.known else None
        rows = []
        for event in self.events:
            if isinstance(event, Vaccination) and event.child_id == child_id and known is not None:
                doses = [self.programme[dose] for dose in event.group.dose_ids if dose in self.programme]
                missing = {dose.vaccine_id for dose in doses if not known.had(dose)}
                if missing:
                    vaccines = ", ".join(names[vaccine] for vaccine in sorted(missing))
                    rows.append((event.date, vaccines, event.date < today))
        return rows


_NOTHING_PLANNED = _Planned()


def _planned(user: User, today: dt.date) -> _Planned:
    people, programme = facts.load([user.pk], clock.now())
    return _Planned(calendar_of(user, today, paused=True), people[user.pk], programme)


def record_of(user: User, mask: Mask) -> PersonRecord:
    """Everything about a person, as somebody may see it who sees through `mask`.

    Masked, nothing that follows from the calendar: months of some visits or doses whose weeks everybody can read tell
    the day of birth, or the day on which it is due, to within some days. How many are open or over tells the same to
    whoever looks again. And nothing that was told, sent or done this month.
    """
    profile = getattr(user, "profile", None)
    today = clock.today_in(timezones.effective(profile.timezone if profile else "", user.username))
    known = likeness.known_as([user], mask)[user.pk] if profile else None
    planned = _NOTHING_PLANNED if mask.is_on else _planned(user, today)
    names = dict(Vaccine.objects.values_list("id", "name"))
    doses, ends, pauses = _doses(user, mask), _told(ChildEnd, user, mask), _told(ChildPause, user, mask)
    by_pack = None if mask.is_on else current_programme().programme.by_pack
    found_children = list(children_of(user, today, hidden=True))
    if mask.told_before is not None:
        found_children = _children_then(user, found_children, mask.told_before)
    subjects = worked_out.subjects_of([child.pk for child in found_children] if by_pack is not None else [])
    tables = {
        child.pk: table_of(by_pack, subjects[child.pk], doses[child.pk], today, not_given.of(child))
        for child in found_children
        if by_pack is not None
    }
    looks = _looks(found_children, profile, mask)
    children = [
        ChildRecord(
            child=child,
            name=mask.name(child.name),
            age=looks[child.pk].age,
            gender=looks[child.pk].gender,
            given=[names[vaccine] for vaccine in child.ticks],  # type: ignore[attr-defined]
            is_paused=child.paused_until is not None and child.paused_until > mask.as_of(today),
            doses=[told.of_dose(dose, mask, is_dated=not looks[child.pk].is_merged) for dose in doses[child.pk]],
            ends=[told.of_end(end, mask) for end in ends[child.pk]],
            pauses=[told.of_pause(pause, mask) for pause in pauses[child.pk]],
            due=planned.doses_of(child.pk, names, today),
            table=tables.get(child.pk),
            questions=[] if mask.is_on or tables.get(child.pk) else questions_about(child, doses[child.pk], today),
        )
        for child in found_children
    ]
    messages = Prefetch(
        "messages",
        Message.objects.filter(mask.was_told("state_at"))
        .order_by("id")
        .prefetch_related(Prefetch("attempts", Attempt.objects.order_by("id"))),
    )
    shown = {"user": user, **({"event_key": None} if mask.is_on else {})}  # what staff sent has none
    found = NotificationEvent.objects.filter(mask.was_told("notification_available_at"), **shown).select_related(
        "notification_type", "instant_notification__created_by", "instant_notification__texts_from"
    )
    notifications = list(found.order_by("-id").prefetch_related(messages)[:SHOWN])
    written.say(user, notifications, mask)
    for event in notifications:
        event.read_at, event.withdrawn_at = mask.moment(event.read_at), mask.moment(event.withdrawn_at)
        event.shown_because = reasons.withdrawn(event.withdrawn_because)  # type: ignore[attr-defined]
        for message in event.messages.all():
            _say_why(message)
    asked = Survey.objects.filter(mask.was_told("available_at"), **shown).select_related("survey_template")
    surveys = list(asked.order_by("-id")[:SHOWN])
    for survey in surveys:
        if survey.responded_at != mask.moment(survey.responded_at):
            survey.responded_at = survey.response = None
    written.ask(surveys, mask)
    for survey in surveys:
        survey.withdrawn_at = mask.moment(survey.withdrawn_at)
        is_written = survey.survey_template.survey_type == SurveyType.TEXT  # by herself: it may say who she is
        survey.shown_because = reasons.withdrawn(survey.withdrawn_because)  # type: ignore[attr-defined]
        survey.shown_response = mask.name(survey.response or "") if is_written else survey.shown_answer  # type: ignore[attr-defined]
    return PersonRecord(
        user=user,
        name=mask.name(profile.name if profile else ""),
        number=known.number if known else mask.number(user.username),
        known=known,
        today=today,
        pregnancies=[_pregnancy(row, mask) for row in _going_on(user, today, mask).prefetch_related(_outcomes(mask))],
        ended_pregnancies=[_pregnancy(row, mask) for row in _ended(user, mask)],
        children=[row for row in children if row.is_reminded],
        silent_children=[row for row in children if not row.is_reminded],
        visits=planned.visits(today),
        visits_after_birth=[(day, day < today) for day in planned.after_birth],
        notifications=notifications,
        surveys=surveys,
        sign_ins=list(
            SignIn.objects.filter(mask.was_told("signed_in_at"), user=user).order_by("-signed_in_at")[:SHOWN]
        ),
        zone_in_place="" if mask.is_on else zone_in_place(profile),
        # Nothing says since when she has which.
        ways=[] if mask.is_on or user.username.startswith(phone_numbers.NO_NUMBER) else ways_of(user),
    )


def _say_why(message: Message) -> None:
    """Why it is in its state, and what was wrong with each try, in the reader's words."""
    message.shown_reason = reasons.said(message.reason)  # type: ignore[attr-defined]
    message.shown_channel = gettext(message.get_channel_display())  # type: ignore[attr-defined]
    message.shown_state = gettext(message.get_state_display())  # type: ignore[attr-defined]
    for attempt in message.attempts.all():
        attempt.shown_error = reasons.said(attempt.error)  # type: ignore[attr-defined]
        attempt.shown_outcome = gettext(attempt.get_outcome_display())  # type: ignore[attr-defined]


@dataclass(frozen=True)
class _Look:
    """What a child is known by, in words; `is_merged`: its age is told coarsely, and no month tells it."""

    age: str
    gender: str
    is_merged: bool = False


def _looks(children: Sequence[Child], profile: UserProfile | None, mask: Mask) -> dict[int, _Look]:
    if not mask.is_on:
        return {row.pk: _Look(told.day(row.date_of_birth, mask), likeness.gender(row.gender)) for row in children}
    if not children:
        return {}
    alike, found = likeness.children_of_all(), {}
    for child in children:
        key = likeness.child_key(child, profile.timezone if profile else "")
        age, gender = alike.shown(key)
        found[child.pk] = _Look(likeness.age(age), likeness.gender(gender), is_merged=age != key[0])
    return found


def _children_then(user: User, children: list[Child], before: dt.datetime) -> list[Child]:
    """A person's children as they were known at a moment, with what was ticked, whether ended or paused."""
    ids = set(Child.objects.filter(user=user, created_at__lt=before).values_list("pk", flat=True))
    ended = set(Child.objects.filter(as_of.ended("child", before), user=user).values_list("pk", flat=True))
    pauses = dict(as_of.told(ChildPause, before).filter(child__user=user).values_list("child_id", "until"))
    ticks: defaultdict[int, list[int]] = defaultdict(list)
    active = set(Vaccine.objects.filter(is_active=True).values_list("pk", flat=True))
    for tick in as_of.ticks(ids, before):
        ticks[tick.child_id] += [tick.vaccine_id] if tick.vaccine_id in active else []
    found = [child for child in children if child.pk in ids]
    for child in found:
        child.ended_at = before if child.pk in ended else None
        child.paused_until = pauses.get(child.pk)
        child.ticks = ticks[child.pk]  # type: ignore[attr-defined]
    return found


def _outcomes(mask: Mask) -> Prefetch[str]:
    children = Prefetch("children", Child.objects.filter(mask.was_told("created_at")).order_by("pk"))
    told_of = PregnancyOutcome.objects.filter(mask.was_told("recorded_at")).select_related(*told.OF_TOLD)
    return Prefetch("outcomes", told_of.prefetch_related(children).order_by("-id"))


def _going_on(user: User, today: dt.date, mask: Mask) -> QuerySet[Pregnancy]:
    return pregnancies_of(user, mask.running_as_of(today), as_of.went_on("pregnancy", mask.told_before))


def _ended(user: User, mask: Mask) -> list[Pregnancy]:
    before = mask.told_before
    over = ~Q(ended_at=None) if before is None else as_of.ended("pregnancy", before)
    found = Pregnancy.objects.filter(over, user=user).prefetch_related(_outcomes(mask))
    return list(found.order_by("-created_at", "-id"))


def _pregnancy(pregnancy: Pregnancy, mask: Mask) -> PregnancyRecord:
    lines = [told.of_outcome(outcome, mask) for outcome in pregnancy.outcomes.all()]
    return PregnancyRecord(pregnancy, getattr(pregnancy, "is_running", False), lines)


def _told(model: Any, user: User, mask: Mask) -> defaultdict[int, list[Any]]:
    """What was told of a person's children, by child, the newest first."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    told_of = model.objects.filter(mask.was_told("recorded_at"), child__user=user)
    for row in told_of.select_related(*told.OF_TOLD).order_by("-id"):
        found[row.child_id].append(row)
    return found


def _doses(user: User, mask: Mask) -> defaultdict[int, list[DoseGiven]]:
    """The doses that count of a person's children, by child, in the order of their dates."""
    found: defaultdict[int, list[DoseGiven]] = defaultdict(list)
    known = mask.was_told("entered_at") & mask.stood("retracted_at")
    counting = DoseGiven.objects.filter(known, child__user=user).select_related(*told.OF_DOSE)
    for dose in counting.order_by(F("date").asc(nulls_last=True), "id"):
        found[dose.child_id].append(dose)
    return found


def zone_in_place(profile: UserProfile | None) -> str:
    """The zone that somebody is reminded in whose stored one there is not; empty if hers is a zone."""
    if profile is None or timezones.known(profile.timezone):
        return ""
    return timezones.effective(profile.timezone, profile.user.username).key
