from __future__ import annotations

from typing import Any

from rest_framework import serializers


class OptionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    translated_text = serializers.CharField()


class SurveySerializer(serializers.Serializer[Any]):
    """A survey with its texts in the person's language."""

    id = serializers.IntegerField()
    survey_type = serializers.CharField()
    question = serializers.CharField(allow_null=True)
    options = OptionSerializer(many=True)
    # The framework keeps its own attribute of this name, and still finds it.
    context = serializers.DictField(child=serializers.CharField(), help_text="The event, as texts.")  # type: ignore[assignment]
    response = serializers.CharField(allow_null=True)
    responded_at = serializers.DateTimeField(allow_null=True)
    available_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class AnswerSerializer(serializers.Serializer[Any]):
    response = serializers.CharField(max_length=255)
