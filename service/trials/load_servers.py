"""The servers that are measured beside each other, each a gunicorn of its own on loopback.

The echo is the least that Flask can do with a page: read it and send it back. The service without
a model shows what the service itself costs. Both run in gunicorn as the service does, with as many
workers and threads.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Unpack

from flask import Flask, Response, request

from model.errors import StoryseamError
from model.page import Page
from model.stories import Segmentation, Story
from service.app import create_app
from service.predictor import Options
from service.server import Server
from service.settings import Settings
from service.trials.load_clients import Connection

__all__ = [
    "ServerFailed",
    "children_of",
    "echo",
    "echo_server",
    "free_port",
    "hollow_server",
    "process_memory",
    "process_seconds",
    "serving",
    "storyseam_server",
]

# Long: a machine that is busy with something else takes minutes to import scikit-learn.
_PATIENCE_SECONDS = 300.0
_READY = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class ServerFailed(StoryseamError):
    """A server that is to be measured did not come up."""


def echo() -> Flask:
    """A bare Flask application that answers with what it was sent."""
    app = Flask("echo", static_folder=None)

    @app.post("/v1/segment")
    def segment() -> Response:
        return Response(request.get_data(cache=False), mimetype="application/octet-stream")

    @app.get("/readyz")
    def readyz() -> Response:
        return Response(b"ready")

    return app


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def echo_server(workers: int, threads: int) -> Iterator[tuple[int, int]]:
    """Run the echo; gives its port and the id of its process."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "service.trials.load_servers:echo()"]
    command += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"]
    command += ["--workers", str(workers), "--threads", str(threads), "--keep-alive", "15"]
    command += ["--log-level", "error", "--no-control-socket"]
    with _running(command, port, os.environ) as process:
        yield port, process


@contextmanager
def storyseam_server(**settings: object) -> Iterator[tuple[int, int]]:
    """Run `storyseam serve`, its settings as given and otherwise the defaults; port, process."""
    port = free_port()
    command = [sys.executable, "-m", "service.cli", "serve"]
    with _running(command, port, _environment(port, settings)) as process:
        yield port, process


@contextmanager
def serving(
    module: str, variables: Mapping[str, str], **settings: object
) -> Iterator[tuple[int, int]]:
    """Run a module that serves in place of it, with these variables as well."""
    port = free_port()
    environment = _environment(port, settings) | dict(variables)
    with _running([sys.executable, "-m", module], port, environment) as process:
        yield port, process


@contextmanager
def hollow_server(**settings: object) -> Iterator[tuple[int, int]]:
    """The same with a model that finds a single story in every page and costs nothing."""
    with serving("service.trials.load_servers", {}, **settings) as found:
        yield found


def _environment(port: int, settings: Mapping[str, object]) -> dict[str, str]:
    """Of a service with these settings and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STORYSEAM_")}
    kept |= {"STORYSEAM_BIND": f"127.0.0.1:{port}", "STORYSEAM_LOG_LEVEL": "error"}
    return kept | {f"STORYSEAM_{name.upper()}": str(value) for name, value in settings.items()}


class _Hollow:
    """Answers without looking."""

    version, threshold = "hollow", 0.5

    def __init__(self) -> None:
        self.card: dict[str, Any] = {"version": self.version}

    def segment(
        self, page: str | Page, *, blocks: bool = False, **_: Unpack[Options]
    ) -> Segmentation:
        text = page if isinstance(page, str) else page.text
        end = len(text)
        story = Story(0, end, True, None, None, None, None, 1.0, 1.0, text)
        return Segmentation(self.version, text, (story,), ())

    def segment_many(self, pages: Sequence[str | Page], **_: Unpack[Options]) -> list[Segmentation]:
        return [self.segment(page) for page in pages]


class _HollowServer(Server):
    def load(self) -> Flask:
        return create_app(self._settings, segmenter=_Hollow())


def process_seconds(process: int) -> float:
    """CPU time of a process and its children, in seconds; Linux alone."""
    ticks = 0
    for one in [process, *children_of(process)]:
        try:
            with open(f"/proc/{one}/stat", encoding="latin-1") as stat:
                # After the name, which may hold anything: utime and stime are fields 14 and 15.
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def process_memory(process: int) -> dict[int, tuple[int, int]]:
    """Resident and proportional memory in bytes of a process and its children; Linux alone."""
    found = {}
    for one in [process, *children_of(process)]:
        try:
            with open(f"/proc/{one}/smaps_rollup", encoding="ascii") as rows:
                values = dict(row.split(":", 1) for row in rows if ":" in row and "kB" in row)
        except OSError:
            continue
        sizes = [int(values[name].split()[0]) * 1024 for name in ("Rss", "Pss")]
        found[one] = (sizes[0], sizes[1])
    return found


def children_of(process: int) -> list[int]:
    """Ids of the processes that a process has started; Linux alone."""
    try:
        with open(f"/proc/{process}/task/{process}/children", encoding="ascii") as children:
            return [int(one) for one in children.read().split()]
    except OSError:
        return []


@contextmanager
def _running(command: list[str], port: int, environment: Mapping[str, str]) -> Iterator[int]:
    # One OpenMP thread: the echo must not fight for the cores with threads that it never uses.
    environment = {**environment, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command
    try:
        _wait(process, port)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(timeout=45)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    began = time.monotonic()
    while time.monotonic() - began < _PATIENCE_SECONDS:
        if (code := process.poll()) is not None:
            raise ServerFailed(f"the server ended with exit code {code}; its log above says why")
        connection = Connection(port)
        try:
            if connection.ask(_READY)[0] == 200:
                return
        except OSError:
            pass
        finally:
            connection.close()
        time.sleep(0.1)
    raise ServerFailed(f"the server was not ready within {_PATIENCE_SECONDS:.0f} s")


if __name__ == "__main__":
    _HollowServer(Settings.from_environment()).run()
