"""What a deployment would change, as CloudFormation works it out, and what somebody changed by hand."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.configuration import STACK_PREFIX
from infra.hera_env import aws_failures, change_sets, resource_states, secret_versions, signed_image, stacks, waiting
from infra.hera_env.cloud import SECONDS_BETWEEN_LOOKS
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

_DATABASE = "AWS::RDS::DBInstance"
_KEEPS_DATA = {_DATABASE, "AWS::S3::Bucket", "AWS::SecretsManager::Secret", "AWS::Logs::LogGroup"}
_ALWAYS_ANEW = {"AWS::ECS::TaskDefinition"}  # a definition is never changed, only made anew: nothing is in it
_WORDS = {"Add": "new", "Modify": "changes", "Remove": "goes", "Import": "taken in", "Dynamic": "may change"}


@dataclass(frozen=True)
class Change:
    """One resource that would change.

    Attributes:
        how: `new`, `changes`, `goes`, `replaced`, `may be replaced`.
    """

    logical_id: str
    kind: str
    how: str

    @property
    def is_loss(self) -> bool:
        """Whether the database of mothers would go: what took its place would be empty."""
        return self.kind == _DATABASE and self.how in {"goes", "replaced"}

    @property
    def text(self) -> str:
        """A line for a person."""
        data = "  (data is in it)" if self.kind in _KEEPS_DATA and self.how not in {"new", "changes"} else ""
        return f"{self.how:<15} {resource_states.title(self.kind, self.logical_id)}{data}"


@dataclass(frozen=True)
class Drift:
    """A resource that is not as the last deployment made it: somebody changed or removed it by hand."""

    logical_id: str
    kind: str
    what: str

    @property
    def text(self) -> str:
        """A line for a person."""
        return f"{'by hand':<15} {resource_states.title(self.kind, self.logical_id)}: {self.what}"


@dataclass(frozen=True)
class Difference:
    """What a deployment would change, and what was changed by hand; `drift` is None where it could not be looked at."""

    name: str
    image_before: str
    image: str
    changes: list[Change]
    drift: list[Drift] | None

    @property
    def facts(self) -> dict[str, Any]:
        """For scripts."""
        return {
            "name": self.name,
            "image_before": self.image_before,
            "image": self.image,
            "changes": [{"id": row.logical_id, "type": row.kind, "how": row.how} for row in self.changes],
            "drift": None
            if self.drift is None
            else [{"id": row.logical_id, "type": row.kind, "what": row.what} for row in self.drift],
        }

    @property
    def text(self) -> str:
        """For a person: what holds data first, task definitions as a number."""
        before, after = map(signed_image.shown, (self.image_before, self.image))
        lines = [f"{self.name}: {before}" + (f" to {after}, tables first" if after != before else ", the same image")]
        plain = [row for row in self.changes if row.kind not in _ALWAYS_ANEW]
        definitions = len(self.changes) - len(plain)
        lines += [
            f"  {row.text}" for row in sorted(plain, key=lambda row: (not row.is_loss, row.kind not in _KEEPS_DATA))
        ]
        if definitions:
            lines.append(f"  {'made anew':<15} {definitions} task definitions: tasks change over one after the other")
        if not self.changes:
            lines.append("  nothing of the infrastructure changes")
        if self.drift is None:
            lines.append("  whether somebody changed something by hand could not be looked at")
        else:
            lines += [f"  {row.text}" for row in self.drift] or ["  nothing was changed by hand"]
        return "\n".join(lines)


def difference(
    cloud: Cloud, stack: StackState, known: Configuration, wanted: Configuration, reporter: Reporter
) -> Difference:
    """What `deploy` would change. Nothing is changed by asking.

    Raises:
        Stop: if CloudFormation refuses the template.
    """
    reporter.step(f"Working out what would change in {known.name}")
    template = stacks.template(cloud, secret_versions.into(cloud, stack, wanted))
    return Difference(
        known.name, known.image, wanted.image, _changes(cloud, stack, template), _drift(cloud, stack, reporter)
    )


def refuse_loss(found: Difference) -> None:
    """Refuse a deployment that would leave mothers with an empty database.

    Raises:
        Stop: naming it.
    """
    for change in found.changes:
        if change.is_loss:
            raise Stop(
                f"This would put an empty database in the place of {found.name}'s ({change.logical_id} {change.how}):"
                " every mother and child would be gone. Nothing was changed.",
                f"Bring the version that runs now again: ./hera-env deploy {found.name} --image"
                f" {found.image_before}; to go back to a backup: ./hera-env restore {found.name} --help",
            )


def _changes(cloud: Cloud, stack: StackState, template: str) -> list[Change]:
    formation = cloud.client("cloudformation")
    name = f"hera-env-diff-{secrets.token_hex(4)}"
    asked = formation.create_change_set(
        StackName=stack.name,
        ChangeSetName=name,
        ChangeSetType="UPDATE",
        TemplateBody=template,
        Capabilities=["CAPABILITY_IAM"],
    )
    try:
        while True:
            found = formation.describe_change_set(ChangeSetName=asked["Id"], StackName=stack.name)
            if found["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
                break
            time.sleep(SECONDS_BETWEEN_LOOKS)
        if found["Status"] == "FAILED":
            reason = str(found.get("StatusReason", "it did not say why"))
            if change_sets.says_nothing_changes(reason):
                return []
            raise aws_failures.of_reason(
                reason, aws_failures.Where(stack.name.removeprefix(STACK_PREFIX), cloud.region)
            )
        rows = list(found.get("Changes", []))
        while more := found.get("NextToken"):
            found = formation.describe_change_set(ChangeSetName=asked["Id"], StackName=stack.name, NextToken=more)
            rows += found.get("Changes", [])
    finally:
        formation.delete_change_set(ChangeSetName=asked["Id"], StackName=stack.name)
    return [_change(row["ResourceChange"]) for row in rows if "ResourceChange" in row]


def _change(row: dict[str, Any]) -> Change:
    how = _WORDS.get(row["Action"], str(row["Action"]).lower())
    if row["Action"] == "Modify":
        how = {"True": "replaced", "Conditional": "may be replaced"}.get(str(row.get("Replacement")), how)
    return Change(row["LogicalResourceId"], row["ResourceType"], how)


def _drift(cloud: Cloud, stack: StackState, reporter: Reporter) -> list[Drift] | None:
    """What is not as the last deployment made it; None if these credentials may not look."""
    formation = cloud.client("cloudformation")
    try:
        asked = formation.detect_stack_drift(StackName=stack.name)["StackDriftDetectionId"]

        def look() -> dict[str, Any]:
            found: dict[str, Any] = formation.describe_stack_drift_detection_status(StackDriftDetectionId=asked)
            return found

        while waiting.patiently(look, reporter)["DetectionStatus"] == "DETECTION_IN_PROGRESS":
            time.sleep(SECONDS_BETWEEN_LOOKS)
        rows: list[dict[str, Any]] = []
        more: dict[str, str] = {}
        while True:
            page = formation.describe_stack_resource_drifts(
                StackName=stack.name, StackResourceDriftStatusFilters=["MODIFIED", "DELETED"], **more
            )
            rows += page["StackResourceDrifts"]
            if not page.get("NextToken"):
                break
            more = {"NextToken": page["NextToken"]}
    except ClientError as error:
        reporter.note(f"Drift: {aws_failures.of_exception(error).cause}")
        return None
    return [_by_hand(row) for row in rows]


def _by_hand(row: dict[str, Any]) -> Drift:
    if row["StackResourceDriftStatus"] == "DELETED":
        what = "it is gone"
    else:
        paths = sorted({str(each["PropertyPath"]).strip("/") for each in row.get("PropertyDifferences", [])})
        what = f"another {', '.join(paths)} than deployed" if paths else "it is not as deployed"
    return Drift(row["LogicalResourceId"], row["ResourceType"], what)
