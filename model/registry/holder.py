"""Who holds a registry for a job: what holders say of themselves, and how others are told."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

__all__ = ["SOMEBODY", "introduce", "named"]

#: A holder whose note has not come yet, or is half-written: it comes a moment after the lock.
SOMEBODY = "a process that has just begun"


def introduce() -> dict[str, Any]:
    """This process, and that it began now."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    return {"pid": os.getpid(), "host": socket.gethostname(), "since": since}


def named(who: Mapping[str, Any]) -> str:
    """A holder, for a message.

    Raises
    ------
    LookupError
        It is no introduction.
    """
    return f"process {who['pid']} on {who['host']} since {who['since']}"
