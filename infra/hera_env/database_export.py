"""The export of a country's whole database: encrypted in its environment, fetched as a file."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.hera_env import aws_failures, one_off_tasks
from infra.hera_env.errors import Stop
from infra.hera_env.one_off_tasks import Work

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"  # pragma: allowlist secret
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_SHORTEST_KEY, _SHOWN = 58, 80
_UPLOAD_WITHIN_SECONDS = 6 * 3600


def export(
    cloud: Cloud, environment: str, stack: StackState, recipient: str, target: Path, reporter: Reporter
) -> dict[str, Any]:
    """A dump of the whole database, encrypted in the environment for `recipient`, fetched into `target`.

    Args:
        recipient: the age public key that may read it.

    Returns:
        `file` and its size in `bytes`.

    Raises:
        Stop: if it could not be made or fetched; no half file is left.
    """
    check_recipient(recipient)
    if target.exists():
        raise Stop(f"{target} is there already.", f"Name another file: --output {target.with_stem(target.stem + '-2')}")
    if not os.access(target.parent, os.W_OK):
        raise Stop(
            f"{target.parent} is no folder that can be written to.",
            f"Name a file elsewhere: --output {Path.home() / target.name}",
        )
    bucket = stack.outputs["ExportsBucket"]
    key = f"{environment}-{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}.dump.age"
    s3 = cloud.client("s3")
    address = upload_address(cloud, bucket, key)
    reporter.step("Dumping and encrypting in the environment")
    ended = one_off_tasks.checked(
        cloud,
        stack,
        Work(
            "export",
            ["python", "manage.py", "backup", "/tmp/export", "--unsigned"],  # noqa: S108  (in the container)
            environment={"HERA_BACKUP_RECIPIENT": recipient, "HERA_BACKUP_UPLOAD_URL": address},
        ),
        reporter,
    )
    reporter.step(f"Fetching it into {target}")
    partial = target.with_suffix(target.suffix + ".part")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            s3.download_fileobj(bucket, key, file)
        _check(partial, ended.lines, bucket, cloud.region)
        partial.replace(target)
    except ClientError as error:
        raise Stop(
            f"The export is not in the bucket: {error}.",
            f"Read why: ./hera-env logs {environment} --since 1h --part setup; then: {aws_failures.again()}",
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    s3.delete_object(Bucket=bucket, Key=key)
    return {"file": str(target), "bytes": target.stat().st_size}


def upload_address(cloud: Cloud, bucket: str, key: str) -> str:
    """Where the task puts the dump, for some hours, with no right but this one.

    By itself boto3 signs for the address of all regions, which answers for a new bucket with a redirection until its
    name is known there, and the task follows none. Signed and addressed so, it is the region's own.
    """
    signing = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    s3 = boto3.client("s3", region_name=cloud.region, config=signing)
    address: str = s3.generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=_UPLOAD_WITHIN_SECONDS
    )
    return address


def check_recipient(recipient: str) -> None:
    """Refuse what is no public key of age, with its checksum: nobody could ever open what is encrypted for it.

    Its form is Bech32 (BIP 173), as https://github.com/C2SP/C2SP/blob/main/age.md has it.

    Raises:
        Stop: with the command that makes one.
    """
    human, _, data = recipient.rpartition("1")
    values = [_BECH32.find(letter) for letter in data]
    is_key = human.startswith("age") and len(data) >= _SHORTEST_KEY and recipient.islower() and min(values) >= 0
    expanded = [ord(letter) >> 5 for letter in human] + [0] + [ord(letter) & 31 for letter in human]
    if not is_key or _polymod([*expanded, *values]) != 1:
        shown = recipient if len(recipient) <= _SHOWN else f"{recipient[:_SHOWN]}…"
        raise Stop(
            f"--recipient {shown} is no public key of age, or has a letter typed wrong: nobody could open the export.",
            "Make a key, and keep its file safe: age-keygen -o hera.key; this prints its public half: age-keygen -y"
            " hera.key",
        )


def _polymod(values: list[int]) -> int:
    """The checksum of BIP 173."""
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            checksum ^= generator if (top >> place) & 1 else 0
    return checksum


def _check(file: Path, lines: list[str], bucket: str, region: str) -> None:
    """Hold what was fetched against what the task wrote of it into the log, which wants another right."""
    told = re.search(r"\bsha256=([0-9a-f]{64})\b", "\n".join(lines))
    if told is None:
        raise Stop(
            "The log does not tell the checksum of the export: whether it is whole, and what the environment put there,"
            " nobody knows. It is not kept; mothers are served as before.",
            f"Once more: {aws_failures.again()}",
        )
    with file.open("rb") as content:
        fetched = hashlib.file_digest(content, "sha256").hexdigest()
    if told[1] != fetched:
        raise Stop(
            "What is in the bucket is not what the environment put there.",
            "Find out who may write to it before you trust a further export: aws s3api get-bucket-acl --bucket "
            f"{bucket} --region {region}",
        )
