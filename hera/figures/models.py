from django.db import models


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
