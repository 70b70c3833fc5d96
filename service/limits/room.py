"""How many requests a worker has in hand at a time; whoever finds no room is refused at once.

A queue would grow as long as more comes than goes, and everybody in it would wait for nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from service.errors import Problem

__all__ = ["Busy", "Room", "Watch"]


class Busy(Problem):
    """This worker has as much in hand as it may."""

    status = 503
    kind = "busy"
    title = "Busy"

    def __init__(self) -> None:
        super().__init__(
            "The service has as much in hand as it can do; try again in a second.",
            headers={"Retry-After": "1"},
        )


class Room:
    """For so many at a time."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._taken = 0
        self._lock = threading.Lock()

    def enter(self, places: int = 1) -> None:
        """Take places, which `leave` gives back.

        Raises
        ------
        Busy
            There are not so many.
        """
        with self._lock:
            if self._taken + places > self._size:
                raise Busy
            self._taken += places

    def leave(self, places: int = 1) -> None:
        """Give places back."""
        with self._lock:
            self._taken -= places

    @property
    def taken(self) -> int:
        """Places that are taken."""
        return self._taken


class Watch:
    """Until when every thread of a worker has to be done, or show that it goes on."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: dict[int, float] = {}

    def begin(self) -> None:
        """This thread begins, or goes on."""
        self._until[threading.get_ident()] = self._clock() + self._seconds

    def end(self) -> None:
        """This thread is done."""
        self._until.pop(threading.get_ident(), None)

    def overdue(self) -> bool:
        """Whether a thread hangs."""
        now = self._clock()
        return any(until < now for until in list(self._until.values()))
