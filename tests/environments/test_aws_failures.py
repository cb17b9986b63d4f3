"""What AWS says, and what the operator reads."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    InvalidRegionError,
    NoCredentialsError,
    ParamValidationError,
    SSOTokenLoadError,
)

from infra.hera_env import aws_failures
from infra.hera_env.aws_failures import Where

HERE = Where("production-turkey", "eu-west-1")
ASM = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable"
    " to retrieve secret from asm: service call has been retried 5 time(s): failed to fetch secret"
    " arn:aws:secretsmanager:eu-west-1:123456789012:secret:Providers-Ab12 from secrets manager: "
)
REASONS = [
    ("pgsecretrotation-bucket already exists", "left over from an earlier attempt", "Values=production-turkey"),
    ("The maximum number of addresses has been reached.", "no address left", "L-0263D0A3"),
    ("The maximum number of VPCs has been reached.", "no more networks", "L-F678F1CE"),
    ("User is not authorized to perform: rds:CreateDBInstance", "may not do it", "administrator"),
    ("Certificate validation timed out", "certificate was not validated", "./hera-env doctor production-turkey"),
    ("You have exceeded your quota of instances", "A quota of this account is used up", "servicequotas"),
    ("ECS Deployment Circuit Breaker was triggered", "do not get healthy", "./hera-env logs production-turkey"),
    ("CannotPullContainerError: manifest unknown", "The image cannot be fetched", "aws ecr describe-images"),
    ("CannotPullContainerError: dial tcp 1.2.3.4:443: i/o timeout", "do not reach the registry", "health.aws.amazon"),
    (ASM + "did not contain json key HERA_X", "A secret of the service is missing", "stores them: ./hera-env"),
    (ASM + "RequestCanceled: caused by: context deadline exceeded", "do not reach Secrets Manager", "diff"),
    (ASM + "dial tcp: lookup secretsmanager.eu-west-1: no such host", "do not reach Secrets Manager", "diff"),
    (
        ASM + "AccessDeniedException: User is not authorized",
        "their role may not read a secret",
        "diff production-turkey",
    ),
    (
        ASM + "InvalidRequestException: the secret was marked for deletion.",
        "was removed",
        "--secret-id arn:aws:secretsmanager:eu-west-1:123456789012:secret:Providers-Ab12 --region eu-west-1",
    ),
    ("ResourceInitializationError: unable to pull secrets or registry auth", "cannot fetch their secrets", "diff"),
    ("InsufficientDBInstanceCapacity", "no such machine free", "In an hour"),
    ("Rate exceeded (Service: AmazonRDS; Status Code: 400; Error Code: Throttling)", "slow down", "five minutes"),
    ("RequestLimitExceeded: Request limit exceeded.", "slow down", "five minutes"),
    ("Capacity is unavailable at this time. Please try again later", "no such machine free", "In an hour"),
    ("OutOfMemoryError: Container killed due to memory usage", "wanted more memory", "./hera-env logs"),
    ("Essential container in task exited", "ended by itself", "./hera-env logs production-turkey"),
    ("exec /usr/bin/python: exec format error", "another kind of processor", "linux/amd64"),
    ("Cannot delete protected DB Instance, please disable deletion protection", "is kept", "./hera-env destroy"),
    ("CannotPull: ExpiredTokenException: The security token is expired", "have expired", "aws sso login"),
    ("cdk says: InvalidClientTokenId: The security token is invalid", "does not know this access key", "Sign in"),
    ("", "AWS does not say why", "./hera-env events production-turkey"),
    ("  ", "AWS does not say why", "./hera-env events production-turkey"),
    ("Something quite new", "Something quite new", "./hera-env"),
]


@pytest.mark.parametrize(("reason", "cause", "mend"), REASONS)
def test_reasons_of_resources(reason, cause, mend):
    stop = aws_failures.of_reason(reason, HERE)
    assert cause in stop.cause
    assert mend in stop.mend


@pytest.mark.parametrize("reason", [row[0] for row in REASONS])
def test_a_mend_can_be_pasted_as_it_stands(reason):
    said = aws_failures.of_reason(reason, HERE).mend
    assert not re.search(r"\b(NAME|ZONE|REGION|BUCKET|ID|ARN)\b|\.\.\.|[{}<>]", said), said


def test_no_sentence_of_the_command_has_a_place_to_fill():
    """The mends of all `Stop` in the source: what is in capitals is a name of HERA or of AWS, or nothing."""
    for file in Path(aws_failures.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Stop" and len(call.args) == 2:
                texts = [node.value for node in ast.walk(call.args[1]) if isinstance(node, ast.Constant)]
                said = " ".join(text for text in texts if isinstance(text, str))
                assert not re.search(r"\b(NAME|ZONE|REGION|COUNTRY|BUCKET|VALUE)\b|\.\.\.", said), (file.name, said)
                assert "hera-env" not in said.replace("./hera-env", ""), (file.name, said)


@pytest.mark.parametrize(
    ("code", "cause", "mend"),
    [
        ("ExpiredToken", "have expired", "aws sso login"),
        ("RequestTimeTooSkewed", "clock is wrong", "timedatectl"),
        ("SignatureDoesNotMatch", "the secret key is wrong, or this machine's clock is", "date -u"),
        ("InvalidClientTokenId", "does not know this access key", "Sign in anew"),
        ("OptInRequired", "not enabled in this account", "enable-region --region-name eu-west-1"),
        ("AccessDenied", "may not do it", "administrator"),
        ("ThrottlingException", "slow down", "five minutes"),
        ("TooManyRequestsException", "slow down", "five minutes"),
    ],
)
def test_answers_of_aws(code, cause, mend):
    stop = aws_failures.of_exception(ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStacks"), HERE)
    assert cause in stop.cause
    assert mend in stop.mend


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (NoCredentialsError(), "no AWS credentials here"),
        (SSOTokenLoadError(error_msg="x", profile_name="y"), "have expired"),
        (EndpointConnectionError(endpoint_url="https://x"), "does not answer in eu-nowhere-9"),
        (InvalidRegionError(region_name="eu-nowhere-9"), "'eu-nowhere-9' is no region of AWS"),
        (ParamValidationError(report="Invalid length"), "AWS does not take what was typed: Parameter validation"),
    ],
)
def test_what_goes_wrong_before_aws_answers(error, cause):
    assert cause in aws_failures.of_exception(error, Where("", "eu-nowhere-9")).cause


def test_the_first_failure_is_not_one_that_followed_from_another():
    events = [
        {"LogicalResourceId": "Vpc", "ResourceStatus": "CREATE_IN_PROGRESS"},
        {
            "LogicalResourceId": "Log",
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": "Resource creation cancelled",
        },
        {
            "LogicalResourceId": "Nat",
            "ResourceStatus": "CREATE_FAILED",
            "ResourceStatusReason": "maximum number of addresses",
        },
    ]
    assert aws_failures.first_failure(events)["LogicalResourceId"] == "Nat"
    assert aws_failures.first_failure(events[:2])["LogicalResourceId"] == "Log"
    assert aws_failures.first_failure(events[:1]) is None
