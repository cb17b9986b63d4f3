"""What AWS says, and what the operator reads."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, SSOTokenLoadError

from infra.hera_env import aws_failures


@pytest.mark.parametrize(
    ("reason", "cause", "mend"),
    [
        ("pgsecretrotation-bucket already exists", "left over from an earlier attempt", "aws s3 rb"),
        ("The maximum number of addresses has been reached.", "no address left", "L-0263D0A3"),
        ("The maximum number of VPCs has been reached.", "no more networks", "L-F678F1CE"),
        ("User is not authorized to perform: rds:CreateDBInstance", "may not do it", "administrator"),
        ("Certificate validation timed out", "certificate was not validated", "name servers"),
        ("You have exceeded your quota of instances", "A quota of this account is used up", "Service Quotas"),
        ("ECS Deployment Circuit Breaker was triggered", "do not get healthy", "hera-env logs"),
        ("CannotPullContainerError: manifest unknown", "The image cannot be fetched", "Push it"),
        ("did not contain json key HERA_X", "A secret of the service is missing", "hera-env create"),
        ("InsufficientDBInstanceCapacity", "no such machine free", "in an hour"),
        ("Something quite new", "Something quite new", "run the same command again"),
    ],
)
def test_reasons_of_resources(reason, cause, mend):
    stop = aws_failures.of_reason(reason)
    assert cause in stop.cause
    assert mend in stop.mend


@pytest.mark.parametrize(
    ("code", "cause", "mend"),
    [
        ("ExpiredToken", "have expired", "aws sso login"),
        ("RequestTimeTooSkewed", "clock is wrong", "timedatectl"),
        ("SignatureDoesNotMatch", "the secret key is wrong, or this machine's clock is", "date -u"),
        ("InvalidClientTokenId", "does not know this access key", "Sign in anew"),
        ("OptInRequired", "not enabled in this account", "enable-region"),
        ("AccessDenied", "may not do it", "administrator"),
    ],
)
def test_answers_of_aws(code, cause, mend):
    stop = aws_failures.of_exception(ClientError({"Error": {"Code": code, "Message": "no"}}, "DescribeStacks"))
    assert cause in stop.cause
    assert mend in stop.mend


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (NoCredentialsError(), "no AWS credentials here"),
        (SSOTokenLoadError(error_msg="x", profile_name="y"), "have expired"),
        (EndpointConnectionError(endpoint_url="https://x"), "does not answer in eu-nowhere-9"),
    ],
)
def test_what_goes_wrong_before_aws_answers(error, cause):
    assert cause in aws_failures.of_exception(error, "eu-nowhere-9").cause


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
