from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from hera.api.fields import NameField, PastDateField, TypedNumberField
from hera.child_health.calendar import EventType, Status
from hera.child_health.doses import Entry, stands
from hera.child_health.models import Child, DoseGiven, Pregnancy, Vaccine
from hera.child_health.partial_dates import PartialDate
from hera.child_health.services import Declaration
from hera.core import digits
from hera.user_profile.models import Gender

if TYPE_CHECKING:
    from collections.abc import Mapping


class ToldOnField(PastDateField):
    """A day by the clock of a phone, which may be a day ahead."""

    AHEAD = dt.timedelta(days=2)


class PregnancySerializer(serializers.ModelSerializer[Pregnancy]):
    declared_pregnancy_week = TypedNumberField(min_value=1, max_value=42, required=False, allow_null=True)
    declared_date_of_last_menstrual_period = PastDateField(required=False, allow_null=True)
    declared_number_of_prenatal_visits = TypedNumberField(min_value=0, max_value=9, required=False, allow_null=True)
    declared_on = ToldOnField(
        required=False,
        allow_null=True,
        write_only=True,
        help_text="The day on which she told it, if it is sent later: a week counts from then. Without it, today.",
    )

    class Meta:
        model = Pregnancy
        fields = [
            "id",
            "declared_pregnancy_week",
            "declared_date_of_last_menstrual_period",
            "declared_number_of_prenatal_visits",
            "estimated_start_date",
            "estimated_delivery_date",
            "declared_on",
        ]
        read_only_fields = ["estimated_start_date", "estimated_delivery_date"]

    @staticmethod
    def without_nulls(row: Mapping[str, Any]) -> dict[str, Any]:
        """A row as the first app's edit page bears it: with a null in it the page shows, and then saves, no visits."""
        in_place = {
            "declared_pregnancy_week": "",
            "declared_date_of_last_menstrual_period": "",
            "declared_number_of_prenatal_visits": 0,
        }
        return {name: in_place.get(name) if value is None else value for name, value in row.items()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        merged = self._merged(attrs)
        if merged.week is None and merged.last_menstrual_period is None:
            raise serializers.ValidationError(
                _("Please give the week of pregnancy or the first day of the last period.")
            )
        return attrs

    def declaration(self) -> Declaration:
        """What the mother declares now; what a partial edit leaves out stays as it was."""
        return self._merged(self.validated_data)

    def declared_when(self) -> dt.date | None:
        """The day on which she declared it; None if it is not told."""
        day: dt.date | None = self.validated_data.get("declared_on")
        return day

    def _merged(self, values: dict[str, Any]) -> Declaration:
        before = self.instance if self.partial else None
        assert before is None or isinstance(before, Pregnancy)

        def value(name: str) -> Any:
            return values[name] if name in values else getattr(before, name, None)

        week: int | None = value("declared_pregnancy_week")
        period: dt.date | None = value("declared_date_of_last_menstrual_period")
        return Declaration(week, period, value("declared_number_of_prenatal_visits") or 0)


_LONGEST_ID = 18  # digits of an id that the database could hold; longer numbers are no ids


class VaccineIdsField(serializers.ListField):
    """Ids of vaccines; whatever is no id is left out, as are duplicates."""

    def to_internal_value(self, data: Any) -> list[int]:
        if not isinstance(data, list):
            self.fail("not_a_list", input_type=type(data).__name__)
        texts = {item if isinstance(item, str) else str(item) for item in data if isinstance(item, str | int)}
        ids = {digits.plain(text) for text in texts if len(text) <= _LONGEST_ID}
        return sorted({int(text) for text in ids if text.isascii() and text.isdigit()})


class ChildSerializer(serializers.ModelSerializer[Child]):
    name = NameField()
    gender = serializers.ChoiceField(choices=Gender.choices)
    date_of_birth = PastDateField()
    past_vaccinations = VaccineIdsField(child=serializers.IntegerField(), required=False, allow_null=True)

    class Meta:
        model = Child
        fields = ["id", "name", "date_of_birth", "gender", "past_vaccinations"]

    def to_representation(self, instance: Child) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "name": instance.name,
            "date_of_birth": instance.date_of_birth.isoformat(),
            "gender": instance.gender,
            "past_vaccinations": instance.ticks,  # type: ignore[attr-defined]
        }


class VaccineSerializer(serializers.ModelSerializer[Vaccine]):
    """The name is that of the calendar, letter for letter: the later app finds one by the other."""

    name = serializers.CharField(source="display_name")

    class Meta:
        model = Vaccine
        fields = ["id", "name"]


class VaccineDoseSerializer(serializers.Serializer[Any]):
    """A dose of the programme, by the vaccine that it is of."""

    id = serializers.IntegerField()
    vaccine = serializers.IntegerField()
    vaccine_name = serializers.CharField(help_text="As in `/vaccines/` and on the calendar.")
    number = serializers.IntegerField(
        allow_null=True, help_text="Which of the vaccine's doses it is; null where there is one alone."
    )


class CalendarEventSerializer(serializers.Serializer[Any]):
    """One entry of the calendar. Fields of the other type of event are absent.

    From `status` to `td_doses` they are there only where the country has adopted a pack.
    """

    date = serializers.DateField()
    event_type = serializers.ChoiceField(choices=[kind.value for kind in EventType])
    event_key = serializers.CharField()
    person_name = serializers.CharField(required=False)
    vaccine_names = serializers.ListField(child=serializers.CharField(), required=False)
    child_id = serializers.IntegerField(required=False)
    dose_ids = serializers.ListField(child=serializers.IntegerField(), required=False)
    week_age = serializers.IntegerField(required=False)
    status = serializers.ChoiceField(choices=[status.value for status in Status], required=False)
    earliest = serializers.DateField(
        required=False, allow_null=True, help_text="From when all of its doses may be given."
    )
    overdue_after = serializers.DateField(
        required=False, allow_null=True, help_text="The last day on which none of its doses is overdue."
    )
    dose_names = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="The names of its doses, in the order of `dose_ids`."
    )
    why = serializers.CharField(required=False, help_text="How it stands, as a sentence in her language.")
    latest = serializers.DateField(required=False, help_text="The last day of an antenatal visit.")
    td_doses = serializers.ListField(
        child=serializers.IntegerField(), required=False, help_text="Doses of Td at an antenatal visit, by number."
    )
    pregnancy_id = serializers.IntegerField(required=False)
    weeks_pregnant = serializers.IntegerField(required=False)


class AfterBirthSerializer(serializers.Serializer[Any]):
    """A visit of mother and child after a birth."""

    date = serializers.DateField()
    event_type = serializers.CharField(help_text="`postnatal_checkup`.")
    event_key = serializers.CharField()
    pregnancy_id = serializers.IntegerField()
    contact = serializers.IntegerField(help_text="Its number among those of the country's pack.")
    child_ids = serializers.ListField(child=serializers.IntegerField(), help_text="The children of the birth.")
    earliest = serializers.DateField(allow_null=True, help_text="The first day on which it may be made.")
    latest = serializers.DateField(allow_null=True, help_text="The last one.")


class PartialDateField(serializers.Field[PartialDate, Any, "str | None", Any]):
    """A date of which perhaps only the year, or the month, is known: `2026`, `2026-03` or `2026-03-09`."""

    default_error_messages = {"invalid": _("Please give a date as 2026-03-09, 2026-03 or 2026.")}

    def to_internal_value(self, data: Any) -> PartialDate:
        if isinstance(data, int) and not isinstance(data, bool):
            data = str(data)
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            return PartialDate.read("-".join(part.strip() for part in digits.plain(data).split("-")))
        except ValueError:
            self.fail("invalid")

    def to_representation(self, value: PartialDate) -> str | None:
        return str(value) or None


class DosesNotGivenSerializer(serializers.Serializer[Any]):
    """Doses that a child has not had, by their ids on the calendar."""

    doses = serializers.ListField(
        child=TypedNumberField(min_value=1, max_value=10**18), allow_empty=False, max_length=100
    )


class NotGivenSerializer(serializers.Serializer[Any]):
    """A dose that was told not to have been given."""

    dose = serializers.IntegerField()
    told_on = serializers.DateField(help_text="The mother's date on which that was said.")


class DoseGivenSerializer(serializers.ModelSerializer[DoseGiven]):
    """A dose that a child had: a dose of the programme, or else the code of a product, or what the card says."""

    vaccine_dose = TypedNumberField(source="vaccine_dose_id", required=False, allow_null=True)
    vaccine = serializers.IntegerField(source="vaccine_id", read_only=True, allow_null=True)
    product = serializers.CharField(max_length=64, required=False, allow_blank=True, allow_null=True)
    text = serializers.CharField(max_length=255, required=False, allow_blank=True, allow_null=True)
    date = extend_schema_field(OpenApiTypes.STR)(PartialDateField)(required=False, allow_null=True)
    place = serializers.CharField(max_length=255, required=False, allow_blank=True, allow_null=True)
    lot = serializers.CharField(max_length=64, required=False, allow_blank=True, allow_null=True)
    campaign = serializers.BooleanField(required=False, allow_null=True)
    stands = serializers.BooleanField(
        read_only=True,
        help_text="Whether it stands for a dose of the schedule: not if it was given in a campaign, or cannot have been"
        " on its day.",
    )

    class Meta:
        model = DoseGiven
        fields = (
            "id", "vaccine_dose", "vaccine", "product", "text", "date", "place", "lot", "campaign", "source", "stands",
        )  # fmt: skip
        read_only_fields = ["source"]

    def to_representation(self, instance: DoseGiven) -> dict[str, Any]:
        return {
            "id": instance.pk,
            "vaccine_dose": instance.vaccine_dose_id,
            "vaccine": instance.vaccine_id,
            "product": instance.product,
            "text": instance.text,
            "date": str(PartialDate(instance.date, DoseGiven.Precision(instance.precision))) or None,
            "place": instance.place,
            "lot": instance.lot,
            "campaign": instance.campaign,
            "source": instance.source,
            "stands": stands(instance),
        }

    def entry(self, *, client_key: str | None = None) -> Entry:
        """What the mother enters now."""
        values = self.validated_data
        return Entry(
            vaccine_dose_id=values.get("vaccine_dose_id"),
            product=values.get("product") or "",
            text=values.get("text") or "",
            date=values.get("date") or PartialDate(),
            place=values.get("place") or "",
            lot=values.get("lot") or "",
            campaign=bool(values.get("campaign")),
            client_key=client_key[:255] if client_key else None,
        )
