"""A whole service around a fake model, in processes of its own."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.service.running import Running, free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts the service with settings, and ends it."""
    started: list[subprocess.Popen[bytes]] = []

    def run(log: Path | None = None, **settings: object) -> Running:
        port = free_port()
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("STORYSEAM_")
        }
        environment |= {"STORYSEAM_BIND": f"127.0.0.1:{port}", "STORYSEAM_LOG_LEVEL": "error"}
        environment |= {f"STORYSEAM_{name.upper()}": str(value) for name, value in settings.items()}
        command = [sys.executable, "-m", "tests.service.serving_fake"]
        with contextlib.ExitStack() as files:
            stderr = None if log is None else files.enter_context(log.open("wb"))
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=stderr)
        started.append(process)
        return Running(port, process).come_up()

    yield run
    for process in started:
        process.kill()
        process.wait()
