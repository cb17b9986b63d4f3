from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy

from hera.health_center import places

WIDEST_KM = 500


class HealthCenter(models.Model):
    """A place where care can be had."""

    name = models.CharField(max_length=255)
    address = models.CharField(max_length=200)
    geolocation = models.CharField(
        max_length=100,
        help_text="Latitude and longitude, such as 36.2021,36.1600.",
        validators=[RegexValidator(places.WRITTEN, "Use latitude and longitude, such as 36.2021,36.1600.")],
    )
    district = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="Lists and figures are by district too."
    )
    catchment_km = models.PositiveSmallIntegerField(
        "catchment, km",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(WIDEST_KM)],
        help_text="How far around it people belong to it. Leave it out if that is nowhere written.",
    )

    def __str__(self) -> str:
        return self.name

    @property
    def place(self) -> places.Place | None:
        """Latitude and longitude in degrees; None where earlier data has something else."""
        return places.read(self.geolocation)


class CenterOfPerson(models.Model):
    """The health centre that a person goes to, and about where she lives, if she said so."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="center_of_person"
    )
    # What figures count by does not go without anybody being told: a centre that people go to is kept.
    center = models.ForeignKey(
        HealthCenter, on_delete=models.PROTECT, related_name="people", verbose_name="health centre"
    )
    is_nearest = models.BooleanField(
        default=False, db_default=False, help_text="Whether nobody chose it: it is the nearest to where she lives."
    )
    geolocation = models.CharField(
        "about where she lives",
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="To about a kilometre.",
    )
    set_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        verbose_name = "health centre of a person"
        verbose_name_plural = gettext_lazy("people who go there")

    def __str__(self) -> str:
        return f"health centre of {self.pk}"

    @property
    def place(self) -> places.Place | None:
        """About where she lives; None where she has not said."""
        return places.read(self.geolocation)

    @property
    def kilometres(self) -> float | None:
        """How far she has to her centre; None where one of the two places is not known."""
        hers, its = self.place, self.center.place
        return places.kilometres(hers, its) if hers and its else None
