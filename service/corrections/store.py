"""The correction store as the service uses it: opened on first use, and allowed to be away.

::

    Problem
    ├── CorrectionsOff     404  no database is set
    └── CorrectionsAway    503  it does not answer

Nothing but the endpoints for corrections needs the database, so nothing else may wait for it: a
store that failed is not asked again for some seconds, whoever comes meanwhile is refused at once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from service.errors import Problem

if TYPE_CHECKING:
    from training.corrections import CorrectionStore

__all__ = ["Corrections", "CorrectionsAway", "CorrectionsOff"]

# A request that finds the database away costs its connection timeout; this many seconds later one
# may pay that price again.
_RETRY_SECONDS = 5.0

_log = logging.getLogger("storyseam.corrections")


class CorrectionsOff(Problem):
    """No database for corrections is set."""

    status = 404
    kind = "corrections-off"
    title = "Corrections are off"

    def __init__(self) -> None:
        super().__init__(
            "This service keeps no corrections; start it with STORYSEAM_CORRECTIONS, "
            "for example sqlite:///corrections.db."
        )


class CorrectionsAway(Problem):
    """The database does not answer, or not soundly."""

    status = 503
    kind = "corrections-away"
    title = "Corrections are away"

    def __init__(self) -> None:
        super().__init__(
            "The database of corrections does not answer, and nothing was stored; try again.",
            headers={"Retry-After": str(round(_RETRY_SECONDS))},
        )


def _open(url: str) -> CorrectionStore:
    # SQLAlchemy takes half a second to import, and a service without corrections has no use for it.
    from training.corrections import CorrectionStore

    return CorrectionStore(url)


class Corrections:
    """Gives out the store while it is there; safe for threads.

    Parameters
    ----------
    url : str, optional
        SQLAlchemy URL; None, corrections are off.
    opener, clock : callable
        For tests.
    """

    def __init__(
        self,
        url: str | None,
        *,
        opener: Callable[[str], CorrectionStore] = _open,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._opener = opener
        self._clock = clock
        self._store: CorrectionStore | None = None
        self._lock = threading.Lock()
        self._away_until = float("-inf")

    @classmethod
    def fixed(cls, store: CorrectionStore) -> Corrections:
        """Around a store that is open."""
        made = cls("")
        made._store = store
        return made

    @property
    def on(self) -> bool:
        """Whether a database is set, there or not."""
        return self._url is not None

    def check(self) -> None:
        """Refuse at once what needs a store that is off or was just found away."""
        if self._url is None:
            raise CorrectionsOff
        if self._clock() < self._away_until:
            raise CorrectionsAway

    @contextmanager
    def store(self) -> Iterator[CorrectionStore]:
        """The store, for calls to it and nothing else.

        Raises
        ------
        CorrectionsOff, CorrectionsAway
        """
        self.check()
        store = self._opened(self._url or "")
        from sqlalchemy import exc

        try:
            yield store
        except (exc.IntegrityError, exc.DataError):
            raise  # of what was to be stored, so a fault of ours
        except (OSError, exc.OperationalError, exc.InterfaceError, exc.TimeoutError) as error:
            self._fail(error)
            raise CorrectionsAway from None
        except exc.DBAPIError as error:
            # It answers, and is not what it was: a standby that only reads, without the tables or
            # the rights, damaged. Opened anew, an empty one gets its tables again.
            self._forget(store)
            self._fail(error)
            raise CorrectionsAway from None

    def _opened(self, url: str) -> CorrectionStore:
        with self._lock:
            # Whoever waited while another one found it away need not find out again.
            if self._clock() < self._away_until:
                raise CorrectionsAway
            if self._store is None:
                try:
                    self._store = self._opener(url)
                except Exception as error:  # noqa: BLE001 - no fault of a database is ours to die of
                    self._fail(error)
                    raise CorrectionsAway from None
            return self._store

    def _forget(self, store: CorrectionStore) -> None:
        with self._lock:
            if self._store is store:
                self._store = None
        store.close()

    def _fail(self, error: Exception) -> None:
        self._away_until = self._clock() + _RETRY_SECONDS
        # Of SQLAlchemy's message only what the driver said, and of PostgreSQL's its first sentence,
        # where it has come so far: the rest quotes the statement.
        cause = getattr(error, "orig", None) or error
        first = getattr(getattr(cause, "diag", None), "message_primary", None)
        said = " ".join(str(first or cause).split())[:500]
        _log.error("the database is away: %s: %s", type(error).__name__, said)
