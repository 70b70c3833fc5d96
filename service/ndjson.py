"""Lines out of a stream of bytes and into one, compressed or not, in memory that does not grow.

What comes from a client may be a bomb: bytes that unpack to a thousand times their size, or one
line without an end. Neither is ever held as a whole.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Protocol

import zstandard

from service.errors import BadBody, UnsupportedType

__all__ = ["CODINGS", "Packer", "lines", "packer", "unpacked"]

#: Content codings that are read and written, the best first.
CODINGS = ("zstd", "gzip")

_PIECE = 1 << 16
# A zstd block of four bytes can hold 128 kB; so many input bytes unpack to 8 MB at the worst.
_ZSTD_SLICE = 256
# What zstd itself takes as a matter of course; a larger window is memory that the client chooses.
_ZSTD_WINDOW = 1 << 23
# Pages of news pack to a fifth, and the same page again and again to a hundredth.
_MOST_RATIO = 400
# Too little to do harm, whatever its ratio.
_FREE_BYTES = 16_000_000
# Middle levels: the stream is packed as fast as pages are segmented.
_GZIP_LEVEL = 4
_ZSTD_LEVEL = 3


def unpacked(pieces: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """A body without its content coding, piece by piece.

    Parameters
    ----------
    pieces : iterable of bytes
    coding : str
        ``gzip``, ``zstd``, ``identity`` or empty. Several members or frames in a row are one body.

    Raises
    ------
    UnsupportedType
        Another coding.
    BadBody
        It is not what its coding says, breaks off, or is a bomb.
    """
    if coding in {"", "identity"}:
        return iter(pieces)
    if coding in {"gzip", "x-gzip"}:
        return _guarded(pieces, _Gzip())
    if coding == "zstd":
        return _guarded(pieces, _Zstd())
    raise UnsupportedType(
        f"The content coding {coding[:40]!r} is not read; send gzip, zstd or none.",
        headers={"Accept-Encoding": ", ".join(CODINGS)},
    )


class _Unpacker(Protocol):
    whole: bool

    def feed(self, data: bytes) -> Iterator[bytes]: ...


def _guarded(pieces: Iterable[bytes], unpacker: _Unpacker) -> Iterator[bytes]:
    given = taken = 0
    try:
        for piece in pieces:
            given += len(piece)
            for data in unpacker.feed(piece):
                taken += len(data)
                if taken > max(_FREE_BYTES, _MOST_RATIO * given):
                    raise BadBody(f"The body unpacks to more than {_MOST_RATIO} times its size.")
                yield data
    except (zlib.error, zstandard.ZstdError):
        raise BadBody("The body is not what its Content-Encoding says.") from None
    if not unpacker.whole:
        raise BadBody("The compressed body broke off before its end.")


class _Gzip:
    """All members of a gzip stream; gives at most so much at a time."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self.whole = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(wbits=31)
            out = self._member.decompress(data, _PIECE)
            data = self._member.unused_data if self._member.eof else self._member.unconsumed_tail
            self.whole = self._member.eof
            if out:
                yield out


class _Zstd:
    """All frames of a zstd stream; its decoder knows no limit, so it is fed by the spoon."""

    def __init__(self) -> None:
        self._context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame = self._context.decompressobj(write_size=_PIECE)
        self.whole = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), _ZSTD_SLICE):
            spoon = data[at : at + _ZSTD_SLICE]
            while spoon:
                if self._frame.eof:
                    self._frame = self._context.decompressobj(write_size=_PIECE)
                out = self._frame.decompress(spoon)
                spoon = self._frame.unused_data if self._frame.eof else b""
                self.whole = self._frame.eof
                for low in range(0, len(out), _PIECE):
                    yield out[low : low + _PIECE]


def lines(pieces: Iterable[bytes], longest: int) -> Iterator[list[bytes | None]]:
    """The lines that every piece completes, without their ends.

    Parameters
    ----------
    pieces : iterable of bytes
    longest : int
        Bytes of a line; a longer one is passed over and stands as None.

    Yields
    ------
    list of bytes or None
        Never empty. The last line needs no line break, unless there is nothing in it.
    """
    # Not a list: of pieces of two bytes each it takes thirty times as much as they hold.
    begun = bytearray()
    size = 0
    for piece in pieces:
        *whole, rest = piece.split(b"\n")
        found: list[bytes | None] = []
        for end in whole:
            size += len(end)
            if size <= longest:
                found.append(bytes(begun) + end if begun else end)
            else:
                found.append(None)
            begun.clear()
            size = 0
        size += len(rest)
        if size > longest:
            # Only that it is too long is still of interest.
            begun.clear()
        else:
            begun += rest
        if found:
            yield found
    if size:
        yield [bytes(begun) if size <= longest else None]


class Packer:
    """Packs what is written so that a reader can unpack it up to there at once.

    Parameters
    ----------
    coding : str
        One of `CODINGS`, or empty.
    """

    def __init__(self, coding: str) -> None:
        self.coding = coding
        self._packer: Any = None
        self._flush: tuple[int, ...] = ()
        if coding == "gzip":
            self._packer = zlib.compressobj(_GZIP_LEVEL, wbits=31)
            self._flush = (zlib.Z_SYNC_FLUSH,)
        elif coding == "zstd":
            self._packer = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
            self._flush = (zstandard.COMPRESSOBJ_FLUSH_BLOCK,)

    def pack(self, data: bytes) -> bytes:
        """Some more, to the last byte."""
        if self._packer is None:
            return data
        return bytes(self._packer.compress(data) + self._packer.flush(*self._flush))

    def end(self) -> bytes:
        """What the coding wants at its end."""
        return b"" if self._packer is None else bytes(self._packer.flush())


def packer(accepted: Any) -> Packer:
    """For what a client takes, by werkzeug's ``accept_encodings``; plain if it does not say."""
    best = max(CODINGS, key=accepted.quality)
    wanted = accepted.quality(best) > 0 and accepted.quality(best) >= accepted.quality("identity")
    return Packer(best if accepted and wanted else "")
