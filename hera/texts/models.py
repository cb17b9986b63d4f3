from django.db import models


class TextVersion(models.Model):
    """The texts of a type or of a survey as they were saved, each time that they changed. No person is in it."""

    of = models.CharField(max_length=60, help_text="The record's table, such as events.notificationtype.")
    record = models.BigIntegerField()
    texts = models.JSONField(help_text="By language, and by what the text is.")
    made_at = models.DateTimeField(null=True, help_text="None: as they were before anybody changed them in the panel.")
    # No foreign key: an account that is deleted leaves what it wrote.
    by_name = models.CharField(max_length=150, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["of", "record", "-id"], name="texts_versions")]

    def __str__(self) -> str:
        return f"version {self.pk} of {self.of} {self.record}"
