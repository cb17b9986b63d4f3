"""The rules of cdk-nag that do not hold here, acknowledged with the reason beside what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Acknowledgment, Validations

if TYPE_CHECKING:
    from constructs import IConstruct


def acknowledge(construct: IConstruct, **reasons: str) -> None:
    """Say for each rule, such as EC23="...", why it does not hold for this construct."""
    for rule, reason in reasons.items():
        Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))
