"""Batches over a real socket: answered at once, held back by slow readers, in little memory."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
import time
import zlib
from collections.abc import Iterator

import pytest
import zstandard

from tests.service import stream_batch
from tests.service.running import free_port
from tests.service.serving_fake import PAGE
from tests.service.stream_batch import answers, serve, worker_of


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    port = free_port()
    process = serve(port, fake=True)
    yield port, process
    process.kill()
    process.wait()


def begin(port: int, *headers: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    lines = [
        "POST /v1/segment/batch HTTP/1.1", "Host: x", "Content-Type: application/x-ndjson",
        *headers, "", "",
    ]  # fmt: skip
    connection.sendall("\r\n".join(lines).encode())
    return connection


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def line(number: int, text: str = PAGE) -> bytes:
    return json.dumps({"id": number, "text": text}).encode() + b"\n"


def test_a_line_is_answered_before_the_next_one_is_sent(
    server: tuple[int, subprocess.Popen[bytes]],
) -> None:
    with begin(server[0], "Transfer-Encoding: chunked") as connection:
        connection.sendall(chunk(line(0)))
        found = answers(connection)
        for number in range(1, 5):
            assert json.loads(next(found))["id"] == number - 1
            # In two pieces; and short, while a server's buffers are long.
            whole = line(number)
            connection.sendall(chunk(whole[:9]))
            connection.sendall(chunk(whole[9:]))
        connection.sendall(b"0\r\n\r\n")
        assert [json.loads(each)["id"] for each in found] == [4]


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_so_is_a_line_that_is_compressed(
    server: tuple[int, subprocess.Popen[bytes]], coding: str
) -> None:
    """With a body of known length, and both directions packed."""
    if coding == "gzip":
        pack, unpack = zlib.compressobj(wbits=31), zlib.decompressobj(wbits=31)
        flush = zlib.Z_SYNC_FLUSH
    else:
        pack = zstandard.ZstdCompressor().compressobj()
        unpack = zstandard.ZstdDecompressor().decompressobj()
        flush = zstandard.COMPRESSOBJ_FLUSH_BLOCK
    parts = [pack.compress(line(n)) + pack.flush(flush) for n in range(3)]
    parts.append(pack.flush())
    size = sum(len(part) for part in parts)
    headers = [
        f"Content-Length: {size}", f"Content-Encoding: {coding}", f"Accept-Encoding: {coding}"
    ]  # fmt: skip
    with begin(server[0], *headers) as connection:
        reader = connection.makefile("rb")
        connection.sendall(parts[0])
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            heard = reader.readline()
            assert heard, head
            head += heard
        assert f"Content-Encoding: {coding}".encode() in head
        for number in range(3):
            data = reader.read(int(reader.readline(), 16))
            reader.readline()
            assert json.loads(unpack.decompress(data))["id"] == number
            connection.sendall(parts[number + 1])
        unpack.decompress(reader.read(int(reader.readline(), 16)))
        assert unpack.eof


def test_a_client_that_does_not_read_is_not_read_from(
    server: tuple[int, subprocess.Popen[bytes]],
) -> None:
    sent = [0]
    total = 100
    with begin(server[0], "Transfer-Encoding: chunked") as connection:

        def send() -> None:
            for number in range(total):
                connection.sendall(chunk(line(number, "# one\n" + "x" * 100_000)))
                sent[0] = number + 1
            connection.sendall(b"0\r\n\r\n")

        sender = threading.Thread(target=send)
        sender.start()
        # Until it stands still: all buffers on the way are full.
        before = -1
        while sent[0] != before:
            before = sent[0]
            time.sleep(0.5)
        assert 0 < before < total
        for number, answer in enumerate(answers(connection)):
            assert json.loads(answer)["id"] == number
        sender.join()
        assert number == total - 1


def test_a_body_that_is_cut_off_ends_with_a_line(
    server: tuple[int, subprocess.Popen[bytes]],
) -> None:
    with begin(server[0], "Transfer-Encoding: chunked") as connection:
        connection.sendall(chunk(line(0)) + chunk(line(1)[:20]))
        connection.shutdown(socket.SHUT_WR)
        first, last = map(json.loads, answers(connection))
    assert first["id"] == 0
    assert (last["line"], last["status"]) == (2, 400)


def test_memory_stays_as_it_is(server: tuple[int, subprocess.Popen[bytes]]) -> None:
    """The long form of this is `python -m tests.service.stream_batch --megabytes 2000`."""
    port, process = server
    run = stream_batch.stream(port, worker_of(process.pid), 6_000_000)
    assert run.lines > 700
    assert run.before > 20
    # The fake takes nothing, so this is the stream alone; all that was sent would be more.
    assert run.growth < 4


def test_told_to_stop_a_stream_ends_in_order(
    server: tuple[int, subprocess.Popen[bytes]],
) -> None:
    """The last of these tests: it stops the server."""
    port, process = server
    with begin(port, "Transfer-Encoding: chunked") as connection:
        connection.sendall(chunk(line(0)))
        found = answers(connection)
        assert json.loads(next(found))["id"] == 0
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        connection.sendall(chunk(line(1)))
        *after, last = map(json.loads, found)
        # Told before it began to wait for a line, it waits for none.
        assert [answer["id"] for answer in after] in ([], [1])
        assert (last["line"], last["status"]) == (2 + len(after), 503)
    assert process.wait(timeout=20) == 0
