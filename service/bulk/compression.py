"""How a stream is compressed, by its first bytes, and its bytes without that."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from typing import BinaryIO, cast

from training.packed import XzStream, ZstdStream

__all__ = ["COMPRESSIONS", "decompressed", "sniff", "told"]

# Ending and first bytes of each.
COMPRESSIONS = {".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ", ".zst": b"\x28\xb5\x2f\xfd"}

# Bytes at the beginning that tell one from another.
_HEAD = 16


def decompressed(raw: BinaryIO, suffix: str) -> BinaryIO:
    """``raw`` read through the decompressor of ``.gz``, ``.xz``, ``.zst``, or as it is."""
    opener = _DECOMPRESSORS.get(suffix)
    return raw if opener is None else opener(raw)


def sniff(raw: BinaryIO) -> str:
    """Compression of a buffered stream, by its first bytes; empty for none."""
    head = _head(raw)
    return next((end for end, magic in COMPRESSIONS.items() if head.startswith(magic)), "")


def told(raw: BinaryIO, suffix: str, begins: bytes) -> str:
    """Compression of a file, by its first bytes more than by the ``suffix`` of its name.

    What begins like none that is known is none if it ``begins`` as its form does: the file was
    unpacked and kept its name. Otherwise it is damaged, and the decompressor is to say so.
    """
    found = sniff(raw)
    if found or not suffix:
        return found
    plain = _head(raw).removeprefix(b"\xef\xbb\xbf").lstrip()
    return "" if begins and plain.startswith(begins) else suffix


def _head(raw: BinaryIO) -> bytes:
    return cast(io.BufferedReader, raw).peek(_HEAD)[:_HEAD]


_DECOMPRESSORS: dict[str, Callable[[BinaryIO], BinaryIO]] = {
    ".gz": lambda raw: cast(BinaryIO, gzip.GzipFile(fileobj=raw, mode="rb")),
    ".xz": lambda raw: io.BufferedReader(XzStream(raw), 1 << 17),
    ".zst": lambda raw: io.BufferedReader(ZstdStream(raw), 1 << 17),
}
