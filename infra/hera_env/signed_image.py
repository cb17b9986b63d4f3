"""Whose image it is: where the project keeps the key of who signs its releases, nothing else is run.

`image/sign` and `image/verify` are the signature (ADR 24); this says when they are asked.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from infra.hera_env import aws_failures
from infra.hera_env.errors import Stop

_ROOT = Path(__file__).resolve().parents[2]
_KEPT = "deploy/hera-image.pub"
_SHOWN_OF_A_DIGEST = 12


def verified(image: str) -> str:
    """The image that runs: the signed one by its digest, or `image` as it was typed where no key is kept.

    The key is `deploy/hera-image.pub`, or the file that HERA_ENV_IMAGE_KEY names.

    Args:
        image: a tag, an address with one, or the signed file that `image/sign` left (NAME-TAG.image). Where a key is
            kept, the file of a tag is looked for in the folder where the command was typed.

    Raises:
        Stop: if it cannot be verified. Nothing was changed.
    """
    key = Path(os.environ.get("HERA_ENV_IMAGE_KEY") or _ROOT / _KEPT)
    if not key.exists():
        if image.endswith(".image") or "HERA_ENV_IMAGE_KEY" in os.environ:
            raise Stop(
                f"{image} cannot be verified: the public key of who signed it is not in {key}. Nothing was changed.",
                f"Put it there; then: {aws_failures.again()}",
            )
        return image
    file = Path(image if image.endswith(".image") else _file_of(image))
    if not file.exists():
        raise Stop(
            f"{image} cannot be verified: {file} is not here. Nothing was changed, what runs goes on serving mothers.",
            f"Put it and its signature {file}.minisig here, from who made the release; then: {aws_failures.again()}",
        )
    verify = [_ROOT / "image" / "verify", file.absolute(), key]  # absolute: no name is taken for an option
    done = subprocess.run(verify, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise Stop(done.stderr.strip(), f"Then: {aws_failures.again()}")
    return done.stdout.strip()


def shown(address: str) -> str:
    """An image's address without its registry, a digest by its beginning: `hera:1.2`, `hera@sha256:0a0a0a0a0a0a`."""
    name, _, digest = address.rsplit("/", 1)[-1].partition("@sha256:")
    return f"{name}@sha256:{digest[:_SHOWN_OF_A_DIGEST]}" if digest else name


def _file_of(image: str) -> str:
    name = image.rsplit("/", 1)[-1] if "/" in image else f"hera:{image}"
    return f"{name.partition('@')[0].replace(':', '-')}.image"
