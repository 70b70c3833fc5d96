"""Where the time of a page goes, for whoever holds a stopwatch; others pay next to nothing.

Stages are exclusive: while one that is called from another runs, the other's time stands still.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import ParamSpec, TypeVar

__all__ = ["STAGES", "Stopwatch", "stage"]

#: What there is: bytes to text or JSON; text or HTML to blocks; features; label probabilities;
#: spans, and what is told of them.
STAGES = ("decode", "parse", "features", "predict", "spans")

P = ParamSpec("P")
R = TypeVar("R")


class Stopwatch:
    """Seconds by stage.

    >>> watch = Stopwatch()
    >>> with watch.running():
    ...     with watch.stage("parse"):
    ...         pass
    >>> list(watch.take())
    ['parse']
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._seconds: dict[str, float] = {}
        self._stack: list[str] = []
        self._since = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure what this thread does meanwhile."""
        token = _running.set(self)
        try:
            yield
        finally:
            _running.reset(token)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """What is done meanwhile belongs to a stage."""
        self._turn()
        self._stack.append(name)
        try:
            yield
        finally:
            self._turn()
            self._stack.pop()

    def take(self) -> dict[str, float]:
        """What was measured since the last time."""
        seconds, self._seconds = self._seconds, {}
        return seconds

    def _turn(self) -> None:
        now = self._clock()
        if self._stack:
            name = self._stack[-1]
            self._seconds[name] = self._seconds.get(name, 0.0) + now - self._since
        self._since = now


_running: ContextVar[Stopwatch | None] = ContextVar("storyseam_stopwatch", default=None)


def stage(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A decorator of functions whose time belongs to a stage."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def measured(*args: P.args, **kwargs: P.kwargs) -> R:
            watch = _running.get()
            if watch is None:
                return function(*args, **kwargs)
            with watch.stage(name):
                return function(*args, **kwargs)

        return measured

    return decorate
