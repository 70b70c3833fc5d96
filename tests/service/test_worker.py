"""The worker: slow clients let go of, and no request dropped when it is told to stop."""

from __future__ import annotations

import contextlib
import http.client
import json
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from service.observability.logs import Discreet
from service.probe import ready
from tests.service.running import Running, check_problem, chunked, head, replaced
from tests.service.serving_fake import PAGE

ROOT = Path(__file__).parents[2]


def test_bodies_that_do_not_come_in_time_are_let_go_of(start: Callable[..., Running]) -> None:
    server = start(workers=1, body_seconds=1, threads=2)
    began = time.monotonic()
    request = head("Content-Type: text/plain", "Content-Length: 100") + b"half a"
    check_problem(server.exchange(request), 408)
    request = head("Content-Type: text/plain", "Transfer-Encoding: chunked") + b"5\r\nhel"
    check_problem(server.exchange(request), 408)
    assert time.monotonic() - began < 8

    # A byte at a time, none of them late: the whole is.
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head("Content-Type: text/plain", "Content-Length: 100"))
        began = time.monotonic()
        answer = b""
        connection.settimeout(0.2)
        while not answer and time.monotonic() - began < 8:
            try:
                connection.sendall(b"x")
                answer = connection.recv(1000)
            except TimeoutError:
                pass
        assert b" 408 " in answer
        assert time.monotonic() - began < 5
    assert ready(server.port)


def test_heads_that_do_not_come_hold_nobody_up_for_long(start: Callable[..., Running]) -> None:
    """Twice as many as there are threads; a few of them may take their ten seconds."""
    server = start(workers=1, threads=4)
    with contextlib.ExitStack() as stack:

        def stall() -> socket.socket:
            connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            connection.sendall(b"GET /h")
            return stack.enter_context(connection)

        patient = stall()
        time.sleep(3)
        assert ready(server.port)
        patient.sendall(b"ealthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert patient.recv(4096).startswith(b"HTTP/1.1 200 ")
        stalling = [stall() for _ in range(8)]
        began = time.monotonic()
        assert ready(server.port, seconds=30)
        assert time.monotonic() - began < 9
        assert sum(each.recv(4096) == b"" for each in stalling[:4]) == 4, "cut off"


def test_told_to_stop_it_answers_everybody_who_is_there(start: Callable[..., Running]) -> None:
    """Clients that open a connection a page; after SIGTERM they may be refused, never cut off."""
    server = start(workers=2, concurrency=64)
    answered, refused, dropped = [0], [0], []
    stopped = threading.Event()

    def ask() -> None:
        body = PAGE * 50
        while not stopped.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
            try:
                connection.connect()
            except ConnectionError:
                refused[0] += 1
                return
            try:
                connection.request("POST", "/v1/segment", body, {"Content-Type": "text/plain"})
                status = connection.getresponse().status
            except (OSError, http.client.HTTPException) as error:
                dropped.append(repr(error))
                return
            finally:
                connection.close()
            if status != 200:
                dropped.append(str(status))
            answered[0] += 1

    # One kept-alive client, which is served on and then told that the connection closes.
    kept = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    kept.request("GET", "/healthz")
    kept.getresponse().read()
    clients = [threading.Thread(target=ask) for _ in range(8)]
    for client in clients:
        client.start()
    deadline = time.monotonic() + 20
    while answered[0] < 50 and time.monotonic() < deadline:
        time.sleep(0.01)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    kept.request("POST", "/v1/segment", PAGE, {"Content-Type": "text/plain"})
    last = kept.getresponse()
    assert last.status == 200
    assert last.getheader("Connection") == "close"
    last.read()
    kept.close()
    assert server.process.wait(timeout=20) == 0
    stopped.set()
    for client in clients:
        client.join()
    assert dropped == []
    assert answered[0] >= 50
    assert refused[0] == len(clients)


def test_what_gunicorn_logs_quotes_no_request(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    """At its most talkative: neither address nor URI, not of what is no HTTP nor of what breaks."""
    log = tmp_path / "log"
    server = start(log, workers=1, log_level="debug")
    check_problem(server.exchange(b"GET /v1?secret=1 HTTP/9.9\r\n\r\n"), 400, 505)
    broken = b"GET /v1?secret=2 HTTP/1.1\r\nHost: x\r\nBroken secret: y\r\n\r\n"
    check_problem(server.exchange(broken), 400)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /v1?secret=3 HTTP/1.1\r\nsecret: ")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=20) == 0
    written = log.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in written.splitlines()]
    refused = [line for line in lines if line["message"] == "refused what is not HTTP"]
    assert {line["error"] for line in refused} == {"InvalidHTTPVersion", "InvalidHeaderName"}
    assert "disconnection" in written
    assert "secret" not in written
    assert "ip=" not in written


def test_a_fault_of_gunicorns_quotes_no_request() -> None:
    record = logging.LogRecord(
        "gunicorn.error", logging.ERROR, "", 0,
        "Error handling request %s %s", ("GET", "/v1?secret=1"), None,
    )  # fmt: skip
    assert Discreet().filter(record)
    assert record.getMessage() == "Error handling request"


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGABRT, signal.SIGKILL])
def test_whichever_way_a_worker_ends_another_takes_its_place(
    start: Callable[..., Running], by: signal.Signals
) -> None:
    """Socket and metrics stay the others'; in order, as after many requests, nobody is refused."""
    server = start(workers=2)
    before = server.workers()
    failed: list[str] = []
    stopped = threading.Event()

    def ask() -> None:
        while not stopped.is_set():
            try:
                status, *_ = server.exchange(chunked(PAGE.encode()))
            except (OSError, IndexError) as error:
                failed.append(repr(error))
            else:
                assert status == 200

    clients = [threading.Thread(target=ask) for _ in range(4)]
    for client in clients:
        client.start()
    for pid in before:
        os.kill(pid, by)
        replaced(server, pid, of=2)
    time.sleep(0.5)
    stopped.set()
    for client in clients:
        client.join()
    if by is signal.SIGTERM:
        assert failed == []
    assert not set(before) & set(server.workers())
    assert server.exchange(chunked(PAGE.encode()))[0] == 200
    shown = server.exchange(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert b"storyseam_pages_total" in shown[2]


def test_a_worker_whose_request_hangs_is_replaced(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    """Others are answered by it until it is gone, and by the next one; who hangs is cut off."""
    log = tmp_path / "log"
    server = start(log, workers=1, timeout=5, log_level="error")
    (before,) = server.workers()
    hanging = socket.create_connection(("127.0.0.1", server.port), timeout=60)
    hanging.sendall(chunked(b"PLEASE HANG"))
    assert server.exchange(chunked(PAGE.encode()))[0] == 200
    with contextlib.suppress(ConnectionResetError):
        assert hanging.recv(1) == b""
    hanging.close()
    deadline = time.monotonic() + 60
    while not ready(server.port):
        assert time.monotonic() < deadline, "no other worker came up"
        time.sleep(0.05)
    assert server.exchange(chunked(PAGE.encode()))[0] == 200
    (after,) = server.workers()
    assert after != before
    assert "a request hangs; this worker is replaced" in log.read_text()
