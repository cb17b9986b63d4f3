"""The web service behind its load balancer, and the delivery workers.

While the environment does not run yet, neither service is there. Once they are, how many tasks each has is the
scaling's alone: a count in the template would set a scaled service back with each deploy. AWS makes a new service with
one task, and registering the scaling brings it to its smallest number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_cdk import Duration
from aws_cdk import aws_applicationautoscaling as autoscaling
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from constructs import Construct

from infra.sizes import JOBS_BY_WORKER, WEB_TASKS, WORKERS, jobs_are_the_workers
from infra.stack.nag_acknowledgments import acknowledge
from infra.stack.network import HTTPS, WEB

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_cdk import CfnResource
    from aws_cdk import aws_cloudwatch as cloudwatch

    from infra.configuration import Configuration
    from infra.stack.network import Network
    from infra.stack.tasks import Tasks

_HEARTBEAT = "/tmp/worker"  # noqa: S108  (the task's own volume)
BUSY_CPU_PERCENT, BUSY_MEMORY_PERCENT = 70, 80


class Web(Construct):
    """The web tasks, their load balancer, its certificate and its name in the domain."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        network: Network,
        cluster: ecs.ICluster,
        tasks: Tasks,
    ) -> None:
        super().__init__(scope, construct_id)
        task = tasks.define(
            "Web", ["gunicorn", "-c", "gunicorn.conf.py"], configuration.sizes.web, port=WEB, stays=True
        )
        self.service: ecs.FargateService | None = None
        if configuration.running:
            self.service = _service(self, cluster, network, task, health_check_grace_period=Duration.seconds(60))
            scaling = self.service.auto_scale_task_count(min_capacity=WEB_TASKS[0], max_capacity=WEB_TASKS[1])
            scaling.scale_on_cpu_utilization("Cpu", target_utilization_percent=BUSY_CPU_PERCENT)
            scaling.scale_on_memory_utilization("Memory", target_utilization_percent=BUSY_MEMORY_PERCENT)
        zone = route53.PublicHostedZone.from_public_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=configuration.zone_id, zone_name=configuration.zone_name
        )
        self._balance(configuration, network, zone)
        route53.ARecord(
            self,
            "Name",
            zone=zone,
            record_name=configuration.domain,
            target=route53.RecordTarget.from_alias(targets.LoadBalancerTarget(self.balancer)),
        )

    def _balance(self, configuration: Configuration, network: Network, zone: route53.IHostedZone) -> None:
        self.balancer = elb.ApplicationLoadBalancer(
            self,
            "Balancer",
            vpc=network.vpc,
            internet_facing=True,
            security_group=network.balancer_group,
            drop_invalid_header_fields=True,
            deletion_protection=configuration.is_protected,
        )
        listener = self.balancer.add_listener(
            "Https",
            port=HTTPS,
            protocol=elb.ApplicationProtocol.HTTPS,
            ssl_policy=elb.SslPolicy.RECOMMENDED_TLS,
            certificates=[
                acm.Certificate(
                    self,
                    "Certificate",
                    domain_name=configuration.domain,
                    validation=acm.CertificateValidation.from_dns(zone),
                )
            ],
            open=False,
        )
        self.target = elb.ApplicationTargetGroup(
            self,
            "Target",
            vpc=network.vpc,
            target_type=elb.TargetType.IP,
            port=WEB,
            protocol=elb.ApplicationProtocol.HTTP,
            targets=[self.service] if self.service else [],
            deregistration_delay=Duration.seconds(30),
            health_check=elb.HealthCheck(
                # A task is called from its first look at its tables on; after that a blink of the database ends none.
                path="/infra/started/",
                interval=Duration.seconds(15),
                timeout=Duration.seconds(5),
                healthy_threshold_count=2,
                unhealthy_threshold_count=3,
            ),
        )
        listener.add_target_groups("Web", target_groups=[self.target])
        acknowledge(self.balancer, ELB2="Access logs would keep who called when and from where: personal data.")

    def go_back_on(self, alarms: Sequence[cloudwatch.Alarm]) -> None:
        """Take a new version back if one of these is raised while it rolls; one that was before is not looked at."""
        if self.service:
            self.service.enable_deployment_alarms(
                [alarm.alarm_name for alarm in alarms], behavior=ecs.AlarmBehavior.ROLLBACK_ON_ALARM
            )


class Workers(Construct):
    """Delivery workers: more of them while messages wait."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        network: Network,
        cluster: ecs.ICluster,
        tasks: Tasks,
        oldest_message: cloudwatch.Metric,
    ) -> None:
        super().__init__(scope, construct_id)
        task = tasks.define(
            "Worker",
            ["python", "manage.py", "deliver"],
            configuration.sizes.worker,
            stays=True,
            extra_settings={
                "HERA_WORKER_HEARTBEAT": _HEARTBEAT,
                JOBS_BY_WORKER: "true" if jobs_are_the_workers(configuration.settings) else "false",
            },
            health_check=ecs.HealthCheck(
                command=["CMD", "python", "-m", "hera.delivery.heartbeat"],
                interval=Duration.seconds(30),
                timeout=Duration.seconds(15),  # on a quarter of a core that is busy
                retries=3,
                start_period=Duration.seconds(120),
            ),
        )
        self.service: ecs.FargateService | None = None
        if configuration.running:
            self.service = _service(self, cluster, network, task)
            # No alarm says that a worker is broken; that none does need not be said.
            resource = cast("CfnResource", self.service.node.find_child("Service"))
            resource.add_property_deletion_override("DeploymentConfiguration.Alarms")
            scaling = self.service.auto_scale_task_count(min_capacity=WORKERS[0], max_capacity=WORKERS[1])
            scaling.scale_on_metric(
                "OldestMessage",
                metric=oldest_message,
                adjustment_type=autoscaling.AdjustmentType.CHANGE_IN_CAPACITY,
                cooldown=Duration.minutes(2),
                scaling_steps=[
                    autoscaling.ScalingInterval(upper=10, change=-1),
                    autoscaling.ScalingInterval(lower=60, change=+1),
                    autoscaling.ScalingInterval(lower=300, change=+2),
                ],
            )


def _service(
    scope: Construct,
    cluster: ecs.ICluster,
    network: Network,
    task: ecs.FargateTaskDefinition,
    health_check_grace_period: Duration | None = None,
) -> ecs.FargateService:
    """Tasks of this kind: new ones stand before old ones go, and a version that does not start is taken back."""
    return ecs.FargateService(
        scope,
        "Service",
        cluster=cluster,
        task_definition=task,
        min_healthy_percent=100,
        max_healthy_percent=200,
        circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
        health_check_grace_period=health_check_grace_period,
        security_groups=[network.service_group],
        vpc_subnets=network.tasks,
        assign_public_ip=False,
    )
