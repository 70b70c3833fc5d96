"""The body of a request as bytes, however slowly and in whatever framing it comes.

Gunicorn's own ``read`` waits until it has as much as was asked for; a line that has arrived would
wait for the next one, and a byte every few seconds could hold a thread for hours. So bodies are
taken here piece by piece as the socket gives them, each piece with a time to arrive in.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Request
from gunicorn.http.body import Body, ChunkedReader, LengthReader

from service.errors import BadBody, EmptyPage, Slow, TooLarge, UnsupportedType

__all__ = ["WATCH", "Limits", "arriving", "has_hung_up", "read_body"]

_PIECE = 1 << 16

#: Where a request's environment has who sees that it hangs: to wait for a client is no hanging.
WATCH = "storyseam.watch"


@dataclass(frozen=True, slots=True)
class Limits:
    """What is too much.

    Attributes
    ----------
    body_bytes : int
        Of one body, or of one line of a batch.
    characters : int
        Of one page.
    blocks : int
        Of one page: lines that are not blank, or sentences where line breaks were lost. Each takes
        7 kB of memory while it is segmented, however short it is.
    seconds : float
        For a body to arrive; of a batch, for each of its pieces.
    """

    body_bytes: int = 8_000_000
    characters: int = 2_000_000
    blocks: int = 50_000
    seconds: float = 30.0


def read_body(request: Request, limits: Limits) -> bytes:
    """The whole body, whether it says its length or comes in chunks.

    Raises
    ------
    UnsupportedType
        It is compressed.
    TooLarge, EmptyPage, BadBody, Slow
    """
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding not in {"", "identity"}:
        raise UnsupportedType(
            f"The content coding {coding[:40]!r} is not read; send the body uncompressed.",
            headers={"Accept-Encoding": "identity"},
        )
    announced = request.content_length
    if announced is not None and announced > limits.body_bytes:
        raise TooLarge(limits.body_bytes)
    # Not a list: of chunks of two bytes each it takes thirty times as much as they hold.
    body = bytearray()
    for piece in arriving(request, limits.seconds, in_all=True):
        body += piece
        if len(body) > limits.body_bytes:
            raise TooLarge(limits.body_bytes)
    if not body:
        raise EmptyPage("The body is empty; send the page in it.")
    return bytes(body)


def arriving(request: Request, seconds: float, *, in_all: bool) -> Iterator[bytes]:
    """The pieces of a body as they come, none of them empty.

    Parameters
    ----------
    request : Request
    seconds : float
        Time for each piece, or for the whole body.
    in_all : bool
        Whether it is for the whole.

    Raises
    ------
    BadBody
        It broke off before its end, or is framed wrongly.
    Slow
        It did not arrive in time.
    """
    # Taken from the request now: a stream is read when its request is no longer in hand.
    environ = request.environ
    announced = request.content_length
    chunked = announced is None and bool(environ.get("wsgi.input_terminated"))
    pieces = _pieces(environ["wsgi.input"], None if chunked else announced or 0)
    clock = _Clock(environ["wsgi.input"], environ.get("gunicorn.socket"))
    return _timed(pieces, clock, environ.get(WATCH), announced, seconds, in_all)


def has_hung_up(connection: socket.socket | None) -> bool:
    """Whether the other end of a connection will send and, so far as can be known, read no more.

    Also where what it has sent is still to be read. None, not behind gunicorn, has not.
    """
    if connection is None:
        return False
    poll = select.poll()
    poll.register(connection, getattr(select, "POLLRDHUP", 0))  # Linux has it
    return bool(poll.poll(0))


class _Clock:
    """Stands in for the socket within gunicorn's reader: what it reads has to be there in time.

    A socket's own timeout begins anew with every byte, as of the size of a chunk.
    """

    def __init__(self, stream: Any, connection: socket.socket | None) -> None:
        self.connection = connection
        self.until = float("inf")
        self._unreader: Any = None
        if isinstance(stream, Body):
            reader = stream.reader
            self._unreader = getattr(reader, "unreader", None) or reader.req.unreader

    def recv(self, size: int) -> bytes:
        """What gunicorn reads with."""
        assert self.connection is not None
        if (left := self.until - time.monotonic()) <= 0:
            raise TimeoutError
        self.connection.settimeout(left)
        return self.connection.recv(size)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Give what is read in here so many seconds in all."""
        if self._unreader is None or self.connection is None:
            yield
            return
        self.until = time.monotonic() + seconds
        before, self._unreader.sock = self._unreader.sock, self
        try:
            yield
        finally:
            self._unreader.sock = before


def _timed(
    pieces: Iterator[bytes],
    clock: _Clock,
    watch: Any,
    announced: int | None,
    seconds: float,
    in_all: bool,
) -> Iterator[bytes]:
    """The pieces, each in its time and all of them there."""
    until = time.monotonic() + seconds
    size = 0
    while True:
        left = until - time.monotonic() if in_all else seconds
        if left <= 0:
            raise Slow(seconds)
        if watch is not None:
            watch.end()
        try:
            with clock.within(left):
                piece = next(pieces, None)
        except TimeoutError:
            raise Slow(seconds) from None
        except Exception as error:
            # Whatever the server makes of broken chunks or a reset connection comes up here.
            raise BadBody(f"The body could not be read: {type(error).__name__}.") from error
        finally:
            if watch is not None:
                watch.begin()
        if piece is None:
            break
        size += len(piece)
        yield piece
    if announced is not None and size < announced:
        raise BadBody("The body broke off before its end.")
    if clock.connection is not None:
        # What comes next is the answer, and its reader gets as much time.
        clock.connection.settimeout(seconds)


def _pieces(stream: Any, length: int | None) -> Iterator[bytes]:
    """What every read of the socket brings; ``length`` None, until the last chunk."""
    if isinstance(stream, Body):
        reader = stream.reader
        if isinstance(reader, ChunkedReader) and length is None:
            yield from _chunks(stream, reader)
            return
        if isinstance(reader, LengthReader):
            yield from _counted(stream, reader)
            return
    # Not behind gunicorn: a test, whose bytes are all there.
    left = length
    while left is None or left > 0:
        piece = stream.read(_PIECE if left is None else min(left, _PIECE))
        if not piece:
            return
        left = None if left is None else left - len(piece)
        yield piece


def _chunks(body: Body, reader: ChunkedReader) -> Iterator[bytes]:
    if reader.parser is None:
        return
    try:
        for piece in reader.parser:
            if piece:
                yield piece
    except BaseException:
        body.failed = True
        raise
    # As `ChunkedReader.read` leaves it at the end, for whoever asks whether the body is done.
    reader.parser = None


def _counted(body: Body, reader: LengthReader) -> Iterator[bytes]:
    while reader.length:
        try:
            piece = reader.unreader.read(None, read_ahead=min(reader.length, _PIECE))
        except BaseException:
            body.failed = True
            raise
        if not piece:
            return
        # The next request may have come along in the same packet.
        if len(piece) > reader.length:
            reader.unreader.unread(piece[reader.length :])
            piece = piece[: reader.length]
        reader.length -= len(piece)
        yield piece
