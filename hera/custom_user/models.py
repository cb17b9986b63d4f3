from django.contrib.auth.models import User
from django.db import models
from django.utils.translation import gettext_lazy as _


class CustomUser(User):
    class Meta:
        proxy = True
        verbose_name = "person"
        verbose_name_plural = "people"
        permissions = [
            ("view_masked_people", "Can see people without names, numbers and dates of birth"),
            ("export_people", "Can export people"),
            ("export_masked_people", "Can export people without names, numbers and dates of birth"),
            ("see_dashboard", "Can see the figures of the programme"),
        ]


class PhoneDevice(models.Model):
    """A telephone as a second factor of the earlier HERA's panel: kept, and no longer asked for.

    Without a model for these rows, an account that has one could not be deleted.
    """

    id = models.AutoField(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=64)
    confirmed = models.BooleanField(default=True)
    number = models.CharField(max_length=128)
    key = models.CharField(max_length=40)
    method = models.CharField(max_length=4)
    throttling_failure_count = models.PositiveIntegerField(default=0)
    throttling_failure_timestamp = models.DateTimeField(null=True)

    class Meta:
        db_table = "two_factor_phonedevice"

    def __str__(self) -> str:
        return f"telephone {self.pk}"


class AuditEntry(models.Model):
    """What a member of staff did. Written once: a trigger refuses to change or delete one (migration 0004)."""

    class Action(models.TextChoices):
        SIGN_IN = "sign_in", "signed in"
        VIEW = "view", "looked at"
        ADD = "add", "added"
        CHANGE = "change", "changed"
        DELETE = "delete", "deleted"
        EXPORT = "export", "exported"
        MESSAGE = "message", "sent a message"

    at = models.DateTimeField()
    # No foreign key: an account that is deleted leaves what it did.
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150)
    action = models.CharField(max_length=10, choices=Action.choices)
    about = models.CharField(max_length=200, blank=True)
    person = models.BigIntegerField(null=True, help_text="The id of the person whose record it is.")
    detail = models.JSONField(default=dict)
    address = models.CharField(max_length=45)

    class Meta:
        verbose_name_plural = "audit trail"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-at"], name="custom_user_audit_at"),
            models.Index(fields=["person", "-at"], name="custom_user_audit_person"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.get_action_display()} {self.about}"


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
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="custom_user_export_piece")]

    def __str__(self) -> str:
        return f"piece {self.number} of export {self.file_id}"


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


class StaffPhone(models.Model):
    """The phone of a member of staff, to which she may send tests: hers, since she repeated a code that came to it."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="staff_phone")
    number = models.CharField(max_length=16)
    secret = models.CharField(max_length=64, help_text="Keyed hash of the code.")
    wrong_guesses = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"phone of account {self.user_id}"
