"""Who is told of alarms: AWS sends nothing to an address before its owner has said yes to AWS's own mail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from infra.configuration import STACK_PREFIX

if TYPE_CHECKING:
    from infra.configuration import Configuration
    from infra.hera_env.cloud import Cloud, StackState
    from infra.hera_env.output import Reporter

_NOT_YET = ("PendingConfirmation", "Deleted")  # what SNS says in the place of a subscription's address


def tell(configuration: Configuration, reporter: Reporter) -> None:
    """Say what a new recipient has to do; in production, that there is none."""
    name = configuration.name
    if configuration.alarm_email:
        reporter.note(
            f"AWS now sends {configuration.alarm_email} a mail, 'AWS Notification - Subscription Confirmation'. No"
            " alarm reaches anybody before the link in it is clicked, within two days. Whether it was:"
            f" ./hera-env status {name}"
        )
    elif configuration.sizes.protected:
        reporter.note(
            f"No alarm reaches anybody: nobody was named. This names somebody: ./hera-env deploy {name} --alarm-email"
            " ops@example.org"
        )


def of(cloud: Cloud, stack: StackState) -> dict[str, Any] | None:
    """Who is told: those who are (`confirmed`), and those who have not said yes (`pending`), as addresses.

    Besides the address of --alarm-email, whatever somebody subscribed by hand. `topic` is where alarms go to.
    None where these credentials may not look.
    """
    try:
        topics = cloud.resources(stack.name.removeprefix(STACK_PREFIX), "AWS::SNS::Topic")
        rows = [
            row
            for topic in topics
            for page in cloud.client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
            for row in page["Subscriptions"]
        ]
    except ClientError:
        return None
    waits = [str(row["Endpoint"]) for row in rows if row["SubscriptionArn"] in _NOT_YET]
    return {
        "topic": topics[0] if topics else "",
        "confirmed": [str(row["Endpoint"]) for row in rows if row["SubscriptionArn"] not in _NOT_YET],
        "pending": waits,
    }


def wrong(known: dict[str, Any] | None, name: str) -> list[str]:
    """Whether no alarm reaches anybody, in a few words; staging may do without."""
    if known is None or known["confirmed"]:
        return []
    if known["pending"]:
        return [f"no alarm reaches anybody: {', '.join(known['pending'])} has not confirmed AWS's mail"]
    return ["no alarm reaches anybody"] if name.startswith("production-") else []


def as_text(known: dict[str, Any] | None, name: str, region: str) -> str:
    """The same for a person, with what mends it."""
    if known is None:
        return "whom they reach is not known: these credentials may not look"
    said = [f"they reach {', '.join(known['confirmed'])}"] if known["confirmed"] else []
    said += [
        f"{address} has not confirmed; once more: aws sns subscribe --topic-arn {known['topic']} --protocol email"
        f" --notification-endpoint {address} --region {region}"
        for address in known["pending"]
    ]
    return "; ".join(said) or f"they reach nobody: ./hera-env deploy {name} --alarm-email ops@example.org"
