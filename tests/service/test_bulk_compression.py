"""service.bulk.compression: streams one after another, the room between them, and damage."""

from __future__ import annotations

import io
import lzma
import tracemalloc
from pathlib import Path

import pytest

from service.bulk.compression import decompressed
from tests.service.bulk_fake import pages
from tests.service.test_bulk import bulk, lines, packed

FEW, MANY = lzma.compress(packed(pages(5))), lzma.compress(packed(pages(1000)))
READ_TO_THE_END = [
    pytest.param(FEW + MANY, id="two"),
    pytest.param(FEW + bytes(4) + MANY, id="padding"),
    pytest.param(FEW + bytes(200_000) + MANY + bytes(8), id="much padding"),
]
DAMAGED = [
    pytest.param(FEW + b"\xfc" + MANY[1:], id="header"),
    pytest.param(FEW + bytes(3) + MANY, id="padding of three"),
    pytest.param(FEW + bytes(2), id="padding of two at the end"),
    pytest.param(FEW + b"nonsense", id="nonsense"),
    pytest.param(FEW + MANY[:5], id="half a header"),
]


@pytest.mark.parametrize("data", READ_TO_THE_END)
def test_every_stream_of_xz_is_read_whatever_padding_is_between(
    tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "in.jsonl.xz").write_bytes(data)
    summary = bulk(tmp_path / "in.jsonl.xz", tmp_path / "out.jsonl")
    assert (summary.pages, summary.errors) == (1005, 0)


@pytest.mark.parametrize("data", DAMAGED)
def test_xz_that_is_damaged_behind_a_stream_is_listed(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "in.jsonl.xz").write_bytes(data)
    summary = bulk(tmp_path / "in.jsonl.xz", tmp_path / "out.jsonl")
    assert (summary.pages, summary.errors) == (5, 1)
    (listed,) = lines(tmp_path / "out.jsonl.errors.jsonl")
    assert listed["line"] == 6
    assert "cannot be read from here on" in listed["error"]


def test_an_empty_file_is_no_xz(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl.xz").write_bytes(b"")
    assert bulk(tmp_path / "in.jsonl.xz", tmp_path / "out.jsonl").errors == 1


def test_xz_that_unpacks_to_much_is_unpacked_bit_by_bit() -> None:
    packed_zeros = lzma.compress(bytes(50_000_000), preset=0)
    assert len(packed_zeros) < 50_000
    with decompressed(io.BytesIO(packed_zeros), ".xz") as stream:
        tracemalloc.start()
        try:
            size = sum(len(data) for data in iter(lambda: stream.read(1 << 16), b""))
            assert tracemalloc.get_traced_memory()[1] < 2_000_000
        finally:
            tracemalloc.stop()
    assert size == 50_000_000
