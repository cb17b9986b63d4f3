"""Health centres as a CSV table."""

from __future__ import annotations

from typing import Any

from hera.core import digits
from hera.core.table_changes import PreviewedResource
from hera.health_center.models import HealthCenter

_ARABIC_SIGNS = str.maketrans({"\u066b": ".", "\u060c": ",", "\u066c": ","})  # of numbers: point, and commas


class HealthCenterResource(PreviewedResource):
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

    def before_import_row(self, row: Any, **_kwargs: Any) -> None:
        """Numbers as people write them: in digits of any script."""
        for column in ("geolocation", "catchment_km"):
            if row.get(column):
                row[column] = digits.plain(str(row[column])).translate(_ARABIC_SIGNS)
