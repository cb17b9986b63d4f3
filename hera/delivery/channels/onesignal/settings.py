from __future__ import annotations

from dataclasses import dataclass

from hera.environment import setting
from hera.kinds import Required, Url


@dataclass(frozen=True)
class OneSignalSettings:
    app_id: str = setting(
        "HERA_ONESIGNAL_APP_ID",
        Required("the app id from OneSignal's Settings, Keys & IDs"),
        "with the channel `onesignal`: the app's id, from OneSignal's Settings, Keys & IDs",
        heading="OneSignal: push",
    )
    api_key: str = setting(
        "HERA_ONESIGNAL_API_KEY",
        Required("an app API key from OneSignal's Settings, Keys & IDs"),
        "with the channel `onesignal`: an app API key, from the same page",
    )
    url: str = setting("HERA_ONESIGNAL_URL", Url("https://api.onesignal.com"), "the vendor's API")


TABLES = {"push": OneSignalSettings}
