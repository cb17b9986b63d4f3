from typing import Any

from rest_framework import serializers

from hera.health_center.models import HealthCenter


class HealthCenterSerializer(serializers.ModelSerializer[HealthCenter]):
    class Meta:
        model = HealthCenter
        fields = ["id", "name", "address", "geolocation"]


class OwnCenterSerializer(serializers.Serializer[Any]):
    """Where a person goes; null while nobody has said."""

    center = HealthCenterSerializer(allow_null=True)
