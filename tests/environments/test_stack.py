"""What the stack must be: a test for each sentence, on the template that CDK makes. Offline; needs Node."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from infra.configuration import ABOUT_DJANGO_KEY, ABOUT_PROVIDERS, Configuration

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("stack")]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hera:1.0"
# The CDK command sends a template in the request itself, as YAML, up to this size; beyond it, it wants a bucket first.
LARGEST_INLINE = 50 * 1024


def configuration(name: str) -> Configuration:
    return Configuration(
        name=name, image=IMAGE, domain=f"{name}.hera.example.org", zone_id="Z0123456789", zone_name="hera.example.org",
        alarm_email="ops@example.org", settings={"HERA_DEFAULT_TIMEZONE": "Europe/Istanbul"},
    )  # fmt: skip


def snapshot(name: str) -> Path:
    """The file of an environment's template, as it was last accepted."""
    return HERE / "snapshots" / f"{name}.json"


def synthesise(chosen: Configuration, folder: Path) -> dict:
    """The template as `cdk synth` makes it, checked by cdk-nag on the way: a finding without a reason ends it."""
    context = json.dumps({"configuration": chosen.to_json()})
    done = subprocess.run(
        [sys.executable, "-m", "infra.app"], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "CDK_CONTEXT_JSON": context, "CDK_OUTDIR": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-3000:]
    return json.loads((folder / f"{chosen.stack_name}.template.json").read_text())


@pytest.fixture(scope="module")
def production(tmp_path_factory):
    return synthesise(configuration("production-turkey"), tmp_path_factory.mktemp("production"))


@pytest.fixture(scope="module")
def staging(tmp_path_factory):
    return synthesise(configuration("staging-turkey"), tmp_path_factory.mktemp("staging"))


@pytest.fixture(scope="module")
def with_tasks(tmp_path_factory):
    """Production whose operator wants a task for each run of a job."""
    chosen = configuration("production-turkey").with_changes(settings={"HERA_WORKER_RUNS_JOBS": "false"})
    return synthesise(chosen, tmp_path_factory.mktemp("with_tasks"))


@pytest.fixture(scope="module", params=["production", "staging"])
def template(request):
    return request.getfixturevalue(request.param)


def of_type(template: dict, kind: str) -> dict[str, dict]:
    found = {name: row for name, row in template["Resources"].items() if row["Type"] == kind}
    assert found, f"no {kind} in the template"
    return found


def properties(template: dict, kind: str) -> list[dict]:
    return [row["Properties"] for row in of_type(template, kind).values()]


def names_in(value: object) -> set[str]:
    """Every logical id that a value refers to."""
    text = json.dumps(value)
    return {*re.findall(r'"(?:Ref|Fn::GetAtt)": \[?"(\w+)"', text), *re.findall(r"\$\{(\w+)[.}]", text)}


def test_tasks_are_in_private_subnets(template):
    for service in properties(template, "AWS::ECS::Service"):
        network = service["NetworkConfiguration"]["AwsvpcConfiguration"]
        assert network["AssignPublicIp"] == "DISABLED"
        assert names_in(network["Subnets"])
        assert all("tasksSubnet" in name for name in names_in(network["Subnets"]))
    assert not any(subnet.get("MapPublicIpOnLaunch") for subnet in properties(template, "AWS::EC2::Subnet"))


def test_only_the_load_balancer_is_public_and_https_only(template):
    [balancer] = properties(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    assert balancer["Scheme"] == "internet-facing"
    attributes = {row["Key"]: row["Value"] for row in balancer["LoadBalancerAttributes"]}
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    [listener] = properties(template, "AWS::ElasticLoadBalancingV2::Listener")
    assert (listener["Port"], listener["Protocol"]) == (443, "HTTPS")
    assert "TLS13" in listener["SslPolicy"]
    open_to_all = [
        (name, rule["FromPort"])
        for name, group in of_type(template, "AWS::EC2::SecurityGroup").items()
        for rule in group["Properties"].get("SecurityGroupIngress", [])
        if rule.get("CidrIp") == "0.0.0.0/0"
    ]
    [(name, port)] = open_to_all
    assert name.startswith("NetworkBalancer")
    assert port == 443


def test_the_database_is_reachable_from_the_services_group_alone(template):
    [database] = properties(template, "AWS::RDS::DBInstance")
    assert database["PubliclyAccessible"] is False
    [group] = names_in(database["VPCSecurityGroups"])
    into = [
        rule for rule in properties(template, "AWS::EC2::SecurityGroupIngress") if group in names_in(rule["GroupId"])
    ]
    [rule] = into
    assert (rule["FromPort"], rule["ToPort"]) == (5432, 5432)
    assert all(name.startswith("NetworkService") for name in names_in(rule["SourceSecurityGroupId"]))
    assert "SecurityGroupIngress" not in template["Resources"][group]["Properties"]
    [subnets] = properties(template, "AWS::RDS::DBSubnetGroup")
    assert all("dataSubnet" in name for name in names_in(subnets["SubnetIds"]))
    routes = [row for name, row in of_type(template, "AWS::EC2::Route").items() if "dataSubnet" in name]
    assert routes == []  # no way out, so none in


def test_postgresql_17_or_newer_encrypted_on_gp3_with_14_days_of_backups(template):
    [database] = of_type(template, "AWS::RDS::DBInstance").values()
    has = database["Properties"]
    assert has["Engine"] == "postgres"
    assert int(has["EngineVersion"].split(".")[0]) >= 17
    assert has["StorageEncrypted"] is True
    assert has["StorageType"] == "gp3"
    assert has["BackupRetentionPeriod"] == 14  # point-in-time recovery comes with it
    assert has["DeleteAutomatedBackups"] is False
    assert (database["DeletionPolicy"], database["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")
    [parameters] = properties(template, "AWS::RDS::DBParameterGroup")
    assert parameters["Parameters"]["rds.force_ssl"] == "1"


def test_deletion_protection_and_a_second_zone_in_production(production, staging):
    for template, protected in ((production, True), (staging, False)):
        [database] = properties(template, "AWS::RDS::DBInstance")
        assert database["DeletionProtection"] is protected
        assert protection_of_the_balancer(template) == str(protected).lower()
        assert database["MultiAZ"] is protected
        assert len(of_type(template, "AWS::EC2::NatGateway")) == (2 if protected else 1)


def protection_of_the_balancer(template: dict) -> str:
    [balancer] = properties(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")
    return {row["Key"]: row["Value"] for row in balancer["LoadBalancerAttributes"]}["deletion_protection.enabled"]


def test_staging_uses_the_smallest_sizes(staging):
    [database] = properties(staging, "AWS::RDS::DBInstance")
    assert database["DBInstanceClass"] == "db.t4g.micro"
    assert {(row["Cpu"], row["Memory"]) for row in properties(staging, "AWS::ECS::TaskDefinition")} == {("256", "512")}


def test_layers_of_images_come_past_the_nat_gateway(template):
    """They lie in S3: through the gateway each start of a task would be paid for."""
    [endpoint] = properties(template, "AWS::EC2::VPCEndpoint")
    assert endpoint["VpcEndpointType"] == "Gateway"  # the free one
    assert json.dumps(endpoint["ServiceName"]).endswith('".s3"]]}')
    tables = {
        names_in(row["RouteTableId"]).pop() for name, row in routes_out(template).items() if "NatGatewayId" in row
    }
    assert names_in(endpoint["RouteTableIds"]) == tables


def routes_out(template: dict) -> dict[str, dict]:
    return {name: row["Properties"] for name, row in of_type(template, "AWS::EC2::Route").items()}


def test_the_server_of_the_database_has_to_prove_who_it_is(template):
    """verify-full, by the authorities that the image has: where its Dockerfile copies them to."""
    given = [environment_of(definition) for definition in properties(template, "AWS::ECS::TaskDefinition")]
    assert {row["PGSSLMODE"] for row in given} == {"verify-full"}
    [where] = {row["PGSSLROOTCERT"] for row in given}
    dockerfile = (ROOT / "Dockerfile").read_text()
    [workdir] = set(re.findall(r"^WORKDIR (\S+)", dockerfile, re.MULTILINE))
    assert re.search(r"^COPY hera hera$", dockerfile, re.MULTILINE)
    assert (ROOT / Path(where).relative_to(workdir)).is_file()
    assert "!hera" in (ROOT / ".dockerignore").read_text().splitlines()


@pytest.mark.parametrize(
    ("region", "mode"),
    [("eu-west-1", "verify-full"), ("me-central-1", "verify-full"), ("xx-nowhere-1", "require")],
)
def test_where_the_authority_of_a_region_is_not_known_the_connection_is_encrypted_still(region, mode):
    from infra.stack.tasks import _way_to_the_database

    assert _way_to_the_database(IMAGE.replace("eu-west-1", region))["PGSSLMODE"] == mode


def environment_of(definition: dict) -> dict[str, str]:
    [container] = definition["ContainerDefinitions"]
    return {row["Name"]: row["Value"] for row in container["Environment"]}


def test_the_application_is_not_the_administrator(template):
    """The administrator's secret is RDS's own; the set-up task alone is given it, with a role of its own."""
    [database] = properties(template, "AWS::RDS::DBInstance")
    assert database["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in database
    for name, definition in of_type(template, "AWS::ECS::TaskDefinition").items():
        [container] = definition["Properties"]["ContainerDefinitions"]
        secrets = {row["Name"] for row in container["Secrets"]}
        assert "HERA_DB_SECRET" in secrets
        assert ("HERA_DB_ADMIN_SECRET" in secrets) is name.startswith("TasksSetUp")
    readers = [
        name
        for name, policy in of_type(template, "AWS::IAM::Policy").items()
        if "MasterUserSecret" in json.dumps(policy)
    ]
    assert all(name.startswith("TasksSetUpStart") for name in readers)
    assert len(readers) == 1


def test_secrets_by_reference_only(template):
    secret = re.compile(r"KEY|SECRET|PASSWORD|TOKEN|DSN")
    for definition in properties(template, "AWS::ECS::TaskDefinition"):
        [container] = definition["ContainerDefinitions"]
        assert [row["Name"] for row in container["Environment"] if secret.search(row["Name"])] == []
        assert all(names_in(row["ValueFrom"]) for row in container["Secrets"])
    assert "password" not in json.dumps(template["Outputs"]).lower()


def test_a_changed_secret_makes_tasks_anew(tmp_path):
    """ECS gives a task its secrets as it starts it: one that runs keeps a key that is no more."""
    before, after = (
        synthesise(configuration("staging-turkey").with_changes(secrets_version=version), tmp_path / version)
        for version in ("0123456789ab", "cdef01234567")
    )
    served = {names_in(row["TaskDefinition"]).pop() for row in properties(after, "AWS::ECS::Service")}
    assert len(served) == 2
    for name in served:
        assert before["Resources"][name] != after["Resources"][name], f"{name} would run on with the old key"
    assert json.loads(after["Outputs"]["Configuration"]["Value"])["secrets_version"] == "cdef01234567"


def test_what_backups_are_sealed_with_outlives_the_stack(template):
    """A first attempt that fails leaves nothing: RetainExceptOnCreate."""
    kept = {
        row["Properties"]["Description"]: (row.get("DeletionPolicy"), row.get("UpdateReplacePolicy"))
        for row in of_type(template, "AWS::SecretsManager::Secret").values()
        if "DeletionPolicy" in row
    }
    assert kept == dict.fromkeys([ABOUT_DJANGO_KEY, ABOUT_PROVIDERS], ("RetainExceptOnCreate", "Retain"))


def test_iam_without_wildcards_on_resources(template):
    """AWS takes one action on * only: asking for a token to fetch images with."""
    on_everything = []
    for policy in properties(template, "AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            resources = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            if any("*" in json.dumps(resource) for resource in resources):
                on_everything.append(statement["Action"])
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert not any(action.endswith("*") for action in actions)
    assert set(on_everything) == {"ecr:GetAuthorizationToken"}
    assert all("ManagedPolicyArns" not in role for role in properties(template, "AWS::IAM::Role"))


def test_logs_are_kept_90_days(template):
    assert [group["RetentionInDays"] for group in properties(template, "AWS::Logs::LogGroup")] == [90]


@pytest.mark.parametrize(
    ("about", "metric", "threshold"),
    [
        ("5xx", "HTTPCode_Target_5XX_Count", 5),
        ("latency", "TargetResponseTime", 1),
        ("database storage", "FreeStorageSpace", 5 * 2**30),
        ("notifications job", "notifications_succeeded", 1),
        ("surveys job", "surveys_succeeded", 1),
        ("undelivered notifications", "oldest_message_seconds", 600),
    ],
)
def test_an_alarm_on(template, about, metric, threshold):
    [alarm] = [row for row in properties(template, "AWS::CloudWatch::Alarm")
               if row.get("MetricName") == metric and row["AlarmDescription"].startswith("HERA:")]  # fmt: skip
    assert alarm["Threshold"] == threshold
    assert alarm["AlarmActions"]
    if metric.endswith("_succeeded"):
        assert alarm["Period"] == 15 * 60
        assert alarm["TreatMissingData"] == "breaching"  # a job that does not run says nothing


def test_the_figures_of_alarms_come_from_what_the_service_writes(template):
    patterns = [row["FilterPattern"] for row in properties(template, "AWS::Logs::MetricFilter")]
    written = {
        "hera/core/jobs.py": ["oldest_message_seconds", "job succeeded"],
        "hera/delivery/code_caps.py": ["the codes of a day are used up"],
    }
    assert len(patterns) == 4
    for module, names in written.items():
        for name in names:
            assert any(name in pattern for pattern in patterns)
            assert name in (ROOT / module).read_text()


def test_2_to_10_web_tasks_at_70_percent_cpu_and_80_percent_memory(template):
    [web] = [
        row for row in properties(template, "AWS::ApplicationAutoScaling::ScalableTarget") if row["MaxCapacity"] == 10
    ]
    assert web["MinCapacity"] == 2
    targets = {
        row["TargetTrackingScalingPolicyConfiguration"]["PredefinedMetricSpecification"]["PredefinedMetricType"]:
        row["TargetTrackingScalingPolicyConfiguration"]["TargetValue"]
        for row in properties(template, "AWS::ApplicationAutoScaling::ScalingPolicy")
        if "TargetTrackingScalingPolicyConfiguration" in row
    }  # fmt: skip
    assert targets == {"ECSServiceAverageCPUUtilization": 70, "ECSServiceAverageMemoryUtilization": 80}


def test_how_many_tasks_run_is_the_scalings_alone(template):
    """A count in the template would set a scaled service back with each deploy."""
    services = of_type(template, "AWS::ECS::Service")
    assert all("DesiredCount" not in row["Properties"] for row in services.values())
    scaled = [
        names_in(row["ResourceId"]) & services.keys()
        for row in properties(template, "AWS::ApplicationAutoScaling::ScalableTarget")
    ]
    assert sorted(map(sorted, scaled)) == sorted([name] for name in services)


def test_workers_scale_with_the_age_of_the_oldest_message(template):
    steps = [
        row
        for row in properties(template, "AWS::ApplicationAutoScaling::ScalingPolicy")
        if "StepScalingPolicyConfiguration" in row
    ]
    assert len(steps) == 2  # up and down
    alarms = [
        row for row in properties(template, "AWS::CloudWatch::Alarm") if not row["AlarmDescription"].startswith("HERA:")
    ]
    assert {row["MetricName"] for row in alarms} == {"oldest_message_seconds"}


def test_the_workers_run_the_jobs_and_no_task_is_started_for_them(template):
    assert "AWS::Scheduler::Schedule" not in {row["Type"] for row in template["Resources"].values()}
    assert worker_of(template)["HERA_WORKER_RUNS_JOBS"] == "true"


def worker_of(template: dict) -> dict[str, str]:
    [definition] = [
        row["Properties"]
        for name, row in of_type(template, "AWS::ECS::TaskDefinition").items()
        if name.startswith("TasksWorker")
    ]
    return environment_of(definition)


def test_an_operator_may_want_a_task_for_each_run_every_1_and_3_minutes(with_tasks):
    template = with_tasks
    assert worker_of(template)["HERA_WORKER_RUNS_JOBS"] == "false"
    schedules = properties(template, "AWS::Scheduler::Schedule")
    found = {row["ScheduleExpression"]: json.loads(row["Target"]["Input"]) for row in schedules}
    assert {expression: override["containerOverrides"][0]["command"][-1] for expression, override in found.items()} == {
        "rate(1 minute)": "generate_notifications",
        "rate(3 minutes)": "generate_surveys",
    }
    assert all(row["State"] == "ENABLED" for row in schedules)
    [job] = names_in(schedules[0]["Target"]["EcsParameters"]["TaskDefinitionArn"])
    definition = template["Resources"][job]["Properties"]
    assert (definition["Cpu"], definition["Memory"]) == ("256", "512")
    for schedule in schedules:
        network = schedule["Target"]["EcsParameters"]["NetworkConfiguration"]["AwsvpcConfiguration"]
        assert network["AssignPublicIp"] == "DISABLED"
        assert all("tasksSubnet" in name for name in names_in(network["Subnets"]))


def test_containers_are_nobody_special_and_write_nowhere_but_tmp(template):
    for definition in properties(template, "AWS::ECS::TaskDefinition"):
        [container] = definition["ContainerDefinitions"]
        assert container["ReadonlyRootFilesystem"] is True
        assert container["User"] == "10001:10001"
        assert [point["ContainerPath"] for point in container["MountPoints"]] == ["/tmp"]


def test_a_rolling_update_that_goes_back_on_failing_health(template):
    for service in properties(template, "AWS::ECS::Service"):
        deployment = service["DeploymentConfiguration"]
        assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
        assert (deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]) == (100, 200)


def test_a_release_that_cannot_reach_its_tables_gets_no_call(template):
    """`/infra/started/` (tests/operations/test_started.py), and for workers the file that they touch."""
    [target] = properties(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert target["HealthCheckPath"] == "/infra/started/"
    checked = {
        name: row["Properties"]["ContainerDefinitions"][0].get("HealthCheck", {}).get("Command")
        for name, row in of_type(template, "AWS::ECS::TaskDefinition").items()
    }
    assert [command for command in checked.values() if command] == [["CMD", "python", "-m", "hera.delivery.heartbeat"]]
    assert worker_of(template)["HERA_WORKER_HEARTBEAT"].startswith("/tmp/")  # the one place that can be written to


def test_a_release_that_answers_with_5xx_is_taken_back(template):
    [web] = [row for row in properties(template, "AWS::ECS::Service") if "LoadBalancers" in row]
    alarms = web["DeploymentConfiguration"]["Alarms"]
    assert (alarms["Enable"], alarms["Rollback"]) == (True, True)
    watched = {template["Resources"][row["Ref"]]["Properties"]["MetricName"] for row in alarms["AlarmNames"]}
    assert watched == {"HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"}


def test_no_name_is_fixed_and_no_lambda_is_there(template):
    for kind, key in (("AWS::S3::Bucket", "BucketName"), ("AWS::Logs::LogGroup", "LogGroupName"),
                      ("AWS::SecretsManager::Secret", "Name"), ("AWS::IAM::Role", "RoleName")):  # fmt: skip
        assert all(key not in row for row in properties(template, kind))
    kinds = {row["Type"] for row in template["Resources"].values()}
    assert not any("Lambda" in kind or kind.startswith("Custom::") for kind in kinds)


def test_only_this_environments_host_is_allowed(template):
    for definition in properties(template, "AWS::ECS::TaskDefinition"):
        settings = {row["Name"]: row["Value"] for row in definition["ContainerDefinitions"][0]["Environment"]}
        assert settings["HERA_ALLOWED_HOSTS"].endswith(".hera.example.org")
        assert "," not in settings["HERA_ALLOWED_HOSTS"]


def test_the_service_can_read_its_settings(template):
    """Each setting that the task definitions give is one that the service knows: none is misspelt."""
    known = (ROOT / "docs" / "settings.md").read_text()
    for definition in properties(template, "AWS::ECS::TaskDefinition"):
        [container] = definition["ContainerDefinitions"]
        for row in container["Environment"] + container["Secrets"]:
            assert f"`{row['Name']}`" in known, row["Name"]


def test_nothing_runs_before_there_are_tables(tmp_path):
    by_tasks = {"HERA_WORKER_RUNS_JOBS": "false"}
    template = synthesise(configuration("production-turkey").with_changes(running=False, settings=by_tasks), tmp_path)
    assert "AWS::ECS::Service" not in {row["Type"] for row in template["Resources"].values()}
    assert not {"WebService", "WorkerService"} & {name.removeprefix("Out") for name in template["Outputs"]}
    assert {row["State"] for row in properties(template, "AWS::Scheduler::Schedule")} == {"DISABLED"}
    assert {row["ActionsEnabled"] for row in properties(template, "AWS::CloudWatch::Alarm")} == {False}
    assert "AWS::ApplicationAutoScaling::ScalableTarget" not in {row["Type"] for row in template["Resources"].values()}
    # A first attempt that fails has to be able to clear away what it made.
    [database] = properties(template, "AWS::RDS::DBInstance")
    assert database["DeletionProtection"] is False
    assert protection_of_the_balancer(template) == "false"


def test_it_fits_into_the_request(template):
    assert len(yaml.dump(template, sort_keys=False)) < LARGEST_INLINE


def test_cfn_lint_finds_nothing(template, tmp_path):
    file = tmp_path / "template.json"
    file.write_text(json.dumps(template))
    # W3005: CDK adds a dependency that a reference has already.
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), "--ignore-checks", "W3005", "--", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_snapshot_shows_every_change(template):
    """A change of the stack is seen in review. To accept it: SNAPSHOT=write make test ARGS='-k snapshot'."""
    name = template["Description"].removeprefix("HERA ")
    file = snapshot(name)
    now = json.dumps(template, indent=1, sort_keys=True) + "\n"
    if os.environ.get("SNAPSHOT") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(now)
    assert now == file.read_text(), f"{file.name} differs: SNAPSHOT=write accepts what is there now"
