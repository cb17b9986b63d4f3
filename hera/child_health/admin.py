from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline

from hera.child_health.models import Vaccine, VaccineDose


class DoseInline(TabularInline):  # type: ignore[misc]
    model = VaccineDose
    extra = 0


@admin.register(Vaccine)
class VaccineAdmin(ModelAdmin):  # type: ignore[misc]
    list_display = ["name", "nickname", "is_active", "applicable_for_female", "applicable_for_male"]
    inlines = [DoseInline]
