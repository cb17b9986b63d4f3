"""What AWS says when something fails, and what that means for an operator."""

from __future__ import annotations

import contextlib
import re
import shlex
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    InvalidRegionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOTokenLoadError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.exceptions import ConnectionError as NotReached

from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True)
class Where:
    """What a mend names, so that it can be pasted as it stands: the environment and the region, as far as known."""

    environment: str = ""
    region: str | None = None

    def words(self) -> dict[str, str]:
        """What the sentences below are filled with."""
        return {
            "name": self.environment,
            "again": again(),
            "region": self.region or "eu-west-1",
            "in_region": f" --region {self.region}" if self.region else "",
        }


def again(**instead: str | None) -> str:
    """The command that is running, as it was typed; with other values of options, such as `at`, or without them."""
    typed = sys.argv[1:]
    for name, value in instead.items():
        option = f"--{name.replace('_', '-')}"
        kept, words = [], iter(typed)
        for word in words:
            if word == option:
                next(words, None)
            elif not word.startswith(f"{option}="):
                kept.append(word)
        typed = kept if value is None else [*kept, option, value]
    return shlex.join(["./hera-env", *typed])


_MORE = "Ask for more: aws service-quotas request-service-quota-increase"
_THROTTLED = (
    r"Rate exceeded|Throttl|RequestLimitExceeded|TooManyRequests|SlowDown|PriorRequestNotComplete|request rate|"
    r"BandwidthLimitExceeded|TransactionInProgress"
)
_UNREACHED = (
    r"deadline exceeded|timed? ?out|request canceled|connection (?:refused|reset)|no such host|dial tcp|"
    r"network configuration"
)
_SLOW_DOWN = ("AWS asks to slow down, and did so for minutes. What runs, runs on.", "Wait five minutes, then: {again}")
# Each: what is found in a reason that AWS gives, the cause in a sentence, the mend in a sentence. The first that fits
# is taken. Braces are filled by `Where.words`, {reason} and {found} by what AWS said.
_REASONS: tuple[tuple[str, str, str], ...] = (
    (_THROTTLED, *_SLOW_DOWN),
    (
        r"(?:[a-z0-9.-]{3,63} )?already exists",
        "Something of this name is left over from an earlier attempt: {found}",
        (
            "See what: aws resourcegroupstaggingapi get-resources --tag-filters Key=hera-environment,Values={name}"
            "{in_region}; if nothing in it is worth keeping: ./hera-env destroy {name}{in_region} --i-have-a-backup;"
            " then: {again}"
        ),
    ),
    (
        r"maximum number of addresses|AddressLimitExceeded",
        "This account has no address left for the NAT gateways.",
        f"{_MORE} --service-code ec2 --quota-code L-0263D0A3 --desired-value 10{{in_region}}; or release unused ones.",
    ),
    (
        r"maximum number of VPCs|VpcLimitExceeded",
        "This account may have no more networks in this region.",
        f"{_MORE} --service-code vpc --quota-code L-F678F1CE --desired-value 10{{in_region}}.",
    ),
    (
        r"LimitExceeded|limit exceeded|quota|maximum number",
        "A quota of this account is used up: {reason}",
        "Ask for more under Service Quotas: https://{region}.console.aws.amazon.com/servicequotas/home; then: {again}",
    ),
    (
        rf"(?:secret|ssm)[\s\S]*(?:{_UNREACHED})",
        (
            "New tasks cannot start: they do not reach Secrets Manager, which keeps the keys. Those that run go on"
            " serving mothers. AWS says: {reason}"
        ),
        (
            "Look at https://health.aws.amazon.com, wait five minutes, then: {again}. If it stays, see what was changed"
            " by hand in the network: ./hera-env diff {name}"
        ),
    ),
    (
        rf"(?:CannotPull|registry auth|ecr)[\s\S]*(?:{_UNREACHED})",
        (
            "New tasks cannot start: they do not reach the registry of images. Those that run go on serving mothers."
            " AWS says: {reason}"
        ),
        (
            "Look at https://health.aws.amazon.com, wait five minutes, then: {again}. If it stays, see what was changed"
            " by hand in the network: ./hera-env diff {name}"
        ),
    ),
    (
        r"CannotPullContainer|manifest unknown|image.*not found|not found: does not exist",
        "The image cannot be fetched: {reason}",
        (
            "Those that are there: aws ecr describe-images --repository-name hera --query 'imageDetails[].imageTags'"
            "{in_region}; push it (docs/environments.md, 'The image'), or name one of those with --image."
        ),
    ),
    (
        r"secret[\s\S]*(?:not authorized|AccessDenied)",
        "New tasks cannot start: their role may not read a secret: {reason}",
        "Somebody changed the role or the secret by hand; see what: ./hera-env diff {name}",
    ),
    (
        r"did not contain json key",
        "A secret of the service is missing: {reason}",
        "On a terminal, this asks for the providers' keys and stores them: {again}",
    ),
    (
        r"can.t find the specified secret|marked (?:deleted|for deletion)",
        "A secret of the service was removed: {reason}",
        "Have it back: aws secretsmanager restore-secret --secret-id {secret}{in_region}; then: {again}",
    ),
    (
        r"unable to pull secrets",
        "New tasks cannot start: they cannot fetch their secrets. Those that run go on serving mothers. {reason}",
        "See what was changed by hand: ./hera-env diff {name}; then: {again}",
    ),
    (
        r"circuit breaker|failed to stabilize|did not stabilize|health checks? failed|unhealthy",
        "The new tasks start but do not get healthy: {reason}",
        "Read why: ./hera-env logs {name} --since 30m. The version before is running again.",
    ),
    (
        r"not authorized|AccessDenied|is not authorized to perform",
        "These credentials may not do it: {reason}",
        "Let an administrator of the account run {again}, or give your role what docs/environments.md lists.",
    ),
    (
        r"Deletion protection|DeletionProtection",
        "It is protected against deletion, and is kept: {reason}",
        "If it is to go with all that mothers entered: ./hera-env destroy {name}{in_region} --i-have-a-backup",
    ),
    (
        r"OutOfMemory|out of memory|exit code:? 137",
        "A task wanted more memory than it has, and was ended. Those that run go on serving mothers. {reason}",
        "See what it was at: ./hera-env logs {name}{in_region} --since 30m; then: {again}",
    ),
    (
        r"exec format error",
        "The image is built for another kind of processor than Fargate's. {reason}",
        "Build it with --platform linux/amd64 under a tag of its own (docs/environments.md, 'The image').",
    ),
    (
        r"Essential container in task exited",
        "The program in the task ended by itself.",
        "Its last lines say why: ./hera-env logs {name}{in_region} --since 30m; then: {again}",
    ),
    (
        r"certificate.*(?:timed out|failed|validation)",
        "The certificate was not validated: the internet does not find the domain's name servers.",
        "This says which name servers the registrar has to have: ./hera-env doctor {name}",
    ),
    (
        r"Insufficient(?:DBInstance|Instance)?Capacity|not have enough capacity|capacity is (?:un|not )available",
        "AWS has no such machine free in this region now. What runs, runs on.",
        "In an hour: {again}",
    ),
    (
        r"Resource creation cancelled|rollback requested by user",
        "It was given up because something else failed.",
        "See the first failure: ./hera-env events {name}",
    ),
)
_EXPIRED = ("Your AWS credentials have expired.", "Sign in anew: aws sso login")
_CODES: dict[str, tuple[str, str]] = {
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": (
        "This machine's clock is wrong, or your credentials have expired.",
        "Set the clock: sudo timedatectl set-ntp true; then sign in anew: aws sso login",
    ),
    "RequestTimeTooSkewed": ("This machine's clock is wrong.", "Set it: sudo timedatectl set-ntp true"),
    "SignatureDoesNotMatch": (
        "AWS refuses the signature: the secret key is wrong, or this machine's clock is.",
        "Compare the clock with date -u; then sign in anew: aws configure",
    ),
    "InvalidClientTokenId": ("AWS does not know this access key.", "Sign in anew: aws configure, or aws sso login"),
    "UnrecognizedClientException": (
        "AWS does not know this access key, or the region {region} is not enabled in this account.",
        "Sign in anew: aws sso login; or enable it: aws account enable-region --region-name {region}",
    ),
    "AuthFailure": (
        "AWS refuses these credentials in the region {region}.",
        "Sign in anew: aws sso login; or enable it: aws account enable-region --region-name {region}",
    ),
    "OptInRequired": (
        "The region {region} is not enabled in this account.",
        "Enable it: aws account enable-region --region-name {region}",
    ),
}
_SERVER_ERROR = 500
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
        "Sign in anew: aws sso login",
    ),
    ((ProfileNotFound,), "{error}.", "List those that are here: aws configure list-profiles"),
    ((NoRegionError,), "No region is named.", "Name it: --region eu-west-1."),
    ((InvalidRegionError,), "{region!r} is no region of AWS.", "Write it like this: --region eu-west-1"),
    ((ParamValidationError,), "AWS does not take what was typed: {error}", "Look at it once more: {again}"),
    (
        (EndpointConnectionError, ConnectTimeoutError),
        "AWS does not answer in {region}.",
        "Look whether this machine reaches it: curl -sI https://cloudformation.{region}.amazonaws.com; then: {again}",
    ),
)


def of_reason(reason: str, where: Where | None = None) -> Stop:
    """What a resource's or a task's reason of failure means.

    Args:
        reason: as AWS wrote it.
        where: what the mend names.
    """
    words = (where or Where()).words()
    if not reason.strip():
        return Stop(
            "AWS does not say why.",
            f"What it did: ./hera-env events {words['name']}{words['in_region']}; then: {words['again']}",
        )
    for code, (cause, mend) in _CODES.items():  # a task or CloudFormation was answered as we could have been
        if re.search(rf"\b{code}\b", reason):
            return Stop(cause.format(**words), mend.format(**words))
    for pattern, cause, mend in _REASONS:
        if found := re.search(pattern, reason, re.IGNORECASE):
            secret = re.search(r"arn:aws[a-z-]*:secretsmanager:[^\s,;]+", reason)
            said = {"reason": reason, "found": found[0].strip(), "secret": secret[0] if secret else "hera", **words}
            return Stop(cause.format(**said), mend.format(**said))
    return Stop(reason, f"Mend that, then: {words['again']}. What is done already is kept.")


def of_exception(error: Exception, where: Where | None = None) -> Stop:
    """What an error of AWS's library means.

    Args:
        error: a `ClientError` or a `BotoCoreError`.
        where: what the message names.
    """
    words = (where or Where()).words()
    for kinds, cause, mend in _BEFORE_AWS:
        if isinstance(error, kinds):
            return Stop(cause.format(error=error, **words), mend.format(**words))
    if isinstance(error, ClientError):
        code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
        cause, mend = _CODES.get(code, ("", ""))
        return Stop(cause.format(**words), mend.format(**words)) if cause else of_reason(f"{code}: {message}", where)
    assert isinstance(error, BotoCoreError)
    return Stop(str(error), f"Look at https://health.aws.amazon.com, then: {words['again']}")


def is_throttling(code: str, message: str) -> bool:
    """Whether AWS asks to slow down: what is waited for, and never a quota."""
    return re.search(_THROTTLED, f"{code}: {message}", re.IGNORECASE) is not None


def is_passing(error: Exception) -> bool:
    """Whether asking again in a while may help: AWS is busy, or the way to it is broken for a moment."""
    if isinstance(error, ClientError):
        told = error.response["Error"]
        broken = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= _SERVER_ERROR
        return broken or is_throttling(told.get("Code", ""), told.get("Message", ""))
    return isinstance(error, (HTTPClientError, NotReached))


@contextlib.contextmanager
def told(where: Where) -> Iterator[None]:
    """What AWS's library raises within, told to the operator.

    Raises:
        Stop: with the cause and the mend.
    """
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise of_exception(error, where) from error


def first_failure(events: Iterable[dict[str, object]]) -> dict[str, object] | None:
    """The event that began a failure: the earliest failed one that did not fail because of another.

    Args:
        events: CloudFormation's stack events, oldest first.
    """
    failed = [event for event in events if str(event.get("ResourceStatus", "")).endswith("_FAILED")]
    own = [event for event in failed if "ancelled" not in str(event.get("ResourceStatusReason", ""))]
    return next(iter(own or failed), None)
