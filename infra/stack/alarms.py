"""The alarms, and the figures that the jobs write into the log for it (hera.core.jobs)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import (
    Aws,
    Duration,
)
from aws_cdk import (
    aws_cloudwatch as cloudwatch,
)
from aws_cdk import (
    aws_cloudwatch_actions as actions,
)
from aws_cdk import (
    aws_iam as iam,
)
from aws_cdk import (
    aws_logs as logs,
)
from aws_cdk import (
    aws_sns as sns,
)
from aws_cdk import (
    aws_sns_subscriptions as subscriptions,
)
from constructs import Construct

from infra.sizes import JOBS
from infra.stack.nag_acknowledgments import acknowledge

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.stack.database import Database
    from infra.stack.service import Web

LATE_JOB = Duration.minutes(15)
LATE_MESSAGE = Duration.minutes(10)
SLOW_SECONDS = 1
FREE_DISK_BYTES = 5 * 2**30


class Figures(Construct):
    """Metrics out of the log: successful runs of each job, and the age of the oldest message."""

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, log_group: logs.ILogGroup
    ) -> None:
        super().__init__(scope, construct_id)
        space = f"HERA/{configuration.name}"
        self.successes = {
            job: logs.MetricFilter(
                self,
                f"{job.capitalize()}Succeeded",
                log_group=log_group,
                metric_namespace=space,
                metric_name=f"{job}_succeeded",
                metric_value="1",
                filter_pattern=logs.FilterPattern.all(
                    logs.FilterPattern.string_value("$.message", "=", "job succeeded"),
                    logs.FilterPattern.string_value("$.job", "=", job),
                ),
            ).metric(period=LATE_JOB, statistic="Sum")
            for job, _command, _minutes in JOBS
        }
        self.oldest_message = logs.MetricFilter(
            self,
            "OldestMessage",
            log_group=log_group,
            metric_namespace=space,
            metric_name="oldest_message_seconds",
            metric_value="$.oldest_message_seconds",
            filter_pattern=logs.FilterPattern.number_value("$.oldest_message_seconds", ">=", 0),
        ).metric(period=Duration.minutes(1), statistic="Maximum")
        self.codes_used_up = logs.MetricFilter(
            self,
            "CodesUsedUp",
            log_group=log_group,
            metric_namespace=space,
            metric_name="codes_used_up",
            metric_value="1",
            filter_pattern=logs.FilterPattern.string_value("$.message", "=", "the codes of a day are used up"),
        ).metric(period=Duration.minutes(5), statistic="Sum")


class Alarms(Construct):
    """Each alarm, and the topic that tells the operator of it; silent while the environment does not run."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        configuration: Configuration,
        web: Web,
        database: Database,
        figures: Figures,
    ) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(self, "Topic", enforce_ssl=True)
        # Its policy takes the place of SNS's own, which lets everything of the account in: who publishes is named.
        self.topic.grant_publish(
            iam.ServicePrincipal(
                "cloudwatch.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}}
            )
        )
        if configuration.alarm_email:
            self.topic.add_subscription(subscriptions.EmailSubscription(configuration.alarm_email))
        acknowledge(
            self.topic,
            SNS2="An alarm says which figure is wrong and names nobody; a key of its own costs a dollar a month.",
        )
        self._running = configuration.running
        self._of_the_web(web)
        self._of_the_database(database)
        self._of_jobs_and_messages(figures)

    def _of_the_web(self, web: Web) -> None:
        def metric(name: str, statistic: str) -> cloudwatch.Metric:
            return cloudwatch.Metric(
                namespace="AWS/ApplicationELB",
                metric_name=name,
                # CDK's own takes the name apart from the listener's address, in three times as much of the template.
                dimensions_map={"LoadBalancer": web.balancer.load_balancer_full_name},
                period=Duration.minutes(5),
                statistic=statistic,
            )

        errors = self._alarm("Errors", metric("HTTPCode_Target_5XX_Count", "Sum"), 5, "the service answers with 5xx")
        unreachable = self._alarm(
            "Unreachable",
            metric("HTTPCode_ELB_5XX_Count", "Sum"),
            5,
            "the load balancer finds no task that answers",
        )
        self.of_a_broken_release = [errors, unreachable]
        self._alarm(
            "Slow",
            metric("TargetResponseTime", "p99"),
            SLOW_SECONDS,
            "1 in 100 answers takes more than a second",
            periods=3,
        )

    def _of_the_database(self, database: Database) -> None:
        self._alarm(
            "Disk",
            cloudwatch.Metric(
                namespace="AWS/RDS",
                metric_name="FreeStorageSpace",
                dimensions_map={"DBInstanceIdentifier": database.instance.ref},
                period=Duration.minutes(5),
                statistic="Minimum",
            ),
            FREE_DISK_BYTES,
            "the database's disk is nearly full",
            below=True,
        )

    def _of_jobs_and_messages(self, figures: Figures) -> None:
        for job, metric in figures.successes.items():
            self._alarm(
                f"{job.capitalize()}Late",
                metric,
                1,
                f"the job for {job} has not succeeded for 15 minutes",
                below=True,
                silence_is_bad=True,
            )
        self._alarm(
            "Undelivered",
            figures.oldest_message,
            LATE_MESSAGE.to_seconds(),
            "a message has been due for 10 minutes and is not sent",
            periods=3,
        )
        self._alarm(
            "CodesUsedUp", figures.codes_used_up, 0, "sign-in codes of a day are used up: somebody may be pumping"
        )

    def _alarm(
        self,
        construct_id: str,
        metric: cloudwatch.IMetric,
        threshold: float,
        says: str,
        *,
        below: bool = False,
        silence_is_bad: bool = False,
        periods: int = 1,
    ) -> cloudwatch.Alarm:
        comparison = cloudwatch.ComparisonOperator
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=comparison.LESS_THAN_THRESHOLD if below else comparison.GREATER_THAN_THRESHOLD,
            treat_missing_data=(
                cloudwatch.TreatMissingData.BREACHING if silence_is_bad else cloudwatch.TreatMissingData.NOT_BREACHING
            ),
            alarm_description=f"HERA: {says}. See docs/operations.md.",
            actions_enabled=self._running,
        )
        action = actions.SnsAction(self.topic)
        alarm.add_alarm_action(action)
        alarm.add_ok_action(action)
        return alarm
