"""Streams read through gz, xz and zst, of which a file may hold several one after another."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

import zstandard

__all__ = ["COMPRESSIONS", "DAMAGE", "decompressed", "sniff", "told"]

# Ending and first bytes of each.
COMPRESSIONS = {".gz": b"\x1f\x8b", ".xz": b"\xfd7zXZ", ".zst": b"\x28\xb5\x2f\xfd"}

# Bytes at the beginning that tell one from another.
_HEAD = 16

# What the decompressors raise on a damaged or shortened file.
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError)


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


class _XzStream(io.RawIOBase):
    """All streams of an xz file, one after another, with the padding that may stand between them.

    ``lzma.LZMAFile`` takes whatever follows a stream and begins none for the end of the file, so it
    ends silently at padding or at a damaged header, and half a corpus would pass as the whole one.
    """

    # Bytes that are unpacked at a time: xz packs some pages to a thousandth, and nobody wants 64 MB
    # of them for each 64 kB read.
    _MOST = 1 << 17

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._stream = lzma.LZMADecompressor(lzma.FORMAT_XZ)
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._ready:
            data = b""
            if self._stream.eof:
                data = self._after_padding(self._stream.unused_data)
                if not data:
                    return 0
                self._stream = lzma.LZMADecompressor(lzma.FORMAT_XZ)
            elif self._stream.needs_input:
                data = self._raw.read(1 << 16)
                if not data:
                    raise EOFError("the last xz stream is incomplete")
            self._ready = memoryview(self._stream.decompress(data, self._MOST))
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _after_padding(self, data: bytes) -> bytes:
        """What follows the padding behind a stream; nothing at the end of the file."""
        padding = 0
        while True:
            data = data or self._raw.read(1 << 16)
            rest = data.lstrip(b"\0")
            padding += len(data) - len(rest)
            if rest or not data:
                break
            data = b""
        if padding % 4:
            # The format's own sign that something is missing: it pads to multiples of four.
            raise lzma.LZMAError("what follows an xz stream is neither padding nor another stream")
        return rest


class _ZstdStream(io.RawIOBase):
    """All frames of a zst stream, one after another; a shortened last frame is an error.

    zstandard's own reader ends silently there, and a half-read corpus would pass as a whole one.
    """

    # zstd --long=31 writes windows of up to 2 GB; only a corpus that was packed so needs as much.
    _WINDOW = 1 << 31

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._context = zstandard.ZstdDecompressor(max_window_size=self._WINDOW)
        self._frame = self._context.decompressobj()
        self._fed = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._ready:
            spare = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame, self._fed = self._context.decompressobj(), False
            data = spare or self._raw.read(1 << 16)
            if not data:
                if self._fed:
                    raise EOFError("the last zst frame is incomplete")
                return 0
            self._fed = True
            self._ready = memoryview(self._frame.decompress(data))
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size


_DECOMPRESSORS: dict[str, Callable[[BinaryIO], BinaryIO]] = {
    ".gz": lambda raw: cast(BinaryIO, gzip.GzipFile(fileobj=raw, mode="rb")),
    ".xz": lambda raw: io.BufferedReader(_XzStream(raw), 1 << 17),
    ".zst": lambda raw: io.BufferedReader(_ZstdStream(raw), 1 << 17),
}
