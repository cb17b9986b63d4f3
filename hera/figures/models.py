from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _


class Figure(models.Model):
    """A figure of the first page that takes long to count, as it was when it was last counted."""

    name = models.CharField(max_length=20, primary_key=True)
    value = models.JSONField()
    seconds = models.FloatField(help_text="How long it took to count.")
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class Cell(models.Model):
    """What was counted of a source in a month, of one series and one value of a dimension. Nobody is named."""

    source = models.CharField(max_length=20)
    dimension = models.CharField(max_length=20, blank=True)
    value = models.CharField(max_length=100, blank=True, help_text="Of the dimension; empty where it is not known.")
    series = models.CharField(max_length=120, blank=True)
    month = models.DateField(help_text="Its first day.")
    sums = ArrayField(models.DecimalField(max_digits=18, decimal_places=5), help_text="In the order of the source.")

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["source", "dimension", "month"], name="figures_cell_read")]

    def __str__(self) -> str:
        return f"{self.source} of {self.month}"


class Counting(models.Model):
    """When a source was last counted into cells, and how long that took."""

    source = models.CharField(max_length=20, primary_key=True)
    counted_at = models.DateTimeField()
    seconds = models.FloatField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.source


class Target(models.Model):
    """What a measure should be; whether at least or at most, the measure says. One that says of what, or where, counts
    there before one that does not."""

    measure = models.CharField(max_length=20)
    series = models.CharField(
        max_length=120, blank=True, default="", db_default="", help_text="Of this one alone; empty: of all together."
    )
    dimension = models.CharField(max_length=20, blank=True, default="", db_default="")
    value = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="Of the dimension: a centre or a district."
    )
    percent = models.DecimalField(
        max_digits=4, decimal_places=1, validators=[MinValueValidator(0), MaxValueValidator(100)]
    )

    class Meta:
        verbose_name = "target"
        verbose_name_plural = "targets"
        constraints = [
            models.UniqueConstraint(
                fields=["measure", "series", "dimension", "value"], name="figures_one_target_of_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure}: {self.percent} %"


class Report(models.Model):
    """A month's report that was asked for, and its file once it is made."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        MAKING = "making", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    month = models.DateField(help_text="Its first day.")
    language_code = models.CharField(max_length=5)
    is_masked = models.BooleanField(help_text="Whether numbers of few people are left out.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    percent = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    content = models.BinaryField(default=bytes)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"report {self.pk}"


class ReportMail(models.Model):
    """A report that goes to a member of staff by e-mail, and what came of it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("not sent")

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="mails")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    cause = models.CharField(max_length=20, blank=True, default="")
    code = models.PositiveSmallIntegerField(null=True, help_text="What the mail server answered.")
    tries = models.PositiveSmallIntegerField(default=0)
    begun_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["report", "to"], name="figures_one_mail_to_each")]

    def __str__(self) -> str:
        return f"e-mail of report {self.report_id} to account {self.to_id}"
