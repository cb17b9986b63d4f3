from django.contrib import admin
from unfold.admin import ModelAdmin

from hera.core.imports import ImportAdmin
from hera.health_center.imports import HealthCenterResource
from hera.health_center.models import HealthCenter


@admin.register(HealthCenter)
class HealthCenterAdmin(ImportAdmin, ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "address", "geolocation"]
    resource_classes = [HealthCenterResource]
    search_fields = ["name", "address"]
