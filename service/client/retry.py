"""When a client asks again, and after how long."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from service.client.errors import ClientError, Refused, Unreachable

__all__ = ["Backoff"]

# Too many requests, and what a proxy or a service says that cannot answer now but soon may.
_PASSING = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Backoff:
    """Exponential with full jitter, and never earlier than the service asks for.

    Full jitter, because clients that were refused together must not come back together.

    Attributes
    ----------
    retries : int
        How often to ask again.
    first, longest : float
        Seconds: the most to wait before the first retry, doubled for each one after it, and the
        most to wait at all. A service that asks for more patience than that is not waited for.
    chance : callable
        Gives numbers from 0 to 1.
    """

    retries: int = 4
    first: float = 0.25
    longest: float = 30.0
    chance: Callable[[], float] = random.random

    def wait(self, tried: int, error: ClientError) -> float | None:
        """Seconds to wait after ``tried`` attempts, the last with ``error``; None, give up."""
        if tried > self.retries or not _may_pass(error):
            return None
        # The exponent is bounded, as 2.0 ** 1024 is no number.
        pause = self.chance() * min(self.longest, self.first * 2.0 ** min(tried - 1, 60))
        asked = error.retry_after if isinstance(error, Refused) else None
        if asked is None:
            return pause
        return None if asked > self.longest else asked + min(pause, self.first)


def _may_pass(error: ClientError) -> bool:
    """Whether asking again can help. Not after a timeout: the service is at it already."""
    if isinstance(error, Unreachable):
        return not error.late
    return isinstance(error, Refused) and error.status in _PASSING
