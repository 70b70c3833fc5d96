"""What is written to the database of corrections after an answer, by a thread of its own.

Neither a slow database nor one that is away shows in the time of a request, and what it cannot take
is let go: nothing here was promised to anybody. What has to be done there once in a while, whether
anything is written or not, the same thread does.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from flask import Flask

from service.corrections.store import Corrections
from service.errors import Problem

if TYPE_CHECKING:
    from training.corrections import CorrectionStore

__all__ = ["StoreWriter"]

# With what one of them holds, a page of a million characters at most, this bounds the memory.
_MOST_WAITING = 20

# Between two times that the chore is done; what it does, it does for days.
_CHORE_SECONDS = 3600.0

_EXTENSION = "storyseam_store_writer"

_log = logging.getLogger("storyseam.store")


class StoreWriter:
    """Writes one thing after the other; what comes faster than that is refused.

    Parameters
    ----------
    corrections : Corrections
    chore : callable, optional
        Done with the store when the thread begins, and once in ``every`` seconds from then on.
    every : float
    """

    def __init__(
        self,
        corrections: Corrections,
        *,
        chore: Callable[[CorrectionStore], object] | None = None,
        every: float = _CHORE_SECONDS,
    ) -> None:
        self._corrections = corrections
        self._chore = chore
        self._every = every
        self._waiting: queue.Queue[Callable[[CorrectionStore], object]] = queue.Queue(_MOST_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def on(self) -> bool:
        """Whether a database is set, there or not."""
        return self._corrections.on

    @classmethod
    def of(cls, app: Flask) -> StoreWriter:
        """The one of an application."""
        return cast(StoreWriter, app.extensions[_EXTENSION])

    def attach(self, app: Flask) -> None:
        """Write for an application."""
        app.extensions[_EXTENSION] = self

    def offer(self, write: Callable[[CorrectionStore], object]) -> bool:
        """Take something to write; True if it will be tried."""
        try:
            self._waiting.put_nowait(write)
        except queue.Full:
            return False
        self._start()
        return True

    def start(self) -> None:
        """Have the chore done from now on, even if nothing is ever written; after the fork."""
        if self.on and self._chore is not None:
            self._start()

    def join(self) -> None:
        """Wait until all that was taken is written, or let go; for tests."""
        self._waiting.join()

    def _start(self) -> None:
        """Begin with the first: a thread would not survive a fork before it."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="store", daemon=True)
                self._thread.start()

    def _write(self) -> None:
        due = time.monotonic()
        while True:
            left = None
            if self._chore is not None:
                if time.monotonic() >= due:
                    self._try(self._chore)
                    due = time.monotonic() + self._every
                left = max(0.0, due - time.monotonic())
            try:
                write = self._waiting.get(timeout=left)
            except queue.Empty:
                continue
            try:
                self._try(write)
            finally:
                self._waiting.task_done()

    def _try(self, write: Callable[[CorrectionStore], object]) -> None:
        try:
            with self._corrections.store() as store:
                write(store)
        except Problem:
            pass  # away; it has said so in the log
        except Exception:  # noqa: BLE001 - this thread must outlive whatever it writes
            _log.exception("something could not be stored")
