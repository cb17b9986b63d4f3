"""One country's environment: everything in one stack, and nothing shared with another's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_cdk import CfnElement, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_s3 as s3

from infra.sizes import JOB, jobs_are_the_workers
from infra.stack.alarms import Alarms, Figures
from infra.stack.database import Database
from infra.stack.jobs import Jobs
from infra.stack.nag_acknowledgments import acknowledge
from infra.stack.network import Network
from infra.stack.service import Web, Workers
from infra.stack.slim import leave_out, short_id
from infra.stack.tasks import Tasks

if TYPE_CHECKING:
    from constructs import Construct

    from infra.configuration import Configuration

EXPORTS_KEPT = Duration.days(7)


class EnvironmentStack(Stack):
    """The stack of one environment; `hera-env` reads its outputs."""

    def __init__(self, scope: Construct, construct_id: str, *, configuration: Configuration, **kwargs: Any) -> None:
        super().__init__(scope, construct_id, description=f"HERA {configuration.name}", **kwargs)
        network = Network(self, "Network", sizes=configuration.sizes)
        database = Database(self, "Database", network=network, configuration=configuration)
        cluster = ecs.Cluster(self, "Cluster", vpc=network.vpc, container_insights_v2=ecs.ContainerInsights.DISABLED)
        acknowledge(cluster, ECS4="What scaling and alarms go by is free; the rest is $15 a month, and nobody looks.")
        tasks = Tasks(self, "Tasks", configuration=configuration, database=database)
        figures = Figures(self, "Figures", configuration=configuration, log_group=tasks.log_group)
        shared: dict[str, Any] = {"configuration": configuration, "network": network, "cluster": cluster}
        web = Web(self, "Web", **shared, tasks=tasks)
        workers = Workers(self, "Workers", **shared, tasks=tasks, oldest_message=figures.oldest_message)
        job = tasks.define("Job", ["python", "manage.py", "check"], JOB)
        if not jobs_are_the_workers(configuration.settings):
            Jobs(self, "Jobs", **shared, task=job)
        alarms = Alarms(self, "Alarms", configuration=configuration, web=web, database=database, figures=figures)
        web.go_back_on(alarms.of_a_broken_release)
        # The only task that may read the administrator's password: it makes the user that all others connect as.
        set_up = tasks.define(
            "SetUp",
            ["python", "manage.py", "prepare_database"],
            JOB,
            extra_secrets={"HERA_DB_ADMIN_SECRET": database.admin_secret},
        )
        exports = s3.Bucket(
            self,
            "Exports",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[
                s3.LifecycleRule(expiration=EXPORTS_KEPT, abort_incomplete_multipart_upload_after=Duration.days(1))
            ],
            removal_policy=RemovalPolicy.DESTROY,
        )
        acknowledge(exports, S1="One operator reads it, through hera-env; CloudTrail keeps who did.")
        subnets = network.vpc.select_subnets(subnet_group_name=network.tasks.subnet_group_name).subnet_ids
        running = {"WebService": web.service, "WorkerService": workers.service}
        for name, value in {
            "Configuration": configuration.to_json(),
            "Url": f"https://{configuration.domain}",
            "Cluster": cluster.cluster_name,
            **{name: service.service_name for name, service in running.items() if service},
            "JobTask": job.task_definition_arn,
            "SetUpTask": set_up.task_definition_arn,
            "TaskSubnets": ",".join(subnets),
            "TaskSecurityGroup": network.service_group.security_group_id,
            "LogGroup": tasks.log_group.log_group_name,
            "Database": database.instance.ref,
            "ProvidersSecret": tasks.providers.secret_arn,
            "DatabaseSecret": database.secret.secret_arn,
            "DjangoKey": tasks.key.secret_arn,
            "ExportsBucket": exports.bucket_name,
        }.items():
            CfnOutput(self, f"Out{name}", value=value).override_logical_id(name)
        leave_out(self)

    def _allocate_logical_id(self, cfn_element: CfnElement) -> str:
        return short_id(cfn_element, self.node.id)
