"""Copilot's manifests: only fields that Copilot knows, the same service as ours, and a database that is one."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from infra.sizes import JOB, JOBS, PRODUCTION, WEB_TASKS
from tests.environments.test_stack import properties, snapshot

ROOT = Path(__file__).resolve().parents[2]
COPILOT = ROOT / "copilot"
ADDON = COPILOT / "herav2-web-service" / "addons" / "database.yml"
MANIFESTS = sorted(path for path in COPILOT.rglob("manifest.yml") if "pipelines" not in path.parts)
WORKLOADS = [path for path in MANIFESTS if "environments" not in path.parts]
SIGNED = f"registry.example.org/hera@sha256:{'0a' * 32}"
SCHEMA = json.loads((Path(__file__).parent / "copilot.schema.json").read_text())


def read(path: Path) -> dict:
    # `on` is a word for yes in YAML 1.1; Copilot reads it as the name that it is.
    return {"on" if key is True else key: value for key, value in yaml.safe_load(path.read_text()).items()}


class _Template(yaml.SafeLoader):
    """CloudFormation's short forms, kept as they are."""


_Template.add_multi_constructor(
    "!",
    lambda loader, suffix, node: {
        suffix: loader.construct_scalar(node)
        if isinstance(node, yaml.ScalarNode)
        else loader.construct_sequence(node, deep=True)
    },
)


@pytest.fixture(scope="module")
def addon():
    return yaml.load(ADDON.read_text(), Loader=_Template)


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.parent.name)
def test_a_manifest_has_only_fields_that_copilot_knows(path):
    jsonschema.validate(read(path), SCHEMA)
    assert read(path)["name"] == path.parent.name


def test_a_misspelt_field_is_found():
    wrong = read(COPILOT / "herav2-web-service" / "manifest.yml")
    wrong["storage"]["readonly_filesystem"] = True
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, SCHEMA)


def test_the_parts_are_those_of_the_stack():
    found = {read(path)["name"]: read(path) for path in WORKLOADS}
    web = found["herav2-web-service"]
    assert web["count"] == {"range": f"{WEB_TASKS[0]}-{WEB_TASKS[1]}", "cpu_percentage": 70, "memory_percentage": 80}
    assert (web["cpu"], web["memory"]) == PRODUCTION.web
    for _name, command, minutes in JOBS:
        [job] = [row for row in found.values() if row["command"][-1] == command]
        assert job["on"]["schedule"].startswith(f"rate({minutes} minute")
        assert (job["cpu"], job["memory"]) == JOB
    assert found["herav2-worker"]["command"] == ["python", "manage.py", "deliver"]


def test_each_part_is_asked_for_its_health_as_the_stack_asks():
    template = json.loads(snapshot("production-turkey").read_text())
    containers = [
        row["ContainerDefinitions"][0] for row in properties(template, "AWS::ECS::TaskDefinition")
    ]  # fmt: skip
    [asked] = [row["HealthCheck"] for row in containers if "HealthCheck" in row]
    worker = read(COPILOT / "herav2-worker" / "manifest.yml")
    check = worker["image"]["healthcheck"]
    assert check["command"] == asked["Command"]
    seconds = {"interval": "Interval", "timeout": "Timeout", "start_period": "StartPeriod"}
    assert {name: check[name] for name in seconds} == {name: f"{asked[key]}s" for name, key in seconds.items()}
    assert check["retries"] == asked["Retries"]
    told = {row["Name"]: row["Value"] for container in containers for row in container["Environment"]}
    assert worker["variables"]["HERA_WORKER_HEARTBEAT"] == told["HERA_WORKER_HEARTBEAT"]
    web = read(COPILOT / "herav2-web-service" / "manifest.yml")["http"]["healthcheck"]
    [target] = properties(template, "AWS::ElasticLoadBalancingV2::TargetGroup")
    assert web["path"] == target["HealthCheckPath"]
    assert web["grace_period"] == "600s", "a task that is ended while its tables are made never finds them"


def test_the_database_s_certificate_is_looked_at_with_authorities_that_the_image_has():
    for path in WORKLOADS:
        variables = read(path)["variables"]
        assert variables["PGSSLMODE"] == "verify-full"
        assert (ROOT / Path(variables["PGSSLROOTCERT"]).relative_to("/srv/hera")).exists()
    script = (COPILOT / "prepare_database").read_text()
    assert f"PGSSLMODE=verify-full,PGSSLROOTCERT={variables['PGSSLROOTCERT']}" in script


def test_all_parts_have_the_same_settings_and_secrets_which_the_service_knows_and_the_addon_makes(addon):
    first = read(WORKLOADS[0])
    known = (ROOT / "docs" / "settings.md").read_text()
    made = {row["Properties"]["Name"]["Sub"].rsplit("/", 1)[1] for row in addon["Resources"].values()
            if row["Type"] == "AWS::SecretsManager::Secret"}  # fmt: skip
    for path in WORKLOADS:
        manifest = read(path)
        own = {"HERA_WORKER_HEARTBEAT"}  # the worker's: what its health check looks at
        assert {name: value for name, value in manifest["variables"].items() if name not in own} == first["variables"]
        assert manifest["secrets"] == first["secrets"]
        for name in (*manifest["variables"], *manifest["secrets"]):
            assert f"`{name}`" in known
        for secret in manifest["secrets"].values():
            assert secret["secretsmanager"].rsplit("/", 1)[1].split(":")[0] in made


def test_the_database_is_what_the_stack_s_is(addon):
    database = addon["Resources"]["Database"]
    has = database["Properties"]
    assert int(has["EngineVersion"]) >= 17
    assert has["StorageEncrypted"] is True
    assert has["StorageType"] == "gp3"
    assert has["BackupRetentionPeriod"] == 14
    assert has["PubliclyAccessible"] is False
    assert has["DeletionProtection"] == {"If": ["IsProduction", True, False]}
    assert has["MultiAZ"] == {"If": ["IsProduction", True, False]}
    assert has["ManageMasterUserPassword"] is True
    assert (database["DeletionPolicy"], database["UpdateReplacePolicy"]) == ("Snapshot", "Snapshot")
    kinds = [row["Type"] for row in addon["Resources"].values()]
    assert not any("Lambda" in kind or "S3" in kind for kind in kinds)
    [rule] = addon["Resources"]["DatabaseGroup"]["Properties"]["SecurityGroupIngress"]
    assert "EnvironmentSecurityGroup" in json.dumps(rule["SourceSecurityGroupId"])


def test_secrets_carry_the_tags_that_copilot_s_roles_look_for(addon):
    for row in addon["Resources"].values():
        if row["Type"] == "AWS::SecretsManager::Secret":
            assert {tag["Key"] for tag in row["Properties"]["Tags"]} == {"copilot-application", "copilot-environment"}


def test_cfn_lint_finds_nothing_in_the_addon():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), str(ADDON)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_who_opens_a_shell_finds_its_agent_at_work_on_a_read_only_disk():
    """`copilot svc exec` puts programs into the container, which write to these folders and nowhere else."""
    for path in WORKLOADS:
        manifest = read(path)
        if manifest.get("exec"):
            writable = {row["path"] for row in manifest["storage"]["volumes"].values() if not row["read_only"]}
            assert {"/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm", "/tmp"} == writable
    assert any(read(path).get("exec") for path in WORKLOADS)


def program(folder, name, script):
    """A program of this name that says what it was called with, in `folder`/calls, and then does this."""
    (folder / name).write_text(f'#!/bin/sh\necho {name} "$@" >>{folder}/calls\n{script}\n')
    (folder / name).chmod(0o755)
    return folder / name


def run(folder, *command):
    environment = {"PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    calls = folder / "calls"
    return done, calls.read_text().splitlines() if calls.exists() else []


COPILOT_LS = """case "$1 $2" in
"svc ls") echo '{"services": [{"name": "web"}, {"name": "worker"}]}' ;;
"job ls") echo '{"jobs": [{"name": "notify"}]}' ;;
esac"""


def test_the_pipeline_pushes_each_part_s_image_for_each_stage(tmp_path):
    fake = program(tmp_path, "copilot-linux", COPILOT_LS)
    done, calls = run(tmp_path, COPILOT / "pipelines/herav2/package_all", fake, "abc-7")
    assert done.returncode == 0, done.stdout + done.stderr
    packaged = [line for line in calls if " package " in line]
    assert len(packaged) == 3 * 2
    for stage in ("staging-turkey", "production-turkey"):
        assert sum(f"--env {stage} " in line and f"--tag abc-7-{stage} " in line for line in packaged) == 3
    assert all(line.endswith("--upload-assets") for line in packaged)
    assert sum(" job package --name notify " in line for line in packaged) == 2
    steps = yaml.safe_load((COPILOT / "pipelines/herav2/buildspec.yml").read_text())["phases"]["build"]["commands"]
    assert steps == ['copilot/pipelines/herav2/package_all ./copilot-linux "${CODEBUILD_BUILD_ID##*:}"']


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (f'{COPILOT_LS}\n[ "$4" != worker ] || exit 3', "worker could not be packaged for staging-turkey"),
        ('[ "$2" = ls ] && echo \'{"services": [], "jobs": []}\'', "no reminders"),
        ("exit 1", ""),
    ],
)
def test_a_part_that_cannot_be_packaged_ends_the_pipeline(tmp_path, script, says):
    fake = program(tmp_path, "copilot-linux", script)
    done, calls = run(tmp_path, COPILOT / "pipelines/herav2/package_all", fake, "abc-7")
    assert done.returncode != 0
    assert says in done.stdout
    assert not any("production-turkey" in line for line in calls)


@pytest.fixture
def checkout(tmp_path):
    """The project's folders that the pipeline reads, with a key and a release that its holder signed."""
    if shutil.which("minisign") is None:
        if os.environ.get("CI"):
            pytest.fail("no minisign: .ci/run installs it")
        pytest.skip("no minisign on this machine: install Debian's package of that name")
    for folder in ("copilot", "image"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    deploy = tmp_path / "deploy"
    deploy.mkdir()
    (deploy / "hera-1.2.image").write_text(f"{SIGNED}\n")
    name, digest = SIGNED.split("@")
    make = ["minisign", "-G", "-W", "-s", tmp_path / "key", "-p", deploy / "hera-image.pub"]
    sign = [
        "minisign",
        "-S",
        "-s",
        tmp_path / "key",
        "-m",
        deploy / "hera-1.2.image",
        "-t",
        f"hera image {name}:1.2 {digest}",
    ]
    for command in (make, sign):
        subprocess.run(command, check=True, capture_output=True)
    return tmp_path


def use_signed_image(folder):
    script = folder / "copilot/pipelines/herav2/use_signed_image"
    done = subprocess.run([script], cwd=folder, capture_output=True, text=True, check=False)
    images = [read(folder / path.relative_to(ROOT))["image"] for path in WORKLOADS]
    return done, [image.get("location") for image in images], [image.get("build") for image in images]


def test_the_pipeline_deploys_what_was_signed_where_the_key_is_kept(checkout):
    done, locations, built = use_signed_image(checkout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert locations == [SIGNED] * len(WORKLOADS)
    assert built == [None] * len(WORKLOADS)
    steps = yaml.safe_load((COPILOT / "pipelines/herav2/buildspec.yml").read_text())["phases"]["pre_build"]["commands"]
    assert "copilot/pipelines/herav2/use_signed_image" in steps


def test_without_a_key_the_pipeline_builds(checkout):
    (checkout / "deploy" / "hera-image.pub").unlink()
    done, locations, built = use_signed_image(checkout)
    assert (done.returncode, set(locations), set(built)) == (0, {None}, {"Dockerfile"})


@pytest.mark.parametrize("how", ["another image", "no file", "two files"])
def test_what_was_not_signed_ends_the_pipeline(checkout, how):
    file = checkout / "deploy" / "hera-1.2.image"
    if how == "another image":
        file.write_text(SIGNED.replace("0a", "1b"))
    elif how == "no file":
        file.unlink()
    else:
        shutil.copy(file, file.with_name("hera-1.3.image"))
    done, locations, _built = use_signed_image(checkout)
    assert done.returncode == 1
    assert set(locations) == {None}
    assert "what runs goes on" in (done.stdout + done.stderr).replace("what runs now", "what runs")


OUTPUTS = """case "$*" in
*AddonsStack*) echo the-addons ;;
*ContainerImage*) echo registry/image:7 ;;
*the-addons*) echo "arn-$*" | sed "s/.*OutputKey=='\\([A-Za-z]*\\)'.*/arn-of-\\1/" ;;
esac"""


def test_the_database_is_made_by_one_task_whose_role_reads_its_secrets(tmp_path, addon):
    program(tmp_path, "aws", OUTPUTS)
    program(tmp_path, "copilot", "")
    done, calls = run(tmp_path, COPILOT / "prepare_database", "production-turkey")
    assert done.returncode == 0, done.stdout + done.stderr
    [task] = [line for line in calls if line.startswith("copilot task run")]
    assert "--execution-role arn-of-AdministratorTaskRole" in task
    assert task.index("manage.py prepare_database") < task.index("manage.py migrate"), (
        "new web tasks wait for the tables"
    )
    assert "HERA_DB_ADMIN_SECRET=arn-of-AdministratorSecret" in task  # pragma: allowlist secret
    assert "HERA_DB_SECRET=arn-of-DatabaseSecretArn,HERA_DB_ADMIN" in task
    assert set(re.findall(r"arn-of-(\w+)", task)) <= set(addon["Outputs"])
    [policy] = addon["Resources"]["AdministratorTask"]["Properties"]["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "secretsmanager:GetSecretValue"
    assert statement["Resource"] == [
        {"GetAtt": "Database.MasterUserSecret.SecretArn"},
        {"Ref": "DatabaseSecret"},
        {"Ref": "DjangoKey"},
    ]
    known = (ROOT / "docs" / "settings.md").read_text()
    variables = re.findall(r"(HERA_\w+|PGSSL\w+)=", task)
    assert all(f"`{name}`" in known for name in variables)


@pytest.mark.parametrize(("name", "says"), [("turkey", "no name"), ("production-turkey", "Nothing was changed")])
def test_no_task_runs_where_there_is_no_such_environment(tmp_path, name, says):
    program(tmp_path, "aws", "exit 254")
    program(tmp_path, "copilot", "")
    done, calls = run(tmp_path, COPILOT / "prepare_database", name)
    assert done.returncode == 1
    assert says in done.stdout
    assert not any(line.startswith("copilot") for line in calls)


@pytest.mark.parametrize(("name", "fits"), [("production-turkey", True), ("turkey", False), ("Production-x", False)])
def test_the_pipeline_checks_the_name(name, fits):
    done = subprocess.run([COPILOT / "pipelines/herav2/check_name", name], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is fits


def test_the_pipeline_checks_each_of_its_stages():
    pipeline = yaml.safe_load((COPILOT / "pipelines/herav2/manifest.yml").read_text())
    for stage in pipeline["stages"]:
        assert stage["test_commands"][0].endswith(f"check_name {stage['name']}")
        assert (COPILOT / "environments" / stage["name"] / "manifest.yml").exists()
