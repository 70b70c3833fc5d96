"""service.bulk.compression: streams one after another, the room between them, and damage."""

from __future__ import annotations

import gzip
import io
import lzma
import tracemalloc
from pathlib import Path

import pytest

from service.bulk.compression import decompressed
from tests.service.bulk_fake import pages
from tests.service.test_bulk import COMPRESSORS, bulk, lines, packed
from tests.service.test_bulk_warc import write_warc

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


@pytest.mark.parametrize("named", COMPRESSORS)
@pytest.mark.parametrize("packed_as", COMPRESSORS)
def test_what_a_file_is_counts_more_than_its_name(
    tmp_path: Path, named: str, packed_as: str
) -> None:
    path = tmp_path / f"in.jsonl{named}"
    path.write_bytes(COMPRESSORS[packed_as](b"\xef\xbb\xbf" + packed(pages(30))))
    summary = bulk(path, tmp_path / "out.jsonl", batch_pages=4, checkpoint_pages=8)
    assert (summary.pages, summary.errors) == (30, 0)
    (tmp_path / "files").write_bytes(COMPRESSORS[packed_as](str(path).encode()))
    (tmp_path / "files").rename(tmp_path / f"files{named}")
    again = bulk(f"@{tmp_path}/files{named}", tmp_path / "again.jsonl")
    assert (again.pages, again.errors) == (30, 0)


@pytest.mark.parametrize("name", ["in.html.gz", "in.warc.gz"])
def test_files_of_other_forms_that_were_unpacked_are_read(tmp_path: Path, name: str) -> None:
    if "warc" in name:
        pytest.importorskip("fastwarc", reason="WARC needs fastwarc")
        write_warc(tmp_path / name)
        data = gzip.decompress((tmp_path / name).read_bytes())
    else:
        data = b"\n<p>The bridge opens.</p>"
    bulk_of_packed = bulk(write(tmp_path / "packed" / name, gzip.compress(data)), tmp_path / "a")
    bulk_of_plain = bulk(write(tmp_path / "plain" / name, data), tmp_path / "b")
    assert bulk_of_packed.pages == bulk_of_plain.pages > 0
    read = [[line.get("stories") for line in lines(tmp_path / out)] for out in "ab"]
    assert read[0] == read[1]


@pytest.mark.parametrize("ending", [".gz", ".xz", ".zst"])
def test_a_damaged_head_is_one_bad_record_and_no_thousand_bad_lines(
    tmp_path: Path, ending: str
) -> None:
    data = COMPRESSORS[ending](packed(pages(1000)))
    path = write(tmp_path / f"in.jsonl{ending}", b"\x00" + data[1:])
    summary = bulk(path, tmp_path / "out.jsonl")
    assert (summary.pages, summary.errors) == (0, 1)


def write(path: Path, data: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


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
