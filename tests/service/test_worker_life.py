"""What a worker meets in weeks: peers that stay, slow clients, too many of them, its end."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client.mmap_dict import MmapedDict

from service import server
from service.observability.of_the_gone import fold
from service.probe import main, ready
from service.settings import Settings
from service.worker import _LINGER_SECONDS
from tests.service.running import Running, chunked, head, replaced
from tests.service.serving_fake import PAGE

BATCH = head(
    "Content-Type: application/x-ndjson", "Transfer-Encoding: chunked", path="/v1/segment/batch"
)
LINE = json.dumps({"text": PAGE}).encode() + b"\n"


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.mark.parametrize(
    "request_",
    [b"nonsense\r\n\r\n", b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"],
)
def test_a_peer_that_stays_after_its_last_answer_makes_nobody_wait(
    start: Callable[..., Running], request_: bytes
) -> None:
    server = start(workers=1)
    # The first page of a worker takes longer, which is not what is timed here.
    assert server.exchange(chunked(PAGE.encode()))[0] == 200
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        staying = []
        for _ in range(8):
            peer = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), 20))
            peer.sendall(request_)
            staying.append(peer)
        for peer in staying:
            assert peer.recv(4096).startswith(b"HTTP/1.1 ")
        assert server.exchange(chunked(PAGE.encode()))[0] == 200
        # Waited for one after the other they would take eight times as long as one may stay.
        assert time.monotonic() - began < 4 * _LINGER_SECONDS
        # And in the end they are let go of.
        for peer in staying:
            peer.settimeout(10)
            while peer.recv(4096):
                pass
    assert ready(server.port)


def test_a_client_that_is_slow_is_no_request_that_hangs(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    """Neither with blank lines in a batch nor with the size of a chunk, digit by digit."""
    log = tmp_path / "log"
    server = start(log, workers=1, timeout=3, body_seconds=2)
    before = server.workers()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as batch:
        batch.sendall(BATCH)
        began = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as single:
            single.sendall(head("Content-Type: text/plain", "Transfer-Encoding: chunked"))
            cut = False
            while time.monotonic() - began < 7:
                batch.sendall(chunk(b" \n"))
                with contextlib.suppress(OSError):
                    single.sendall(b"0")
                time.sleep(0.5)
            single.settimeout(1)
            with contextlib.suppress(OSError):
                cut = single.recv(4096).startswith(b"HTTP/1.1 408") or not single.recv(1)
        assert cut, "its body has had its time"
        batch.sendall(chunk(LINE) + b"0\r\n\r\n")
        found = b""
        while piece := batch.recv(4096):
            found += piece
            if b"\r\n0\r\n\r\n" in found:
                break
    assert b'"stories"' in found
    assert server.workers() == before
    assert "hangs" not in log.read_text()


@pytest.mark.parametrize("rate", [None, "20/hour"])
def test_a_batch_is_told_where_to_go_on_when_its_worker_ends(
    start: Callable[..., Running], rate: str | None
) -> None:
    """Also while the rate lets it wait."""
    server = start(workers=1, **({} if rate is None else {"rate": rate}))
    with socket.create_connection(("127.0.0.1", server.port), timeout=40) as batch:
        batch.sendall(BATCH)
        stopped = threading.Event()

        def feed() -> None:
            with contextlib.suppress(OSError):
                while not stopped.wait(0.05):
                    batch.sendall(chunk(LINE))

        feeding = threading.Thread(target=feed)
        feeding.start()
        found = batch.recv(4096)
        time.sleep(1)
        (pid,) = server.workers()
        began = time.monotonic()
        os.kill(pid, signal.SIGTERM)
        with contextlib.suppress(OSError):
            while piece := batch.recv(4096):
                found += piece
        stopped.set()
        feeding.join()
    assert time.monotonic() - began < 15
    last = found.decode().split('"detail":')[-1]
    assert re.search(r"the lines from \d+ on again", last), found[-400:]


def test_a_worker_outlives_more_connections_than_it_has_descriptors_for(
    start: Callable[..., Running], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    server = start(log, workers=1)
    before = server.workers()
    resource.prlimit(before[0], resource.RLIMIT_NOFILE, (64, 64))
    with contextlib.ExitStack() as stack:
        for _ in range(90):
            stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
        time.sleep(2)
    deadline = time.monotonic() + 20
    while not ready(server.port):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert server.workers() == before
    assert "Exception in worker process" not in log.read_text()


def test_what_workers_counted_outlives_them_in_one_file(start: Callable[..., Running]) -> None:
    server = start(workers=2)

    def pages() -> float:
        text = server.exchange(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")[2]
        return sum(
            float(value)
            for value in re.findall(rb"^storyseam_pages_total\{[^}]*\} (\S+)$", text, re.MULTILINE)
        )

    for number in range(1, 5):
        for _ in range(6):
            assert server.exchange(chunked(PAGE.encode()))[0] == 200
        assert pages() == 6 * number
        old = server.workers()[0]
        os.kill(old, signal.SIGTERM)
        replaced(server, old, of=2)
        assert pages() == 6 * number


def test_files_of_the_dead_become_one(tmp_path: Path) -> None:
    def write(name: str, **values: float) -> None:
        made = MmapedDict(str(tmp_path / name))  # type: ignore[no-untyped-call]
        for key, value in values.items():
            made.write_value(key, value, 0.0)  # type: ignore[no-untyped-call]
        made.close()  # type: ignore[no-untyped-call]

    def read(name: str) -> dict[str, float]:
        rows = MmapedDict.read_all_values_from_file(str(tmp_path / name))  # type: ignore[no-untyped-call]
        return {key: value for key, value, *_ in rows}

    write("counter_11.db", a=1.0, b=2.0)
    write("counter_12.db", b=3.0)
    write("counter_13.db", a=5.0)
    write("histogram_11.db", c=1.5)
    fold(tmp_path, lambda pid: pid == 13)
    assert read("counter_0.db") == {"a": 1.0, "b": 5.0}
    assert read("histogram_0.db") == {"c": 1.5}
    write("counter_14.db", a=0.5)
    fold(tmp_path, lambda pid: pid == 13)
    assert read("counter_0.db") == {"a": 1.5, "b": 5.0}
    left = {path.name for path in tmp_path.iterdir()} - {"lock"}
    assert left == {"counter_0.db", "histogram_0.db", "counter_13.db"}


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no shared memory")
def test_where_memory_is_full_workers_count_on_a_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write to a file in memory that is full is a SIGBUS, of every worker and of the first."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    said: list[str] = []
    monkeypatch.setattr(server._log, "warning", lambda form, *rest: said.append(form % rest))
    # Blocks in all, those that are free, and where the files then are.
    for blocks, free, on_disk in ((0, 0, False), (100_000, 90_000, False), (100_000, 9, True)):
        space = SimpleNamespace(f_blocks=blocks, f_bavail=free, f_frsize=4096)
        monkeypatch.setattr(os, "statvfs", lambda _, space=space: space)
        with server.counted_together():
            folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
            assert (folder.parent == tmp_path) is on_disk
            assert server.Server(Settings()).cfg.worker_tmp_dir == (None if on_disk else "/dev/shm")
        assert not folder.exists()
    assert len(said) == 1
    assert said[0].startswith("/dev/shm has no room")


def test_the_probe_asks_where_the_service_listens(
    start: Callable[..., Running], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(workers=1)
    for host in ("127.0.0.1", "0.0.0.0", "localhost"):
        assert ready(f"{host}:{server.port}")
    assert not ready(f"unix:{tmp_path / 'gone'}")
    # Not pytest's own folder: the path of a socket must be short.
    folder = tempfile.mkdtemp(prefix="seam-")
    path = f"{folder}/service.sock"
    monkeypatch.setenv("STORYSEAM_BIND", f"unix:{path}")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()

        def answer() -> None:
            peer, _ = listener.accept()
            with peer:
                peer.recv(4096)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
        thread.join()
    shutil.rmtree(folder)
