"""What an export says of each kind of record: its columns, and its rows for some people at a time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, F, Func, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast

from hera.child_health import as_of
from hera.child_health.calendar import months_of_age
from hera.child_health.doses import ON_PLANNED_DAYS
from hera.child_health.models import (
    Child,
    ChildEnd,
    ChildPause,
    DoseGiven,
    PastVaccination,
    PastVaccinationChange,
    Pregnancy,
    PregnancyOutcome,
    Vaccine,
)
from hera.child_health.partial_dates import PartialDate
from hera.core import clock, languages, timezones
from hera.core.visible import one_line
from hera.events.models import NotificationEvent, NotificationTemplate
from hera.events.selectors import TYPE_CODE
from hera.exports import dose_level
from hera.exports.formats import Row
from hera.people.masking import Mask
from hera.surveys.models import Survey, SurveyTemplateTranslation, SurveyType
from hera.texts.rendering import NoTimeToRender, Wanted, render_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_MONTH = 7  # characters of 2026-03
_RENDERED_AT_ONCE = 250  # rows
DONE = "yes"  # masked, in place of when

_PERSON = (
    "person_id", "number", "name", "gender", "born", "age_months", "language", "time_zone", "joined_on", "agreed_at",
)  # fmt: skip
_PREGNANCY = (
    "person_id",
    "pregnancy_id",
    "declared_on",
    "declared_week",
    "start",
    "due_date",
    "visits_before",
    "last_menstrual_period",
)
_CHILD = ("person_id", "child_id", "name", "gender", "born", "age_months", "vaccines_given")
_VACCINATION = ("person_id", "child_id", "vaccine", "ticked_at")
_DOSE_GIVEN = (
    "person_id",
    "child_id",
    "dose_given_id",
    "vaccine",
    "dose",
    "ticked_as_of",
    "product",
    "text",
    "date",
    "precision",
    "source",
    "country",
    "place",
    "lot",
    "campaign",
    "entered_at",
    "retracted_at",
    "retraction",
)
_TOLD = ("source", "told_at", "taken_back_at")
_OUTCOME = ("person_id", "pregnancy_id", "outcome", "date", "gestation_weeks", "children", *_TOLD)
_CHILD_END = ("person_id", "child_id", "reason", "date", *_TOLD)
_CHILD_PAUSE = ("person_id", "child_id", "paused_until", *_TOLD)
_SURVEY = ("person_id", "survey_id", "question", "asked_at", "answer", "answered_at", "question_text")
_NOTIFICATION = (
    "person_id",
    "notification_id",
    "type",
    "available_at",
    "pushed_at",
    "read_at",
    "push_title",
    "push_body",
)


def person(user: User, mask: Mask) -> Row:
    """The columns of the table of people, for one of them."""
    profile = user.profile
    today = clock.today_in(timezones.effective(profile.timezone, user.username))
    return [
        user.pk,
        mask.number(user.username),
        mask.name(profile.name),
        profile.gender,
        *_born(profile.date_of_birth, today, mask),
        profile.language_code,
        profile.timezone,
        mask.day(user.date_joined.date()),
        f"{profile.agree_to_terms_at:{mask.day_format if mask.is_on else '%Y-%m-%d %H:%M:%S'}}",
    ]


def _people(users: list[User], mask: Mask) -> Iterator[Row]:
    return (person(user, mask) for user in users)


def _pregnancies(users: list[User], mask: Mask) -> Iterator[Row]:
    """Masked, of the days of a pregnancy the month of the last alone: they are 280 days apart, or as many weeks as she
    told, so that the months of two tell days."""
    for row in that_show(Pregnancy, users, mask).order_by("user_id", "pk"):
        yield [
            row.user_id,
            row.pk,
            "" if mask.is_on else mask.day(row.declared_on),
            _number(row.declared_pregnancy_week),
            "" if mask.is_on else mask.day(row.estimated_start_date),
            mask.day(row.estimated_delivery_date),
            _number(row.declared_number_of_prenatal_visits),
            "" if mask.is_on else mask.day(row.declared_date_of_last_menstrual_period),
        ]


def _children(users: list[User], mask: Mask) -> Iterator[Row]:
    zones = {user.pk: timezones.effective(user.profile.timezone, user.username) for user in users}
    given = StringAgg("past_vaccinations__name", ", ", order_by="past_vaccinations__name")
    found = that_show(Child, users, mask).order_by("user_id", "pk")
    fields = ("user_id", "pk", "name", "gender", "date_of_birth", "given")
    rows = list(found.annotate(given=Value("") if mask.is_on else given).values_list(*fields))
    ticked = _ticked([row[1] for row in rows], mask.told_before) if mask.told_before else {}
    for person, pk, name, gender, born, names in rows:
        today = clock.today_in(zones[person])
        yield [person, pk, mask.name(name), gender, *_born(born, today, mask), names or ticked.get(pk, "")]


def _ticked(children: list[int], before: dt.datetime) -> dict[int, str]:
    """The vaccines that were ticked at a moment, by child."""
    names, found = dict(Vaccine.objects.values_list("pk", "name")), defaultdict[int, list[str]](list)
    for tick in as_of.ticks(children, before):
        found[tick.child_id].append(names[tick.vaccine_id])
    return {child: ", ".join(sorted(ticked)) for child, ticked in found.items()}


def _vaccinations(users: list[User], mask: Mask) -> Iterator[Row]:
    """Masked, what was ticked before this month, and not when, if by what she answered of a visit: she answers within
    days of it."""
    if mask.told_before is not None:
        return _ticks_then(users, mask, mask.told_before)
    ticks = PastVaccination.objects.filter(child__user__in=[user.pk for user in users])
    fields = ("child__user_id", "child_id", "vaccine__name", _Time("created_at", mask))
    return _rows(ticks.order_by("child__user_id", "pk").values_list(*fields))


def _ticks_then(users: list[User], mask: Mask, before: dt.datetime) -> Iterator[Row]:
    people = dict(that_show(Child, users, mask).order_by("user_id", "pk").values_list("pk", "user_id"))
    names = dict(Vaccine.objects.values_list("pk", "name"))
    answers = PastVaccinationChange.objects.filter(child__in=list(people), source=PastVaccinationChange.Source.SURVEY)
    answered = set(answers.filter(changed_at__lt=before).values_list("child_id", "vaccine_id"))
    of_child: defaultdict[int, list[Row]] = defaultdict(list)
    for child, vaccine, at in as_of.ticks(people, before):
        is_told = at is not None and (child, vaccine) not in answered
        ticked_at = f"{at.astimezone(dt.UTC):{mask.day_format}}" if at and is_told else ""
        of_child[child].append([people[child], child, names[vaccine], ticked_at])
    for child in people:
        yield from of_child[child]


def _doses_given(users: list[User], mask: Mask) -> Iterator[Row]:
    """Every record, those that were retracted too. Masked, of what somebody wrote there is nothing."""
    found = DoseGiven.objects.filter(mask.was_told("entered_at"), child__user__in=[user.pk for user in users])
    found = found.filter(mask.was_told("child__created_at"))
    fields = (
        "child__user_id", "child_id", "pk", "vaccine_dose__vaccine__name", "vaccine__name", "vaccine_dose__name",
        "due_by", "product", "text", "date", "precision", "source", "country", "place", "lot", "campaign",
        _time("entered_at", mask), _time("retracted_at", mask), "retraction",
    )  # fmt: skip
    for row in found.order_by("child__user_id", "child_id", "pk").values_list(*fields):
        person, child, pk, of_dose, of_tick, dose, due_by, product, text, date, precision, *others = row
        source, country, place, lot, campaign, entered_at, retracted_at, retraction = others
        written = str(PartialDate(date, DoseGiven.Precision(precision)))
        if mask.is_on and source in ON_PLANNED_DAYS:
            written = entered_at = ""  # she answers within days of it
        elif mask.is_on:
            written = written[:_MONTH]
        yield [
            person, child, pk, of_dose or of_tick or "", dose or "", mask.day(due_by), mask.name(product),
            mask.name(text), written, precision, source, country, mask.name(place),
            mask.name(lot), int(campaign), entered_at, retracted_at or "",
            mask.name(retraction) if retracted_at else "",
        ]  # fmt: skip


def _outcomes(users: list[User], mask: Mask) -> Iterator[Row]:
    """How pregnancies ended, with the ids of the children of a birth; what was taken back too."""
    known = mask.was_told("children__created_at") or None
    children = StringAgg(Cast("children", TextField()), ", ", order_by="children", filter=known)
    told = PregnancyOutcome.objects.filter(_was_told(mask, "pregnancy"))
    found = told.filter(pregnancy__user__in=[user.pk for user in users]).annotate(born=children)
    fields = ("pregnancy__user_id", "pregnancy_id", "kind", "date", "gestation_weeks", "born", *_told(mask))
    for person, pregnancy, kind, date, weeks, born, *told in found.order_by("pregnancy__user_id", "pk").values_list(
        *fields
    ):
        # With the month of the end and that in which it was due, the week would tell days.
        week = "" if mask.is_on else _number(weeks)
        yield [person, pregnancy, kind, mask.day(date), week, born or "", *(cell or "" for cell in told)]


def _child_ends(users: list[User], mask: Mask) -> Iterator[Row]:
    found = ChildEnd.objects.filter(_was_told(mask, "child"), child__user__in=[user.pk for user in users])
    for person, child, reason, date, *told in found.order_by("child__user_id", "pk").values_list(
        "child__user_id", "child_id", "reason", "date", *_told(mask)
    ):
        yield [person, child, reason, mask.day(date), *(cell or "" for cell in told)]


def _child_pauses(users: list[User], mask: Mask) -> Iterator[Row]:
    found = ChildPause.objects.filter(_was_told(mask, "child"), child__user__in=[user.pk for user in users])
    fields = ("child__user_id", "child_id", "until", *_told(mask))
    for person, child, until, *told in found.order_by("child__user_id", "pk").values_list(*fields):
        yield [person, child, mask.day(until), *(cell or "" for cell in told)]


def _was_told(mask: Mask, of: str) -> Q:
    return mask.was_told("recorded_at") & mask.was_told(f"{of}__created_at")


def _told(mask: Mask) -> tuple[Any, ...]:
    return "source", _time("recorded_at", mask), _time("taken_back_at", mask)


def _surveys(users: list[User], mask: Mask) -> Iterator[Row]:
    """The question is as she reads it; masked, it is left out, since it may name a child, and so are all times."""
    asked_at, answered_at = _times(mask, "available_at", "responded_at")
    fields = ("survey_template__code", asked_at, _answer(mask), answered_at)
    sources: dict[tuple[int, str], Sequence[str]] = {}
    if not mask.is_on:
        found = SurveyTemplateTranslation.objects.values_list("survey_template_id", "language_code", "question")
        sources = {(template, code): (text,) for template, code, text in found}
    rows = (
        that_show(Survey, users, mask)
        .order_by("user_id", "pk")
        .values_list("user_id", "pk", *fields, "survey_template_id", "context")
    )
    # An answer of her own words may be from before these were cleaned.
    cleaned = ((*row[:4], one_line(row[4] or ""), *row[5:]) for row in rows)
    return _with_texts(cleaned, users, sources, 1)


def _notifications(users: list[User], mask: Mask) -> Iterator[Row]:
    """The texts are as a push says them; masked, they are left out, since they name children, and so are all times."""
    times = _times(mask, "notification_available_at", "push_notification_sent_at", "read_at")
    sources: dict[tuple[int, str], Sequence[str]] = {}
    if not mask.is_on:
        fields = ("notification_type_id", "language_code", "push_title", "push_body")
        sources = {(kind, code): texts for kind, code, *texts in NotificationTemplate.objects.values_list(*fields)}
    rows = (
        that_show(NotificationEvent, users, mask)
        .order_by("user_id", "pk")
        .values_list("user_id", "pk", TYPE_CODE, *times, "notification_type_id", "context")
    )
    return _with_texts(rows, users, sources, 2)


def _with_texts(
    found: Iterable[Sequence[Any]],
    users: list[User],
    sources: Mapping[tuple[int, str], Sequence[str]],
    most: int,
) -> Iterator[Row]:
    """Rows that end in a template and a context, with texts in their place, `most` each, in a person's language."""
    language_of = {user.pk: user.profile.language_code for user in users}
    rows = iter(found)
    while batch := list(islice(rows, _RENDERED_AT_ONCE)):
        wanted: list[Wanted] = []
        for *row, template, context in batch:
            own = language_of[row[0]]
            language = own if sources.get((template, own)) else languages.FALLBACK
            wanted += [Wanted(text, context, language) for text in sources.get((template, language)) or [""] * most]
        rendered = iter(_rendered(wanted))
        for whole in batch:
            yield ["" if cell is None else cell for cell in whole[:-2]] + [next(rendered) for _ in range(most)]


def _rendered(wanted: Sequence[Wanted]) -> list[str]:
    """Texts as they read now; empty where one does not render. What there was no time for is tried once more."""
    results = render_all(wanted)
    late = [number for number, result in enumerate(results) if isinstance(result, NoTimeToRender)]
    for number in late:
        results[number] = render_all([wanted[number]])[0]
    return [result if isinstance(result, str) else "" for result in results]


# When something was there, or there for her.
_SINCE = {
    Pregnancy: "created_at",
    Child: "created_at",
    Survey: "available_at",
    NotificationEvent: "notification_available_at",
}


def that_show(model: Any, users: Iterable[User] | QuerySet[User, Any], mask: Mask) -> QuerySet[Any]:
    """The records of these people of a kind; masked, none of what she was asked or told, or told us, in this month.

    Whoever looks every day would see on which day it came, and by the weeks of the calendar a birth date.
    """
    ids = users.order_by().values("pk") if isinstance(users, QuerySet) else [user.pk for user in users]
    found: QuerySet[Any] = model.objects.filter(mask.was_told(_SINCE[model]), user__in=ids)
    return found


def _times(mask: Mask, since: str, *deeds: str) -> list[Any]:
    """When something was there for her, and when something was done with it.

    Masked, the first is nothing, and the others say whether it was done: the months of what follows from the calendar,
    or of what stands between two others by its id, tell a birth date.
    """
    if not mask.is_on:
        return [_Time(name, mask) for name in (since, *deeds)]
    nothing, done = Value("", TextField()), Value(DONE, TextField())
    return [nothing, *(Case(When(mask.was_told(name), then=done), default=nothing) for name in deeds)]


def _rows(found: QuerySet[Any, tuple[Any, ...]]) -> Iterator[Row]:
    for row in found:
        yield ["" if cell is None else cell for cell in row]


def _answer(mask: Mask) -> F | Case:
    """What she answered; masked, nothing of what she wrote herself, or of what she answered in this month."""
    if not mask.is_on:
        return F("response")
    told = mask.was_told("responded_at")
    written = When(told & Q(survey_template__survey_type=SurveyType.TEXT), then=Value("***"))
    nothing = Value("", TextField())
    return Case(written, When(told, then="response"), default=nothing, output_field=TextField())


def _time(moment: str, mask: Mask) -> Any:
    """A moment as text, UTC; masked, its month, and of this one nothing."""
    return Case(When(mask.was_told(moment), then=_Time(moment, mask))) if mask.is_on else _Time(moment, mask)


class _Time(Func):
    """A moment as text, of its month if masked. The database writes it: most cells of a long export are moments."""

    function = "to_char"
    template = "%(function)s(%(expressions)s AT TIME ZONE 'UTC', '%(pattern)s')"
    output_field = TextField()

    def __init__(self, moment: str, mask: Mask) -> None:
        super().__init__(moment, pattern="YYYY-MM" if mask.is_on else "YYYY-MM-DD HH24:MI:SS")


def _born(born: dt.date, today: dt.date, mask: Mask) -> tuple[str, int]:
    """A birth date, left out where it is masked, and the age in months."""
    return "" if mask.is_on else mask.day(born), months_of_age(born, today)


def _number(number: int | None) -> int | str:
    return "" if number is None else number


# The tables: the columns of each, and what makes its rows, which begin with the person's id.
TABLES: Mapping[str, tuple[Sequence[str], Callable[[list[User], Mask], Iterator[Row]]]] = {
    "people": (_PERSON, _people),
    "pregnancies": (_PREGNANCY, _pregnancies),
    "children": (_CHILD, _children),
    "doses": (dose_level.COLUMNS, dose_level.rows),
    "vaccinations": (_VACCINATION, _vaccinations),
    "doses-given": (_DOSE_GIVEN, _doses_given),
    "outcomes": (_OUTCOME, _outcomes),
    "child-ends": (_CHILD_END, _child_ends),
    "child-pauses": (_CHILD_PAUSE, _child_pauses),
    "surveys": (_SURVEY, _surveys),
    "notifications": (_NOTIFICATION, _notifications),
}
