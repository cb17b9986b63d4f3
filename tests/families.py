"""Makers of people for tests."""

from __future__ import annotations

import datetime as dt
import itertools

from django.apps import apps
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F

from hera.child_health import services
from hera.child_health.models import Child, Pregnancy, Vaccine, VaccineDose
from hera.events.models import NotificationSchedule, NotificationTemplate, NotificationType
from hera.user_profile.models import UserProfile

_numbers = itertools.count(5_300_000_000)


def make_user(
    *,
    zone: str | None = "Europe/Istanbul",
    language: str = "en",
    active: bool = True,
    number: str | None = None,
    name: str = "Amal",
) -> User:
    """A person; without a profile if `zone` is None."""
    user = User.objects.create(username=number or f"+90{next(_numbers)}", is_active=active)
    if zone is not None:
        UserProfile.objects.create(
            user=user,
            name=name,
            gender="FEMALE",
            date_of_birth=dt.date(1995, 1, 1),
            agree_to_terms_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
            language_code=language,
            timezone=zone,
        )
    return user


def make_child(
    user: User, born: dt.date, gender: str = "FEMALE", name: str = "Leyla", known_on: dt.date | None = None
) -> Child:
    """A child as an older database has it, unless the day is given on which it was registered."""
    return Child.objects.create(user=user, name=name, date_of_birth=born, gender=gender, known_on=known_on)


def tick(child: Child, *vaccine_ids: int) -> Child:
    """Tick vaccines as her app does: today, in her zone."""
    return services.save_child(child, vaccine_ids)


def make_pregnancy(user: User, start: dt.date, declared_on: dt.date, visits: int | None = 0) -> Pregnancy:
    return Pregnancy.objects.create(
        user=user,
        declared_date_of_last_menstrual_period=start,
        declared_number_of_prenatal_visits=visits,
        declared_on=declared_on,
        estimated_start_date=start,
        estimated_delivery_date=start + dt.timedelta(days=280),
    )


def make_vaccine(
    *weeks: int, name: str = "BCG", active: bool = True, male: bool = True, female: bool = True
) -> Vaccine:
    vaccine = Vaccine.objects.create(
        name=name, is_active=active, applicable_for_male=male, applicable_for_female=female
    )
    for week in weeks:
        VaccineDose.objects.create(vaccine=vaccine, name=f"Dose at {week}", week_age=week)
    return vaccine


def make_type(code: str = "vaccination.reminder", **texts: tuple[str, str, str]) -> NotificationType:
    """A notification type with templates by language."""
    kind = NotificationType.objects.create(code=code, description="A reminder.")
    for language, (title, body, content) in (texts or {"en": ("Reminder", "Open HERA", "{{ vaccine_names }}")}).items():
        NotificationTemplate.objects.create(
            notification_type=kind,
            language_code=language,
            push_title=title,
            push_body=body,
            in_app_content=content,
        )
    return kind


def make_schedule(
    kind: NotificationType,
    event_type: str = "vaccination",
    *,
    offset: int = 0,
    at: dt.time = dt.time(9),
    ttl: dt.timedelta = dt.timedelta(days=1),
) -> NotificationSchedule:
    return NotificationSchedule.objects.create(
        notification_type=kind,
        calendar_event_type=event_type,
        offset_days=offset,
        time_of_day=at,
        push_time_to_live=ttl,
    )


def of_an_earlier_month(days: int = 62) -> None:
    """Have all that was told, sent or done so far have been so many days before: who sees people masked is shown none
    of this month."""
    for model in (row for app in _OF_PEOPLE for row in apps.get_app_config(app).get_models()):
        moments = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.DateTimeField) and field.name not in ("last_login", "expires_at")
        ]
        if moments:
            model._base_manager.update(**{name: F(name) - dt.timedelta(days=days) for name in moments})


_OF_PEOPLE = ("child_health", "events", "surveys", "user_profile", "auth")


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
