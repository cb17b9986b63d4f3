"""AWS on this machine: moto's server, a `cdk` that talks to it, and somebody who ends the tasks.

moto makes resources at once and never fails; so a test can tell the fake `cdk` to fail, and what the stack's state and
events are then is written into moto as CloudFormation would have left them.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import io
import json
import os
import signal
import stat
import sys
import threading
import time
import traceback
import urllib.request
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto.backends import get_backend
from moto.cloudformation.exceptions import CloudFormationError
from moto.cloudformation.models import ChangeSet, CloudFormationBackend, Event, Stack, cloudformation_backends
from moto.cloudformation.responses import CloudFormationResponse
from moto.ecs.models import TaskDefinition, ecs_backends
from moto.moto_api import state_manager
from moto.rds.models import DBInstance
from moto.server import DomainDispatcherApplication, ThreadedMotoServer

from tests.environments.loaded import Call, Loaded

ROOT = Path(__file__).resolve().parents[2]
REGION = "eu-west-1"
AGE_KEY = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"  # pragma: allowlist secret
ACCOUNT = "123456789012"
ZONE = "hera.example.org"
SIGN_IN = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": REGION}
KEYS = {"HERA_ONESIGNAL_APP_ID": "app", "HERA_ONESIGNAL_API_KEY": "key", "HERA_MESSAGEBIRD_API_KEY": "sms"}
NIGHT = "rds:hera-production-turkey-night"
LINK = "https://production-turkey.hera.example.org/admin/set_up/MQ/abc-123/"


class Aws:
    """What a test asks of the pretended AWS."""

    def __init__(self, folder: Path, endpoint: str, resolver: str, loaded: Loaded) -> None:
        self.folder = folder
        self.endpoint = endpoint
        self.resolver = resolver
        self._loaded = loaded
        self.commands: list[list[str]] = []  # what each one-off task was told to run
        self.images: list[str] = []
        self.said: dict[str, list[str]] = {"invite_admin": [LINK]}
        self.exit_codes: dict[str, int] = {}
        self.never_start: str | None = None
        self.held: list[list[str]] = []  # commands that do not end
        self.late = 0.0  # seconds after a task's end at which the log shows its last line
        # What runs a task for real: (command, variables, family) to (exit code, lines). None: it is only pretended.
        self.really: Callable[[list[str], dict[str, str], str], tuple[int, list[str]]] | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._end_tasks, daemon=True)
        self._thread.start()

        self.name_servers: list[str] | None = None  # what the internet knows of the zone; None for what Route 53 says

    def client(self, service: str):
        return boto3.client(
            service, region_name=REGION, endpoint_url=self.endpoint, aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )  # fmt: skip

    def environment(self, **more: str) -> dict[str, str]:
        return {**variables(self.folder, self.resolver), "AWS_ENDPOINT_URL": self.endpoint, **more}

    def start(self, *arguments: str, **more: str) -> Call:
        """hera-env, begun."""
        return self._loaded.start([*arguments], self.folder, self.environment(**more))

    def start_at(self, terminal: int, *arguments: str) -> Call:
        """hera-env, begun at a terminal."""
        return self._loaded.start([*arguments], self.folder, self.environment(), terminal)

    def run(self, *arguments: str, **more: str) -> tuple[int, str]:
        """hera-env's exit code, and all it wrote."""
        process = self.start(*arguments, **more)
        output, _ = process.communicate(timeout=90)
        return process.returncode, output

    def backend(self, service: str):
        """What moto keeps of a service, for what it never does by itself."""
        return get_backend(service)[ACCOUNT][REGION]

    def stack(self, environment: str):
        backend = cloudformation_backends[ACCOUNT][REGION]
        return next((stack for stack in backend.stacks.values() if stack.name == f"hera-{environment}"), None)

    def status(self, environment: str) -> str | None:
        stack = self.stack(environment)
        return stack.status if stack else None

    def fail_next_deployment(self, status: str, resource: str, reason: str) -> None:
        """The next change that is executed ends with the stack in this state, because of this resource."""
        _FAILING.update(status=status, resource=resource, reason=reason)

    def cannot_restore(self, snapshot: str, reason: str) -> None:
        """The change that puts this snapshot's data in fails once, and all is rolled back to what it was."""
        _CANNOT_RESTORE[snapshot] = {"status": "UPDATE_ROLLBACK_COMPLETE", "resource": "Database", "reason": reason}

    def deployments(self) -> list[dict]:
        """The configurations that were deployed, in order."""
        return list(_EXECUTED)

    def hold_changes(self) -> None:
        """From here on a change that is prepared is not begun."""
        (self.folder / "hold").touch()

    def is_held(self) -> bool:
        """Whether one waits to be begun."""
        return (self.folder / "held").exists()

    def let_go(self) -> None:
        """What waits is begun."""
        (self.folder / "hold").unlink()
        (self.folder / "held").unlink(missing_ok=True)

    def slow_down(self, action: str, times: int) -> None:
        """So many of the next calls of this action are told to slow down."""
        _THROTTLED.update(times=times, action=action)

    def would_replace(self, **how: str) -> None:
        """What CloudFormation says of these resources' replacement: True, False or Conditional."""
        _REPLACED.update(how)

    def tasks_of(self, service: str, *, running: int, desired: int | None = None) -> None:
        """So many tasks of the service run now, and so many are wanted."""
        known = next(row for row in self.backend("ecs").services.values() if row.name == service)
        known.running_count = running
        known.desired_count = known.desired_count if desired is None else desired

    def jobs_succeed(self, environment: str) -> None:
        """Each job has succeeded a minute ago."""
        at = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
        rows = [
            {"MetricName": f"{job}_succeeded", "Timestamp": at, "Value": 1.0} for job in ("notifications", "surveys")
        ]
        self.client("cloudwatch").put_metric_data(Namespace=f"HERA/{environment}", MetricData=rows)

    def opened_an_hour_ago(self, environment: str) -> None:
        """Jobs have had the time to run since."""
        stack = self.stack(environment)
        stack.creation_time -= dt.timedelta(hours=1)

    def recipients_say(self, answer: str) -> None:
        """Whoever is subscribed to alarms has not confirmed (PendingConfirmation), or has (an address)."""
        for row in self.backend("sns").subscriptions.values():
            row.arn = answer

    def change_by_hand(self, resource: str, path: str = "") -> None:
        """Somebody changed this property of a resource, or removed it."""
        _DRIFTED[resource] = path

    def slowed_down(self) -> int:
        """How many of them are still to come."""
        return _THROTTLED["times"]

    def streams(self) -> list[str]:
        """The streams of all logs."""
        logs = self.client("logs")
        return [
            row["logStreamName"]
            for group in logs.describe_log_groups()["logGroups"]
            for row in logs.describe_log_streams(logGroupName=group["logGroupName"])["logStreams"]
        ]

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _end_tasks(self) -> None:
        while not self._stop.wait(0.05):
            for tasks in list(ecs_backends[ACCOUNT][REGION].tasks.values()):
                for task in list(tasks.values()):
                    if task.status == "RUNNING":
                        self._end(task)

    def _end(self, task) -> None:
        command = task.overrides["containerOverrides"][0]["command"]
        if command in self.held:
            return
        logs, group = self.client("logs"), task_log_group(task)
        stream = f"{stream_prefix(task)}/hera/{task.id}"
        if not self.never_start:
            try:
                logs.create_log_stream(logGroupName=group, logStreamName=stream)
            except logs.exceptions.ResourceNotFoundException:
                return  # moto takes a stack's parts away while it changes them, which AWS does not: looked at again
        self.commands.append(command)
        self.images.append(task.containers[0].image)
        name = command[2] if len(command) > 2 else command[0]
        if self.never_start:
            task.containers[0].exitCode = None
            task.stopped_reason = self.never_start
        else:
            code, lines = self.exit_codes.get(name, 0), self.said.get(name, [f"{name}: done"])
            if self.really:
                try:
                    code, lines = self.really(command, task_variables(task), task_family(task))
                except Exception:
                    code, lines = 99, traceback.format_exc().splitlines()  # or the task would never end
            now = int(time.time() * 1000)
            written = [{"timestamp": now + place, "message": line} for place, line in enumerate(lines) if line]
            shown, last = (written[:-1], written[-1:]) if self.late else (written, [])
            if shown:
                logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=shown)
            task.containers[0].exitCode = code
            if last:
                task.desired_status = task.status = "STOPPED"
                time.sleep(self.late)
                logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=last)
        task.desired_status = task.status = "STOPPED"


def variables(folder: Path, resolver: str) -> dict[str, str]:
    """The variables that hera-env is run with."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HERA_"))}
    return {
        **kept, **SIGN_IN, **KEYS, "AWS_CONFIG_FILE": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true",
        "HERA_ENV_SECONDS_BETWEEN_LOOKS": "0.1", "HERA_ENV_RESOLVERS": resolver, "FAKE_CDK": str(folder),
        "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "COLUMNS": "200",
    }  # fmt: skip


def event_of(stack, logical_id: str, kind: str, status: str, reason: str | None = None) -> Event:
    return Event(
        stack_id=stack.stack_id, stack_name=stack.name, logical_resource_id=logical_id, physical_resource_id=logical_id,
        resource_type=kind, resource_status=status, resource_status_reason=reason, resource_properties=None,
    )  # fmt: skip


def _made(stack) -> None:
    """The stack is complete: with an event for each resource, which moto leaves out."""
    for logical_id, resource in stack.template_dict["Resources"].items():
        stack.events.append(event_of(stack, logical_id, resource["Type"], "CREATE_COMPLETE"))
    for database in get_backend("rds")[ACCOUNT][REGION].databases.values():
        if database.storage_encrypted and not database.kms_key_id:
            database.kms_key_id = "default_kms_key_id"  # AWS's own key, which moto's CloudFormation leaves out
    stack.status = "CREATE_COMPLETE"
    stack._add_stack_event("CREATE_COMPLETE")


# The configurations of the changes that were executed, and what the next one is to fail with.
_EXECUTED: list[dict] = []
_FAILING: dict[str, str] = {}
_CANNOT_RESTORE: dict[str, dict[str, str]] = {}


class _NotThere(CloudFormationError):
    code = "ChangeSetNotFound"
    message = "ChangeSet does not exist"


_EXECUTING = threading.Lock()


def _execute_change_set(self, change_set_name: str, stack_name: str | None = None) -> None:
    """As CloudFormation does it, and moto does not: one at a time, and other change sets of the stack are gone then."""
    with _EXECUTING:
        _executed(self, change_set_name)


def _executed(self, change_set_name: str) -> None:
    known = [row for row in self.change_sets.values() if change_set_name in {row.change_set_id, row.change_set_name}]
    if not known:
        raise _NotThere
    [found] = known
    for row in [row for row in self.change_sets.values() if row.stack_name == found.stack_name]:
        del self.change_sets[row.change_set_id]
    configuration = json.loads(found.template_dict["Outputs"]["Configuration"]["Value"])
    _EXECUTED.append(configuration)
    if cannot := _CANNOT_RESTORE.pop(configuration.get("snapshot"), None):
        _FAILING.update(cannot)
        _fail(self.get_stack(found.stack_name))
        return
    if found.change_set_type == "CREATE":
        for row in [row for row in self.stacks.values() if row.name == found.stack_name]:
            del self.stacks[row.stack_id]
        self.create_stack(name=found.stack_name, template=found.template, parameters={}, tags=found.tags)
    else:
        self.update_stack(name=found.stack_name, template=found.template, role_arn=None, parameters=[], tags=None)
    stack = self.get_stack(found.stack_name)
    if _FAILING:
        _fail(stack)
    elif configuration["running"]:
        _serve(stack)


def _delete_change_set(self, change_set_name: str) -> None:
    """One that is gone is no error."""
    for row in list(self.change_sets.values()):
        if change_set_name in {row.change_set_id, row.change_set_name}:
            del self.change_sets[row.change_set_id]


def _fail(stack) -> None:
    if resource := _FAILING["resource"]:
        kind = stack.template_dict["Resources"][resource]["Type"]
        stack.events.append(event_of(stack, resource, kind, "CREATE_FAILED", _FAILING["reason"]))
    stack.status = _FAILING["status"]
    _FAILING.clear()


def _serve(stack) -> None:
    """The services, made beside the stack; how many of their tasks run, the tests say."""
    out = {row.key: row.value for row in stack.output_map.values()}
    ecs = ecs_backends[ACCOUNT][REGION]
    for name, count in (("web", 2), ("worker", 1)):
        if not any(row.name == name and row.status == "ACTIVE" for row in ecs.services.values()):
            ecs.create_service(
                cluster_str=out["Cluster"], service_name=name, desired_count=count, task_definition_str=out["JobTask"]
            )


def task_log_group(task) -> str:
    return _log_options(task)["awslogs-group"]


def stream_prefix(task) -> str:
    return _log_options(task).get("awslogs-stream-prefix", "job")


def task_family(task) -> str:
    return task.task_definition_arn.rsplit("/", 1)[1].split(":")[0]


def task_variables(task) -> dict[str, str]:
    """The variables of its container: those of the definition, and those of this run."""
    overridden = task.overrides["containerOverrides"][0].get("environment", [])
    return {row["name"]: row["value"] for row in [*_container(task).get("environment", []), *overridden]}


def _log_options(task) -> dict[str, str]:
    return _container(task)["logConfiguration"]["options"]


def _container(task) -> dict:
    revision = task.task_definition_arn.rsplit(":", 1)[1]
    definition = ecs_backends[ACCOUNT][REGION].task_definitions[task_family(task)][int(revision)]
    return definition.container_definitions[0]


class _Resolver(ThreadingHTTPServer):
    """A resolver that answers over HTTPS as the public ones do, but without the S.

    One for all tests: hera-env reads its address as it is loaded.
    """

    aws: Aws  # that of the test that runs

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.address = f"http://127.0.0.1:{self.server_port}/resolve"
        threading.Thread(target=self.serve_forever, daemon=True).start()


class _Answer(BaseHTTPRequestHandler):
    server: _Resolver

    def do_GET(self) -> None:
        asked, aws = parse_qs(urlsplit(self.path).query)["name"][0], self.server.aws
        known = aws.name_servers
        if known is None:
            route53 = aws.client("route53")
            known = [
                server
                for row in route53.list_hosted_zones()["HostedZones"]
                if row["Name"].rstrip(".") == asked
                for server in route53.get_hosted_zone(Id=row["Id"])["DelegationSet"]["NameServers"]
            ]
        rows = [{"name": f"{asked}.", "type": 2, "TTL": 300, "data": f"{server}."} for server in known]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"Status": 0, **({"Answer": rows} if rows else {})}).encode())

    def log_message(self, *_arguments: object) -> None:
        pass


# What moto has not, as CloudFormation answered it: which resources a change would replace, and what drifted.
_REPLACED: dict[str, str] = {}
_DRIFTED: dict[str, str] = {}


class _ResourceChange:
    """A change with the word for replacement, which moto leaves out."""

    def __init__(self, change) -> None:
        self.type = "Resource"
        self.resource_change = self
        self.action = change.action
        self.logical_resource_id = change.logical_resource_id
        self.resource_type = change.resource_type
        self.replacement = _REPLACED.get(change.logical_resource_id, "False")


def _with_replacement(diff):
    return lambda self: [_ResourceChange(change) for change in diff(self)]


def _answer(name: str, result: str) -> str:
    space = "http://cloudformation.amazonaws.com/doc/2010-05-15/"
    return f'<{name}Response xmlns="{space}"><{name}Result>{result}</{name}Result></{name}Response>'


def _detect_stack_drift(self) -> str:
    return _answer("DetectStackDrift", "<StackDriftDetectionId>1</StackDriftDetectionId>")


def _describe_stack_drift_detection_status(self) -> str:
    found = "<StackId>1</StackId><StackDriftDetectionId>1</StackDriftDetectionId>"
    found += "<DetectionStatus>DETECTION_COMPLETE</DetectionStatus><Timestamp>2026-11-27T00:00:00Z</Timestamp>"
    return _answer("DescribeStackDriftDetectionStatus", found)


def _describe_stack_resource_drifts(self) -> str:
    rows = "".join(
        f"<member><StackId>1</StackId><LogicalResourceId>{name}</LogicalResourceId>"
        "<ResourceType>AWS::EC2::SecurityGroup</ResourceType>"
        f"<StackResourceDriftStatus>{'MODIFIED' if path else 'DELETED'}</StackResourceDriftStatus>"
        f"<PropertyDifferences><member><PropertyPath>{path}</PropertyPath></member></PropertyDifferences>"
        "<Timestamp>2026-11-27T00:00:00Z</Timestamp></member>"
        for name, path in _DRIFTED.items()
    )
    return _answer("DescribeStackResourceDrifts", f"<StackResourceDrifts>{rows}</StackResourceDrifts>")


def _change_of_a_database(
    cls, *, original_resource, new_resource_name, cloudformation_json, account_id, region_name, **_more
):
    """What CloudFormation does and moto does not: another snapshot makes another database, and the old one goes."""
    snapshot = cloudformation_json["Properties"].get("DBSnapshotIdentifier")
    if snapshot == getattr(original_resource, "made_from", None):
        return original_resource
    backend = original_resource.backend
    source = backend.describe_db_snapshots(db_instance_identifier=None, db_snapshot_identifier=snapshot)[0]
    name = f"{new_resource_name}-{uuid.uuid4().hex[:6]}"
    made = cls.create_from_cloudformation_json(name, cloudformation_json, account_id, region_name)
    made.made_from, made.storage_encrypted, made.kms_key_id = snapshot, source.encrypted, source.kms_key_id
    made.engine_version = source.engine_version
    backend.delete_db_instance(original_resource.db_instance_identifier)
    return made


def _change_of_a_task_definition(
    cls, *, original_resource, new_resource_name, cloudformation_json, account_id, region_name, **_more
):
    """moto keeps CloudFormation's spelling in a definition that is changed, which no call of ECS can read."""
    ecs_backends[account_id][region_name].deregister_task_definition(original_resource.arn)
    return cls.create_from_cloudformation_json(new_resource_name, cloudformation_json, account_id, region_name)


def _update_termination_protection(self) -> str:
    """moto has none: whether it is on is asserted of the template."""
    name = "UpdateTerminationProtection"
    return f"<{name}Response><{name}Result/></{name}Response>"


_THROTTLED = {"times": 0, "action": ""}  # so many of the next calls of this action are told to slow down
_SLOW_DOWN = (
    b"<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"
    b"<RequestId>1</RequestId></ErrorResponse>"
)


def _body(environ) -> str:
    """What was sent; moto can read it once more."""
    sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(sent)
    return sent.decode(errors="replace")


def _one_by_one(answer):
    """moto is not made for threads: the call of a process that was killed may still run beside those of the next."""
    turn = threading.Lock()

    def __call__(self, environ, start_response):
        if _THROTTLED["times"] and _THROTTLED["action"] in _body(environ):
            _THROTTLED["times"] -= 1
            start_response("400 Bad Request", [("Content-Type", "text/xml")])
            return [_SLOW_DOWN]
        with turn:
            return answer(self, environ, start_response)

    return __call__


@pytest.fixture(scope="module")
def server():
    patch = pytest.MonkeyPatch()
    for name, value in SIGN_IN.items():
        patch.setenv(name, value)
    patch.setenv("MOTO_ECS_SERVICE_RUNNING", "2")  # of each service
    patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")  # 1,300 images, anew for each test, of which nobody asks
    patch.setattr(DomainDispatcherApplication, "__call__", _one_by_one(DomainDispatcherApplication.__call__))
    patch.setattr(Stack, "mark_creation_complete", _made)
    patch.setattr(
        CloudFormationResponse, "update_termination_protection", _update_termination_protection, raising=False
    )
    patch.setattr(DBInstance, "update_from_cloudformation_json", classmethod(_change_of_a_database))
    patch.setattr(TaskDefinition, "update_from_cloudformation_json", classmethod(_change_of_a_task_definition))
    patch.setattr(CloudFormationBackend, "execute_change_set", _execute_change_set)
    patch.setattr(CloudFormationBackend, "delete_change_set", _delete_change_set)
    patch.setattr(ChangeSet, "diff", _with_replacement(ChangeSet.diff))
    for made in (_detect_stack_drift, _describe_stack_drift_detection_status, _describe_stack_resource_drifts):
        patch.setattr(CloudFormationResponse, made.__name__.lstrip("_"), made, raising=False)
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    started.start()
    host, port = started.get_host_and_port()
    state_manager.set_transition("ecs::task", transition={"progression": "manual", "times": 1_000_000})
    yield f"http://{host}:{port}"
    started.stop()
    patch.undo()


@pytest.fixture(scope="session")
def resolver():
    with _Resolver() as started:
        yield started
        started.shutdown()


@pytest.fixture(scope="session")
def loaded(resolver, tmp_path_factory):
    """hera-env, read once for all tests of this worker."""
    started = Loaded(variables(tmp_path_factory.mktemp("loaded"), resolver.address))
    yield started
    started.close()


@pytest.fixture
def aws(loaded, resolver, server, tmp_path):
    urllib.request.urlopen(urllib.request.Request(f"{server}/moto-api/reset", method="POST"), timeout=10)
    cdk = tmp_path / "cdk"
    # Of the standard library alone, and so without a look at all that is installed.
    cdk.write_text(f'#!/bin/sh\nexec {sys.executable} -I -S {Path(__file__).parent / "fake_cdk.py"} "$@"\n')
    cdk.chmod(cdk.stat().st_mode | stat.S_IEXEC)
    _THROTTLED.update(times=0, action="")
    for kept in (_REPLACED, _DRIFTED, _EXECUTED, _FAILING, _CANNOT_RESTORE):
        kept.clear()
    pretended = resolver.aws = Aws(tmp_path, server, resolver.address, loaded)
    pretended.client("route53").create_hosted_zone(Name=ZONE, CallerReference=str(uuid.uuid4()))
    push_image(pretended, "1.0")
    yield pretended
    pretended.close()


def push_image(aws: Aws, tag: str) -> None:
    ecr = aws.client("ecr")
    with contextlib.suppress(ecr.exceptions.RepositoryAlreadyExistsException):
        ecr.create_repository(repositoryName="hera")
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    config = {"mediaType": "application/json", "size": 1, "digest": f"sha256:{uuid.uuid4().hex * 2}"}
    manifest = json.dumps({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [config]})
    ecr.put_image(repositoryName="hera", imageManifest=manifest, imageTag=tag)


def last_night(aws: Aws, database: str) -> None:
    """moto makes no backups at night: the one of last night, as RDS would name it."""
    aws.client("rds").create_db_snapshot(DBInstanceIdentifier=database, DBSnapshotIdentifier="night")
    backend = aws.backend("rds")
    made = backend.database_snapshots.pop("night")
    made.db_snapshot_identifier, made.snapshot_type = NIGHT, "automated"
    backend.database_snapshots[NIGHT] = made


def export_arrives(aws: Aws, *, told: str | None = None) -> list[str]:
    """What the task of an export does: it uploads a dump, and writes its checksum. Gives for whom, as they come.

    Args:
        told: what it writes instead.
    """
    sent: list[str] = []
    end, content = aws._end, b"encrypted"
    aws.said["backup"] = [f"job=backup sha256={hashlib.sha256(content).hexdigest()}" if told is None else told]

    def upload_then_end(task):
        rows = task.overrides["containerOverrides"][0].get("environment", [])
        variables = {row["name"]: row["value"] for row in rows}
        if url := variables.get("HERA_BACKUP_UPLOAD_URL"):
            sent.append(variables["HERA_BACKUP_RECIPIENT"])
            kind = {"Content-Type": "application/octet-stream"}
            urllib.request.urlopen(urllib.request.Request(url, data=content, method="PUT", headers=kind), timeout=10)
        end(task)

    aws._end = upload_then_end
    return sent


def kill(process: Call) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)
