from __future__ import annotations

from typing import Any

from rest_framework import serializers

from hera.user_profile.api.serializers import UserProfileSerializer


class RequestChallengeSerializer(serializers.Serializer[Any]):
    phone_number = serializers.CharField(max_length=50)


class ChallengeSerializer(serializers.Serializer[Any]):
    """What the app gets; it reads nothing of it but the absence of `detail`."""

    phone_number = serializers.CharField()
    expires_at = serializers.DateTimeField()


class AttemptChallengeSerializer(serializers.Serializer[Any]):
    phone_number = serializers.CharField(max_length=50, trim_whitespace=False)
    secret = serializers.CharField(allow_blank=True, default="", max_length=50)


class SignedInSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    is_new_user = serializers.BooleanField()
    user_id = serializers.IntegerField(source="user.pk")
    user_profile = UserProfileSerializer(source="user.profile", allow_null=True, default=None)


class RegistrationSerializer(serializers.Serializer[Any]):
    phone_number = serializers.CharField()
    is_registered = serializers.BooleanField()
