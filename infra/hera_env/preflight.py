"""What would make a step fail later, looked for before anything is made."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from infra.hera_env import aws_failures, known_settings
from infra.hera_env import cloud as clouds
from infra.hera_env.cloud import Cloud
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.configuration import Configuration

_CLOCK_TOLERANCE = dt.timedelta(minutes=4)  # AWS refuses at five
_IMAGE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+)(?P<rest>.*)"
)
_REPOSITORY = "hera"
# Quotas: what it is, its service, its code, and what AWS gives at first.
_ADDRESSES = ("addresses for NAT gateways", "ec2", "L-0263D0A3", 5)
_NETWORKS = ("networks", "vpc", "L-F678F1CE", 5)


@dataclass(frozen=True)
class Zone:
    """A hosted zone of Route 53."""

    zone_id: str
    name: str


def cdk() -> list[str]:
    """The CDK command.

    Raises:
        Stop: if neither it nor npx is here.
    """
    if found := shutil.which("cdk"):
        return [found]
    if found := shutil.which("npx"):
        return [found, "--yes", "aws-cdk@2"]
    raise Stop("The CDK command is not here.", "Install Node.js 22 or newer, then: npm install -g aws-cdk")


def clock(cloud: Cloud) -> None:
    """Refuse to go on with a clock that AWS would not accept.

    Raises:
        Stop: saying by how much it is wrong.
    """
    error = cloud.clock_error()
    if abs(error) > _CLOCK_TOLERANCE:
        side = "ahead" if error > dt.timedelta() else "behind"
        raise Stop(
            f"This machine's clock is {abs(error).total_seconds() / 60:.0f} minutes {side}.",
            "Set it: sudo timedatectl set-ntp true",
        )


def cloud_in(wanted: str | None) -> Cloud:
    """The wanted region or the default one, once it and this machine's clock are known to be right.

    Raises:
        Stop: if no region is named, the account has none of that name, or the clock is wrong.
    """
    name = wanted or clouds.default_region()
    if name is None:
        raise Stop("No region is named.", "Name it: --region eu-west-1; docs/environments.md says how to choose.")
    region(name, clouds.regions(clouds.default_region()))
    cloud = Cloud(name)
    clock(cloud)
    return cloud


def region(name: str, enabled: list[str]) -> None:
    """Refuse a region that is not among those enabled in the account.

    Raises:
        Stop: naming those that are near.
    """
    if name not in enabled:
        near = [known for known in enabled if known[:3] == name[:3]] or enabled
        raise Stop(f"This account has no region {name!r}.", f"Choose one of: {', '.join(near)}.")


def zones(cloud: Cloud, wanted: str | None = None) -> list[Zone]:
    """The public hosted zones of the account, or the one of the wanted name.

    Raises:
        Stop: if there is none.
    """
    pages = cloud.client("route53").get_paginator("list_hosted_zones").paginate()
    public = [
        Zone(row["Id"].rsplit("/", 1)[-1], row["Name"].rstrip("."))
        for page in pages
        for row in page["HostedZones"]
        if not row["Config"].get("PrivateZone")
    ]
    fitting = [known for known in public if wanted in {None, known.name}]
    if not fitting:
        near = known_settings.nearest(wanted or "", [known.name for known in public])
        raise Stop(
            f"This account has no public hosted zone{f' {wanted}' if wanted else ''}."
            f"{f' {near} is the nearest.' if near else ''}",
            f"Make it: aws route53 create-hosted-zone --name {wanted or 'hera.example.org'} --caller-reference first;"
            " then ./hera-env doctor says what the domain's registrar has to point at.",
        )
    return fitting


def zone(cloud: Cloud, wanted: str | None) -> Zone:
    """The public hosted zone that the environment's name goes into: the wanted one, or the only one.

    Raises:
        Stop: if there is none, or several to choose from.
    """
    fitting = zones(cloud, wanted)
    if len(fitting) > 1:
        raise Stop("There are several hosted zones.", f"Choose: --zone {' or --zone '.join(z.name for z in fitting)}")
    return fitting[0]


def address_of(cloud: Cloud, tag: str) -> str:
    """The image's whole address, whether or not it is there.

    Args:
        tag: a tag in this account's repository `hera`, or a whole address.
    """
    return tag if "/" in tag else f"{cloud.account}.dkr.ecr.{cloud.region}.amazonaws.com/{_REPOSITORY}:{tag}"


def image(cloud: Cloud, tag: str) -> str:
    """The image's whole address, if it is there. The repository is made if it is not.

    Args:
        tag: a tag in this account's repository `hera`, or a whole address.

    Raises:
        Stop: if there is no such image, with the commands that push it.
    """
    address = address_of(cloud, tag)
    found = _IMAGE.fullmatch(address)
    if found is None:
        return address  # another registry: Fargate will say if it is not there
    _make_repository(cloud, found)
    ecr = cloud.client("ecr")
    rest = found["rest"]
    wanted = {"imageDigest": rest[1:]} if rest.startswith("@") else {"imageTag": rest[1:] or "latest"}
    try:
        ecr.describe_images(registryId=found["account"], repositoryName=found["repository"], imageIds=[wanted])
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"ImageNotFoundException", "RepositoryNotFoundException"}:
            raise
        host = address.split("/")[0]
        raise Stop(
            f"There is no image {address}.",
            f"Push it: aws ecr get-login-password --region {found['region']} | docker login --username AWS"
            f" --password-stdin {host} && docker build --platform linux/amd64 -t {address} . && docker push {address};"
            f" then: {aws_failures.again()}",
        ) from None
    return address


def _make_repository(cloud: Cloud, found: re.Match[str]) -> None:
    if found["account"] != cloud.account or found["region"] != cloud.region:
        return
    try:
        cloud.client("ecr").create_repository(
            repositoryName=found["repository"],
            imageTagMutability="IMMUTABLE",
            imageScanningConfiguration={"scanOnPush": True},
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "RepositoryAlreadyExistsException":
            raise


def left_over(cloud: Cloud, environment: str) -> None:
    """Refuse to begin while buckets of an earlier environment of this name are there.

    Raises:
        Stop: naming them.
    """
    buckets = cloud.buckets_tagged(environment)
    if buckets:
        raise Stop(
            f"A bucket of an earlier {environment} is left over: {', '.join(buckets)}.",
            "See what is in it: "
            + "; ".join(f"aws s3 ls s3://{bucket}" for bucket in buckets)
            + f". If nothing is worth keeping: ./hera-env destroy {environment} --region {cloud.region}"
            " --i-have-a-backup",
        )


def quotas(cloud: Cloud, configuration: Configuration) -> None:
    """Refuse to begin where the account has no room for the network.

    Raises:
        Stop: naming the quota and how to raise it.
    """
    ec2 = cloud.client("ec2")
    used_addresses = len(ec2.describe_addresses()["Addresses"])
    used_networks = len(ec2.describe_vpcs()["Vpcs"])
    for (what, service, code, at_first), used, more in (
        (_ADDRESSES, used_addresses, configuration.sizes.nat_gateways),
        (_NETWORKS, used_networks, 1),
    ):
        allowed = _quota(cloud, service, code, at_first)
        if used + more > allowed:
            raise Stop(
                f"This account may have {allowed} {what} in {cloud.region}, has {used}, and {more} more are needed.",
                f"Ask for more: aws service-quotas request-service-quota-increase --service-code {service}"
                f" --quota-code {code} --desired-value {allowed + 5} --region {cloud.region}; or free some.",
            )


def _quota(cloud: Cloud, service: str, code: str, at_first: int) -> int:
    try:
        answer = cloud.client("service-quotas").get_service_quota(ServiceCode=service, QuotaCode=code)
    except ClientError:
        return at_first  # one may open an environment without the right to read quotas
    return int(answer["Quota"]["Value"])
