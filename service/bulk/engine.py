"""Who does the work: this process, worker processes of this machine, or (bulk_dask) a cluster.

An engine takes a batch and gives a future. :func:`in_order` keeps a window of batches on their way,
so that the workers are busy, memory is bounded, and results come in the order of the input.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from model.errors import StoryseamError
from service.bulk.errors import BulkError
from service.bulk.readers import Record
from service.bulk.sources import Position, Source
from service.bulk.work import Outcome, Work, model_version, segment_batch

__all__ = ["Batch", "Engine", "Future", "InlineEngine", "LokyEngine", "cut", "in_order"]

# Batches on their way for each worker: one at work, one waiting, one that came out of turn.
_AHEAD = 3

# A worker may be killed for what others did (memory, mostly); not three times on the same pages.
_ATTEMPTS = 3

# Read by OpenMP and the BLAS libraries when they load.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "BLIS_NUM_THREADS": "1",
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that go to a worker together, and where the input stands behind them."""

    records: tuple[Record, ...]
    bytes: int
    position: Position
    consumed: int
    digest: str | None


def cut(
    source: Source, start: Position, digest: str | None, pages: int, size: int
) -> Iterator[Batch]:
    """Batches of the records after ``start``, each of at most ``pages`` and about ``size`` bytes.

    Where they end depends on the records alone: a run that goes on cuts as the first one did.
    """
    held: list[Record] = []
    held_bytes = 0
    position = start
    for record, position in source.records(start, digest):
        held.append(record)
        held_bytes += record.size
        if len(held) >= pages or held_bytes >= size:
            yield Batch(tuple(held), held_bytes, position, source.consumed, source.digest())
            held, held_bytes = [], 0
    if held:
        yield Batch(tuple(held), held_bytes, position, source.consumed, source.digest())


class Future(Protocol):
    """A result that is on its way."""

    def result(self) -> Outcome: ...


class Engine(Protocol):
    """Takes batches, gives futures."""

    attempts: int  # how often a batch is given out before its pages are looked at one by one

    @property
    def window(self) -> int:
        """Batches that may be on their way."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def version(self) -> str:
        """Version of the model that the workers have loaded."""

    def submit(self, records: Sequence[Record]) -> Future: ...

    def recover(self) -> None:
        """Make the engine usable again after it broke."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A future that was computed on the spot."""

    outcome: Outcome

    def result(self) -> Outcome:
        return self.outcome


class InlineEngine:
    """This process, one batch at a time."""

    window = attempts = 1

    def __init__(self, work: Work) -> None:
        self._work = work

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def version(self) -> str:
        return model_version(self._work)

    def submit(self, records: Sequence[Record]) -> Future:
        return _Ready(segment_batch(records, self._work))

    def recover(self) -> None:
        raise NotImplementedError


class LokyEngine:
    """Worker processes through joblib's loky, each with the model loaded once."""

    attempts = _ATTEMPTS

    def __init__(self, work: Work, workers: int) -> None:
        self._work = work
        self._workers = workers
        self.window = workers * _AHEAD
        self._pool = self._start()

    def _start(self) -> Any:
        from joblib.externals.loky import ProcessPoolExecutor

        # No timeout: a worker that idles while the disk is slow must not unload its model.
        return ProcessPoolExecutor(
            self._workers,
            timeout=None,
            initializer=_end_with_parent,
            initargs=(os.getpid(),),
            env=_ONE_THREAD,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # The pool then breaks, and ends as one that broke. Told to kill its workers itself
            # while it hands out work, loky may print a KeyError and leave a thread behind.
            for worker in list(self._pool._processes):
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
        self._pool.shutdown(wait=True)

    def version(self) -> str:
        # Asked of as many as there are workers, so that all load the model at the same time; loky
        # gives the next question to whoever is idle. One answer is enough to begin.
        asked = [self._pool.submit(_version_or_error, self._work) for _ in range(self._workers)]
        try:
            version, error = asked[0].result()
        except BrokenExecutor as broken:
            raise BulkError(
                f"a worker died while it loaded the model, most likely for want of memory for "
                f"{self._workers} of them. Run the same command again with fewer --workers."
            ) from broken
        if error is not None:
            raise BulkError(error)
        return str(version)

    def submit(self, records: Sequence[Record]) -> Future:
        future: Future = self._pool.submit(segment_batch, records, self._work)
        return future

    def recover(self) -> None:
        self._pool.shutdown(wait=True, kill_workers=True)
        self._pool = self._start()


def _end_with_parent(parent: int) -> None:
    """Let this worker end soon after the run was killed, and not hold its memory for ever.

    It would wait for work on a pipe whose other end it holds itself, and never see it close.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _version_or_error(work: Work) -> tuple[str | None, str | None]:
    """The version, or why the model will not load; a foreign exception might not travel."""
    try:
        return model_version(work), None
    except StoryseamError as error:
        return None, str(error)


def in_order(engine: Engine, batches: Iterable[Batch]) -> Iterator[tuple[Batch, Outcome]]:
    """Every batch with its outcome, in order.

    Raises
    ------
    BulkError
        Workers die again and again, and no single page is the cause.
    """
    pending: deque[tuple[Batch, Future]] = deque()
    for batch in batches:
        pending.append((batch, _submit(engine, batch, pending)))
        while len(pending) >= engine.window:
            yield _first(engine, pending)
    while pending:
        yield _first(engine, pending)


def _submit(engine: Engine, batch: Batch, pending: deque[tuple[Batch, Future]]) -> Future:
    """Submit a batch; to a new pool, where the old one has broken in the meantime."""
    try:
        return engine.submit(batch.records)
    except BrokenExecutor:
        engine.recover()
        _again(engine, pending)
        return engine.submit(batch.records)


def _first(engine: Engine, pending: deque[tuple[Batch, Future]]) -> tuple[Batch, Outcome]:
    """Wait for the oldest batch; when a worker died, give everything on its way out anew."""
    for left in reversed(range(engine.attempts)):
        batch, future = pending[0]
        try:
            outcome = future.result()
        except BrokenExecutor:
            engine.recover()
            if left:
                _again(engine, pending)
            continue
        pending.popleft()
        return batch, outcome
    return _without_killers(engine, pending)


def _again(engine: Engine, pending: deque[tuple[Batch, Future]]) -> None:
    """Submit anew what was on its way."""
    for index, (batch, _) in enumerate(pending):
        pending[index] = (batch, engine.submit(batch.records))


def _without_killers(engine: Engine, pending: deque[tuple[Batch, Future]]) -> tuple[Batch, Outcome]:
    """Find the pages of the oldest batch that kill their worker, and list them as bad.

    Whatever else was on its way in a pool has broken with it, so that nothing else is at work there
    meanwhile; it is given out anew behind these. A pool that is ended while it has work leaves a
    traceback and a thread behind.
    """
    batch, _ = pending.popleft()
    spared = []
    for record in batch.records:
        try:
            engine.submit((record,)).result()
        except BrokenExecutor:
            engine.recover()
            record = record._replace(kind="bad", data="the page kills the worker that reads it")
        spared.append(record)
    try:
        outcome = engine.submit(spared).result()
    except BrokenExecutor as error:
        first = batch.records[0]
        raise BulkError(
            f"workers die, most likely for want of memory, on the pages from record "
            f"{first.number} of {first.path} on. Run the same command again with fewer "
            "--workers: it goes on from the last checkpoint."
        ) from error
    _again(engine, pending)
    return batch, outcome
