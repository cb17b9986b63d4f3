from django.contrib.auth.models import User
from django.db import models


class CustomUser(User):
    class Meta:
        proxy = True
        verbose_name = "person"
        verbose_name_plural = "people"


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
