from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _


class Study(models.Model):
    """A study whose exports have pseudonyms for ids: the same next month, and none of another study's."""

    name = models.CharField(max_length=100, unique=True)
    # No foreign key: an account that is deleted leaves what it did.
    made_by_name = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    sealed_key = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name


class ExportFile(models.Model):
    """An export that is made in the background, and its file for as long as it is kept."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        MAKING = "making", _("being made")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    asked_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    format = models.CharField(max_length=4)
    criteria = models.JSONField(default=dict)
    is_masked = models.BooleanField()
    study = models.ForeignKey(Study, on_delete=models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempt = models.PositiveSmallIntegerField(default=0, help_text="Whose number this is, makes the file.")
    losses = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="How often its maker was lost.")
    percent = models.PositiveSmallIntegerField(default=0)
    size = models.BigIntegerField(default=0, help_text="Of the file, in bytes.")
    progressed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"export {self.pk}"


class ExportPiece(models.Model):
    """Some of an export's file, compressed with zlib."""

    file = models.ForeignKey(ExportFile, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="exports_one_piece_a_number")]

    def __str__(self) -> str:
        return f"piece {self.number} of export {self.file_id}"
