from django.contrib.auth.models import User
from django.db import models


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


class Segment(models.Model):
    """A filter of people with a title, for messages that go to the same kind of people again. It names nobody."""

    title = models.CharField(max_length=100, unique=True)
    criteria = models.JSONField(default=dict, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering = ["title"]
        verbose_name = "segment of people"
        verbose_name_plural = "segments of people"

    def __str__(self) -> str:
        return self.title


class SegmentSize(models.Model):
    """How many people a segment found on a day."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="sizes", db_index=False)
    day = models.DateField(help_text="In the country's time zone.")
    people = models.PositiveIntegerField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["segment", "day"], name="campaigns_one_size_a_day"),
        ]

    def __str__(self) -> str:
        return f"segment {self.segment_id} on {self.day}"
