"""The template as AWS would read it: what its services publish of roles, groups, metrics and limits, and we cannot try.

Each rule names the page that it is of (docs.aws.amazon.com, read in November 2026).
"""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml

from infra.hera_env import country
from tests.environments.test_stack import (
    IMAGE,
    LARGEST_INLINE,
    ROOT,
    configuration,
    names_in,
    of_type,
    properties,
    snapshot,
    synthesise,
)

pytestmark = [pytest.mark.xdist_group("stack")]
NAMES = ["production-turkey", "staging-turkey"]
# CloudFormation's quotas: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
RESOURCES, OUTPUTS, DESCRIPTION_BYTES, LOGICAL_ID = 500, 200, 1024, 255


@pytest.fixture(scope="module", params=NAMES)
def template(request):
    """As the snapshots have it, which test_stack.py holds to what CDK makes."""
    return json.loads(snapshot(request.param).read_text())


@pytest.fixture(scope="module")
def with_tasks(tmp_path_factory):
    chosen = configuration("production-turkey").with_changes(settings={"HERA_WORKER_RUNS_JOBS": "false"})
    return synthesise(chosen, tmp_path_factory.mktemp("with_tasks"))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(template: dict, role: str) -> list[dict]:
    """What the role with this logical id may do."""
    return [
        statement
        for policy in properties(template, "AWS::IAM::Policy")
        if role in names_in(policy["Roles"])
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def rights(template: dict, role: str) -> dict[str, set[str]]:
    """Each action that the role may do, with the logical ids or addresses that it may do it on."""
    found: dict[str, set[str]] = {}
    for statement in statements(template, role):
        assert statement["Effect"] == "Allow"
        on: set[str] = set()
        for resource in listed(statement["Resource"]):
            on |= names_in(resource) or {resource}
        for action in listed(statement["Action"]):
            found.setdefault(action, set()).update(on)
    return found


class TestRoles:
    """What each role may do is what whoever takes it does: none is missing, none unused."""

    def test_who_starts_a_task_may_do_what_starting_it_takes_and_nothing_more(self, template):
        """AmazonECS/latest/developerguide/task_execution_IAM_role.html"""
        for definition in properties(template, "AWS::ECS::TaskDefinition"):
            [container] = definition["ContainerDefinitions"]
            [role] = names_in(definition["ExecutionRoleArn"])
            secrets: set[str] = set()
            for row in container["Secrets"]:
                secrets |= names_in(row["ValueFrom"])
            log = names_in(container["LogConfiguration"]["Options"]["awslogs-group"])
            repository = "arn:aws:ecr:eu-west-1:123456789012:repository/hera"
            assert container["Image"] == IMAGE
            assert rights(template, role) == {
                "ecr:GetAuthorizationToken": {"*"},
                "ecr:BatchCheckLayerAvailability": {repository},
                "ecr:GetDownloadUrlForLayer": {repository},
                "ecr:BatchGetImage": {repository},
                "secretsmanager:GetSecretValue": secrets,
                "logs:CreateLogStream": log,
                "logs:PutLogEvents": log,
            }

    def test_the_program_calls_nothing_of_aws_so_its_role_may_do_nothing(self, template):
        """That it imports no SDK of AWS, import-linter holds; that none is in the image, this."""
        tasks = properties(template, "AWS::ECS::TaskDefinition")
        [role] = {name for row in tasks for name in names_in(row["TaskRoleArn"])}
        assert statements(template, role) == []
        assert set(template["Resources"][role]["Properties"]) == {"AssumeRolePolicyDocument"}
        in_the_image = (ROOT / "requirements" / "base.txt").read_text()
        assert not re.search(r"^(boto|aws|aiobotocore|s3transfer)", in_the_image, re.MULTILINE)

    def test_each_role_is_one_services(self, template):
        for role in properties(template, "AWS::IAM::Role"):
            [statement] = role["AssumeRolePolicyDocument"]["Statement"]
            assert statement["Action"] == "sts:AssumeRole"
            assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}

    def test_no_role_is_there_that_nobody_takes(self, template, with_tasks):
        for each in (template, with_tasks):
            rest = {name: row for name, row in each["Resources"].items() if row["Type"] != "AWS::IAM::Policy"}
            for role in of_type(each, "AWS::IAM::Role"):
                assert any(role in names_in(row["Properties"]) for row in rest.values() if "Properties" in row), role

    def test_the_schedulers_role_may_run_the_task_in_this_cluster_and_hand_it_its_roles(self, with_tasks):
        """scheduler/latest/UserGuide/setting-up.html and managing-targets-templated.html"""
        schedules = properties(with_tasks, "AWS::Scheduler::Schedule")
        [role] = {name for row in schedules for name in names_in(row["Target"]["RoleArn"])}
        trust = with_tasks["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        assert [row["Principal"] for row in trust] == [{"Service": "scheduler.amazonaws.com"}]
        [task] = {name for row in schedules for name in names_in(row["Target"]["EcsParameters"]["TaskDefinitionArn"])}
        definition = with_tasks["Resources"][task]["Properties"]
        assert rights(with_tasks, role) == {
            "ecs:RunTask": {task},
            "iam:PassRole": names_in([definition["TaskRoleArn"], definition["ExecutionRoleArn"]]),
        }
        conditions = [statement["Condition"] for statement in statements(with_tasks, role)]
        [cluster] = {name for row in schedules for name in names_in(row["Target"]["Arn"])}
        assert names_in(conditions[0]["ArnEquals"]["ecs:cluster"]) == {cluster}
        assert conditions[1] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}

    def test_schedules_are_written_as_the_scheduler_reads_them(self, with_tasks):
        """scheduler/latest/APIReference/API_CreateSchedule.html and API_RetryPolicy.html"""
        for row in properties(with_tasks, "AWS::Scheduler::Schedule"):
            number, unit = re.fullmatch(r"rate\((\d+) (\w+)\)", row["ScheduleExpression"]).groups()
            assert unit == ("minute" if number == "1" else "minutes")
            retry = row["Target"]["RetryPolicy"]
            assert 60 <= retry["MaximumEventAgeInSeconds"] <= 86_400
            assert 0 <= retry["MaximumRetryAttempts"] <= 185
            assert len(row["Target"]["Input"]) <= 8192  # ECS: overrides


class TestSecurityGroups:
    """Both ways: what one group lets out the other lets in, on the port where somebody listens."""

    @staticmethod
    def between(template: dict, way: str, this: str, other: str) -> set[tuple[str, str, int, int]]:
        groups = of_type(template, "AWS::EC2::SecurityGroup").keys()
        found = set()
        for row in properties(template, f"AWS::EC2::SecurityGroup{way}"):
            [leaves], [enters] = names_in(row[this]) & groups, names_in(row[other]) & groups
            found.add((leaves, enters, row["FromPort"], row["ToPort"]))
        return found

    def test_what_is_let_out_is_let_in(self, template):
        out = self.between(template, "Egress", "GroupId", "DestinationSecurityGroupId")
        into = self.between(template, "Ingress", "SourceSecurityGroupId", "GroupId")
        assert out == into
        assert {row[2:] for row in out} == {(8000, 8000), (5432, 5432)}

    def test_the_ports_are_those_where_somebody_listens(self, template):
        [target] = properties(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
        [web] = [row for row in properties(template, "AWS::ECS::Service") if "LoadBalancers" in row]
        [balanced] = web["LoadBalancers"]
        assert target["Port"] == balanced["ContainerPort"] == 8000
        assert "HERA_BIND=0.0.0.0:8000" in (ROOT / "Dockerfile").read_text()
        assert re.search(r"port\W+5432", json.dumps(properties(template, "AWS::SecretsManager::Secret")))
        [database] = properties(template, "AWS::RDS::DBInstance")
        assert database.get("Port", "5432") == "5432"

    def test_tasks_get_out_to_https_alone_and_the_database_nowhere(self, template):
        groups = of_type(template, "AWS::EC2::SecurityGroup")
        out = {
            name: [
                (rule["CidrIp"], rule.get("FromPort"), rule.get("ToPort"))
                for rule in row["Properties"].get("SecurityGroupEgress", [])
            ]
            for name, row in groups.items()
        }
        nowhere = [("255.255.255.255/32", 252, 86)]  # CDK's way to say none: ICMP of a kind that does not exist
        assert out["NetworkService"] == [("0.0.0.0/0", 443, 443)]
        assert out["NetworkDatabase"] == nowhere
        assert all(len(row["Properties"].get("SecurityGroupEgress", [])) <= 60 for row in groups.values())


# What CloudWatch gets from each service, with the dimensions that it comes in.
PUBLISHED = {
    # elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"): {"LoadBalancer"},
    ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): {"LoadBalancer"},
    ("AWS/ApplicationELB", "TargetResponseTime"): {"LoadBalancer"},
    # AmazonRDS/latest/UserGuide/rds-metrics.html
    ("AWS/RDS", "FreeStorageSpace"): {"DBInstanceIdentifier"},
}


class TestAlarms:
    """An alarm on a metric that nobody writes is never raised."""

    def test_the_metric_of_each_alarm_exists(self, template):
        of_the_log = {
            (transformation["MetricNamespace"], transformation["MetricName"])
            for row in properties(template, "AWS::Logs::MetricFilter")
            for transformation in row["MetricTransformations"]
        }
        watched = set()
        for alarm in properties(template, "AWS::CloudWatch::Alarm"):
            metric = alarm["Namespace"], alarm["MetricName"]
            dimensions = {row["Name"] for row in alarm.get("Dimensions", [])}
            assert dimensions == PUBLISHED.get(metric, set()), metric
            assert metric in PUBLISHED or metric in of_the_log, metric
            watched.add(metric)
        assert of_the_log <= watched

    def test_the_names_in_dimensions_are_those_that_the_services_give(self, template):
        """A load balancer goes by the end of its address, a database by its identifier."""
        for alarm in properties(template, "AWS::CloudWatch::Alarm"):
            for row in alarm.get("Dimensions", []):
                wanted = {
                    "LoadBalancer": ("Fn::GetAtt", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
                    "DBInstanceIdentifier": ("Ref", "AWS::RDS::DBInstance"),
                }[row["Name"]]
                [(how, what)] = row["Value"].items()
                logical_id, *attribute = listed(what)
                assert (how, template["Resources"][logical_id]["Type"]) == wanted
                assert attribute in ([], ["LoadBalancerFullName"])

    def test_periods_are_such_as_cloudwatch_takes(self, template):
        """AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html"""
        for alarm in properties(template, "AWS::CloudWatch::Alarm"):
            assert alarm["Period"] % 60 == 0
            assert alarm["Period"] * alarm["EvaluationPeriods"] <= 86_400
            assert ("Statistic" in alarm) != ("ExtendedStatistic" in alarm)
            assert len(alarm.get("AlarmDescription", "")) <= 1024


# Who publishes to a topic, by the kind of resource that names one: properties that name it, and the service.
PUBLISHERS = {
    "AWS::CloudWatch::Alarm": (("AlarmActions", "OKActions", "InsufficientDataActions"), "cloudwatch.amazonaws.com"),
    "AWS::CloudWatch::CompositeAlarm": (("AlarmActions", "OKActions"), "cloudwatch.amazonaws.com"),
    "AWS::RDS::EventSubscription": (("SnsTopicArn",), "events.rds.amazonaws.com"),
    "AWS::Events::Rule": (("Targets",), "events.amazonaws.com"),
    "AWS::Budgets::Budget": (("NotificationsWithSubscribers",), "budgets.amazonaws.com"),
    "AWS::S3::Bucket": (("NotificationConfiguration",), "s3.amazonaws.com"),
}


def publishers_of(template: dict) -> dict[str, set[str]]:
    """The services that each topic is named to, by the topic's logical id.

    Raises:
        AssertionError: if a kind of resource that is not in the table names one.
    """
    topics = of_type(template, "AWS::SNS::Topic").keys()
    found: dict[str, set[str]] = {}
    for name, row in template["Resources"].items():
        if row["Type"] in {"AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SNS::Subscription"}:
            continue
        named = {key: names_in(value) & topics for key, value in row.get("Properties", {}).items()}
        keys, service = PUBLISHERS.get(row["Type"], ((), ""))
        for key, ids in named.items():
            assert not ids or key in keys, f"{name} names a topic in {key}: who publishes then?"
            for topic in ids:
                found.setdefault(topic, set()).add(service)
    return found


class TestTopics:
    """A topic with a policy of its own has no other: the one that lets the account's own services in is gone."""

    def test_who_publishes_to_a_topic_may_do_it_for_this_account_alone(self, template):
        """AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html, sns-access-policy-use-cases.html"""
        publish = publishers_of(template)
        assert set(publish) == set(of_type(template, "AWS::SNS::Topic")), "of a topic that nobody publishes to"
        for topic, services in publish.items():
            let_in = {
                statement["Principal"]["Service"]
                for policy in properties(template, "AWS::SNS::TopicPolicy")
                if topic in names_in(policy["Topics"])
                for statement in policy["PolicyDocument"]["Statement"]
                if statement["Effect"] == "Allow"
                and "sns:Publish" in listed(statement["Action"])
                and topic in names_in(statement["Resource"])
                and statement["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
            }
            assert let_in == services, f"{topic}: an alarm ends with 'not authorized to perform: SNS:Publish'"


class TestLimits:
    """What is refused only while it is being made, twenty minutes on."""

    def test_tasks_are_of_a_size_that_fargate_has(self, template):
        """AmazonECS/latest/developerguide/task_definition_parameters.html"""
        sizes = {256: {512, 1024, 2048}, 512: {1024, 2048, 3072, 4096}}
        for definition in properties(template, "AWS::ECS::TaskDefinition"):
            assert int(definition["Memory"]) in sizes[int(definition["Cpu"])]
            assert len(json.dumps(definition)) < 64 * 1024
            [container] = definition["ContainerDefinitions"]
            assert container.get("StopTimeout", 30) <= 120
            if check := container.get("HealthCheck"):
                assert 5 <= check["Interval"] <= 300
                assert 2 <= check["Timeout"] <= 60
                assert check["Timeout"] < check["Interval"]
                assert 1 <= check["Retries"] <= 10
                assert 0 <= check["StartPeriod"] <= 300

    def test_health_of_targets_is_asked_as_the_load_balancer_can(self, template):
        """elasticloadbalancing/latest/application/target-group-health-checks.html"""
        [target] = properties(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
        assert target["TargetType"] == "ip"  # Fargate's
        assert 5 <= target["HealthCheckIntervalSeconds"] <= 300
        assert 2 <= target["HealthCheckTimeoutSeconds"] < target["HealthCheckIntervalSeconds"]
        assert 2 <= target["UnhealthyThresholdCount"] <= 10

    def test_the_database_is_such_as_rds_makes(self, template):
        """AmazonRDS/latest/UserGuide/CHAP_Storage.html, API_CreateDBInstance.html"""
        [database] = properties(template, "AWS::RDS::DBInstance")
        assert 20 <= int(database["AllocatedStorage"]) <= 65_536
        assert int(database["MaxAllocatedStorage"]) >= int(database["AllocatedStorage"]) * 1.26
        assert 1 <= database["BackupRetentionPeriod"] <= 35
        [subnets] = properties(template, "AWS::RDS::DBSubnetGroup")
        assert len(subnets["SubnetIds"]) >= 2  # in two zones, also where the database is in one

    def test_names_fit(self, template):
        for certificate in properties(template, "AWS::CertificateManager::Certificate"):
            assert len(certificate["DomainName"]) <= 64  # acm: the first name of a certificate
        assert len(template["Description"].encode()) <= DESCRIPTION_BYTES
        assert max(map(len, template["Resources"])) <= LOGICAL_ID

    def test_the_template_is_far_from_cloudformations_own_limits(self, template, with_tasks):
        for each in (template, with_tasks):
            assert len(each["Resources"]) <= 0.8 * RESOURCES
            assert len(each["Outputs"]) <= 0.8 * OUTPUTS

    def test_there_is_room_in_the_request_for_the_next_change(self, template, with_tasks, tmp_path):
        """Also with what a country's name gives, and with a task for each run; what to do beyond: environments.md."""
        settings = country.of_environment("production-turkey").settings
        whole = configuration("production-turkey").with_changes(settings=settings, secrets_version="0123456789ab")
        real = synthesise(whole, tmp_path)
        for each in (template, real):
            assert size_of(each) <= 0.8 * LARGEST_INLINE
        assert size_of(with_tasks) <= 0.9 * LARGEST_INLINE
        assert "cdk bootstrap" in (ROOT / "docs" / "environments.md").read_text()


def size_of(template: dict) -> int:
    """In bytes, as the CDK command sends it."""
    return len(yaml.dump(template, sort_keys=False).encode())
