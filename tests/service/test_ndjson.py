"""Lines out of streams: in any pieces, in any coding, and with no bomb held as a whole."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import Accept

from service.errors import BadBody, UnsupportedType
from service.ndjson import Packer, lines, packer, unpacked

TEXT = b"\n".join(b'{"text": "page %d"}' % number for number in range(500))
PACKED = {
    "": TEXT,
    "identity": TEXT,
    "gzip": gzip.compress(TEXT[:5000]) + gzip.compress(TEXT[5000:]),
    "zstd": zstandard.compress(TEXT[:5000]) + zstandard.compress(TEXT[5000:]),
}


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@settings(deadline=None, max_examples=200)
@given(data=st.binary(max_size=80), size=st.integers(1, 9), longest=st.integers(1, 12))
def test_any_stream_in_any_pieces_has_the_lines_of_the_whole(
    data: bytes, size: int, longest: int
) -> None:
    found = [line for some in lines(cut(data, size), longest) for line in some]
    expected = data.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert found == [line if len(line) <= longest else None for line in expected]


def test_lines_come_as_soon_as_they_are_there() -> None:
    asked = []

    def pieces():  # type: ignore[no-untyped-def]
        for number in range(3):
            asked.append(number)
            yield b"a\nb"

    found = lines(pieces(), 10)
    assert next(found) == [b"a"]
    assert asked == [0]
    assert next(found) == [b"ba"]
    assert asked == [0, 1]


@pytest.mark.parametrize("coding", PACKED)
@pytest.mark.parametrize("size", [1, 7, 1000, 100_000])
def test_codings_are_taken_off_in_any_pieces(coding: str, size: int) -> None:
    assert b"".join(unpacked(cut(PACKED[coding], size), coding)) == TEXT


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_what_breaks_off_or_is_no_such_thing_is_refused(coding: str) -> None:
    whole = PACKED[coding]
    for broken in (whole[:-3], whole[:100], b"", b"no such thing", whole + b"rest"):
        with pytest.raises(BadBody):
            list(unpacked(cut(broken, 50), coding))
    with pytest.raises(UnsupportedType):
        unpacked([], "br")


def _bomb(coding: str) -> bytes:
    if coding == "gzip":
        packer = zlib.compressobj(9, wbits=31)
        parts = [packer.compress(b"\n" * 1_000_000) for _ in range(100)]
        return b"".join([*parts, packer.flush()])
    return zstandard.ZstdCompressor(level=3).compress(b" " * 100_000_000)


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
def test_a_bomb_is_refused_and_never_held(coding: str) -> None:
    bomb = _bomb(coding)
    assert len(bomb) < 200_000
    taken = []
    tracemalloc.start()
    try:
        pieces = unpacked(cut(bomb, 1 << 16), coding)
        with pytest.raises(BadBody, match="times its size"):
            taken.extend(len(piece) for piece in pieces)
        assert max(taken) <= 1 << 16
        assert sum(taken) <= 80_000_000
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_line_without_an_end_is_not_held() -> None:
    tracemalloc.start()
    try:
        pieces = (b"x" * 100_000 for _ in range(300))
        assert list(lines(pieces, 1_000_000)) == [[None]]
        assert tracemalloc.get_traced_memory()[1] < 3_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("coding", ["", "gzip", "zstd"])
def test_what_is_packed_can_be_read_up_to_there(coding: str) -> None:
    made = Packer(coding)
    reader = {
        "": None,
        "gzip": zlib.decompressobj(wbits=31),
        "zstd": zstandard.ZstdDecompressor().decompressobj(),
    }[coding]
    for number in range(3):
        line = b"line %d\n" % number
        data = made.pack(line)
        assert (data if reader is None else reader.decompress(data)) == line
    end = made.end()
    if reader is not None:
        reader.decompress(end)
        assert reader.eof


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ([], ""),
        ([("gzip", 1)], "gzip"),
        ([("gzip", 1), ("zstd", 1)], "zstd"),
        ([("gzip", 1), ("zstd", 0.5)], "gzip"),
        ([("br", 1)], ""),
        ([("gzip", 0)], ""),
        ([("*", 1)], "zstd"),
        ([("identity", 1), ("gzip", 0.5)], ""),
    ],
)
def test_the_client_chooses(accepted: list[tuple[str, float]], coding: str) -> None:
    assert packer(Accept(accepted)).coding == coding


def test_a_line_in_tiny_pieces_takes_no_more_than_it_holds() -> None:
    pieces = (bytes((65, 66 + at % 2)) for at in range(100_000))
    tracemalloc.start()
    try:
        ((line,),) = lines(pieces, 1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert line is not None
    assert len(line) == 200_000
    assert peak < 1_000_000
