"""Clients that ask one server over kept connections, as fast as they can or at a steady rate.

Own code on bare sockets, because the clients run on the machine that they measure: what they
compute themselves is taken from the server. httpx would take more than a bare Flask endpoint.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

__all__ = ["Connection", "Outcome", "request_of", "saturate", "steady"]

_PATIENCE_SECONDS = 60.0


@dataclass(slots=True)
class Outcome:
    """What came of one run.

    Attributes
    ----------
    seconds : float
        How long it took.
    latencies : list of float
        Seconds, of answers with 200; at a steady rate from when the request was due, so that a
        server that stalls is not let off the requests that had to wait.
    refused : int
        Answers with another status, or none.
    cpu : float
        Seconds that the server computed, if somebody has measured it.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    refused: int = 0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Answers with 200 a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def quantile(self, share: float) -> float:
        """Seconds within which this share was answered; nan where nothing was."""
        if not self.latencies:
            return float("nan")
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Connection:
    """One kept connection; opens again when the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request, read its answer: status and body."""
        try:
            return self._exchange(request)
        except (ConnectionError, EOFError):
            # Closed between two requests, as every server may; once more on a new one.
            self.close()
            return self._exchange(request)

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _exchange(self, request: bytes) -> tuple[int, bytes]:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), _PATIENCE_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(request)
        data = b""
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._received()
        head, body = data[:end], data[end + 4 :]
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(body) < length:
            body += self._received()
        if b"connection: close" in head.lower():
            self.close()
        return int(head[9:12]), body

    def _received(self) -> bytes:
        assert self._socket is not None
        piece = self._socket.recv(1 << 18)
        if not piece:
            raise EOFError
        return piece


def request_of(page: bytes, path: str = "/v1/segment") -> bytes:
    """The request that sends a page of text."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\nContent-Length: {len(page)}\r\n\r\n"
    )
    return head.encode() + page


def saturate(port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Outcome:
    """Every connection asks again as soon as it has its answer."""
    began = time.perf_counter()

    def ask(number: int, outcome: Outcome) -> None:
        connection, turn = Connection(port), number
        while (asked := time.perf_counter()) < began + seconds:
            _count(outcome, connection, requests[turn % len(requests)], asked)
            turn += connections
        connection.close()

    return _together(ask, connections)


def steady(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, rate: float
) -> Outcome:
    """So many requests a second, evenly, whether the server keeps up or not."""
    began = time.perf_counter()
    turns = iter(range(max(1, int(rate * seconds))))
    lock = threading.Lock()

    def ask(_number: int, outcome: Outcome) -> None:
        connection = Connection(port)
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                break
            due = began + turn / rate
            if (wait := due - time.perf_counter()) > 0:
                time.sleep(wait)
            _count(outcome, connection, requests[turn % len(requests)], due)
        connection.close()

    return _together(ask, connections)


def _count(outcome: Outcome, connection: Connection, request: bytes, since: float) -> None:
    try:
        status, _ = connection.ask(request)
    except (OSError, EOFError):
        connection.close()
        status = 0
    if status == 200:
        outcome.latencies.append(time.perf_counter() - since)
    else:
        outcome.refused += 1


def _together(ask: Callable[[int, Outcome], None], connections: int) -> Outcome:
    outcomes = [Outcome() for _ in range(connections)]
    threads = [
        threading.Thread(target=ask, args=(number, outcome))
        for number, outcome in enumerate(outcomes)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    whole = Outcome(time.perf_counter() - began)
    for outcome in outcomes:
        whole.latencies += outcome.latencies
        whole.refused += outcome.refused
    return whole
