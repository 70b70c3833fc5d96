"""Addresses in settings: what can be seen to be wrong with one before anybody asks for it.

A password that is not written as a URL wants it falls apart in the wrong places, and a part of it
is then taken for a host or a port: nobody is found there, and whoever looks for it says what for.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

__all__ = ["check_bind", "check_database", "check_rate_store"]

_ADDRESS = re.compile(r".+:\d{1,5}|unix:.+")
_LAST_PORT = 65_535

_REDIS = re.compile(r"(rediss?|redis\+unix)://.")
# SQLite's database in memory would be another one for every process, and gone with it.
_DATABASE = re.compile(r"(sqlite:///(?!:memory:)|postgresql(\+psycopg)?://).")
# As SQLAlchemy takes them apart: a user may hold @, a password may hold all else.
_POSTGRESQL = re.compile(
    r"[a-z+]+://(?:[^:/]*(?::[^@]*)?@)?(?P<host>\[[^/?]*\]|[^/:?]*)(?::(?P<port>[^/?]*))?"
    r"(?P<rest>[^?]*)"
)
_PLAIN = "a password is written with %40 for @, %3A for :, %2F for /, %23 for # and %3F for ?"


def check_bind(address: str) -> None:
    """What the service listens on.

    Raises
    ------
    ValueError
        It is no address, its port is no port, or it is one of IPv6 without brackets.
    """
    if not _ADDRESS.fullmatch(address):
        raise ValueError("an address is HOST:PORT, such as 127.0.0.1:8765, or unix:PATH")
    if address.startswith("unix:"):
        return
    host, _, port = address.rpartition(":")
    if int(port) > _LAST_PORT:
        raise ValueError(f"a port is a number up to {_LAST_PORT}")
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        raise ValueError("an address of IPv6 is written in brackets, as [::1]:8765")


def check_database(url: str) -> None:
    """Where corrections are kept.

    Raises
    ------
    ValueError
        It is no database that there is a driver for, or its password breaks it up.
    """
    if not _DATABASE.match(url):
        raise ValueError("a database is sqlite:///FILE or postgresql://…")
    if url.startswith("sqlite"):
        return
    found = _POSTGRESQL.match(url)
    assert found is not None
    if "@" in f"{found['host']}{found['port'] or ''}{found['rest']}":
        raise ValueError(_PLAIN)
    if found["port"] and not (found["port"].isascii() and found["port"].isdigit()):
        raise ValueError(f"its port is not a number; {_PLAIN}")


def check_rate_store(url: str) -> None:
    """Where workers count together.

    Raises
    ------
    ValueError
        It is no Redis, or its password breaks it up.
    """
    if not _REDIS.match(url):
        raise ValueError("a store of rates is redis://… or rediss://…")
    if url.startswith("redis+unix"):
        return
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        raise ValueError(f"its host or port is none; {_PLAIN}") from None
    if "@" in parts.path + parts.fragment:
        raise ValueError(_PLAIN)
