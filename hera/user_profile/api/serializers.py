from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from rest_framework import serializers

from hera.api.authentication import is_first_app
from hera.api.fields import LenientDateTimeField, NameField, PastDateField
from hera.core import languages, phone_numbers, timezones
from hera.user_profile.models import Gender, OnboardingProgress, PhoneNumberChangeRequest, UserProfile

if TYPE_CHECKING:
    from collections.abc import Mapping


class UserProfileSerializer(serializers.ModelSerializer[UserProfile]):
    """A profile as both apps know it; `time_zone` of the later app is always `UTC` and is not read."""

    name = NameField()
    gender = serializers.ChoiceField(choices=Gender.choices)
    date_of_birth = PastDateField()
    agree_to_terms_at = LenientDateTimeField()
    language_code = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    timezone = serializers.CharField(required=False, allow_blank=True, allow_null=True)
    id = serializers.IntegerField(source="user_id", read_only=True)
    time_zone = serializers.CharField(source="timezone", read_only=True)

    class Meta:
        model = UserProfile
        fields = [
            "id",
            "name",
            "gender",
            "date_of_birth",
            "agree_to_terms_at",
            "language_code",
            "timezone",
            "time_zone",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Leave out what a phone sent by itself and means nothing to us: its owner could not correct it."""
        language = attrs.pop("language_code", None)
        if language in languages.CODES:
            attrs["language_code"] = language
        zone = timezones.parse(attrs.pop("timezone", None) or "", self.context["request"].user.username)
        if zone is not None:
            attrs["timezone"] = zone
        return attrs


class OnboardingProgressSerializer(serializers.ModelSerializer[OnboardingProgress]):
    class Meta:
        model = OnboardingProgress
        fields = ["has_filled_profile", "has_filled_pregnancy_status", "has_filled_children_info"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Only what was sent: a missing flag is no False."""
        sent: Mapping[str, Any] = self.initial_data
        return {name: value for name, value in attrs.items() if name in sent}


class PhoneNumberChangeRequestSerializer(serializers.ModelSerializer[PhoneNumberChangeRequest]):
    new_phone_number = serializers.CharField(max_length=50)

    class Meta:
        model = PhoneNumberChangeRequest
        fields = ["id", "new_phone_number", "expires_at"]
        read_only_fields = ["expires_at"]


class GuessSerializer(serializers.Serializer[Any]):
    guess_secret = serializers.CharField(allow_blank=True, allow_null=True, default="", max_length=50)


class ChannelsSerializer(serializers.Serializer[Any]):
    """On which channels a person wants her reminders. Codes that she asks for come all the same."""

    push = serializers.BooleanField(required=False)
    sms = serializers.BooleanField(required=False)
    whatsapp = serializers.BooleanField(required=False)
    web_push = serializers.BooleanField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Only what was sent: a missing channel is no False."""
        sent: Mapping[str, Any] = self.initial_data
        return {name: value for name, value in attrs.items() if name in sent}


class MeSerializer(serializers.ModelSerializer[User]):
    """The signed-in person; staff have no number and get empty texts, since clients print what they get."""

    phone_country_code = serializers.SerializerMethodField()
    phone_national_number = serializers.SerializerMethodField()
    phone_full_number = serializers.CharField(source="username", read_only=True)

    class Meta:
        model = User
        fields = [
            "id",
            "date_joined",
            "is_staff",
            "phone_country_code",
            "phone_national_number",
            "phone_full_number",
        ]
        read_only_fields = fields

    def get_phone_country_code(self, user: User) -> str:
        return phone_numbers.split(user.username)[0]

    def get_phone_national_number(self, user: User) -> str:
        """To the first app as she typed it when she signed in: it asks to move to what differs from that."""
        request = self.context.get("request")
        typed = getattr(request.auth, "typed_number", "") if request is not None and is_first_app(request) else ""
        return national_number(user.username, typed)


def national_number(number: str, typed: str) -> str:
    """A number without its country code; as she typed it when she signed in, if that is it."""
    country, national = phone_numbers.split(number)
    is_hers = typed.startswith(f"+{country}") and phone_numbers.is_same(typed, number)
    return typed.removeprefix(f"+{country}") if is_hers else national
