"""A template as small as its meaning: it has to fit into one request (50 KiB), since nothing is uploaded beside it.

What goes is what CloudFormation or the service takes for granted, and the hashes behind names that are unique without.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aws_cdk import CfnDeletionPolicy, CfnElement, CfnResource
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_rds as rds

if TYPE_CHECKING:
    from constructs import IConstruct

_OF_CDK = {"Resource", "Default"}  # what CDK calls the one resource of a construct
# What each kind says though it is so anyway (its page in the reference of CloudFormation's templates).
_TAKEN_FOR_GRANTED: dict[type[CfnResource], tuple[str, ...]] = {
    ecs.CfnTaskDefinition: (
        "ContainerDefinitions.0.Essential",
        "ContainerDefinitions.0.MountPoints.0.ReadOnly",
        "Family",
    ),
    ecs.CfnService: ("EnableECSManagedTags", "DeploymentController"),
    ec2.CfnSubnet: ("MapPublicIpOnLaunch",),  # false: CDK says so of each, since none of ours gives public addresses
    # It scales ECS by the role that AWS has for that, whatever is given.
    autoscaling.CfnScalableTarget: ("RoleARN",),
}


def short_id(element: CfnElement, stack_name: str) -> str:
    """The logical id of a resource: its place in the tree, in letters and digits."""
    stack = re.sub(r"\W", "", stack_name)
    parts = [part for part in element.node.path.split("/")[1:] if part not in _OF_CDK]
    # A rule between two groups is named by CDK after the other one, with the stack's name and a hash.
    plain = [re.sub(rf"{stack}(\w+?)[0-9A-F]{{8}}\b", r"\1", part) for part in parts]
    once = [part for part, before in zip(plain, ["", *plain], strict=False) if part != before]
    return re.sub(r"[^A-Za-z0-9]", "", "".join(once))


def leave_out(root: IConstruct) -> None:
    """Take out of each resource below `root` what is taken for granted."""
    for node in root.node.find_all():
        for kind, paths in _TAKEN_FOR_GRANTED.items():
            if isinstance(node, kind):
                for path in paths:
                    node.add_property_deletion_override(path)
        if isinstance(node, autoscaling.CfnScalableTarget | autoscaling.CfnScalingPolicy | cloudwatch.CfnAlarm):
            node.add_deletion_override("DependsOn")  # on the tasks' role, which the service that they name waits for
        if isinstance(node, cloudwatch.CfnAlarm) and node.actions_enabled is True:
            node.add_property_deletion_override("ActionsEnabled")
        if isinstance(node, CfnResource) and not isinstance(node, rds.CfnDBInstance):  # which leaves a snapshot
            _leave_out_delete(node)


def _leave_out_delete(resource: CfnResource) -> None:
    """That a resource goes with the stack is what happens where nothing is said; CDK wants it said to itself."""
    chosen = resource.cfn_options
    if chosen.deletion_policy == CfnDeletionPolicy.DELETE:
        resource.add_deletion_override("DeletionPolicy")
    if chosen.update_replace_policy == CfnDeletionPolicy.DELETE:
        resource.add_deletion_override("UpdateReplacePolicy")
