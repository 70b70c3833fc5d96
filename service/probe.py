"""`python -m service.probe`: is the service on this machine ready? Stdlib only."""

from __future__ import annotations

import http.client
import os
import socket
import sys

__all__ = ["main", "ready"]

# Where whoever listens everywhere can be reached from here.
_EVERYWHERE = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound


class _Unix(http.client.HTTPConnection):
    """HTTP through a socket that has a path."""

    def __init__(self, path: str, seconds: float) -> None:
        super().__init__("localhost", timeout=seconds)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def ready(bind: str | int, *, seconds: float = 2.0) -> bool:
    """Whether `/readyz` answers 200 in time.

    Parameters
    ----------
    bind : str or int
        What the service listens on, ``HOST:PORT`` or ``unix:PATH``; or a port of loopback.
    """
    connection = _connection(str(bind), seconds)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(bind: str, seconds: float) -> http.client.HTTPConnection:
    if bind.startswith("unix:"):
        return _Unix(bind.removeprefix("unix:"), seconds)
    host, _, port = bind.rpartition(":")
    host = host.strip("[]")
    return http.client.HTTPConnection(_EVERYWHERE.get(host, host), int(port), timeout=seconds)


def main() -> None:
    """Exit with 0 if it is ready, with 1 if not."""
    # Not Settings: a probe runs every few seconds and should not import pydantic for an address.
    sys.exit(0 if ready(os.environ.get("STORYSEAM_BIND", "127.0.0.1:8765")) else 1)


if __name__ == "__main__":
    main()
