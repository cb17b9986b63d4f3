"""A `cdk deploy` that prepares a change of the few resources that hera-env itself talks to.

It speaks to moto without boto3, which Python reads for longer than all else takes here, and most tests run it twice.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import urlencode, urlsplit

FOLDER = Path(os.environ["FAKE_CDK"])
TRIES = 5  # as boto3 has them


class Refused(Exception):
    """What AWS refuses, in its own words."""


def call(service: str, body: str, headers: dict[str, str]) -> str:
    """The answer of a service; moto looks at which service and region a request is signed for, and not at how."""
    scope = f"testing/20261127/{os.environ['AWS_REGION']}/{service}/aws4_request"
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=none"}
    for attempt in range(1, TRIES + 1):
        connection = http.client.HTTPConnection(urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc, timeout=60)
        connection.request("POST", "/", body.encode(), {**headers, **signed})
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        if answer.status < 300:
            return said
        if attempt == TRIES or not (answer.status >= 500 or "Throttling" in said):
            break
        time.sleep(0.5)
    raise Refused(said)


def formation(action: str, **more: str) -> str:
    """CloudFormation's answer, in XML."""
    body = urlencode({"Action": action, "Version": "2010-05-15", **more})
    return call("cloudformation", body, {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"})


def secrets_manager(action: str, **more: str) -> dict:
    kind = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": f"secretsmanager.{action}"}
    return json.loads(call("secretsmanager", json.dumps(more), kind))


def main(arguments: list[str]) -> int:
    stack_name = arguments[1]
    configuration = json.loads(arguments[arguments.index("--context") + 1].partition("=")[2])
    if arguments[0] == "synth":
        output = Path(arguments[arguments.index("--output") + 1])
        (output / f"{stack_name}.template.json").write_text(json.dumps(template(configuration)))
        return 0
    assert arguments[arguments.index("--method") + 1] == "prepare-change-set"
    try:
        [status] = re.findall("<StackStatus>(.*?)</StackStatus>", formation("DescribeStacks", StackName=stack_name))
        kind = "CREATE" if status == "REVIEW_IN_PROGRESS" else "UPDATE"
    except Refused as error:
        if "does not exist" not in str(error):
            raise
        kind = "CREATE"
    formation(
        "CreateChangeSet",
        StackName=stack_name,
        ChangeSetName=arguments[arguments.index("--change-set-name") + 1],
        ChangeSetType=kind,
        TemplateBody=json.dumps(template(configuration)),
        **{"Capabilities.member.1": "CAPABILITY_IAM"},
    )
    while (FOLDER / "hold").exists():  # a test wants something to happen between this and the execution
        (FOLDER / "held").touch()
        time.sleep(0.05)
    sys.stdout.write("✅ prepared\n")
    return 0


def secret(environment: str, of: str, value: str = "{}") -> str:
    """Made beside the stack: moto's CloudFormation knows no secrets."""
    name, token = f"{environment}-{of}", str(uuid.uuid4())
    try:
        return secrets_manager("CreateSecret", Name=name, SecretString=value, ClientRequestToken=token)["ARN"]
    except Refused as error:
        if "ResourceExistsException" not in str(error):
            raise
        return secrets_manager("DescribeSecret", SecretId=name)["ARN"]


def database(configuration: dict) -> dict:
    """As the real template has it: of a snapshot are the administrator's name, encryption and the version."""
    own = {"MasterUsername": "hera_admin", "StorageEncrypted": True, "EngineVersion": "18.1"}
    inherited = {"DBSnapshotIdentifier": configuration.get("snapshot")}
    return {
        "Type": "AWS::RDS::DBInstance",
        "Properties": {
            "Engine": "postgres",
            "DBInstanceClass": "db.t4g.small",
            "AllocatedStorage": "50",
            "MasterUserPassword": "of-the-pretended-one",  # pragma: allowlist secret
            "CopyTagsToSnapshot": True,
            "Tags": [{"Key": "hera-environment", "Value": configuration["name"]}],
            **(inherited if configuration.get("snapshot") else own),
        },
    }


def subscriptions(configuration: dict) -> list[dict[str, str]]:
    address = configuration.get("alarm_email")
    return [{"Protocol": "email", "Endpoint": address}] if address else []


def template(configuration: dict) -> dict:
    definition = {
        "Type": "AWS::ECS::TaskDefinition",
        "Properties": {
            "Family": f"{configuration['name']}-job",
            "NetworkMode": "awsvpc",
            "RequiresCompatibilities": ["FARGATE"],
            "Cpu": "256",
            "Memory": "512",
            "ContainerDefinitions": [
                {
                    "Name": "hera",
                    "Memory": 512,
                    "Cpu": 256,
                    "Image": configuration["image"],
                    "DockerLabels": {"secrets": configuration.get("secrets_version", "")},
                    "LogConfiguration": {
                        "LogDriver": "awslogs",
                        "Options": {
                            "awslogs-group": {"Ref": "Log"},
                            "awslogs-region": {"Ref": "AWS::Region"},
                            "awslogs-stream-prefix": "job",
                        },
                    },
                }
            ],
        },
    }
    resources = {
        "NetworkVpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
        "NetworkSubnet": {
            "Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "NetworkVpc"}, "CidrBlock": "10.0.0.0/24"},
        },
        "NetworkService": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "tasks", "VpcId": {"Ref": "NetworkVpc"}},
        },
        "Cluster": {"Type": "AWS::ECS::Cluster", "Properties": {}},
        "Log": {"Type": "AWS::Logs::LogGroup", "Properties": {}},
        "Exports": {
            "Type": "AWS::S3::Bucket",
            "Properties": {"Tags": [{"Key": "hera-environment", "Value": configuration["name"]}]},
        },
        "Database": database(configuration),
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"Subscription": subscriptions(configuration)}},
        "Job": definition,
        "SetUp": {**definition, "Properties": {**definition["Properties"], "Family": f"{configuration['name']}-setup"}},
    }  # fmt: skip
    outputs = {
        "Configuration": json.dumps(configuration),
        "Url": f"https://{configuration['domain']}",
        "Cluster": {"Ref": "Cluster"},
        "JobTask": {"Ref": "Job"},
        "SetUpTask": {"Ref": "SetUp"},
        "TaskSubnets": {"Ref": "NetworkSubnet"},
        "TaskSecurityGroup": {"Fn::GetAtt": ["NetworkService", "GroupId"]},
        "LogGroup": {"Ref": "Log"},
        "Database": {"Ref": "Database"},
        "ProvidersSecret": secret(configuration["name"], "providers"),
        "DatabaseSecret": secret(configuration["name"], "database", '{"password": "of the service"}'),
        "DjangoKey": secret(configuration["name"], "django-key", "made here"),
        "ExportsBucket": {"Ref": "Exports"},
    }
    if configuration["running"]:
        outputs |= {"WebService": "web", "WorkerService": "worker"}
    return {
        "Resources": resources,
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
