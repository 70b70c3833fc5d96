"""Who does the work: this process, worker processes of this machine, or (bulk_dask) a cluster.

An engine takes a batch and gives a future. :func:`in_order` keeps a window of batches on their way,
so that the workers are busy, memory is bounded, and results come in the order of the input.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

from model.errors import StoryseamError
from service.bulk_errors import BulkError
from service.bulk_readers import Record
from service.bulk_sources import Position
from service.bulk_work import Outcome, Work, model_version, segment_batch

__all__ = ["Batch", "Engine", "Future", "InlineEngine", "LokyEngine", "in_order"]

# Batches on their way for each worker: one at work, one waiting, one that came out of turn.
_AHEAD = 3

# A worker that dies again and again on the same pages will not get over it.
_ATTEMPTS = 3

# Read by OpenMP and the BLAS libraries when they load.
_ONE_THREAD = {
    name: "1"
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
}


@dataclass(frozen=True, slots=True)
class Batch:
    """Records that go to a worker together, and where the input stands behind them."""

    records: tuple[Record, ...]
    bytes: int
    position: Position
    consumed: int
    digest: str | None


class Future(Protocol):
    """A result that is on its way."""

    def result(self) -> Outcome: ...


class Engine(Protocol):
    """Takes batches, gives futures."""

    window: int

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

    window = 1

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

    def __init__(self, work: Work, workers: int) -> None:
        self._work = work
        self._workers = workers
        self.window = workers * _AHEAD
        self._pool = self._start()

    def _start(self) -> Any:
        from joblib.externals.loky import ProcessPoolExecutor

        # No timeout: a worker that idles while the disk is slow must not unload its model.
        return ProcessPoolExecutor(self._workers, timeout=None, env=_ONE_THREAD)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._pool.shutdown(wait=True, kill_workers=kind is not None)

    def version(self) -> str:
        version, error = self._pool.submit(_version_or_error, self._work).result()
        if error is not None:
            raise BulkError(error)
        return str(version)

    def submit(self, records: Sequence[Record]) -> Future:
        future: Future = self._pool.submit(segment_batch, records, self._work)
        return future

    def recover(self) -> None:
        self._pool.shutdown(wait=True, kill_workers=True)
        self._pool = self._start()


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
        Workers die again and again.
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
        _again(engine, pending)
        return engine.submit(batch.records)


def _first(engine: Engine, pending: deque[tuple[Batch, Future]]) -> tuple[Batch, Outcome]:
    """Wait for the oldest batch; when a worker died, give everything on its way out anew."""
    for _ in range(_ATTEMPTS):
        batch, future = pending[0]
        try:
            outcome = future.result()
        except BrokenExecutor:
            _again(engine, pending)
            continue
        pending.popleft()
        return batch, outcome
    record = pending[0][0].records[0]
    raise BulkError(
        f"workers died {_ATTEMPTS} times around record {record.number} of {record.path}, most "
        "likely for want of memory. Run the same command again with fewer --workers: it goes on "
        "from the last checkpoint."
    )


def _again(engine: Engine, pending: deque[tuple[Batch, Future]]) -> None:
    """Replace the pool, and submit what was on its way."""
    engine.recover()
    for index, (batch, _) in enumerate(pending):
        pending[index] = (batch, engine.submit(batch.records))
