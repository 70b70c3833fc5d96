"""Who holds a registry for a job: what holders say of themselves, and how others are told."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

__all__ = ["SOMEBODY", "introduce", "is_gone", "named", "noted"]

# Another one on every machine, from its start on.
_BOOT = Path("/proc/sys/kernel/random/boot_id")

#: A holder whose note has not come yet, or is half-written: it comes a moment after the lock.
SOMEBODY = "a process that has just begun"


def introduce() -> dict[str, Any]:
    """This process, and that it began now."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    host = socket.gethostname()
    return {"pid": os.getpid(), "host": host, "space": _space(), "since": since}


def is_gone(who: Mapping[str, Any]) -> bool:
    """Whether a holder ran where this process runs, and does no more.

    Raises
    ------
    LookupError, ValueError
        It is no introduction.
    """
    if who.get("host") != socket.gethostname() or who.get("space") != _space():
        return False
    try:
        os.kill(int(who["pid"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False


def _space() -> str:
    """In what a number names a process: machines, and containers, may have one name of a host
    between them."""
    try:
        return f"{_BOOT.read_text().strip()} {os.readlink('/proc/self/ns/pid')}"
    except OSError:
        return ""


def named(who: Mapping[str, Any]) -> str:
    """A holder, for a message.

    Raises
    ------
    LookupError
        It is no introduction.
    """
    return f"process {who['pid']} on {who['host']} since {who['since']}"


def noted(note: Path) -> str:
    """The same, of who left a note in a file; `SOMEBODY` where nobody did."""
    try:
        return named(json.loads(note.read_bytes()))
    except (OSError, ValueError, LookupError, TypeError):
        return SOMEBODY
