from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models

from hera.user_profile.models import Gender


class Pregnancy(models.Model):
    """What a mother declared, and the dates estimated from it (`pregnancy_dates`)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pregnancies")
    declared_pregnancy_week = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(42)]
    )
    declared_date_of_last_menstrual_period = models.DateField(null=True, blank=True)
    declared_number_of_prenatal_visits = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(9)]
    )
    declared_on = models.DateField(
        null=True,
        blank=True,
        help_text="The mother's date when she declared this; empty in rows of an older database, where it is the "
        "UTC date of their creation. Visits are planned as seen from this day.",
    )
    estimated_start_date = models.DateField()
    estimated_delivery_date = models.DateField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "pregnancies"
        indexes = [models.Index(fields=["user"]), models.Index(fields=["estimated_delivery_date"])]

    def __str__(self) -> str:
        return f"pregnancy {self.pk}"


class Vaccine(models.Model):
    """A vaccine of the country's programme. Only active ones ever reach a parent."""

    name = models.CharField(max_length=255)
    nickname = models.CharField(  # noqa: DJ001  (null in existing databases)
        max_length=100, null=True, blank=True, help_text="Shown to parents in place of the name."
    )
    applicable_for_male = models.BooleanField(default=True)
    applicable_for_female = models.BooleanField(default=True)
    is_active = models.BooleanField(default=False)
    was_active = models.BooleanField(
        default=False,
        db_default=True,
        editable=False,
        help_text="Whether it ever was on calendars: what was announced of it is known by its doses.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.name

    @property
    def display_name(self) -> str:
        return self.nickname or self.name


class VaccineDose(models.Model):
    """A dose, due at an age in whole weeks."""

    vaccine = models.ForeignKey(Vaccine, on_delete=models.CASCADE, related_name="doses")
    name = models.CharField(max_length=50)
    week_age = models.PositiveSmallIntegerField()
    notes_for_parent = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001
    is_active = models.BooleanField(
        default=True, db_default=True, help_text="Off: on no calendar any more. What was announced of it stays known."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["week_age", "id"]
        indexes = [models.Index(fields=["vaccine"]), models.Index(fields=["week_age"])]

    def __str__(self) -> str:
        return f"{self.name} at {self.week_age} weeks"


class Child(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="children")
    name = models.CharField(max_length=255)
    date_of_birth = models.DateField()
    gender = models.CharField(max_length=20, choices=Gender.choices)
    past_vaccinations = models.ManyToManyField(Vaccine, through="PastVaccination", related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "children"
        indexes = [models.Index(fields=["user"]), models.Index(fields=["date_of_birth"])]

    def __str__(self) -> str:
        return self.name


class PastVaccination(models.Model):
    """A vaccine ticked as received."""

    child = models.ForeignKey(Child, on_delete=models.CASCADE)
    vaccine = models.ForeignKey(Vaccine, on_delete=models.PROTECT)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        unique_together = [("child", "vaccine")]
        indexes = [models.Index(fields=["child"]), models.Index(fields=["vaccine"])]

    def __str__(self) -> str:
        return f"vaccine {self.vaccine_id} of child {self.child_id}"


class PastVaccinationChange(models.Model):
    """Append-only: each tick set or removed, so that a list wiped by a client's defect can be restored."""

    class Source(models.TextChoices):
        CLIENT = "client", "the app's child page"
        SURVEY = "survey", "the answer to a survey"
        STAFF = "staff", "a case worker in the panel"

    child = models.ForeignKey(Child, on_delete=models.CASCADE, related_name="past_vaccination_changes")
    vaccine = models.ForeignKey(Vaccine, on_delete=models.PROTECT, related_name="changes_of_ticks")
    is_ticked = models.BooleanField()
    source = models.CharField(max_length=10, choices=Source.choices)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{'tick' if self.is_ticked else 'untick'} of vaccine {self.vaccine_id} for child {self.child_id}"
