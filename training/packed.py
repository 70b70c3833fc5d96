"""Files that may be packed, read and written by suffix: gzip, xz, zst; damage is an error."""

from __future__ import annotations

import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

__all__ = ["DAMAGE", "XzStream", "ZstdStream", "create_packed", "open_packed"]

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
        return _Opened(path.open("rb"), XzStream)
    if kind in (".zst", ".zstd"):
        return _Opened(path.open("rb"), ZstdStream)
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


class _Opened(io.BufferedReader):
    """A file read through one of the streams below, and closed with it."""

    def __init__(self, file: BinaryIO, stream: Callable[[BinaryIO], io.RawIOBase]) -> None:
        super().__init__(stream(file), 1 << 17)
        self._file = file

    def close(self) -> None:
        super().close()
        self._file.close()


class XzStream(io.RawIOBase):
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


class ZstdStream(io.RawIOBase):
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
