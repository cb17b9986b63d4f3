"""The picture of a stack at work, with the real number of resources, on narrow and wide terminals."""

from __future__ import annotations

import datetime as dt
import json
import os
from pathlib import Path

import pytest
import time_machine

from infra.hera_env.resource_picture import picture
from infra.hera_env.resource_states import states

SNAPSHOTS = Path(__file__).parent / "snapshots"
PICTURES = SNAPSHOTS / "pictures"
BEGAN = dt.datetime(2026, 11, 27, 3, 0, tzinfo=dt.UTC)
HEIGHT = 24
REASON = (
    "The maximum number of addresses has been reached. (Service: Ec2, Status Code: 400, Request ID:"
    " 5c9f4f0e-2f39-4a6f-9e3c-aa2b4c0a5d11) (SDK Attempt Count: 1)"
)


def _template() -> list[tuple[str, str]]:
    """Each resource of production, as it is in the template now."""
    resources = json.loads((SNAPSHOTS / "production-turkey.json").read_text())["Resources"]
    return [(name, resource["Type"]) for name, resource in resources.items()]


def _recorded() -> list[tuple[str, str]]:
    """The resources of production on the day when the pictures were made, the stack first."""
    lines = (PICTURES / "resources.txt").read_text().splitlines()
    return [tuple(line.split()) for line in lines]


def _event(name: str, kind: str, status: str, minute: float, reason: str = "") -> dict:
    moment = BEGAN + dt.timedelta(minutes=minute)
    event = {"LogicalResourceId": name, "ResourceType": kind, "ResourceStatus": status, "Timestamp": moment}
    return {**event, **({"ResourceStatusReason": reason} if reason else {})}


def _events(resources: list[tuple[str, str]], finished: int, at_work: int, failed: str | None = None) -> list[dict]:
    events = [_event(name, kind, "CREATE_IN_PROGRESS", 0) for name, kind in resources[: finished + at_work]]
    events += [_event(name, kind, "CREATE_COMPLETE", 1) for name, kind in resources[:finished]]
    if failed:
        [kind] = [kind for name, kind in resources if name == failed]
        events.append(_event(failed, kind, "CREATE_FAILED", 2, REASON))
    return events


MOMENTS = {
    "begun": (0, 1, None),
    "at work": (30, 46, None),
    "slow ones": (85, 4, None),
    "failed": (40, 20, "NetworkVpcpublicSubnet1NATGateway939C8F7E"),  # pragma: allowlist secret
    "finished": (90, 0, None),
}


def _drawn(resources, moment: str, width: int) -> list[str]:
    finished, at_work, failed = MOMENTS[moment]
    finished = min(finished, len(resources) - at_work)
    found = states(_events(resources, finished, at_work, failed))
    with time_machine.travel(BEGAN + dt.timedelta(minutes=7, seconds=30), tick=False):
        drawn = picture(
            "Making the infrastructure of production-turkey", found, seconds=450, width=width, height=HEIGHT,
            expected=len(resources),
        )  # fmt: skip
    return drawn.plain.splitlines()


@pytest.mark.parametrize("width", [80, 150])
def test_the_picture_as_it_was_looked_at(width):
    said = "\n\n".join(f"--- {moment}\n" + "\n".join(_drawn(_recorded(), moment, width)) for moment in MOMENTS)
    kept = PICTURES / f"{width}-columns.txt"
    if os.environ.get("SNAPSHOT") == "write":
        kept.write_text(said + "\n")
    assert said + "\n" == kept.read_text(), "SNAPSHOT=write brings it up to date; look at it then"


@pytest.mark.parametrize("width", [80, 150])
@pytest.mark.parametrize("moment", [moment for moment in MOMENTS if moment != "failed"])
def test_all_resources_of_the_template_fit_on_a_terminal(moment, width):
    """I10: the tree once showed the first 46 of 89 resources, and an ellipsis."""
    resources = [("hera-production-turkey", "AWS::CloudFormation::Stack"), *_template()]
    drawn = _drawn(resources, moment, width)
    assert len(drawn) < HEIGHT
    assert max(map(len, drawn)) <= width
    finished, at_work, _failed = MOMENTS[moment]
    assert f"{min(finished, len(resources) - at_work)} of {len(resources)} done, 7 min 30 s" in drawn[0]
    if at_work:
        assert any(line.lstrip().startswith("⋯") for line in drawn[1:])


@pytest.mark.parametrize("width", [80, 150])
def test_what_failed_is_shown_first_and_with_its_reason(width):
    drawn = _drawn(_recorded(), "failed", width)
    assert drawn[1].startswith("✘ A way out for the tasks, none in")
    assert "The maximum number of addresses has been reached." in " ".join(line.strip() for line in drawn[1:5])


def test_the_longest_at_work_are_those_that_are_shown():
    many = [(f"Part{chr(65 + place)}x", "AWS::S3::Bucket") for place in range(10)]
    events = [_event(name, kind, "CREATE_IN_PROGRESS", place) for place, (name, kind) in enumerate(many)]
    drawn = picture("Making it", states(events), seconds=1, width=80, height=10).plain
    assert "PartAx" in drawn
    assert "PartJx" not in drawn
