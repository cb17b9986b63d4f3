"""All that is known of one person, for one page: a fixed number of queries, however much it is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from hera.child_health.calendar import Vaccination
from hera.child_health.models import Vaccine, VaccineDose
from hera.child_health.selectors import calendar_of, children_of, pregnancies_of
from hera.core import clock, timezones
from hera.delivery.models import Attempt, Message
from hera.events.models import NotificationEvent
from hera.people.masking import Mask
from hera.surveys.models import Survey, SurveyType
from hera.user_profile.models import ChannelOptOut, SignIn, UserProfile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.contrib.auth.models import User

    from hera.child_health.calendar import AppEvent
    from hera.child_health.models import Child, Pregnancy

# The newest of each are shown; older ones are in an export.
SHOWN = 100


@dataclass
class ChildRecord:
    """A child as the page shows it: its vaccines given, and its doses, with what is overdue."""

    child: Child
    name: str
    age: str
    given: list[str]
    due: list[tuple[dt.date, str, bool]] = field(default_factory=list)


@dataclass
class PersonRecord:
    user: User
    name: str
    number: str
    age: str
    today: dt.date
    pregnancies: list[Pregnancy]
    children: list[ChildRecord]
    visits: list[tuple[dt.date, bool]]
    notifications: list[NotificationEvent]
    surveys: list[Survey]
    sign_ins: list[SignIn]
    opt_outs: list[str]
    zone_in_place: str  # of a stored zone that there is not; else empty


def record_of(user: User, mask: Mask) -> PersonRecord:
    """Everything about a person, as somebody may see it who sees through `mask`."""
    profile = getattr(user, "profile", None)
    today = clock.today_in(timezones.effective(profile.timezone if profile else "", user.username))
    as_of = mask.as_of(today)
    events = calendar_of(user, today)
    names = dict(Vaccine.objects.values_list("id", "name"))
    vaccine_of = dict(VaccineDose.objects.values_list("id", "vaccine_id"))
    children = [
        ChildRecord(
            child=child,
            name=mask.name(child.name),
            age=mask.born(child.date_of_birth, today),
            given=[names[vaccine] for vaccine in child.ticks],  # type: ignore[attr-defined]
            due=_due(child, events, vaccine_of, names, as_of),
        )
        for child in children_of(user, today, hidden=True)
    ]
    messages = Prefetch(
        "messages",
        Message.objects.order_by("id").prefetch_related(Prefetch("attempts", Attempt.objects.order_by("id"))),
    )
    notifications = NotificationEvent.objects.filter(user=user).select_related("notification_type")
    surveys = list(Survey.objects.filter(user=user).select_related("survey_template").order_by("-id")[:SHOWN])
    for survey in surveys:
        is_written = survey.survey_template.survey_type == SurveyType.TEXT  # by herself: it may say who she is
        survey.shown_response = mask.name(survey.response or "") if is_written else survey.response  # type: ignore[attr-defined]
    return PersonRecord(
        user=user,
        name=mask.name(profile.name if profile else ""),
        number=mask.number(user.username),
        age=mask.born(profile.date_of_birth, today) if profile else "",
        today=today,
        pregnancies=list(pregnancies_of(user, as_of)),
        children=children,
        visits=[(event.date, event.date < as_of) for event in events if event.event_type == "prenatal_checkup"],
        notifications=list(notifications.order_by("-id").prefetch_related(messages)[:SHOWN]),
        surveys=surveys,
        sign_ins=list(SignIn.objects.filter(user=user).order_by("-signed_in_at")[:SHOWN]),
        zone_in_place=zone_in_place(profile),
        opt_outs=list(ChannelOptOut.objects.filter(user=user).values_list("channel", flat=True)),
    )


def zone_in_place(profile: UserProfile | None) -> str:
    """The zone that somebody is reminded in whose stored one there is not; empty if hers is a zone."""
    if profile is None or timezones.known(profile.timezone):
        return ""
    return timezones.effective(profile.timezone, profile.user.username).key


def _due(
    child: Child,
    events: Iterable[AppEvent],
    vaccine_of: dict[int, int],
    names: dict[int, str],
    as_of: dt.date,
) -> list[tuple[dt.date, str, bool]]:
    """The child's doses whose vaccine is not ticked: (day, vaccines, is it overdue)."""
    rows = []
    for event in events:
        if isinstance(event, Vaccination) and event.child_id == child.pk:
            missing = {vaccine_of[dose] for dose in event.group.dose_ids} - set(child.ticks)  # type: ignore[attr-defined]
            if missing:
                rows.append((event.date, ", ".join(names[vaccine] for vaccine in sorted(missing)), event.date < as_of))
    return rows


@dataclass(frozen=True)
class Summary:
    """A row of the list."""

    pk: int
    name: str
    number: str
    born: str
    language: str
    timezone: str
    joined: str


def summary_of(user: User, mask: Mask) -> Summary:
    """A person as the list shows her; her profile must be read with her."""
    profile = user.profile
    today = clock.today_in(timezones.effective(profile.timezone, user.username))
    return Summary(
        pk=user.pk,
        name=mask.name(profile.name),
        number=mask.number(user.username),
        born=mask.born(profile.date_of_birth, today),
        language=profile.get_language_code_display(),
        timezone=profile.timezone,
        joined=mask.day(user.date_joined.date()),
    )
