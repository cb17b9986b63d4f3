"""Web push of a local server: a key of its own, which stays the same from run to run, as subscriptions hang on it."""

from __future__ import annotations

import os

from django.conf import settings

from hera.delivery.channels.webpush import keys

_FILE = "web-push-key"


def settings_of(port: int) -> dict[str, str]:
    """Settings with which browsers on this machine are reached; those that the environment has stay."""
    file = settings.HERA.data_dir / _FILE
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(keys.new_private_key() + "\n")
    ours = {
        "HERA_WEB_PUSH_CHANNEL": "webpush",
        "HERA_WEB_PUSH_PRIVATE_KEY": file.read_text().strip(),
        "HERA_PUBLIC_URL": f"http://127.0.0.1:{port}",
    }
    return {name: value for name, value in ours.items() if not os.environ.get(name)}
