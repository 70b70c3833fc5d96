"""A whole service in processes of its own: how tests start it, talk to it and watch its workers."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from dataclasses import dataclass

from service.probe import ready
from service.trials.load_servers import children_of

__all__ = [
    "Running",
    "check_problem",
    "chunked",
    "free_port",
    "head",
    "read_answer",
    "replaced",
]


# Until an answer is there: what hangs is to end a test, and not a machine that is slow for a while.
_PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Running:
    port: int
    process: subprocess.Popen[bytes]

    def come_up(self) -> Running:
        """Wait until it answers."""
        deadline = time.monotonic() + 120
        while not ready(self.port):
            assert self.process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server did not come up"
            time.sleep(0.05)
        return self

    def exchange(self, request: bytes, *, end: bool = False) -> tuple[int, dict[str, str], bytes]:
        """Send raw bytes, read one answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=_PATIENCE) as connection:
            connection.sendall(request)
            if end:
                connection.shutdown(socket.SHUT_WR)
            return read_answer(connection)

    def workers(self) -> list[int]:
        """The processes that answer."""
        return children_of(self.process.pid)


def read_answer(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    stream = connection.makefile("rb")
    status = int(stream.readline().split()[1])
    headers: dict[str, str] = {}
    while line := stream.readline().strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    return status, headers, stream.read(int(headers.get("content-length", 0)))


def replaced(server: Running, worker: int, *, of: int) -> None:
    """Wait until a worker is gone and there are so many again."""
    deadline = time.monotonic() + 60
    while worker in (now := server.workers()) or len(now) < of:
        assert time.monotonic() < deadline, "no other worker came"
        time.sleep(0.02)


def head(*lines: str, path: str = "/v1/segment") -> bytes:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", *lines, "", ""]).encode("latin-1")


def chunked(*chunks: bytes) -> bytes:
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return head("Content-Type: text/plain", "Transfer-Encoding: chunked") + body + b"0\r\n\r\n"


def check_problem(answer: tuple[int, dict[str, str], bytes], *statuses: int) -> None:
    status, headers, body = answer
    assert status in statuses, body
    assert headers["content-type"] == "application/problem+json"
    assert json.loads(body)["status"] == status
