"""What AWS says when something fails, and what that means for an operator."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ASK = "Ask for more: aws service-quotas request-service-quota-increase"
# Each: what is found in a reason that AWS gives, the cause in a sentence, the mend in a sentence. The first that fits
# is taken; what a group found may be named in both.
_REASONS: tuple[tuple[str, str, str], ...] = (
    (
        r"(?:[a-z0-9.-]{3,63} )?already exists",
        "Something of this name is left over from an earlier attempt: {0}",
        "Look what is in it; if nothing is worth keeping, delete it (a bucket: aws s3 rb s3://NAME); run it again.",
    ),
    (
        r"maximum number of addresses|AddressLimitExceeded",
        "This account has no address left for the NAT gateways.",
        f"{_ASK} --service-code ec2 --quota-code L-0263D0A3 --desired-value 10; or release unused ones.",
    ),
    (
        r"maximum number of VPCs|VpcLimitExceeded",
        "This account may have no more networks in this region.",
        f"{_ASK} --service-code vpc --quota-code L-F678F1CE --desired-value 10.",
    ),
    (
        r"LimitExceeded|limit exceeded|quota|maximum number",
        "A quota of this account is used up: {reason}",
        "Ask for more in the console under Service Quotas, and run the same command again.",
    ),
    (
        r"CannotPullContainer|manifest unknown|image.*not found|not found: does not exist",
        "The image cannot be fetched: {reason}",
        "Push it (docs/environments.md, 'The image'), or name one that exists with --image.",
    ),
    (
        r"unable to pull secrets|did not contain json key",
        "A secret of the service is missing: {reason}",
        "Run hera-env create NAME again: it asks for the keys of the providers and stores them.",
    ),
    (
        r"circuit breaker|failed to stabilize|did not stabilize|health checks? failed|unhealthy",
        "The new tasks start but do not get healthy: {reason}",
        "Read why: hera-env logs NAME --since 30m. The version before is running again.",
    ),
    (
        r"not authorized|AccessDenied|is not authorized to perform",
        "These credentials may not do it: {reason}",
        "Let an administrator of the account run it, or give your role what docs/environments.md lists.",
    ),
    (
        r"certificate.*(?:timed out|failed|validation)",
        "The certificate was not validated: the zone does not answer for this domain.",
        "Let the domain's registrar point at the zone's name servers: aws route53 get-hosted-zone --id ZONE.",
    ),
    (
        r"InsufficientDBInstanceCapacity|does not have enough capacity|InsufficientInstanceCapacity",
        "AWS has no such machine free in this region now.",
        "Run the same command again in an hour.",
    ),
    (
        r"Resource creation cancelled|rollback requested by user",
        "It was given up because something else failed.",
        "See the first failure: hera-env events NAME.",
    ),
)
_CODES: dict[str, tuple[str, str]] = {
    "ExpiredToken": ("Your AWS credentials have expired.", "Sign in anew: aws sso login."),
    "ExpiredTokenException": ("Your AWS credentials have expired.", "Sign in anew: aws sso login."),
    "RequestExpired": (
        "This machine's clock is wrong, or your credentials have expired.",
        "Set the clock: timedatectl.",
    ),
    "RequestTimeTooSkewed": ("This machine's clock is wrong.", "Set it: sudo timedatectl set-ntp true."),
    "SignatureDoesNotMatch": (
        "AWS refuses the signature: the secret key is wrong, or this machine's clock is.",
        "Compare the clock with date -u; then sign in anew: aws configure.",
    ),
    "InvalidClientTokenId": ("AWS does not know this access key.", "Sign in anew: aws configure, or aws sso login."),
    "UnrecognizedClientException": (
        "AWS does not know this access key, or the region is not enabled in this account.",
        "Sign in anew, or enable it: aws account enable-region --region-name REGION.",
    ),
    "AuthFailure": ("AWS refuses these credentials in this region.", "Sign in anew, or enable the region."),
    "OptInRequired": ("This region is not enabled in this account.", "Enable it: aws account enable-region."),
    "Throttling": ("AWS asks to slow down.", "Run the same command again in a minute."),
}
# What goes wrong before AWS has answered at all.
_BEFORE_AWS: tuple[tuple[tuple[type[Exception], ...], str, str], ...] = (
    (
        (NoCredentialsError, PartialCredentialsError),
        "There are no AWS credentials here.",
        "Sign in: aws configure sso, then aws sso login; or set AWS_PROFILE.",
    ),
    (
        (TokenRetrievalError, SSOTokenLoadError, UnauthorizedSSOTokenError),
        "Your AWS credentials have expired.",
        "Sign in anew: aws sso login.",
    ),
    ((ProfileNotFound,), "{error}.", "List those that are here: aws configure list-profiles."),
    ((NoRegionError,), "No region is named.", "Name it: --region eu-west-1."),
    (
        (EndpointConnectionError, ConnectTimeoutError),
        "AWS does not answer in {region}.",
        "Check the name of the region, and this machine's network.",
    ),
)


def of_reason(reason: str) -> Stop:
    """What a resource's or a task's reason of failure means."""
    for pattern, cause, mend in _REASONS:
        if found := re.search(pattern, reason, re.IGNORECASE):
            return Stop(cause.format(found[0].strip(), reason=reason), mend)
    return Stop(reason, "Mend that, and run the same command again: what is done already is kept.")


def of_exception(error: Exception, region: str | None = None) -> Stop:
    """What an error of AWS's library means.

    Args:
        error: a `ClientError` or a `BotoCoreError`.
        region: what the message names where AWS does not answer.
    """
    for kinds, cause, mend in _BEFORE_AWS:
        if isinstance(error, kinds):
            return Stop(cause.format(error=error, region=region or "its region"), mend)
    if isinstance(error, ClientError):
        code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        cause, mend = _CODES.get(code, ("", ""))
        return Stop(cause, mend) if cause else of_reason(f"{code}: {message}")
    assert isinstance(error, BotoCoreError)
    return Stop(str(error), "Check AWS's status page, and run the same command again.")


@contextlib.contextmanager
def told(region: str | None) -> Iterator[None]:
    """What AWS's library raises within, told to the operator.

    Raises:
        Stop: with the cause and the mend.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise of_exception(error, region) from error


def first_failure(events: Iterable[dict[str, object]]) -> dict[str, object] | None:
    """The event that began a failure: the earliest failed one that did not fail because of another.

    Args:
        events: CloudFormation's stack events, oldest first.
    """
    failed = [event for event in events if str(event.get("ResourceStatus", "")).endswith("_FAILED")]
    own = [event for event in failed if "ancelled" not in str(event.get("ResourceStatusReason", ""))]
    return next(iter(own or failed), None)
