from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib import admin
from django.urls import reverse
from unfold.admin import ModelAdmin

from hera.health_center.imports import HealthCenterResource
from hera.health_center.models import HealthCenter

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

MOST_ON_A_MAP = 2_000


@admin.register(HealthCenter)
class HealthCenterAdmin(ModelAdmin):  # type: ignore[misc]
    """Centres as a list and on a map; on the page of one, a click on the map is its place."""

    list_display = ["name", "district", "address", "geolocation", "catchment_km"]
    list_filter = ["district"]
    search_fields = ["name", "address", "district"]
    resource_classes = [HealthCenterResource]
    list_before_template = "health_center/map.html"
    change_form_after_template = "health_center/map.html"

    class Media:
        js = ("leaflet/leaflet.js", "health_center/map.js")
        css = {"all": ("leaflet/leaflet.css", "health_center/map.css")}

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        places = [_marker(centre) for centre in HealthCenter.objects.order_by("pk")[:MOST_ON_A_MAP] if centre.place]
        context = {**(extra_context or {}), "map": _map(places)}
        answer: HttpResponse = super().changelist_view(request, context)
        return answer

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = {**(extra_context or {}), "map": _map([])}
        answer: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return answer


def _map(places: list[dict[str, object]]) -> dict[str, object]:
    return {"tiles": settings.HERA.map_tiles, "places": places}


def _marker(centre: HealthCenter) -> dict[str, object]:
    address = reverse("admin:health_center_healthcenter_change", args=[centre.pk])
    return {"name": centre.name, "place": centre.place, "link": address}
