"""Promotions under load, with real gunicorn workers and real models, as an operator makes them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from model.registry import Registry
from model.segmenter import Segmenter
from service.probe import ready
from tests.model.tiny import story, tiny_segmenter
from tests.service.running import free_port
from tests.service.stream_batch import answers

ROOT = Path(__file__).parents[2]
TEXT = f"{story('topic 1')}\n{story('topic 2')}"
PAGE = TEXT.encode()
# Each version has a threshold of its own, so that what it says of the page is its own as well.
THRESHOLDS = {"v1": 0.5, "v2": 0.9995, "v3": 0.5}
STORIES = {"v1": 2, "v2": 1}
# A promotion must have reached every worker by then.
SECONDS = 10.0
WORKERS = 2


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Registry:
    """Three versions, of which two say different things of the page; the last one is damaged."""
    root = tmp_path_factory.mktemp("hot-swap")
    found = Registry(root / "registry")
    # Its reviewers are most of what takes time to save and to load.
    tiny = tiny_segmenter()
    segmenter = Segmenter(replace(tiny.classifiers, reviewers=None), tiny.card)
    for version, threshold in THRESHOLDS.items():
        made = root / version
        card = segmenter.card | {"version": version, "threshold": threshold, "further": threshold}
        if version in STORIES:
            said = Segmenter(segmenter.classifiers, card).segment(TEXT)
            assert len(said.stories) == STORIES[version], "they must differ in what they say"
        segmenter.save(made, card)
        found.publish(made, version)
    model = found.path("v3") / "model.joblib"
    model.chmod(0o644)
    data = model.read_bytes()
    model.write_bytes(data[:100] + b"damaged" + data[107:])
    return found


class Service:
    """`storyseam serve`, and clients that never stop asking it once they are let loose."""

    def __init__(self, registry: Registry, log: Path) -> None:
        registry.promote("v1")
        self.port = free_port()
        self.log = log
        self.answers: list[tuple[float, int, str | None]] = []
        self.said: Counter[tuple[str | None, int]] = Counter()
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
        self._clients = [threading.Thread(target=self._keep_asking) for _ in range(4)]

    def load(self) -> None:
        """Let the clients loose."""
        for client in self._clients:
            client.start()

    def ask(self) -> tuple[int, dict[str, Any]]:
        """Status and answer, over a connection of its own, so that either worker may get it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(
                "POST", "/v1/segment", PAGE, {"Content-Type": "text/plain; charset=utf-8"}
            )
            response = connection.getresponse()
            return response.status, json.loads(response.read())
        finally:
            connection.close()

    def _keep_asking(self) -> None:
        while not self._stop.is_set():
            try:
                status, answer = self.ask()
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.failures.append(repr(error))
            else:
                self.answers.append((time.monotonic(), status, answer.get("model")))
                self.said[answer.get("model"), len(answer.get("stories", ()))] += 1
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
            if client.ident is not None:
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
    service.load()
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
    # No answer of one model under the name of another.
    assert set(service.said) == set(STORIES.items())
    refused = service.logged("model will not load")
    assert {line["serving"] for line in refused} == {"v2"}
    assert all("v3" in line["message"] for line in refused)


def test_workers_without_traffic_follow_and_their_first_request_finds_the_new_model(
    service: Service, registry: Registry
) -> None:
    registry.promote("v2")
    service.wait_for("swapped", WORKERS)
    loaded = len(service.logged("loaded"))
    for _ in range(4 * WORKERS):
        status, answer = service.ask()
        assert (status, answer["model"], len(answer["stories"])) == (200, "v2", STORIES["v2"])
    assert len(service.logged("loaded")) == loaded, "no request has loaded a model"
    service.stop()


def test_a_batch_follows_a_swap_and_every_line_is_of_the_model_that_it_names(
    service: Service, registry: Registry
) -> None:
    stream = socket.create_connection(("127.0.0.1", service.port), timeout=20)
    stream.sendall(
        b"POST /v1/segment/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    done = threading.Event()

    def send() -> None:
        """Lines without a pause, a promotion in their midst, until both models have answered."""
        number = 0
        while not done.is_set():
            line = json.dumps({"id": number, "text": TEXT}).encode() + b"\n"
            stream.sendall(b"%x\r\n%b\r\n" % (len(line), line))
            number += 1
            time.sleep(0.005)
        stream.sendall(b"0\r\n\r\n")

    sender = threading.Thread(target=send)
    sender.start()
    models: list[str] = []
    try:
        deadline = time.monotonic() + 2 * SECONDS
        for count, line in enumerate(answers(stream)):
            answer = json.loads(line)
            assert answer["id"] == count
            assert len(answer["stories"]) == STORIES[answer["model"]], count
            models.append(answer["model"])
            if count == 20:
                registry.promote("v2")
            if models.count("v2") > 20 or time.monotonic() > deadline:
                done.set()
    finally:
        done.set()
        sender.join()
        stream.close()
    # Lines of the one, then lines of the other.
    assert models == sorted(models)
    assert set(models) == {"v1", "v2"}
    service.stop()
