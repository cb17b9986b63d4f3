"""The configuration that `create` and `deploy` bring an environment to: what is there, and what was typed."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.configuration import SECRETS_OF_CHANNEL, Configuration
from infra.hera_env import country, joining, known_settings, options, preflight, setting_values, signed_image, stacks
from infra.hera_env.errors import Stop

if TYPE_CHECKING:
    from infra.hera_env.cloud import Cloud
    from infra.hera_env.output import Reporter


_NEWEST = "latest"


@dataclass(frozen=True)
class Changes:
    """What was typed for the channels and --alarm-email (None where nothing was) and, as NAME=VALUE, --set."""

    push: str | None
    sms: str | None
    whatsapp: str | None
    alarm_email: str | None
    settings: list[str]
    web_push: str | None = None

    def check(self, environment: str) -> None:
        """Refuse a word or a value that is none before anything is asked of AWS.

        Raises:
            Stop: if a channel is not known, or --set names what is no setting, a secret, or no value of its kind.
        """
        setting_values.check_typed(environment, known_settings.in_arguments(self.settings))
        options.check_address("--alarm-email", self.alarm_email)
        for channel, kinds in SECRETS_OF_CHANNEL.items():
            typed = getattr(self, channel)
            if typed is not None and typed not in kinds:
                near = known_settings.nearest(typed, tuple(kinds))
                raise Stop(
                    f"--{channel.replace('_', '-')} {typed} is not known.{f' {near} is the nearest.' if near else ''}",
                    f"Choose one of: {', '.join(kinds)}.",
                )

    def as_typed(self, image: str | None) -> list[str]:
        """The options of `deploy` that say the same."""
        given = {
            "--image": image,
            "--push": self.push,
            "--sms": self.sms,
            "--whatsapp": self.whatsapp,
            "--web-push": self.web_push,
            "--alarm-email": self.alarm_email,
        }
        words = [word for option, value in given.items() if value is not None for word in (option, value)]
        return words + [word for setting in self.settings for word in ("--set", setting)]

    def made_to(self, configuration: Configuration, image: str | None = None) -> Configuration:
        """The configuration with these changes, and with another image where one is given.

        Raises:
            Stop: if --set names what is no setting, is a secret, or does not fit the settings that are there.
        """
        settings = known_settings.in_arguments(self.settings)
        wanted = configuration.with_changes(
            image=image,
            push=self.push,
            sms=self.sms,
            whatsapp=self.whatsapp,
            web_push=self.web_push,
            alarm_email=self.alarm_email,
            settings=settings,
        )
        setting_values.check(wanted, settings)
        return wanted


def for_create(
    cloud: Cloud, name: str, changes: Changes, image: str | None, zone: str | None, reporter: Reporter, *, dry_run: bool
) -> Configuration:
    """What `create` makes, or completes where an earlier call of it stopped.

    Args:
        image: a tag in this account's repository, a whole address, or a signed file; None for that of an earlier call,
            or `latest`. A dry run does not look whether it is there, nor whose it is.
        zone: the hosted zone; None for the only one there is.

    Raises:
        Stop: if there is no such zone or image, an option is none, a restore was stopped half-way, or it runs already
            and would not be what was typed.
    """
    there = cloud.stack(name)
    known = there.configuration if there and there.is_good else None
    if known is not None and known.is_half_way:
        raise stacks.half_way(known)
    if known is None:
        wanted = changes.made_to(_first(cloud, name, image or _NEWEST, zone, reporter, dry_run=dry_run))
        setting_values.check(wanted)
        return wanted
    if zone not in {None, known.zone_name}:
        raise Stop(
            f"{name} is in the zone {known.zone_name}, and its apps call it there. Nothing was changed.",
            f"Without --zone, this completes what is missing: ./hera-env create {name} --region {cloud.region}",
        )
    if dry_run:
        wanted = changes.made_to(known, preflight.address_of(cloud, image) if image else None)
    else:
        wanted = for_deploy(cloud, known, changes, image)
    if not known.running:
        return wanted.with_changes(running=True)
    # While it runs, a change is a deployment: this command only completes what is missing.
    if differing := joining.changed(known, wanted):
        raise Stop(
            f"{name} runs already, with another {', '.join(differing)} than was typed. Nothing was changed.",
            "What changes in an environment that runs is a deployment: "
            + shlex.join(["./hera-env", "deploy", name, "--region", cloud.region, *changes.as_typed(image)]),
        )
    return known


def for_deploy(cloud: Cloud, known: Configuration, changes: Changes, image: str | None) -> Configuration:
    """What `deploy` brings an environment to.

    Args:
        image: a tag in this account's repository, a whole address, or a signed file; None for the one that runs.

    Raises:
        Stop: if there is no such image, it cannot be verified, or an option is none.
    """
    if image in {None, known.image}:
        return changes.made_to(known)
    return changes.made_to(known, preflight.image(cloud, signed_image.verified(image)))


def _first(
    cloud: Cloud, name: str, image: str, zone: str | None, reporter: Reporter, *, dry_run: bool
) -> Configuration:
    in_zone = preflight.zone(cloud, zone)
    derived = country.of_environment(name)
    if derived is None:
        reporter.note(
            f"{name.partition('-')[2]} is no country's name: set HERA_OTP_ALLOWED_COUNTRIES,"
            " HERA_DEFAULT_TIMEZONE and HERA_DEFAULT_LANGUAGE with --set, or later with hera-env deploy."
        )
    return Configuration(
        name=name,
        image=preflight.address_of(cloud, image) if dry_run else preflight.image(cloud, signed_image.verified(image)),
        domain=f"{name}.{in_zone.name}",
        zone_id=in_zone.zone_id,
        zone_name=in_zone.name,
        web_push="webpush",
        settings=derived.settings if derived else {},
    )
