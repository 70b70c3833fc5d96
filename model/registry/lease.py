"""The job lock of a registry in an object store: a lease, as no store frees what a dead job held.

Its holder renews it every minute, in an object of its own (``.job/0000000007``). It is void after
`LEASE` seconds without; on the holder's own machine, as soon as its process is gone.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from model.errors import RegistryBusy, RegistryError
from model.registry.holder import SOMEBODY, introduce, is_gone, named
from model.registry.store import Store

__all__ = ["LEASE", "hold_lease"]

#: Seconds after which a job that gave no sign is taken for dead: well above what the clocks of two
#: machines differ by, and far less than a night.
LEASE = 900.0
_BEAT = 60.0

_JOBS = ".job"


@contextmanager
def hold_lease(store: Store) -> Iterator[None]:
    """Hold the one lease of a store.

    Raises
    ------
    RegistryBusy
        Another job holds it; says which process, and since when.
    """
    numbers = store.numbers(_JOBS)
    if numbers:
        held = _holder(store, numbers[-1])
        if held is not None:
            raise RegistryBusy(held)
    number = (numbers[-1] if numbers else 0) + 1
    who = introduce()

    def note(**more: Any) -> bytes:
        return json.dumps(who | {"beat": time.time()} | more).encode()

    try:
        store.create(_key(number), note())
    except FileExistsError:
        raise RegistryBusy(_holder(store, number) or SOMEBODY) from None
    done = threading.Event()

    def beat() -> None:
        while not done.wait(_BEAT):
            with suppress(RegistryError):  # away for a moment: the next one may arrive
                store.write(_key(number), note())

    beating = threading.Thread(target=beat, daemon=True)
    beating.start()
    try:
        yield
    finally:
        done.set()
        beating.join()
        with suppress(RegistryError):  # away: the lease ends by itself
            store.write(_key(number), note(released=True))
        store.forget(_JOBS, numbers)


def _key(number: int) -> str:
    return f"{_JOBS}/{number:010}"


def _holder(store: Store, number: int) -> str | None:
    """Who holds a lease; None where it was given back, or its holder is dead."""
    try:
        who = json.loads(store.read(_key(number)))
        age = time.time() - float(who["beat"])
        # A beat that is yet to come is of a clock that was wrong, and would hold for as long.
        if who.get("released") or abs(age) > LEASE or is_gone(who):
            return None
        return named(who)
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError):
        # Half-written, by a job that has just begun or that died of it.
        new = store.age(_key(number)) <= LEASE
        return SOMEBODY if new else None
