"""A thread of its own that follows the champion, so that a worker without traffic follows it too.

It begins after the fork, which no thread survives, and is the only one to load a model meanwhile:
neither a request nor the heartbeat of the worker waits for a load, or for a registry that hangs.
"""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Self

from service.serving import ServedModel

__all__ = ["Lookout"]

# `ServedModel` knows when a look is due, at most once in ``reload_seconds``; this is how late one
# may be. Asking costs a comparison of two numbers.
_TICK_SECONDS = 0.25

# A load that is under way when the worker ends gets this long: to end a process while a thread
# is within a library can crash it. A model loads in a second or two.
_JOIN_SECONDS = 5.0

_log = logging.getLogger("storyseam.lookout")


class Lookout:
    """Looks for the next champion of one worker for as long as its ``with`` lasts.

    Parameters
    ----------
    served : ServedModel
        Whose requests look no longer themselves.
    tick : float, optional
        Seconds between two questions whether a look is due.
    """

    def __init__(self, served: ServedModel, *, tick: float = _TICK_SECONDS) -> None:
        self._served = served
        self._tick = tick
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="lookout", daemon=True)

    def __enter__(self) -> Self:
        self._served.watched = True
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()
        self._thread.join(_JOIN_SECONDS)

    def stop(self) -> None:
        """Begin no other look; returns at once, so that a handler of signals may call it."""
        self._stop.set()

    def _watch(self) -> None:
        while not self._stop.wait(self._tick):
            try:
                self._served.look()
            except Exception:  # noqa: BLE001 - this thread must outlive any registry
                _log.exception("the registry could not be looked at")
