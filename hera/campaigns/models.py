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
