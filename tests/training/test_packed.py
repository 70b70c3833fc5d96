"""training.packed: half a file is never taken for a whole one, and damage is told as such."""

from __future__ import annotations

import gzip
import json
import lzma
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from tests.training.test_corpus import prose, row
from training.labelled import BadLabelledPage, LabelledPage, read_pages
from training.packed import DAMAGE, create_packed, open_packed
from training.sources import CorpusError, read_rows

PACK: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
# More than a decompressor holds back, so that some comes before the damage.
NOISE = random.Random(3).randbytes(400_000)


def cut(data: bytes) -> bytes:
    return data[: len(data) // 2]


def spoilt(data: bytes) -> bytes:
    """Bytes in the middle are others."""
    middle = len(data) // 2
    return data[:middle] + bytes(byte ^ 0x55 for byte in data[middle:][:40]) + data[middle + 40 :]


def misnamed(_: bytes) -> bytes:
    return b"no packed file at all, whatever its name says\n"


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("frames", [1, 2])
def test_all_that_was_packed_is_read(tmp_path: Path, kind: str, frames: int) -> None:
    path = tmp_path / f"file{kind}"
    path.write_bytes(PACK[kind](NOISE) * frames)
    with open_packed(path) as file:
        assert file.read() == NOISE * frames
    with create_packed(path) as file:
        file.write(NOISE)
    with open_packed(path) as file:
        assert file.read() == NOISE


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("harm", [cut, spoilt, misnamed])
def test_damage_is_an_error(tmp_path: Path, kind: str, harm: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"file{kind}"
    path.write_bytes(harm(PACK[kind](NOISE)))
    with open_packed(path) as file, pytest.raises(DAMAGE):
        file.read()


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("harm", [cut, misnamed])
def test_a_damaged_file_of_articles_is_named(
    tmp_path: Path, kind: str, harm: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"articles.jsonl{kind}"
    lines = "".join(json.dumps(row(n, prose(n))) + "\n" for n in range(300))
    path.write_bytes(harm(PACK[kind](lines.encode())))
    with pytest.raises(CorpusError, match=rf"articles\.jsonl\{kind} is damaged: "):
        list(read_rows(path))


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("harm", [cut, misnamed])
def test_a_damaged_file_of_pages_is_named(
    tmp_path: Path, kind: str, harm: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / f"pages.jsonl{kind}"
    lines = "".join(LabelledPage(f"p{n}", prose(n), [0]).to_json() + "\n" for n in range(300))
    path.write_bytes(harm(PACK[kind](lines.encode())))
    with pytest.raises(BadLabelledPage, match=rf"pages\.jsonl\{kind}:\d+: the file is damaged: "):
        list(read_pages(path))


@pytest.mark.parametrize("kind", PACK)
def test_all_that_was_packed_one_after_another_is_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"articles.jsonl{kind}"
    padding = b"\0" * 8 if kind == ".xz" else b""
    path.write_bytes(PACK[kind](b"one\n") + padding + PACK[kind](b"two\n"))
    with open_packed(path) as file:
        assert file.read() == b"one\ntwo\n"
