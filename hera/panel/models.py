"""What the panel keeps. The tables have the legacy app label, under which the rights of staff have always been."""

from __future__ import annotations

import hmac

from django.contrib.auth.models import User
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django_otp.models import Device, ThrottlingMixin, TimestampMixin
from django_otp.plugins.otp_totp.models import TOTPDevice

from hera.core.ports import Action
from hera.panel import abouts, recovery_codes, sealing
from hera.texts import written_dates


class CustomUser(User):  # type: ignore[django-manager-missing]
    """A person as the panel names her. The rights of staff hang on this name, which earlier databases know."""

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
    """What a member of staff did. Written once, and linked to the one before it (migration 0003).

    The database sets the number, without gaps, the instant and the hash, whatever is given.
    """

    at = models.DateTimeField()
    # No foreign key: an account that is deleted leaves what it did.
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=150)
    action = models.CharField(max_length=10, choices=Action.choices)
    about = models.CharField(max_length=200, blank=True)
    person = models.BigIntegerField(null=True, help_text="The id of the person whose record it is.")
    detail = models.JSONField(default=dict)
    address = models.CharField(max_length=45)
    # SHA-256 of the hash before it and of all columns above.
    hash = models.BinaryField(default=b"")

    class Meta:
        verbose_name_plural = "audit trail"
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["-at"], name="custom_user_audit_at"),
            models.Index(fields=["person", "-at"], name="custom_user_audit_person"),
        ]

    def __str__(self) -> str:
        at = written_dates.isolated(written_dates.moment(self.at))
        return f"{at} {self.actor_name} {self.get_action_display()} {abouts.said(self.about)}"


class AuditHead(models.Model):
    """Where the chain ends and, since old entries are forgotten, after which entry it begins. One row, number 1."""

    id = models.SmallIntegerField(primary_key=True)
    last_id = models.BigIntegerField()
    last_hash = models.BinaryField()
    anchor_id = models.BigIntegerField()
    anchor_hash = models.BinaryField()
    anchored_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"entries {self.anchor_id + 1} to {self.last_id}"


class AuditCheck(models.Model):
    """What the last nightly walk along the chain found: nothing, or one sentence. One row, number 1."""

    id = models.SmallIntegerField(primary_key=True)
    at = models.DateTimeField()
    trouble = models.TextField(blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.trouble


class AuditValues(models.Model):
    """What a change was from and to, sealed: not in the trail, since it goes with the person, and after 30 days."""

    # No foreign key: the trail belongs to another user of the database, and is deleted by it.
    entry_id = models.BigIntegerField(primary_key=True)
    made_at = models.DateTimeField(db_index=True)
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    sealed_text = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"values of entry {self.entry_id}"


class ImportUpload(models.Model):
    """A file that staff have looked at and may confirm. Here, since the next request may reach another machine."""

    name = models.CharField(max_length=32, primary_key=True)
    content = models.TextField()
    lines = ArrayField(models.IntegerField(), default=list, help_text="Of each row, which line of the file it was.")
    uploaded_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name


class BroughtTable(models.Model):
    """A table that staff have brought: who, when, of what file, and how much it did. It can be taken back."""

    of = models.CharField(max_length=100, help_text="The label of the model whose admin class took it.")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField(db_index=True)
    file_name = models.CharField(max_length=255)
    new = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    same = models.PositiveIntegerField()
    taken_back_at = models.DateTimeField(null=True)
    taken_back_by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"table {self.pk} of {self.of}"


class BroughtRow(models.Model):
    """A record that a table made or changed, as it was before and right after it.

    Of people's records there is no `before`, and `after` holds a hash alone. They go with the person.
    """

    table = models.ForeignKey(BroughtTable, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(help_text="Of the file.")
    record = models.BigIntegerField()
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    is_new = models.BooleanField()
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"line {self.line} of table {self.table_id}"


class Authenticator(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]
    """An authenticator app (TOTP, RFC 6238). Its seed is sealed: who has a copy of the database has no codes.

    What it does is django-otp's; that library's own table has room for a readable seed only.
    """

    sealed_seed = models.BinaryField()
    step = models.PositiveSmallIntegerField(default=30)
    t0 = models.BigIntegerField(default=0)
    digits = models.PositiveSmallIntegerField(default=6)
    tolerance = models.PositiveSmallIntegerField(default=1)
    drift = models.SmallIntegerField(default=0)
    last_t = models.BigIntegerField(default=-1)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)

    verify_token = TOTPDevice.verify_token
    get_throttle_factor = TOTPDevice.get_throttle_factor

    @property
    def bin_key(self) -> bytes:
        """The seed.

        Raises:
            sealing.WrongKey: if the server has another secret key than when it was sealed.
        """
        return sealing.unseal(self.sealed_seed)


class RecoveryCodes(TimestampMixin, ThrottlingMixin, Device):  # type: ignore[misc]
    """Codes for when the phone is lost. Each opens the panel once; kept are salted, slow hashes."""

    salt = models.BinaryField()
    digests = ArrayField(models.CharField(max_length=64))

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)

    def verify_token(self, token: str) -> bool:
        """Is it one of the codes that are left? It is none any more after that."""
        allowed, _why_not = self.verify_is_allowed()
        if not allowed:
            return False
        digest = recovery_codes.digest(token, bytes(self.salt))
        left = [known for known in self.digests if not hmac.compare_digest(known, digest)]
        if len(left) == len(self.digests):
            self.throttle_increment()
            return False
        self.digests = left
        self.throttle_reset(commit=False)
        self.set_last_used_timestamp(commit=False)
        self.save()
        return True

    def get_throttle_factor(self) -> int:
        return 1


class Passkey(TimestampMixin, Device):  # type: ignore[misc]
    """A passkey (WebAuthn): a public key, so there is nothing to seal. What a browser says of it is not a code."""

    credential_id = models.BinaryField(unique=True)
    public_key = models.BinaryField()
    sign_count = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.user)


class SecondFactorReset(models.Model):
    """An administrator took somebody's second factor away; its owner is told at each sign-in of the next days."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # No foreign key: an account that is deleted leaves what it did.
    by_name = models.CharField(max_length=150)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{written_dates.isolated(written_dates.moment(self.at))} {self.by_name}"
