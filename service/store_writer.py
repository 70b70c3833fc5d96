"""What is written to the database of corrections after an answer, by a thread of its own.

Neither a slow database nor one that is away shows in the time of a request, and what it cannot take
is let go: nothing here was promised to anybody.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from service.corrections_store import Corrections
from service.errors import Problem

if TYPE_CHECKING:
    from training.corrections import CorrectionStore

__all__ = ["StoreWriter"]

# With what one of them holds, a page of a million characters at most, this bounds the memory.
_MOST_WAITING = 20

_log = logging.getLogger("storyseam.store")


class StoreWriter:
    """Writes one thing after the other; what comes faster than that is refused.

    Parameters
    ----------
    corrections : Corrections
    """

    def __init__(self, corrections: Corrections) -> None:
        self._corrections = corrections
        self._waiting: queue.Queue[Callable[[CorrectionStore], None]] = queue.Queue(_MOST_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def on(self) -> bool:
        """Whether a database is set, there or not."""
        return self._corrections.on

    def offer(self, write: Callable[[CorrectionStore], None]) -> bool:
        """Take something to write; True if it will be tried."""
        try:
            self._waiting.put_nowait(write)
        except queue.Full:
            return False
        self._start()
        return True

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
        while True:
            write = self._waiting.get()
            try:
                with self._corrections.store() as store:
                    write(store)
            except Problem:
                pass  # away; it has said so in the log
            except Exception:  # noqa: BLE001 - this thread must outlive whatever it writes
                _log.exception("something could not be stored")
            finally:
                self._waiting.task_done()
