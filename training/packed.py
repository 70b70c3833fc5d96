"""Files that may be packed, read and written by suffix: gzip, xz, zst; damage is an error."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from pathlib import Path
from typing import Any, BinaryIO, cast

__all__ = ["DAMAGE", "create_packed", "open_packed"]

# What reading raises where a file is damaged, cut short, or not what its name says.
DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError)


def open_packed(path: Path) -> BinaryIO:
    """The bytes of a file, unpacked by its suffix.

    Raises
    ------
    OSError
        The file cannot be opened. Reading raises one of `DAMAGE`.
    """
    kind = path.suffix.lower()
    if kind == ".gz":
        return cast(BinaryIO, gzip.open(path))
    if kind == ".xz":
        return cast(BinaryIO, lzma.open(path))
    if kind in (".zst", ".zstd"):
        return io.BufferedReader(_ZstdStream(path.open("rb")), 1 << 17)
    return path.open("rb")


def create_packed(path: Path) -> BinaryIO:
    """A new file, packed by its suffix; the bytes are whole once it is closed."""
    kind = path.suffix.lower()
    if kind == ".gz":
        return cast(BinaryIO, gzip.open(path, "wb"))
    if kind == ".xz":
        return cast(BinaryIO, lzma.open(path, "wb"))
    if kind in (".zst", ".zstd"):
        import zstandard  # an extra format should not slow down every start

        return cast(BinaryIO, zstandard.open(path, "wb"))
    return path.open("wb")


class _ZstdStream(io.RawIOBase):
    """All frames of a file, one after another; the last has to be whole.

    zstandard's own reader takes the end of the bytes for the end of the last frame, so half a file
    would pass for all of it.
    """

    # Packed bytes that are read at a time; few, as some pages are packed to a thousandth.
    _STEP = 1 << 14
    # As in `zstd --long=31`, which large corpora are packed with.
    _WINDOW = 1 << 31

    def __init__(self, raw: BinaryIO) -> None:
        import zstandard  # as above

        self._raw = raw
        self._context = zstandard.ZstdDecompressor(max_window_size=self._WINDOW)
        self._error = zstandard.ZstdError
        self._frame = self._context.decompressobj()
        self._begun = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._ready:
            packed = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame, self._begun = self._context.decompressobj(), False
            packed = packed or self._raw.read(self._STEP)
            if not packed:
                if self._begun:
                    raise EOFError("its last zst frame is cut short")
                return 0
            self._begun = True
            try:
                self._ready = memoryview(self._frame.decompress(packed))
            except self._error as error:
                raise OSError(str(error)) from error  # like gzip's own error, which is one
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()
