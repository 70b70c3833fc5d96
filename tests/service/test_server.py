"""The service behind a real gunicorn: what only a socket can show."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.probe import ready
from service.server import Server
from service.settings import Settings
from tests.service.running import Running, check_problem, chunked, free_port, head, read_answer

ROOT = Path(__file__).parents[2]
LIMIT = 2000


@pytest.fixture(scope="module")
def server() -> Iterator[Running]:
    port = free_port()
    environment = os.environ | {
        "STORYSEAM_BIND": f"127.0.0.1:{port}",
        "STORYSEAM_WORKERS": "1",
        "STORYSEAM_MAX_BODY_BYTES": str(LIMIT),
        "STORYSEAM_LOG_LEVEL": "error",
    }
    command = [sys.executable, "-m", "tests.service.serving_fake"]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    yield Running(port, process).come_up()
    process.kill()
    process.wait()


def test_a_chunked_page_is_read_up_to_the_limit(server: Running) -> None:
    half = b"x" * (LIMIT // 2)
    assert server.exchange(chunked(half, half))[0] == 200
    check_problem(server.exchange(chunked(half, half, b"x")), 413)


def test_an_announced_length_over_the_limit_is_refused_unread(server: Running) -> None:
    request = head("Content-Type: text/plain", f"Content-Length: {10**15}")
    check_problem(server.exchange(request), 413)


@pytest.mark.parametrize(
    "request_bytes",
    [
        head("Content-Type: text/plain", "Content-Length: -5") + b"hello",
        head("Content-Type: text/plain", "Content-Length: five") + b"hello",
        head("Content-Type: text/plain", "Content-Length: 5", "Content-Length: 6") + b"hello",
        chunked(b"hello").replace(b"5\r\n", b"zz\r\n"),
        chunked(b"hello").replace(b"hello", b"hello!!"),
        head("Content-Type: text/plain", "Transfer-Encoding: banana") + b"hello",
        b"\x00\x01\x02 nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nBad Header\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 2000 + b"\r\n",
        b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=lambda value: repr(value[:60]),
)
def test_what_is_hardly_http_is_a_problem_of_the_client(
    server: Running, request_bytes: bytes
) -> None:
    check_problem(server.exchange(request_bytes), *range(400, 500), 501)


def test_a_body_that_breaks_off_harms_nobody(server: Running) -> None:
    request = head("Content-Type: text/plain", "Content-Length: 100") + b"half a"
    check_problem(server.exchange(request, end=True), 400)
    assert ready(server.port)


def test_a_connection_is_kept_for_the_next_page(server: Running) -> None:
    body = b"# One\n"
    request = head("Content-Type: text/plain", f"Content-Length: {len(body)}") + body
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for _ in range(3):
            connection.sendall(request)
            assert read_answer(connection)[0] == 200


def test_bytes_in_path_and_query_that_are_no_text(server: Running) -> None:
    for path in ("/%ff%fe", "/\xff", "/v1/segment?\xff=\xfe", "/v1/segment?%00"):
        request = head("Content-Type: text/plain", "Content-Length: 1", path=path) + b"x"
        check_problem(server.exchange(request), *range(400, 500))


@pytest.mark.parametrize("name", ["SCRIPT_NAME", "PATH_INFO", "REMOTE_USER"])
def test_no_header_takes_the_place_of_what_the_server_says(server: Running, name: str) -> None:
    """Gunicorn believes some of them where they come from this machine, a proxy's clients' too."""
    request = f"GET /healthz HTTP/1.1\r\nHost: x\r\n{name}: /elsewhere\r\n\r\n"
    status, _, body = server.exchange(request.encode())
    assert (status, body) == (200, b'{"status":"alive"}')


def test_a_model_is_loaded_before_the_fork_only_where_that_cannot_hang() -> None:
    assert Server(Settings()).cfg.preload_app
    assert not Server(Settings(openmp_threads=2)).cfg.preload_app


def test_told_to_stop_it_ends_in_order(server: Running) -> None:
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(timeout=20) == 0
