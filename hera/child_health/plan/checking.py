"""Are the stored plans what they should be? They are compared with plans that are worked out anew."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import QuerySet

from hera.child_health.models import Child, PlanCheck, PlanFailure, Pregnancy
from hera.child_health.plan import stored, worked_out
from hera.child_health.plan.programme import current_programme
from hera.core import clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SAMPLE = 2000  # children, and as many pregnancies
_CHUNK = 2000


class Differing(NamedTuple):
    """How many plans were looked at, and whose are not what they should be."""

    looked_at: int
    children: list[int]
    pregnancies: list[int]

    @property
    def total(self) -> int:
        """How many are not what they should be."""
        return len(self.children) + len(self.pregnancies)


def check(sample: int | None = SAMPLE) -> Differing:
    """Compare plans that claim to be of now, and remember what was found.

    Args:
        sample: how many of children and of pregnancies, chosen by chance; all if None.
    """
    looked_at, children, pregnancies = 0, list[int](), list[int]()
    chunks: list[tuple[list[int], list[int]]] = [(chunk, []) for chunk in _chunks(_ids(Child, sample))]
    chunks += [([], chunk) for chunk in _chunks(_ids(Pregnancy, sample))]
    for of_children, of_pregnancies in chunks:
        first = _look(of_children, of_pregnancies)
        # What was being changed while it was read is right at the second look.
        second = _look(first.children, first.pregnancies) if first.total else first
        looked_at += first.looked_at
        children += second.children
        pregnancies += second.pregnancies
    found = Differing(looked_at, children, pregnancies)
    _remember(looked_at, found.total)
    return found


def mend(found: Differing) -> None:
    """Make those plans anew, and forget that they differed."""
    Child.objects.filter(pk__in=found.children).update(plan_version=None)
    Pregnancy.objects.filter(pk__in=found.pregnancies).update(plan_version=None)
    stored.catch_up(within=dt.timedelta.max, alone=False)
    _remember(found.looked_at, 0)


def out_of_date() -> int:
    """How many plans are not by the programme of now."""
    current = current_programme()
    children = Child.objects.exclude(plan_version=current.of_children).count()
    return children + Pregnancy.objects.exclude(plan_version=current.of_pregnancies).count()


def failures() -> list[tuple[int | None, int | None]]:
    """The children, and the pregnancies, that could not be planned as they should be; a hundred at most."""
    return list(PlanFailure.objects.order_by("pk").values_list("child_id", "pregnancy_id")[:100])


def try_failures_again() -> None:
    """Have those planned again that could not be: once a night, as the fault may have been ours, and is mended."""
    failed = list(PlanFailure.objects.values_list("child_id", "pregnancy_id"))
    Child.objects.filter(pk__in=[child for child, _ in failed if child]).update(plan_version=None)
    Pregnancy.objects.filter(pk__in=[pregnancy for _, pregnancy in failed if pregnancy]).update(plan_version=None)


def last_check() -> PlanCheck | None:
    """What was found when plans were last compared."""
    return PlanCheck.objects.filter(pk=1).first()


def _look(children: Sequence[int], pregnancies: Sequence[int]) -> Differing:
    """Those of them whose plans claim to be of now, and are not."""
    programme, version, antenatal = current_programme()
    of_now = Child.objects.filter(pk__in=children, plan_version=version)
    of_rule = Pregnancy.objects.filter(pk__in=pregnancies, plan_version=antenatal)
    wanted, kept = worked_out.plans_of(
        programme, list(of_now.values_list("pk", flat=True)), list(of_rule.values_list("pk", flat=True))
    )
    return Differing(
        len(wanted.children) + len(wanted.pregnancies),
        [pk for pk, plan in wanted.children.items() if plan.keys() != kept.children[pk].keys()],
        [pk for pk, plan in wanted.pregnancies.items() if plan.keys() != kept.pregnancies[pk].keys()],
    )


def _remember(looked_at: int, differing: int) -> None:
    PlanCheck.objects.update_or_create(
        pk=1, defaults={"checked_at": clock.now(), "looked_at": looked_at, "differing": differing}
    )


def _ids(model: type[Child | Pregnancy], sample: int | None) -> list[int]:
    found: QuerySet[Any, int] = QuerySet(model).exclude(plan_version=None).values_list("pk", flat=True)
    return list(found.order_by("pk") if sample is None else found.order_by("?")[:sample])


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    return (ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK))
