"""Where calls may go whose address somebody else has chosen: to public hosts, and never into our own network."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

LONGEST = 1000  # characters of an address
_HTTPS = 443


def is_public(address: str) -> bool:
    """Whether an IP address (v4 or v6) is one of the public internet."""
    try:
        read = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    embedded = getattr(read, "ipv4_mapped", None) or getattr(read, "sixtofour", None)
    return read.is_global and not read.is_multicast and (embedded is None or embedded.is_global)


def wrong_with(url: str) -> str:
    """What keeps this from being an https address of a public host; blank if nothing can be seen in it.

    What a name stands for is asked when it is called (`delivery.channels.http`): it may be another by then.
    """
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        return f"it wants plain characters, {LONGEST} at most"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "it is no address"
    if parts.scheme != "https" or not host or parts.username is not None or port not in {None, _HTTPS}:
        return "it wants an https address without a port"
    is_literal = ":" in host or host.rstrip(".").rpartition(".")[2].isdigit()
    if (is_literal and not is_public(host)) or "." not in host.strip("."):
        return "its host is not of the public internet"
    return ""
