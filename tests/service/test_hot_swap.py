"""Promotions under load, with real gunicorn workers and real models, as an operator makes them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model.registry import Registry
from service.probe import ready
from tests.model.tiny import story, tiny_segmenter
from tests.service.test_server import free_port

ROOT = Path(__file__).parents[2]
PAGE = f"{story('topic 1')}\n{story('topic 2')}".encode()
# A promotion must have reached every worker by then.
SECONDS = 10.0
WORKERS = 2


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Three versions that differ in nothing but their name; the last one is damaged."""
    root = tmp_path_factory.mktemp("hot-swap")
    found = Registry(root / "registry")
    segmenter = tiny_segmenter()
    for version in ("v1", "v2", "v3"):
        made = root / version
        segmenter.save(made, segmenter.card | {"version": version})
        found.publish(made, version)
    model = found.path("v3") / "model.joblib"
    model.chmod(0o644)
    data = model.read_bytes()
    model.write_bytes(data[:100] + b"damaged" + data[107:])
    found.promote("v1")
    return found


class Service:
    """`storyseam serve`, and clients that never stop asking it."""

    def __init__(self, registry: Registry, log: Path) -> None:
        self.port = free_port()
        self.log = log
        self.answers: list[tuple[float, int, str | None]] = []
        self.failures: list[str] = []
        self._stop = threading.Event()
        environment = {
            name: value for name, value in os.environ.items() if not name.startswith("STORYSEAM_")
        }
        command = [sys.executable, "-m", "service.cli", "serve", "--workers", str(WORKERS)]
        command += ["--bind", f"127.0.0.1:{self.port}", "--registry", str(registry.root)]
        with log.open("wb") as stderr:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=stderr)
        deadline = time.monotonic() + 60
        while not ready(self.port):
            assert self.process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        self._clients = [threading.Thread(target=self._ask) for _ in range(4)]
        for client in self._clients:
            client.start()

    def _ask(self) -> None:
        """A new connection for every page, so that either worker may get it."""
        while not self._stop.is_set():
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
                connection.request(
                    "POST", "/v1/segment", PAGE, {"Content-Type": "text/plain; charset=utf-8"}
                )
                response = connection.getresponse()
                answer: dict[str, Any] = json.loads(response.read())
                connection.close()
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.failures.append(repr(error))
            else:
                self.answers.append((time.monotonic(), response.status, answer.get("model")))
            time.sleep(0.01)

    def logged(self, message: str) -> list[dict[str, Any]]:
        lines = [json.loads(line) for line in self.log.read_text().splitlines() if line[:1] == "{"]
        return [line for line in lines if line["message"].startswith(message)]

    def wait_for(self, message: str, times: int) -> None:
        deadline = time.monotonic() + SECONDS
        while len(self.logged(message)) < times:
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def models_after(self, moment: float, seconds: float = 0.5) -> set[str | None]:
        """Which models answered from a moment on; waits until some did."""
        time.sleep(max(0.0, moment + seconds - time.monotonic()))
        found = {model for when, _, model in self.answers if when > moment}
        assert found, "nobody answered"
        return found

    def stop(self) -> None:
        self._stop.set()
        for client in self._clients:
            client.join()
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=40) == 0


@pytest.fixture
def service(registry: Registry, tmp_path: Path) -> Iterator[Service]:
    running = Service(registry, tmp_path / "log")
    try:
        yield running
    finally:
        running._stop.set()
        if running.process.poll() is None:
            running.process.kill()
            running.process.wait()


def test_promotions_reach_every_worker_and_no_request_notices(
    service: Service, registry: Registry
) -> None:
    assert service.models_after(time.monotonic()) == {"v1"}

    registry.promote("v2")
    service.wait_for("swapped", WORKERS)  # each worker logs its own swap
    assert service.models_after(time.monotonic() + 0.2) == {"v2"}

    # Damaged on the disk: the registry would refuse it, so somebody writes the pointer by hand.
    pointer = registry.root / "champion"
    before = pointer.read_text()
    fresh = registry.root / ".champion.by-hand"
    fresh.write_text("v3\n" + before)
    fresh.replace(pointer)
    service.wait_for("model will not load", WORKERS)
    assert service.models_after(time.monotonic()) == {"v2"}

    # Going back: to the model that both workers still have, then to the one before it.
    registry.rollback()
    registry.rollback()
    service.wait_for("swapped", 2 * WORKERS)
    assert service.models_after(time.monotonic() + 0.2) == {"v1"}

    service.stop()
    assert service.failures == []
    assert {status for _, status, _ in service.answers} == {200}
    assert {model for _, _, model in service.answers} == {"v1", "v2"}
    assert len(service.answers) > 50
    refused = service.logged("model will not load")
    assert {line["serving"] for line in refused} == {"v2"}
    assert all("v3" in line["message"] for line in refused)
