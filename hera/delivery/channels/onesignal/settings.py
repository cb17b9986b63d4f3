from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hera.config import Environment


@dataclass(frozen=True)
class OneSignalSettings:
    app_id: str
    api_key: str
    url: str


def load(env: Environment, _role: str) -> OneSignalSettings:
    """Read OneSignal's settings.

    Raises:
        ConfigError
    """
    return OneSignalSettings(
        app_id=env.required("HERA_ONESIGNAL_APP_ID", "the app id from OneSignal's Settings, Keys & IDs"),
        api_key=env.required("HERA_ONESIGNAL_API_KEY", "an app API key from OneSignal's Settings, Keys & IDs"),
        url=env.url("HERA_ONESIGNAL_URL", "https://api.onesignal.com"),
    )
