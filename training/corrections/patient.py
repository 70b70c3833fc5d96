"""Connections to PostgreSQL that do not wait for ever for a server that says nothing any more.

The system of a server that is frozen goes on to acknowledge what is sent to it, so that neither TCP
nor libpq notices, and a worker of the service that waits for it has to be replaced. Needs psycopg.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

__all__ = ["PatientConnection", "unhurried"]

T = TypeVar("T")

# Longer than a lock is waited for, and well below the minute after which a request counts as
# hanging.
_SECONDS = 45.0


class PatientConnection(psycopg.Connection[Any]):
    """Closes itself, and raises `psycopg.OperationalError`, once a server has been silent.

    Attributes
    ----------
    patience : float
        Seconds without a byte from the server in the midst of an operation.
    """

    patience: float = _SECONDS

    def wait(self, gen: PQGen[T], *args: Any, **options: Any) -> T:
        return super().wait(self._heard(gen), *args, **options)

    def _heard(self, gen: PQGen[T]) -> PQGen[T]:
        """The same operation, ended where nothing is heard; psycopg asks every tenth second."""
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > self.patience:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(
                        f"the server has said nothing for {self.patience:.0f} s"
                    )
                wanted = gen.send(ready)
        except StopIteration as end:
            done: T = end.value
            return done


@contextmanager
def unhurried(connection: Any) -> Iterator[None]:
    """Let a `PatientConnection` wait for as long as it takes meanwhile.

    Of a server that cleans up, or builds an index, nothing is heard.
    """
    before, connection.patience = connection.patience, float("inf")
    try:
        yield
    finally:
        connection.patience = before
