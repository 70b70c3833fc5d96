"""How often one caller may ask, counted for all workers in Redis, or in each worker by itself.

Where Redis is away, every worker counts by itself until it is back: neither does segmenting stop
then, nor is everything let in.
"""

from __future__ import annotations

import logging
import math
import re
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from limits import RateLimitItem, parse_many
from limits.errors import ConfigurationError, StorageError
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from model.errors import StoryseamError
from service.errors import Problem
from service.settings import Settings

__all__ = ["NoStore", "Rates", "TooMany", "parse"]

# A request waits no longer for Redis, and after a failure nobody asks it for some seconds.
_PATIENCE_SECONDS = 0.25
_RETRY_SECONDS = 5.0
# Pages that wait are counted so much of a rate at a time: all at once they would need a window in
# which nobody else asks for anything, and beside single requests would wait for ever.
_PORTIONS = 4
_PREFIX = "storyseam"

# `limits` reads 0/minute, which would let nobody in, and takes 1/0 minute for 1/minute.
_ZERO = re.compile(r"(?<![0-9])0+(?![0-9])")

_log = logging.getLogger("storyseam.rates")


class NoStore(StoryseamError):
    """Rates are to be counted in Redis, and its driver is missing or does not take the URL."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return f"STORYSEAM_RATE_STORE will not do: {self.reason}"


class TooMany(Problem):
    """The caller has used up what it may ask in this time."""

    status = 429
    kind = "too-many"
    title = "Too many requests"

    def __init__(self, seconds: int, rate: str) -> None:
        super().__init__(
            f"More than {rate}; try again in {seconds} s.", headers={"Retry-After": str(seconds)}
        )
        self.seconds = seconds


def parse(rate: str) -> list[RateLimitItem]:
    """Rates such as ``600/minute`` or ``10/second;5000/hour``.

    Raises
    ------
    ValueError
        It is none.
    """
    try:
        items = parse_many(rate)
    except ValueError:
        raise ValueError("a rate is for example 600/minute, or 10/second;5000/hour") from None
    if _ZERO.search(rate):
        raise ValueError("a rate and its time are 1 or more: not 0/minute, nor 1/0 minute")
    return items


class Rates:
    """Counts what callers ask for, over a sliding window.

    Parameters
    ----------
    rate : str
        As `parse` reads it.
    store : str, optional
        URL of Redis, ``redis://…`` or ``rediss://…``; None, this process counts by itself.
    clock : callable, optional
        Monotonic seconds.

    Raises
    ------
    NoStore
        Not where Redis is away: that is found out when it is asked.
    """

    def __init__(
        self, rate: str, store: str | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        # The shortest first: what it refuses must not count for the longer ones.
        items = sorted(parse(rate), key=lambda item: item.get_expiry())
        self._items: Sequence[RateLimitItem] = items
        self._clock = clock
        self._local = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = None if store is None else SlidingWindowCounterRateLimiter(_redis(store))
        self._away_until = float("-inf")
        self._lock = threading.Lock()

    @classmethod
    def from_settings(cls, settings: Settings) -> Rates | None:
        """What the settings hold everybody to; None, nobody is held to any.

        Raises
        ------
        NoStore
        """
        if settings.rate is None:
            return None
        store = settings.rate_store
        return cls(settings.rate, None if store is None else store.get_secret_value())

    def hit(self, caller: str, cost: int = 1) -> None:
        """Count a request, or several pages.

        Raises
        ------
        TooMany
            With the seconds to wait.
        """
        if self._shared is not None and self._clock() >= self._away_until:
            try:
                return self._hit(self._shared, caller, cost)
            except StorageError as error:
                self._fail(error)
        return self._hit(self._local, caller, cost)

    def pace(self, caller: str, cost: int, alive: Callable[[], object]) -> None:
        """Count ``cost`` pages, each of them, as there is room for them.

        ``alive`` is called while it waits. What it raises ends the waiting; what has been counted
        until then stays so.
        """
        portion = max(1, min(item.amount for item in self._items) // _PORTIONS)
        while cost:
            part = min(cost, portion)
            try:
                self.hit(caller, part)
            except TooMany as refused:
                time.sleep(min(1.0, refused.seconds))
                alive()
            else:
                cost -= part

    def _hit(self, limiter: SlidingWindowCounterRateLimiter, caller: str, cost: int) -> None:
        for item in self._items:
            if not limiter.hit(item, _PREFIX, caller, cost=cost):
                reset = limiter.get_window_stats(item, _PREFIX, caller).reset_time
                seconds = min(max(1, math.ceil(reset - time.time())), item.get_expiry())
                raise TooMany(seconds, f"{item.amount} in {item.get_expiry()} s")

    def _fail(self, error: StorageError) -> None:
        with self._lock:
            if self._clock() < self._away_until:
                return
            self._away_until = self._clock() + _RETRY_SECONDS
        # The type alone: a message may hold the URL.
        cause = type(error.storage_error).__name__
        _log.error("rates are counted by each worker: the store is away: %s", cause)


def _redis(url: str) -> Any:
    try:
        storage: Any = storage_from_string(
            url,
            wrap_exceptions=True,
            socket_timeout=_PATIENCE_SECONDS,
            socket_connect_timeout=_PATIENCE_SECONDS,
        )
        # Made and not connected: an option that there is not would else fail every request.
        storage.storage.connection_pool.make_connection()
    except ConfigurationError:
        raise NoStore("it needs the driver of Redis: pip install 'storyseam[redis]'") from None
    except (TypeError, ValueError):
        # Not what the driver says, which may quote the URL.
        raise NoStore("its options, after the ?, are not those of Redis' driver") from None
    return storage
