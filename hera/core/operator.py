"""Who runs a command: nobody who is signed in to the panel, but an account of the machine."""

from __future__ import annotations

import os
import pwd


def name() -> str:
    """`command (hera)`, by the machine's account; `command` where it has no name, as in a container.

    By the number that the kernel gives: the environment says what somebody likes.
    """
    try:
        return f"command ({pwd.getpwuid(os.getuid()).pw_name})"
    except KeyError:
        return "command"
