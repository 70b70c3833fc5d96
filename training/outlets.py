"""Which outlet an address belongs to: what is of one is learned from or measured on, never both."""

from __future__ import annotations

import re
from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import urlsplit

__all__ = ["outlet_of", "registered_domain"]

_SECOND_LEVEL = {"co", "com", "org", "net", "gov", "edu", "ac", "uol", "or", "ne"}
_ABSOLUTE = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
# DNS allows no more characters in a name.
_LONGEST = 253


def outlet_of(url: str) -> str:
    """The outlet of a URL, with or without its scheme; empty where it names no host.

    A name in other letters than ASCII's is given as DNS has it (``xn--…``), since one site's pages
    come under both.
    """
    url = url.strip()
    try:
        host = urlsplit(url if _ABSOLUTE.match(url) else f"//{url}").hostname or ""
    except ValueError:
        return ""
    if not host.isascii() and len(host) <= _LONGEST:
        with suppress(UnicodeError):  # no name that DNS could have, but the same for all its pages
            host = host.encode("idna").decode()
    host = host.rstrip(".")
    return registered_domain(host) if 0 < len(host) <= _LONGEST else ""


def registered_domain(host: str) -> str:
    """The part of a host's name that its owner registered; an IP address is given whole."""
    try:
        return str(ip_address(host))
    except ValueError:
        pass
    host = host.lower()
    bare = host.removeprefix("www.")
    parts = (bare if "." in bare else host).split(".")
    two = len(parts) > 2 and len(parts[-1]) == 2 and parts[-2] in _SECOND_LEVEL
    return ".".join(parts[-3 if two else -2 :])
