"""Task definitions: one image, one way of running it; what differs is the command and the size."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, cast

from aws_cdk import (
    Duration,
    RemovalPolicy,
    Stack,
)
from aws_cdk import (
    aws_ecs as ecs,
)
from aws_cdk import (
    aws_iam as iam,
)
from aws_cdk import (
    aws_logs as logs,
)
from aws_cdk import (
    aws_secretsmanager as secretsmanager,
)
from constructs import Construct

from infra.configuration import ABOUT_DJANGO_KEY, ABOUT_PROVIDERS
from infra.sizes import CONTAINER
from infra.stack.nag_acknowledgments import acknowledge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_cdk import CfnElement, CfnResource

    from infra.configuration import Configuration
    from infra.stack.database import Database

# A worker finishes the batch that it holds before it stops; AWS waits no longer than this.
_LONGEST_STOP = Duration.seconds(120)
# The authorities of RDS, as the project has them and as the image does (its Dockerfile copies the folder).
_AUTHORITIES = Path(__file__).resolve().parents[2] / "hera" / "certificates" / "rds.pem"
_AUTHORITIES_IN_IMAGE = "/srv/hera/hera/certificates/rds.pem"
# What backups are sealed with stays when the stack goes; a first attempt that fails leaves nothing.
_OUTLIVES = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
LOGS_KEPT = logs.RetentionDays.THREE_MONTHS  # 90 days


class Tasks(Construct):
    """Makes task definitions with the settings and secrets of this environment."""

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, database: Database
    ) -> None:
        super().__init__(scope, construct_id)
        self._configuration = configuration
        self.log_group = logs.LogGroup(self, "Logs", retention=LOGS_KEPT, removal_policy=RemovalPolicy.DESTROY)
        self.key = secretsmanager.Secret(
            self,
            "DjangoKey",
            description=ABOUT_DJANGO_KEY,
            removal_policy=_OUTLIVES,
            generate_secret_string=secretsmanager.SecretStringGenerator(password_length=64, exclude_punctuation=True),
        )
        self.providers = secretsmanager.Secret(
            self,
            "Providers",
            description=ABOUT_PROVIDERS,
            removal_policy=_OUTLIVES,
            secret_object_value={},
        )
        self._own_secrets = {"HERA_DJANGO_SECRET_KEY": self.key, "HERA_DB_SECRET": database.secret}
        self._start = self._starter("Start", self._own_secrets)
        self._nothing = self._role("Nothing")  # HERA calls nothing of AWS: its tasks may do nothing there
        acknowledge(self.key, SMG4="Renewing it ends every session; it is done by hand after a leak.")
        acknowledge(self.providers, SMG4="The providers issue these keys; nothing here could renew them.")

    def define(
        self,
        construct_id: str,
        command: Sequence[str],
        size: tuple[int, int],
        *,
        port: int | None = None,
        extra_secrets: Mapping[str, secretsmanager.ISecret] | None = None,
        extra_settings: Mapping[str, str] | None = None,
        health_check: ecs.HealthCheck | None = None,
        stays: bool = False,
    ) -> ecs.FargateTaskDefinition:
        """A task definition; `size` is CPU units and MiB, `stays` whether a service keeps its tasks running."""
        secrets = {**self._own_secrets, **(extra_secrets or {})}
        definition = ecs.FargateTaskDefinition(
            self,
            construct_id,
            cpu=size[0],
            memory_limit_mib=size[1],
            volumes=[ecs.Volume(name="tmp")],
            # CDK would let it describe secrets as well, which fetching them does not take.
            execution_role=(
                self._starter(f"{construct_id}Start", secrets) if extra_secrets else self._start
            ).without_policy_updates(),
            task_role=self._nothing,
        )
        container = definition.add_container(
            CONTAINER,
            image=ecs.ContainerImage.from_registry(self._configuration.image),
            command=list(command),
            readonly_root_filesystem=True,
            user="10001:10001",
            environment={**self._settings(), **(extra_settings or {})},
            secrets=self._injected(secrets),
            health_check=health_check,
            docker_labels=self._versions() if stays else None,
            logging=ecs.LogDriver.aws_logs(stream_prefix=construct_id.lower(), log_group=self.log_group),
            port_mappings=[ecs.PortMapping(container_port=port)] if port else None,
            stop_timeout=None if port else _LONGEST_STOP,
        )
        self._name_keys_shortly(definition)
        container.add_mount_points(ecs.MountPoint(container_path="/tmp", source_volume="tmp", read_only=False))  # noqa: S108
        acknowledge(definition, ECS2="Settings are no secrets; secrets come from Secrets Manager by reference.")
        return definition

    def _settings(self) -> dict[str, str]:
        chosen = self._configuration
        whatsapp = {} if chosen.whatsapp == "none" else {"HERA_WHATSAPP_CHANNEL": chosen.whatsapp}
        web_push = {} if chosen.web_push == "none" else {"HERA_WEB_PUSH_CHANNEL": chosen.web_push}
        return {
            "HERA_ENVIRONMENT": chosen.name,
            "HERA_ALLOWED_HOSTS": ",".join(filter(None, (chosen.domain, chosen.also_called))),
            "HERA_PUSH_CHANNEL": chosen.push,
            "HERA_SMS_CHANNEL": chosen.sms,
            **_way_to_the_database(chosen.image),
            **whatsapp,
            **web_push,
            **chosen.settings,
        }

    def _versions(self) -> dict[str, str] | None:
        """Nothing reads it: where a secret has changed, it makes a new definition, and so a service's new tasks."""
        version = self._configuration.secrets_version
        return {"secrets": version} if version else None

    def _injected(self, whole: Mapping[str, secretsmanager.ISecret]) -> dict[str, ecs.Secret]:
        from_providers = {
            name: ecs.Secret.from_secrets_manager(self.providers, name) for name in self._configuration.provider_secrets
        }
        return {**from_providers, **{name: ecs.Secret.from_secrets_manager(secret) for name, secret in whole.items()}}

    def _name_keys_shortly(self, definition: ecs.FargateTaskDefinition) -> None:
        """The keys within the providers' secret by Fn::Sub: CDK's Fn::Join takes twice as much of the template."""
        providers = Stack.of(self).get_logical_id(cast("CfnElement", self.providers.node.default_child))
        task = cast("CfnResource", definition.node.default_child)
        for place, name in enumerate(self._configuration.provider_secrets):  # they are the first, as `_injected` has it
            path = f"ContainerDefinitions.0.Secrets.{place}.ValueFrom"
            task.add_property_override(path, {"Fn::Sub": f"${{{providers}}}:{name}::"})

    def _starter(self, construct_id: str, secrets: Mapping[str, secretsmanager.ISecret]) -> iam.Role:
        """A role that may do what starting a task takes: fetch the image, read these secrets, write the log."""
        role = self._role(construct_id)
        role.add_to_policy(iam.PolicyStatement(actions=["ecr:GetAuthorizationToken"], resources=["*"]))
        if arn := _repository_arn(self._configuration.image):
            role.add_to_policy(
                iam.PolicyStatement(
                    actions=["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
                    resources=[arn],
                )
            )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["secretsmanager:GetSecretValue"],
                resources=[secret.secret_arn for secret in (*secrets.values(), self.providers)],
            )
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[self.log_group.log_group_arn]
            )
        )
        acknowledge(role, **{"IAM5[Resource::*]": "ecr:GetAuthorizationToken has no resource: AWS takes it on * only."})
        return role

    def _role(self, construct_id: str) -> iam.Role:
        return iam.Role(self, construct_id, assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))


def _way_to_the_database(image: str) -> dict[str, str]:
    """libpq's settings: the server has to be the one that it is called, where its region's authority is known here."""
    region = image.split(".")[3] if _repository_arn(image) else None
    known = set(re.findall(r"^# Amazon RDS (\S+) Root CA", _AUTHORITIES.read_text(), re.MULTILINE))
    if region is not None and region not in known:
        return {"PGSSLMODE": "require"}
    return {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": _AUTHORITIES_IN_IMAGE}


def _repository_arn(image: str) -> str | None:
    """The ARN of the repository of an address such as 123456789012.dkr.ecr.eu-west-1.amazonaws.com/hera:1.2."""
    host, _, path = image.partition("/")
    parts = host.split(".")
    if len(parts) < 6 or parts[1:3] != ["dkr", "ecr"]:  # noqa: PLR2004
        return None
    repository = path.split("@")[0].rsplit(":", 1)[0]
    return f"arn:aws:ecr:{parts[3]}:{parts[0]}:repository/{repository}"
