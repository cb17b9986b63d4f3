"""Writes of profiles, onboarding, consent and push targets. Changes of a number are in `number_changes`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from hera.core import clock, languages, timezones
from hera.core.ports import announcements
from hera.user_profile import set_aside
from hera.user_profile.models import (
    CHANNELS,
    ChannelOptOut,
    Consent,
    NumberChange,
    OnboardingProgress,
    PushTarget,
    SignIn,
    UserProfile,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.contrib.auth.models import User


def save_profile(user: User, values: Mapping[str, Any]) -> UserProfile:
    """Create or update a person's profile with the given values.

    A new profile without a language starts with the one her phone asked for at sign-in; without a time zone, with that
    of her number's country. The first app reports her own zone when its first page opens. A birth date that she gives
    brings back what was set aside from her number, if it is hers: nothing of the answer tells whether there was any.
    """
    known = UserProfile.objects.filter(user=user).first()
    with transaction.atomic():
        profile = _with_what_was_set_aside(user, known, values) or UserProfile(
            user=user, language_code=sign_in_language(user), timezone=timezones.effective("", user.username).key
        )
        for name, value in values.items():
            setattr(profile, name, value)
        profile.save()
        if known is None:  # the app asks her to agree on the page that makes the profile
            Consent.objects.create(user=user, version=settings.HERA.terms_version, agreed_at=profile.agree_to_terms_at)
    user.profile = profile
    return profile


def _with_what_was_set_aside(user: User, known: UserProfile | None, values: Mapping[str, Any]) -> UserProfile | None:
    born = values.get("date_of_birth")
    if born is None or (known is not None and known.date_of_birth == born):
        return known
    name = values.get("name") or (known.name if known else "")
    is_back = set_aside.claim(user, born, name)
    return UserProfile.objects.filter(user=user).first() if is_back and known is None else known


def consent_of(user: User) -> Consent | None:
    """What a person agrees to now; None if she has withdrawn it or was never asked."""
    return Consent.objects.filter(user=user, withdrawn_at=None).order_by("-id").first()


@transaction.atomic
def agree(user: User) -> Consent:
    """Record her consent to the terms as they are now; after a withdrawal, reminders go out again."""
    known = consent_of(user)
    if known is not None and known.version == settings.HERA.terms_version:
        return known
    if known is None:
        set_channels(user, dict.fromkeys(CHANNELS, True))
    Consent.objects.filter(user=user, withdrawn_at=None).update(withdrawn_at=clock.now())
    return Consent.objects.create(user=user, version=settings.HERA.terms_version, agreed_at=clock.now())


@transaction.atomic
def withdraw_consent(user: User) -> None:
    """End her consent: from now on nothing is sent but the codes that she asks for."""
    if not Consent.objects.filter(user=user, withdrawn_at=None).update(withdrawn_at=clock.now()):
        profile = UserProfile.objects.filter(user=user).first()
        if profile is not None:  # she agreed before versions were recorded
            Consent.objects.create(user=user, version="", agreed_at=profile.agree_to_terms_at, withdrawn_at=clock.now())
    set_channels(user, dict.fromkeys(CHANNELS, False))


def sign_in_language(user: User) -> str:
    """The language that her phone asked for when she last signed in; the country's if it asked for none."""
    latest = SignIn.objects.filter(user=user).order_by("-signed_in_at", "-id").first()
    return (latest and latest.language_code) or languages.default()


def save_onboarding(user: User, flags: Mapping[str, bool]) -> OnboardingProgress:
    """Set the given flags and leave the others as they were."""
    progress, _created = OnboardingProgress.objects.update_or_create(user=user, defaults=dict(flags))
    return progress


def set_channels(user: User, wanted: Mapping[str, bool]) -> dict[str, bool]:
    """Switch channels on or off for a person's reminders; returns what she wants of each afterwards."""
    off = [channel for channel, is_wanted in wanted.items() if not is_wanted]
    on = [channel for channel, is_wanted in wanted.items() if is_wanted]
    with transaction.atomic():
        ChannelOptOut.objects.filter(user=user, channel__in=on).delete()
        ChannelOptOut.objects.bulk_create(
            [ChannelOptOut(user=user, channel=channel) for channel in off], ignore_conflicts=True
        )
        if on:  # what she was not told meanwhile may be of use still
            announcements().look_again([user.pk])
    return channels_of(user)


def channels_of(user: User) -> dict[str, bool]:
    """Whether a person wants reminders, by channel."""
    refused = set(ChannelOptOut.objects.filter(user=user).values_list("channel", flat=True))
    return {channel: channel not in refused for channel in CHANNELS}


def record_sign_in(user: User, *, typed_number: str, language_code: str) -> None:
    """Remember a solved sign-in, and under which names her phone may be registered for push."""
    SignIn.objects.create(user=user, language_code=language_code, signed_in_at=clock.now())
    # A number that staff gave her is hers from now on: she holds the phone.
    NumberChange.objects.filter(user=user, new_number=user.username, new_is_proven=False).update(new_is_proven=True)
    add_push_targets(user, [user.username, typed_number])


def add_push_targets(user: User, external_ids: Iterable[str]) -> None:
    """Give these names to a person, taking them from whoever had them."""
    limit = PushTarget._meta.get_field("external_id").max_length or 0
    PushTarget.objects.bulk_create(
        [
            PushTarget(external_id=external_id, user=user)
            for external_id in dict.fromkeys(external_ids)
            if external_id and len(external_id) <= limit
        ],
        update_conflicts=True,
        unique_fields=["external_id"],
        update_fields=["user"],
    )
