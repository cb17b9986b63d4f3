from rest_framework import serializers

from hera.health_center.models import HealthCenter


class HealthCenterSerializer(serializers.ModelSerializer[HealthCenter]):
    class Meta:
        model = HealthCenter
        fields = ["id", "name", "address", "geolocation"]
