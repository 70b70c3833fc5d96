"""The champion is followed by a thread of its own, which nothing waits for and nothing ends."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.lookout import Lookout
from service.predictor import Predictor as PredictorLike
from service.probe import ready
from service.serving import ServedModel
from service.settings import Settings
from tests.service.running import free_port
from tests.service.serving_fake import Predictor
from tests.service.stream_batch import worker_of
from tests.service.test_serving import Loader, point

ROOT = Path(__file__).parents[2]
# Longer than a worker may be without a sign of life, and than a request may hang.
LOAD_SECONDS, TIMEOUT_SECONDS = 5, 2
_SLOW = """
import sys, time
from service.app import create_app
from service.server import Server, counted_together, write_problems
from service.serving import ServedModel
from service.settings import Settings
from tests.service.serving_fake import Predictor

def load(path):
    if path.name != "v1":
        (path / "begun").touch()
        time.sleep(float(sys.argv[1]))
    return Predictor(path.name)

class Slow(Server):
    def load(self):
        write_problems()
        app = create_app(self._settings, segmenter=Predictor())
        ServedModel(self._settings, load=load).attach(app)
        return app

with counted_together():
    Slow(Settings.from_environment()).run()
"""


def served(root: Path, load: Callable[[Path | None], PredictorLike]) -> ServedModel:
    """One that looks whenever it is asked to."""
    return ServedModel(Settings.from_environment({}, registry=root, reload_seconds=0), load=load)


def soon(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_champion_is_loaded_though_nobody_asks(tmp_path: Path) -> None:
    loader = Loader()
    point(tmp_path, "v1")
    model = served(tmp_path, loader)
    with Lookout(model, tick=0.01):
        point(tmp_path, "v2")
        soon(lambda: loader.loaded == ["v1", "v2"])
        soon(lambda: model.current().version == "v2")


def test_no_request_waits_for_a_load_or_for_a_registry_that_hangs(tmp_path: Path) -> None:
    loaders: list[str] = []
    finish = threading.Event()

    def slow(path: Path | None) -> PredictorLike:
        assert path is not None
        if path.name == "v2":
            loaders.append(threading.current_thread().name)
            assert finish.wait(20)
        return Predictor(path.name)

    point(tmp_path, "v1")
    model = served(tmp_path, slow)
    with Lookout(model, tick=0.01):
        point(tmp_path, "v2")
        began = time.monotonic()
        while not loaders:
            assert model.current().version == "v1"
            assert time.monotonic() - began < 10
        assert {model.current().version for _ in range(100)} == {"v1"}
        finish.set()
        soon(lambda: model.current().version == "v2")
    assert loaders == ["lookout"]


def test_a_registry_that_fails_in_a_way_of_its_own_ends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from model.registry import Registry

    failed = threading.Event()

    def away(self: Registry) -> object:
        failed.set()
        raise RuntimeError("what a driver of some store raises")

    point(tmp_path, "v1")
    loader = Loader()
    model = served(tmp_path, loader)
    with Lookout(model, tick=0.01), monkeypatch.context() as patch:
        patch.setattr(Registry, "mark", away)
        assert failed.wait(10)
        assert model.current().version == "v1"
        patch.undo()
        point(tmp_path, "v2")
        soon(lambda: model.current().version == "v2")


def test_a_worker_without_a_model_gets_one_though_nobody_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.serving._RETRY_SECONDS", 0.05)
    loader = Loader("v1", "shipped")
    point(tmp_path, "v1")
    model = served(tmp_path, loader)
    with Lookout(model, tick=0.01):
        loader.broken.clear()
        loader.loaded.clear()
        soon(lambda: loader.loaded == ["v1"])


def test_it_stops_when_told_to(tmp_path: Path) -> None:
    point(tmp_path, "v1")
    loader = Loader()
    with Lookout(served(tmp_path, loader), tick=0.01) as lookout:
        assert "lookout" in {thread.name for thread in threading.enumerate()}
        lookout.stop()
        soon(lambda: "lookout" not in {thread.name for thread in threading.enumerate()})
        point(tmp_path, "v2")
    assert loader.loaded == ["v1"]


def test_neither_requests_nor_the_heartbeat_wait_for_a_load_that_takes_longer_than_they_may(
    tmp_path: Path,
) -> None:
    """With a real worker, which the arbiter would replace."""
    registry, port = tmp_path / "registry", free_port()
    point(registry, "v1")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STORYSEAM_")}
    settings = {
        "bind": f"127.0.0.1:{port}", "workers": 1, "timeout": TIMEOUT_SECONDS,
        "registry": registry, "log_level": "error",
    }  # fmt: skip
    environment = kept | {f"STORYSEAM_{name.upper()}": str(of) for name, of in settings.items()}
    command = [sys.executable, "-c", _SLOW, str(LOAD_SECONDS)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)

    def model() -> str:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        try:
            connection.request("POST", "/v1/segment", "# One\n", {"Content-Type": "text/plain"})
            return str(json.loads(connection.getresponse().read())["model"])
        finally:
            connection.close()

    try:
        deadline = time.monotonic() + 60
        while not ready(port):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)
        worker = worker_of(process.pid)
        point(registry, "v2")
        seen = [model()]
        began = time.monotonic()
        while seen[-1] == "v1":
            time.sleep(0.05)
            seen.append(model())
            assert time.monotonic() - began < LOAD_SECONDS + 10
        assert time.monotonic() - began > LOAD_SECONDS - 1, "requests were answered meanwhile"
        assert worker_of(process.pid) == worker
        # A load that is under way keeps nobody from stopping.
        point(registry, "v3")
        soon(lambda: (registry / "v3" / "begun").exists())
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
