from django.core.validators import RegexValidator
from django.db import models

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
