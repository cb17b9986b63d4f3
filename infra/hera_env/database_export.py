"""The export of a country's whole database: encrypted in its environment, fetched as a file."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.hera_env import aws_failures, one_off_tasks
from infra.hera_env.errors import Stop
from infra.hera_env.one_off_tasks import Work

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

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
    address = s3.generate_presigned_url(
        "put_object", Params={"Bucket": bucket, "Key": key}, ExpiresIn=_UPLOAD_WITHIN_SECONDS
    )
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


def _check(file: Path, lines: list[str], bucket: str, region: str) -> None:
    """Hold what was fetched against what the task wrote of it into the log, which wants another right."""
    told = re.search(r"\bsha256=([0-9a-f]{64})\b", "\n".join(lines))
    with file.open("rb") as content:
        fetched = hashlib.file_digest(content, "sha256").hexdigest()
    if told and told[1] != fetched:
        raise Stop(
            "What is in the bucket is not what the environment put there.",
            "Find out who may write to it before you trust a further export: aws s3api get-bucket-acl --bucket "
            f"{bucket} --region {region}",
        )
