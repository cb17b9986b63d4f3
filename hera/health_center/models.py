import re

from django.core.validators import RegexValidator
from django.db import models

_POLE, _DATE_LINE = 90, 180
COORDINATES = r"^\s*-?\d{1,2}(\.\d+)?\s*,\s*-?\d{1,3}(\.\d+)?\s*$"


class HealthCenter(models.Model):
    """A place where care can be had."""

    name = models.CharField(max_length=255)
    address = models.CharField(max_length=200)
    geolocation = models.CharField(
        max_length=100,
        help_text="Latitude and longitude, such as 36.2021,36.1600.",
        validators=[RegexValidator(COORDINATES, "Use latitude and longitude, such as 36.2021,36.1600.")],
    )

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> tuple[float, float] | None:
        """Latitude and longitude in degrees; None where earlier data has something else."""
        if not re.match(COORDINATES, self.geolocation):
            return None
        latitude, longitude = map(float, self.geolocation.split(","))
        return (latitude, longitude) if abs(latitude) <= _POLE and abs(longitude) <= _DATE_LINE else None
