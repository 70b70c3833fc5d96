"""`python -m service.probe`: is the service on this machine ready? Stdlib only."""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request

__all__ = ["main", "ready"]


def ready(port: int, *, seconds: float = 2.0) -> bool:
    """Whether `/readyz` on loopback answers 200 in time."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=seconds) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


def main() -> None:
    """Exit with 0 if it is ready, with 1 if not."""
    # Not Settings: a probe runs every few seconds and should not import pydantic for a port.
    port = os.environ.get("STORYSEAM_BIND", "127.0.0.1:8765").rpartition(":")[2]
    sys.exit(0 if ready(int(port)) else 1)


if __name__ == "__main__":
    main()
