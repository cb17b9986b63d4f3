"""Where the key of who signs releases is kept, hera-env runs what they signed, by its digest, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time

import pytest

from infra.hera_env import signed_image
from tests.environments.conftest import ACCOUNT, REGION, ROOT, push_image

pytestmark = pytest.mark.slow

CREATE = ("create", "production-turkey", "--region", REGION, "--image", "1.0")
REPOSITORY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/hera"
DEPLOY = ("deploy", "production-turkey", "--yes", "--image")


@pytest.fixture
def maker(aws):
    """Who makes releases: signs 1.0 and 1.1, and gives away the public key."""
    if shutil.which("minisign") is None:
        if os.environ.get("CI"):
            pytest.fail("no minisign: .ci/run installs it")
        pytest.skip("no minisign on this machine: install Debian's package of that name")
    subprocess.run(["minisign", "-G", "-W", "-s", "key", "-p", "pub"], cwd=aws.folder, check=True, capture_output=True)
    time.sleep(1.1)  # or both would be pushed in the same second
    push_image(aws, "1.1")
    for tag in ("1.0", "1.1"):
        (aws.folder / "skopeo").write_text(f"#!/bin/sh\necho {digest(aws, tag)}\n")
        (aws.folder / "skopeo").chmod(0o755)
        path = {**os.environ, "PATH": f"{aws.folder}:{os.environ['PATH']}"}
        sign = [ROOT / "image" / "sign", f"{REPOSITORY}:{tag}", "key"]
        subprocess.run(sign, cwd=aws.folder, env=path, check=True, capture_output=True)
    return {"HERA_ENV_IMAGE_KEY": str(aws.folder / "pub")}


def digest(aws, tag: str) -> str:
    found = aws.client("ecr").describe_images(repositoryName="hera", imageIds=[{"imageTag": tag}])
    return found["imageDetails"][0]["imageDigest"]


def test_what_was_signed_runs_by_its_digest_and_is_called_by_its_tag(aws, maker):
    code, said = aws.run(*CREATE, **maker)
    assert code == 0, said
    assert aws.deployments()[-1]["image"] == f"{REPOSITORY}@{digest(aws, '1.0')}"
    facts = json.loads(aws.run("status", "production-turkey", "--json")[1])
    assert (facts["image"], facts["newest_image"]) == ("hera:1.0", "1.1")
    for image in ("1.1", f"{REPOSITORY}:1.0", "hera-1.1.image"):
        code, said = aws.run(*DEPLOY, image, **maker)
        assert code == 0, said
        assert aws.deployments()[-1]["image"].startswith(f"{REPOSITORY}@sha256:")
    assert aws.images[-1] == f"{REPOSITORY}@{digest(aws, '1.1')}", "the tables too are changed by what was signed"


def test_what_runs_may_be_named_as_it_is_called_in_the_stack(aws, maker):
    aws.run(*CREATE, **maker)
    assert aws.run(*DEPLOY, aws.deployments()[-1]["image"], **maker)[0] == 0


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("not signed", "hera-1.1.image is not here"),
        ("another image", "is not what the holder of"),
        ("an older release", "was signed as hera-1.0.image"),
        ("no minisign", "minisign is not here"),
    ],
)
def test_what_cannot_be_verified_is_refused_before_anything_changes(aws, maker, how, says):
    assert aws.run(*CREATE, **maker)[0] == 0
    before = len(aws.deployments()), len(aws.commands)
    file = aws.folder / "hera-1.1.image"
    if how == "not signed":
        file.unlink()
    elif how == "another image":
        file.write_text(f"{REPOSITORY}@sha256:{'1b' * 32}\n")
    elif how == "an older release":
        for end in ("", ".minisig"):
            (aws.folder / f"hera-1.0.image{end}").rename(aws.folder / f"hera-1.1.image{end}")
    else:
        programs = aws.folder / "programs"
        programs.mkdir()
        for name in ("env", "sh", "cat", "grep"):
            (programs / name).symlink_to(shutil.which(name))
        maker["PATH"] = f"{aws.folder}:{programs}"
    code, said = aws.run(*DEPLOY, "1.1", **maker)
    assert code == 1
    assert says in said
    assert "./hera-env deploy production-turkey --yes --image 1.1" in said
    assert (len(aws.deployments()), len(aws.commands)) == before


def test_a_key_that_was_named_and_is_not_there_verifies_nothing(aws):
    code, said = aws.run(*CREATE, HERA_ENV_IMAGE_KEY="nowhere.pub")
    assert code == 1
    assert "the public key of who signed it is not in nowhere.pub" in said
    assert aws.deployments() == []


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("registry.example.org:5000/hera:1.2", "hera:1.2"),
        (f"registry.example.org/a/hera@sha256:{'0a' * 32}", "hera@sha256:0a0a0a0a0a0a"),
        ("hera:1.0", "hera:1.0"),
    ],
)
def test_an_image_is_shown_in_a_few_letters(address, shown):
    assert signed_image.shown(address) == shown
