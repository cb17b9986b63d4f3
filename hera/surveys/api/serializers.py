from __future__ import annotations

from typing import Any

from rest_framework import serializers

from hera.surveys.selectors import AskedSurvey


class OptionSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    translated_text = serializers.CharField()


class SurveySerializer(serializers.Serializer[Any]):
    """A survey with its texts in the person's language. Needs `language` in the serializer's context."""

    id = serializers.IntegerField()
    survey_type = serializers.CharField(source="survey_template.survey_type")
    question = serializers.CharField(allow_null=True)
    options = OptionSerializer(many=True)
    # The framework keeps its own attribute of this name, and still finds it.
    context = serializers.DictField(child=serializers.CharField(), help_text="The event, as texts.")  # type: ignore[assignment]
    response = serializers.CharField(allow_null=True)
    responded_at = serializers.DateTimeField(allow_null=True)
    available_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()

    def to_representation(self, instance: AskedSurvey) -> dict[str, Any]:
        language = self._context["language"]
        return {
            "id": instance.id,
            "survey_type": instance.template.survey_type,
            "question": instance.question,
            "options": [
                {"code": option.code, "translated_text": option.text_in(language)}
                for option in instance.template.options
            ],
            "context": {name: str(value or "") for name, value in instance.context.items()},
            "response": instance.response,
            "responded_at": instance.responded_at,
            "available_at": instance.available_at,
            "expires_at": instance.expires_at,
        }


class AnswerSerializer(serializers.Serializer[Any]):
    response = serializers.CharField(max_length=255)
