from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from hera.child_health.models.children import Child
from hera.child_health.models.pregnancies import Pregnancy


class PlannedVisit(models.Model):
    """What is planned for a child or a pregnancy on a day. Worked out of the facts by `plan`, and by nobody else."""

    class Kind(models.TextChoices):
        VACCINATION = "v", "vaccination"
        ANTENATAL = "a", "antenatal visit"
        BIRTH = "b", "expected birth"
        POSTNATAL = "n", "visit after birth"

    kind = models.CharField(max_length=1, choices=Kind.choices)
    # The database deletes them with their child or pregnancy: whoever deletes that waits for who plans it, and an
    # earlier service, which does not know this table, may delete as before.
    child = models.ForeignKey(
        Child, on_delete=models.DO_NOTHING, null=True, related_name="planned", db_index=False, db_constraint=False
    )
    pregnancy = models.ForeignKey(
        Pregnancy, on_delete=models.DO_NOTHING, null=True, related_name="planned", db_index=False, db_constraint=False
    )
    attempt = models.PositiveSmallIntegerField(help_text="From 2 on: planned anew, since the one before was missed.")
    week = models.IntegerField(
        help_text="Completed weeks of age, or of the pregnancy, on its day; after birth: which of the pack's visits."
    )
    due = models.DateField()
    doses = ArrayField(
        models.BigIntegerField(),
        help_text="The doses that belong to it, by vaccine, then dose; before birth: of Td, by number.",
    )
    left = ArrayField(models.BigIntegerField(), help_text="Those of them that the child has not had.")
    is_open = models.BooleanField(help_text="Whether there is something left to come for.")
    # By a pack alone: due ages know none of these.
    earliest = models.DateField(null=True, help_text="From when all of its doses may be given.")
    overdue_after = models.DateField(null=True, help_text="The last day on which none of them is overdue.")
    latest = models.DateField(null=True, help_text="The last day on which all of them may be given.")

    class Meta:
        verbose_name = "planned visit"
        verbose_name_plural = "planned visits"
        indexes = [
            models.Index(fields=["kind", "due"], condition=Q(is_open=True), name="child_health_planned_due"),
            *(
                models.Index(fields=[of], condition=Q(**{f"{of}__isnull": False}), name=f"child_health_planned_{of}")
                for of in ("child", "pregnancy")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(child__isnull=True, pregnancy__isnull=False)
                | Q(child__isnull=False, pregnancy__isnull=True),
                name="child_health_planned_of_one",
            )
        ]

    def __str__(self) -> str:
        return f"planned visit {self.pk}"


class PlanCheck(models.Model):
    """What was found when stored plans were last compared with what they should be. One row."""

    checked_at = models.DateTimeField()
    looked_at = models.PositiveIntegerField(help_text="Children and pregnancies.")
    differing = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.differing} of {self.looked_at} plans differ"


class PlanFailure(models.Model):
    """A child or a pregnancy that could not be planned as it should be; the log says why. It goes with the next plan.

    As planned visits, the database deletes it with what it is of.
    """

    child = models.ForeignKey(Child, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False)
    pregnancy = models.ForeignKey(
        Pregnancy, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    problem = models.CharField(max_length=100, help_text="The kind of fault.")
    failed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"plan failure {self.pk}"
