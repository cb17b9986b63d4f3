"""The two scheduled jobs as tasks of their own, where the operator wants that: else the workers run them (ADR 25).

The switch is the service's own setting, so that both sides read the same: `--set HERA_WORKER_RUNS_JOBS=false`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from infra.sizes import CONTAINER, JOBS

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs

    from infra.configuration import Configuration
    from infra.stack.network import Network


class Jobs(Construct):
    """A schedule for each job, off while the environment does not run."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        network: Network,
        cluster: ecs.ICluster,
        task: ecs.FargateTaskDefinition,
    ) -> None:
        super().__init__(scope, construct_id)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("scheduler.amazonaws.com"))
        subnets = network.vpc.select_subnets(subnet_group_name=network.tasks.subnet_group_name).subnet_ids
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["ecs:RunTask"],
                resources=[task.task_definition_arn],
                conditions={"ArnEquals": {"ecs:cluster": cluster.cluster_arn}},
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[task.task_role.role_arn, task.obtain_execution_role().role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            )
        )
        for job, command, minutes in JOBS:
            scheduler.CfnSchedule(
                self,
                f"Every{job.capitalize()}",
                description=f"manage.py {command}",
                schedule_expression=f"rate({minutes} minute{'s' if minutes > 1 else ''})",
                flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
                state="ENABLED" if configuration.running else "DISABLED",
                target=scheduler.CfnSchedule.TargetProperty(
                    arn=cluster.cluster_arn,
                    role_arn=role.role_arn,
                    input=json.dumps(
                        {"containerOverrides": [{"name": CONTAINER, "command": ["python", "manage.py", command]}]}
                    ),
                    ecs_parameters=scheduler.CfnSchedule.EcsParametersProperty(
                        task_definition_arn=task.task_definition_arn,
                        launch_type="FARGATE",
                        task_count=1,
                        network_configuration=scheduler.CfnSchedule.NetworkConfigurationProperty(
                            awsvpc_configuration=scheduler.CfnSchedule.AwsVpcConfigurationProperty(
                                subnets=subnets,
                                security_groups=[network.service_group.security_group_id],
                                assign_public_ip="DISABLED",
                            )
                        ),
                    ),
                    # A run that could not start is no loss: the next one finds what is due.
                    retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=60 * minutes, maximum_retry_attempts=2
                    ),
                ),
            )
