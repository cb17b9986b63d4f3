from django.contrib import admin
from unfold.admin import ModelAdmin

from hera.health_center.models import HealthCenter


@admin.register(HealthCenter)
class HealthCenterAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "address", "geolocation"]
    search_fields = ["name", "address"]
