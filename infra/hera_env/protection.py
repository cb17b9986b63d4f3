"""What keeps an environment from being removed by mistake, taken off where it is to go."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.hera_env.cloud import Cloud, StackState

_GONE = {"DBInstanceNotFound", "DBInstanceNotFoundFault", "LoadBalancerNotFound"}


def take_off(cloud: Cloud, environment: str, stack: StackState) -> None:
    """Let the database, the load balancer and the stack itself be deleted."""
    for database in cloud.resources(environment, "AWS::RDS::DBInstance"):
        with _if_there():
            cloud.client("rds").modify_db_instance(
                DBInstanceIdentifier=database, DeletionProtection=False, ApplyImmediately=True
            )
    for balancer in cloud.resources(environment, "AWS::ElasticLoadBalancingV2::LoadBalancer"):
        with _if_there():
            cloud.client("elbv2").modify_load_balancer_attributes(
                LoadBalancerArn=balancer, Attributes=[{"Key": "deletion_protection.enabled", "Value": "false"}]
            )
    cloud.client("cloudformation").update_termination_protection(
        StackName=stack.name, EnableTerminationProtection=False
    )


@contextlib.contextmanager
def _if_there() -> Iterator[None]:
    """CloudFormation lists what a rollback has removed already."""
    try:
        yield
    except ClientError as error:
        if error.response["Error"].get("Code") not in _GONE:
            raise
