"""Health centres as a CSV table."""

from __future__ import annotations

from import_export.resources import ModelResource

from hera.health_center.models import HealthCenter


class HealthCenterResource(ModelResource):  # type: ignore[misc]
    """One row a centre: name, address, geolocation, district, catchment_km.

    A centre is known by its name; what the table lacks stays.
    """

    class Meta:
        model = HealthCenter
        fields = ("name", "address", "geolocation", "district", "catchment_km")
        import_id_fields = ("name",)
        use_transactions = True
        skip_unchanged = True
        report_skipped = True
        clean_model_instances = True
