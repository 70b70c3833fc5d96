"""A long batch against a real server, and how much memory its worker takes meanwhile.

    python -m tests.service.stream_batch --megabytes 2000

The pages are generated, none like another; their answers are checked for order and then thrown
away, so that only the worker could hold them. Exits with 1 if the worker grew by more than it may.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from service.probe import ready
from tests.service.running import free_port

ROOT = Path(__file__).parents[2]
# What a piece of the body, its pages, their features and their answers take; measured, doubled.
MOST_GROWTH = 60
# Within these pages a worker warms up: parsers and classifiers take their own on first use.
WARM_UP_PAGES = 200

WORDS = ["harbour", "council", "lantern", "orchard", "quarry", "ferry", "brick", "sluice"]


def page(number: int) -> str:
    """A page of about 8 kB with two stories."""
    out = []
    for story in range(2):
        out.append(f"# {WORDS[(number + story) % 8].title()} {number} opens\n")
        out += [
            f"The {WORDS[(number * 7 + line + story) % 8]} number {number * line} stays where the "
            f"{WORDS[(line * 5 + story) % 8]} was before, said the keeper of {line}.\n"
            for line in range(40)
        ]
    return "".join(out)


def pages(most_bytes: int) -> Iterator[bytes]:
    """Lines of so many bytes in all."""
    number = sent = 0
    while sent < most_bytes:
        line = json.dumps({"id": number, "text": page(number)}).encode() + b"\n"
        yield line
        number += 1
        sent += len(line)


def resident(pid: int) -> float:
    """Resident memory of a process in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1000
    raise ProcessLookupError(pid)


def worker_of(master: int) -> int:
    """The only worker of a server."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text(encoding="utf-8").split()
    return int(children[-1])


@dataclass
class Run:
    """What was seen: lines answered, megabytes sent, seconds, megabytes before and at the most."""

    lines: int
    megabytes: float
    seconds: float
    before: float
    most: float

    @property
    def growth(self) -> float:
        return self.most - self.before


def stream(port: int, worker: int, most_bytes: int) -> Run:
    """Send pages in chunks from one thread while another reads and checks the answers."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=120)
    connection.sendall(
        b"POST /v1/segment/batch HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    sent = [0]
    memory = {"before": 0.0, "most": 0.0}

    def send() -> None:
        for line in pages(most_bytes):
            connection.sendall(b"%x\r\n%b\r\n" % (len(line), line))
            sent[0] += len(line)
        connection.sendall(b"0\r\n\r\n")

    began = time.monotonic()
    sender = threading.Thread(target=send)
    sender.start()
    count = 0
    for line in answers(connection):
        answer = json.loads(line)
        assert answer["id"] == count, answer
        assert answer["stories"], answer
        count += 1
        if count % 50 == 0:
            now = resident(worker)
            if count <= WARM_UP_PAGES:
                memory["before"] = now
            memory["most"] = max(memory["most"], now)
    sender.join()
    connection.close()
    return Run(count, sent[0] / 1e6, time.monotonic() - began, memory["before"], memory["most"])


def answers(connection: socket.socket) -> Iterator[bytes]:
    """Lines of a chunked answer."""
    reader = connection.makefile("rb")
    assert reader.readline().split()[1] == b"200"
    while reader.readline().strip():
        pass
    rest = b""
    while size := int(reader.readline(), 16):
        *whole, rest = (rest + reader.read(size)).split(b"\n")
        reader.readline()
        yield from whole
    assert not rest


def serve(port: int, *, fake: bool, model: Path | None = None) -> subprocess.Popen[bytes]:
    """A server with one worker."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("STORYSEAM_")
    }
    environment |= {
        "STORYSEAM_BIND": f"127.0.0.1:{port}",
        "STORYSEAM_WORKERS": "1",
        "STORYSEAM_LOG_LEVEL": "error",
    }
    if model is not None:
        environment["STORYSEAM_MODEL"] = str(model)
    module = ["tests.service.serving_fake"] if fake else ["service.cli", "serve"]
    process = subprocess.Popen([sys.executable, "-m", *module], cwd=ROOT, env=environment)
    deadline = time.monotonic() + 120
    while not ready(port):
        assert process.poll() is None, "the server ended"
        assert time.monotonic() < deadline, "the server did not come up"
        time.sleep(0.05)
    return process


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--model", type=Path, help="of a directory; by default the one that ships")
    options = parser.parse_args()
    port = free_port()
    process = serve(port, fake=False, model=options.model)
    try:
        run = stream(port, worker_of(process.pid), options.megabytes * 1_000_000)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=40)
    print(
        f"{run.lines} pages, {run.megabytes:.0f} MB in {run.seconds:.0f} s; the worker had "
        f"{run.before:.0f} MB after the first pages and {run.most:.0f} MB at the most"
    )
    return int(run.growth > MOST_GROWTH)


if __name__ == "__main__":
    sys.exit(main())
