"""Copilot's manifests: only fields that Copilot knows, the same service as ours, and a database that is one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml

from infra.sizes import JOB, JOBS, PRODUCTION, WEB_TASKS

ROOT = Path(__file__).resolve().parents[2]
COPILOT = ROOT / "copilot"
ADDON = COPILOT / "herav2-web-service" / "addons" / "database.yml"
MANIFESTS = sorted(path for path in COPILOT.rglob("manifest.yml") if "pipelines" not in path.parts)
WORKLOADS = [path for path in MANIFESTS if "environments" not in path.parts]
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


def test_all_parts_have_the_same_settings_and_secrets_which_the_service_knows_and_the_addon_makes(addon):
    first = read(WORKLOADS[0])
    known = (ROOT / "docs" / "settings.md").read_text()
    made = {row["Properties"]["Name"]["Sub"].rsplit("/", 1)[1] for row in addon["Resources"].values()
            if row["Type"] == "AWS::SecretsManager::Secret"}  # fmt: skip
    for path in WORKLOADS:
        manifest = read(path)
        assert manifest["variables"] == first["variables"]
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


@pytest.mark.parametrize(("name", "fits"), [("production-turkey", True), ("turkey", False), ("Production-x", False)])
def test_the_pipeline_checks_the_name(name, fits):
    done = subprocess.run([COPILOT / "pipelines/herav2/check_name", name], capture_output=True, text=True, check=False)
    assert (done.returncode == 0) is fits


def test_the_pipeline_checks_each_of_its_stages():
    pipeline = yaml.safe_load((COPILOT / "pipelines/herav2/manifest.yml").read_text())
    for stage in pipeline["stages"]:
        assert stage["test_commands"][0].endswith(f"check_name {stage['name']}")
        assert (COPILOT / "environments" / stage["name"] / "manifest.yml").exists()
