from django.conf import settings
from django.db import models
from django.db.models import Func
from django.db.models.functions import Now


class PhoneSession(models.Model):
    """A phone that is signed in. The token itself is kept nowhere: whoever reads this table can call nothing."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="phone_sessions")
    key_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(help_text="To the day.")
    typed_number = models.CharField(
        max_length=50, blank=True, default="", db_default="", help_text="Her number as it was typed, if not as E.164."
    )
    agent = models.CharField(max_length=200, blank=True, default="", help_text="What the phone called itself.")

    def __str__(self) -> str:
        return f"session {self.pk}"


class KeptAnswer(models.Model):
    """What a person was answered when something was done under a key of her app's, to be given again for a while."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="kept_answers")
    key_hash = models.CharField(max_length=64, help_text="Hash of the key.")
    call_hash = models.CharField(max_length=64, help_text="Hash of what was sent with it, and where to.")
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty only while it is being made.")
    sealed_text = models.BinaryField(null=True, help_text="The body, as JSON.")
    body = models.TextField(blank=True, default="", help_text="As JSON; of answers from before they were sealed.")
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key_hash"], name="api_one_answer_a_key")]

    def __str__(self) -> str:
        return f"kept answer {self.pk}"


class ListChange(models.Model):
    """That something was written of which lists are made, a person's or everybody's; triggers say so (`versions`)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.DO_NOTHING,
        null=True,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    stamp = models.UUIDField(db_default=Func(function="gen_random_uuid"))
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["user"], include=["stamp"], name="api_list_changes_of")]

    def __str__(self) -> str:
        return f"change {self.pk}"
