"""How a pregnancy or a child's reminders end, on the wire."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from hera.api.fields import NameField, PastDateField, TypedNumberField
from hera.child_health.endings import Newborn
from hera.child_health.models import Child, ChildEnd, ChildPause, PregnancyOutcome
from hera.child_health.possible_dates import GESTATION
from hera.user_profile.models import Gender

# What somebody can tell; `superseded` only follows from something else.
KINDS = [choice for choice in PregnancyOutcome.Kind.choices if choice[0] != PregnancyOutcome.Kind.SUPERSEDED]


@dataclass(frozen=True)
class ToldOutcome:
    """How a pregnancy ended, as its mother tells it."""

    kind: PregnancyOutcome.Kind
    date: dt.date | None
    weeks: int | None
    newborns: list[Newborn]


class NewbornSerializer(serializers.ModelSerializer[Child]):
    name = NameField()
    gender = serializers.ChoiceField(choices=Gender.choices)
    date_of_birth = PastDateField(required=False, allow_null=True, help_text="If it is not given: the outcome's date.")

    class Meta:
        model = Child
        fields = ["id", "name", "gender", "date_of_birth"]


class OutcomeSerializer(serializers.Serializer[Any]):
    """An outcome, with the children of a birth. No date and no reason has to be given."""

    outcome = serializers.ChoiceField(choices=KINDS)
    date = PastDateField(required=False, allow_null=True)
    gestation_weeks = TypedNumberField(min_value=GESTATION[0], max_value=GESTATION[-1], required=False, allow_null=True)
    children = NewbornSerializer(many=True, required=False, allow_null=True)
    recorded_at = serializers.DateTimeField(read_only=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        for child in attrs.get("children") or []:
            child["date_of_birth"] = child.get("date_of_birth") or attrs.get("date")
            if child["date_of_birth"] is None:
                raise serializers.ValidationError(_("Please give the date of birth."))
        return attrs

    def told(self) -> ToldOutcome:
        """What is told, once it is valid."""
        values = self.validated_data
        newborns = [
            Newborn(child["name"], child["gender"], child["date_of_birth"]) for child in values.get("children") or []
        ]
        kind = PregnancyOutcome.Kind(values["outcome"])
        return ToldOutcome(kind, values.get("date"), values.get("gestation_weeks"), newborns)

    @staticmethod
    def shown(outcome: PregnancyOutcome, children: Sequence[Child]) -> dict[str, Any]:
        """An outcome as clients read it."""
        return {
            "outcome": outcome.kind,
            "date": outcome.date.isoformat() if outcome.date else None,
            "gestation_weeks": outcome.gestation_weeks,
            "children": NewbornSerializer(children, many=True).data,
            "recorded_at": serializers.DateTimeField().to_representation(outcome.recorded_at),
        }


class EndSerializer(serializers.ModelSerializer[ChildEnd]):
    reason = serializers.ChoiceField(choices=ChildEnd.Reason.choices)
    date = PastDateField(required=False, allow_null=True)

    class Meta:
        model = ChildEnd
        fields = ["reason", "date", "recorded_at"]
        read_only_fields = ["recorded_at"]


class PauseSerializer(serializers.ModelSerializer[ChildPause]):
    class Meta:
        model = ChildPause
        fields = ["until", "recorded_at"]
        read_only_fields = ["recorded_at"]
