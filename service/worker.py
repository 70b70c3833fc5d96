"""Gunicorn's threaded worker, made to let go of what hangs and to end without dropping a request.

What gunicorn leaves to us:

- A client that sends the head of a request byte by byte holds a thread for as long as it likes.
- A view that hangs is not noticed: the heartbeat comes from a thread of its own.
- When the service stops it accepts no more, and cuts off whoever stands in the socket's queue.
- A peer that stays after its last answer keeps it from all else.
- Between two requests nothing runs that would see another champion; see `service.lookout`.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import selectors
import socket
import time
from collections import deque
from functools import partial
from types import FrameType
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker

from service.limits.backlog import admit_no_more
from service.limits.guard import Guard
from service.lookout import Lookout
from service.serving import ServedModel

__all__ = ["Worker"]

# From the first look at a connection until the head of its request is there; and where such heads
# hold all threads, so that nobody else is answered, not even a probe.
_HEAD_SECONDS = 10.0
_PRESSED_HEAD_SECONDS = 1.0

# For connections whose first packet came before nobody was admitted any more: a round trip.
_HANDSHAKE_SECONDS = 0.1

# For the other side to close a connection that has had its last answer.
_LINGER_SECONDS = 2.0

_log = logging.getLogger("storyseam.worker")


class Worker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types
    """One process; its main thread accepts connections and looks after the others."""

    wsgi: Any = None
    alive: bool

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._reading: dict[TConn, float] = {}
        self._lookout: Lookout | None = None
        self._lingering: deque[tuple[float, TConn]] = deque()

    def run(self) -> None:
        """Serve until told to stop, and follow the champion meanwhile."""
        with Lookout(ServedModel.of(self.wsgi)) as self._lookout:
            super().run()
        if self._guard is not None and self._guard.watch.overdue():
            # Python would wait for the thread that hangs before it ends.
            os._exit(1)

    def handle(self, conn: TConn) -> Any:
        """Read a request and answer it, in a thread of the pool."""
        self._reading[conn] = time.monotonic()
        try:
            return super().handle(conn)
        finally:
            self._reading.pop(conn, None)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answer a request whose head is there; its body has a time of its own."""
        self._reading.pop(conn, None)
        return super().handle_request(req, conn)

    def notify(self) -> None:
        """Say that this worker lives; called at least once a second."""
        self._cut_slow()
        self._let_go()
        if not self.alive and self._guard is not None:
            self._guard.stopping.set()
        if self._guard is not None and self._guard.watch.overdue():
            # Without a sign of life gunicorn replaces the worker after its timeout. Until then
            # the requests that do not hang can end.
            if self.alive:
                _log.critical("a request hangs; this worker is replaced")
                self.alive = False
            return
        super().notify()

    def is_parent_alive(self) -> bool:
        """Whether the first process is there; without it this worker ends as if told to."""
        alive = bool(super().is_parent_alive())
        if not alive:
            self.alive = False
        return alive

    def accept(self, listener: socket.socket) -> None:
        """Take whoever is next in the queue, if there is a descriptor for it."""
        try:
            super().accept(listener)
        except OSError as error:
            if error.errno not in {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}:
                raise
            time.sleep(0.05)  # it stays in the queue

    def finish_request(self, conn: TConn, fs: Any) -> None:
        """Keep a connection or end it; nobody waits for the other side to close it.

        Gunicorn waits for that, two seconds at most, in the thread that accepts and keeps all.
        """
        if fs.cancelled() or fs.exception() is not None or fs.result():
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))
        except (OSError, ValueError, KeyError):
            self._end(conn)
            return
        self._lingering.append((time.monotonic() + _LINGER_SECONDS, conn))

    def _drain(self, conn: TConn, sock: socket.socket) -> None:
        """Read what still comes, to its end: unread, it would reset the connection."""
        try:
            if sock.recv(1 << 16):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end(conn)

    def _let_go(self) -> None:
        """End the connections whose peers have had their time, and forget those that ended."""
        now = time.monotonic()
        while self._lingering:
            until, conn = self._lingering[0]
            if conn.sock.fileno() >= 0:
                if now < until:
                    return
                self._end(conn)
            self._lingering.popleft()

    def _end(self, conn: TConn) -> None:
        with contextlib.suppress(OSError, ValueError, KeyError):
            self.poller.unregister(conn.sock)
        self.nr_conns -= 1
        conn.close()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: end in order."""
        if self._guard is not None:
            self._guard.stopping.set()
        if self._lookout is not None:
            self._lookout.stop()
        super().handle_exit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to accept; before the service ends, take whoever is in the queue.

        Where only this worker ends, the queue is for the others and for the one after it.
        """
        if not enabled and self._is_last():
            for listener in self.sockets:
                admit_no_more(listener)
            time.sleep(_HANDSHAKE_SECONDS)
            self._accept_all()
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            # At once, so that the next to come is refused and not put into a queue that nobody
            # serves. Other workers have descriptors of their own.
            for listener in self.sockets:
                listener.close()

    def _is_last(self) -> bool:
        """Whether nobody serves the queue after this worker and those that end with it."""
        return not self.alive and (bool(self.app.ending) or not self.is_parent_alive())

    @property
    def _guard(self) -> Guard | None:
        """The gate of the application; None until it is loaded."""
        return None if self.wsgi is None else Guard.of(self.wsgi)

    def _cut_slow(self) -> None:
        now = time.monotonic()
        pressed = len(self._reading) >= self.cfg.threads
        patience = _PRESSED_HEAD_SECONDS if pressed else _HEAD_SECONDS
        for conn, began in list(self._reading.items()):
            if began + patience < now:
                # Its thread then reads the end of the stream, and closes.
                with contextlib.suppress(OSError):
                    conn.sock.shutdown(socket.SHUT_RD)

    def _accept_all(self) -> None:
        for listener in self.sockets:
            with contextlib.suppress(OSError):
                listener.setblocking(False)
            before = -1
            while self.nr_conns != before:
                before = self.nr_conns
                # Somebody else may have closed it; then nobody is in its queue.
                with contextlib.suppress(OSError):
                    self.accept(listener)
