"""What differs between two environments. The stack carries it in an output, so AWS is the only place that knows it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from infra.sizes import PRODUCTION, STAGING, Sizes

_NAME = re.compile(r"(staging|production)-[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME = 32
STACK_PREFIX = "hera-"
_LEFT_OUT_IF_EMPTY = {"snapshot", "snapshot_gib", "restoring", "before", "moving", "also_called", "secrets_version"}

# What the stack says that its secrets are, and `hera-env` knows those by that a removed environment has left.
ABOUT_DJANGO_KEY = "HERA_DJANGO_SECRET_KEY"
ABOUT_PROVIDERS = "Keys of push and SMS providers: hera-env writes them"

# The secret settings that each kind of channel wants; `infra` injects them, and `hera-env` asks for them.
SECRETS_OF_CHANNEL = {
    "push": {"console": (), "onesignal": ("HERA_ONESIGNAL_APP_ID", "HERA_ONESIGNAL_API_KEY")},
    "sms": {"console": (), "messagebird": ("HERA_MESSAGEBIRD_API_KEY",), "apprise": ("HERA_APPRISE_SMS_URL",)},
    "whatsapp": {"none": (), "apprise": ("HERA_APPRISE_WHATSAPP_URL",)},
    "web_push": {"none": (), "webpush": ("HERA_WEB_PUSH_PRIVATE_KEY",)},
}


class NameRefused(ValueError):  # noqa: N818
    """The text says what a name looks like."""


def check_name(name: str) -> str:
    """The name, if it is one.

    Raises:
        NameRefused: if it is not `staging-<region>` or `production-<region>` in small letters, digits and hyphens.
    """
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise NameRefused(
            f"{name!r} is no name of an environment: it wants staging-<country> or production-<country> in small"
            f" letters, digits and hyphens, {_LONGEST_NAME} at most, such as production-turkey."
        )
    return name


@dataclass(frozen=True)
class Configuration:
    """One environment.

    Attributes:
        image: the address of the image with its tag or digest.
        domain: the name that apps and staff call, in the hosted zone `zone_name` (`zone_id`).
        running: False while the database has no tables yet: no task is started then.
        settings: settings of the service that are no secrets, by their names.
        snapshot: the snapshot that the database was made from; empty for one that began empty. It stays for ever: a
            template without it would put an empty database there.
        snapshot_gib: how large its disk has to be at least.
        restoring: the snapshot that a restore is bringing in; empty when none is at work.
        before: the snapshot of the data that the last restore took away.
        moving: the environment of Copilot's whose data are here, while that one still serves; empty otherwise.
        also_called: another name that it answers to: what apps called before a move.
        secrets_version: a digest of the versions of its secrets, so that tasks are made anew when one changes.
    """

    name: str
    image: str
    domain: str
    zone_id: str
    zone_name: str
    running: bool = True
    push: str = "onesignal"
    sms: str = "messagebird"
    whatsapp: str = "none"
    web_push: str = "none"  # of environments from before there was any; a new one has it
    alarm_email: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    snapshot: str = ""
    snapshot_gib: int = 0
    restoring: str = ""
    before: str = ""
    moving: str = ""
    also_called: str = ""
    secrets_version: str = ""

    @property
    def is_half_way(self) -> bool:
        """Whether a restore or a move is at work on it, which nothing else is to come between."""
        return bool(self.restoring or self.moving)

    @property
    def is_replaced(self) -> bool:
        """Whether the data of a restore that is half-way are in place; until then the database is what it was."""
        return self.snapshot == self.restoring

    @property
    def sizes(self) -> Sizes:
        """Those of production or of staging, as its name begins."""
        return PRODUCTION if self.name.startswith("production-") else STAGING

    @property
    def is_protected(self) -> bool:
        """Whether its database and load balancer are kept from being deleted: from when mothers are served."""
        return self.sizes.protected and self.running

    @property
    def stack_name(self) -> str:
        """What CloudFormation calls its stack."""
        return STACK_PREFIX + self.name

    @property
    def provider_secrets(self) -> tuple[str, ...]:
        """The names of the secret settings that its channels want."""
        chosen = {"push": self.push, "sms": self.sms, "whatsapp": self.whatsapp, "web_push": self.web_push}
        return tuple(name for channel, kind in chosen.items() for name in SECRETS_OF_CHANNEL[channel][kind])

    def to_json(self) -> str:
        """One line of JSON, in the same order each time: it is an output of the stack."""
        known = {name: value for name, value in asdict(self).items() if value or name not in _LEFT_OUT_IF_EMPTY}
        return json.dumps(known, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Configuration:
        """The configuration that `to_json` wrote, also when written by an older or newer `hera-env`."""
        known = {known.name for known in fields(cls)}
        given: dict[str, Any] = {name: value for name, value in json.loads(text).items() if name in known}
        return cls(**given)

    def with_changes(self, **changes: Any) -> Configuration:
        """The same with what is not None in `changes`; its settings are added to those that are there."""
        settings = {**self.settings, **(changes.pop("settings", None) or {})}
        kept = {name: value for name, value in changes.items() if value is not None}
        return replace(self, settings={name: value for name, value in settings.items() if value}, **kept)
