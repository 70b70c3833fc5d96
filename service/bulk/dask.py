"""A Dask cluster as an engine: batches go to its workers by way of the scheduler.

It is the way for inputs and outputs that only this machine can see; the output is that of a local
run, byte for byte. Where the workers can see the files, :mod:`service.bulk.groups` lets them read
and write.

Plain futures do the work: they measured as fast as joblib's Dask backend and twice as fast as a bag
(docs/bulk.md), and only they give results in order with a bounded number on their way. Arguments
travel with the task and are not scattered: the scheduler can give them to another worker when one
is lost.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from uuid import uuid4

from threadpoolctl import threadpool_limits

from service.bulk.engine import Future
from service.bulk.errors import BulkError, ClusterError, missing_extra
from service.bulk.readers import Record
from service.bulk.work import Outcome, Work, segment_records
from service.predictor import PageSegmenter

try:
    # Half of it is typed; as Any, it is the same to mypy whether it is installed or not.
    distributed: Any = import_module("distributed")
except ImportError as error:
    raise missing_extra("--dask", "distributed", "dask") from error

__all__ = ["Cluster", "DaskEngine", "completed", "segmenter_there", "worker_name"]

# Tasks for each thread of the cluster: one at work, and enough waiting to hide the scheduler.
_AHEAD = 3

# Seconds that a cluster may take to have its first worker, and between two looks at its size.
_PATIENCE = 60
_EVERY = 5.0

# Seconds that a run waits for a worker when the last one is gone: a batch system that takes its
# machines away, or a nanny of Dask's, brings others within minutes, or not at all.
_ALONE = 600.0

# Seconds that a result may be on its way before it is asked for again.
_FETCH = 60.0

# Seconds between two looks whether a group of files is done, which takes half a minute.
_LOOK = 0.02


class _ModelPlugin(distributed.WorkerPlugin):  # type: ignore[misc]
    """Brings the model to a worker once, and keeps it loaded.

    A model given by its directory travels as bytes, because the directory is here and not there.
    """

    def __init__(self, work: Work, name: str) -> None:
        self.name = name
        self.loader = work.loader
        self.segmenter: Any = None
        self.files: dict[str, bytes] | None = None
        if work.model is not None and work.model.is_dir():
            self.files = {
                file.name: file.read_bytes() for file in work.model.iterdir() if file.is_file()
            }
        self.model = work.model

    def setup(self, worker: Any) -> None:
        with threadpool_limits(1):
            if self.files is None:
                self.segmenter = self.loader(self.model)
                return
            with tempfile.TemporaryDirectory() as folder:
                for name, data in self.files.items():
                    (Path(folder) / name).write_bytes(data)
                self.segmenter = self.loader(Path(folder))


class Cluster:
    """A connection to the scheduler, with the model on every worker, those to come included."""

    def __init__(self, work: Work, address: str) -> None:
        self._name = f"storyseam-{uuid4().hex}"
        self._looked = self._seen = 0.0
        self._threads = 1
        self._work = work
        try:
            self.client = distributed.Client(address, timeout=_PATIENCE)
            self.client.wait_for_workers(1, timeout=_PATIENCE)
            self._seen = time.monotonic()
        except (OSError, ValueError, TimeoutError) as error:
            raise ClusterError(
                f"no Dask cluster with workers at {address}: {error}. Start one with `dask "
                "scheduler` and `dask worker ADDRESS --nthreads 1`."
            ) from error

    def __enter__(self) -> Self:
        self.client.register_plugin(_ModelPlugin(self._work, self._name))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A scheduler that is gone takes no leave, and must not hide what ended the run.
        with suppress(OSError, RuntimeError, CancelledError):
            self.client.unregister_worker_plugin(self._name)
        self.client.close()

    @property
    def window(self) -> int:
        """Tasks that are kept on their way; follows the cluster as it grows and shrinks."""
        self.look()
        return max(1, self._threads) * _AHEAD

    def look(self) -> None:
        """See now and then that somebody is there to work; whoever waits for an answer calls this.

        A scheduler that ends in order, as when a batch system takes its machine, leaves futures
        behind that nobody ever answers, and so does one that has no worker left.

        Raises
        ------
        ClusterError
            The scheduler has ended, or there has been no worker for ten minutes.
        """
        if self.client.status not in ("running", "connecting"):
            raise _lost(ConnectionError("the scheduler has ended"))
        now = time.monotonic()
        if now - self._looked < _EVERY:
            return
        before, self._looked = self._threads, now
        with _reaching():
            self._threads = sum(self.client.nthreads().values())
        if self._threads:
            self._seen = now
        elif now - self._seen > _ALONE:
            raise ClusterError(
                f"the cluster has had no worker for {_ALONE / 60:.0f} minutes. Start some with "
                "`dask worker ADDRESS --nthreads 1` and run the same command again: it goes on "
                "from the last checkpoint."
            )
        elif before:
            print(
                f"the cluster has no worker left; waiting {_ALONE / 60:.0f} minutes for one. Start "
                "some with `dask worker ADDRESS --nthreads 1`.",
                file=sys.stderr,
                flush=True,
            )

    def version(self) -> str:
        """Version of the model; the same on every worker."""
        with _reaching():
            told = self.client.run(_version_there, self._name, on_error="return").values()
        versions = {answer for answer in told if isinstance(answer, str)}
        if not versions:
            raise BulkError("no worker of the cluster has loaded the model; see their logs")
        if len(versions) > 1:
            raise BulkError(
                f"the workers have different models ({', '.join(sorted(versions))}): install the "
                "same Storyseam on all of them, or send one model with --model"
            )
        return str(versions.pop())

    def next(self, answers: Any) -> Any:
        """The next of :func:`completed` that is done."""
        while not answers.has_ready():
            self.look()
            time.sleep(_LOOK)
        return next(answers)

    def result(self, future: Any) -> Any:
        """The result of a Dask future that is done.

        Its worker may have died since, with what it had computed: the scheduler then begins anew,
        and may find nobody to do it.

        Raises
        ------
        BrokenExecutor
            Every worker that was given the task died.
        ClusterError
            The cluster went away.
        BulkError
            What the task raised.
        """
        while True:
            try:
                return future.result(timeout=_FETCH)
            except distributed.KilledWorker as error:
                raise BrokenExecutor(str(error)) from error
            except BulkError:
                raise
            except Exception as error:
                if future.status == "error":
                    said = f"{type(error).__name__}: {error}"
                    raise BulkError(f"a worker of the cluster failed: {said}") from error
                if not isinstance(error, TimeoutError):
                    raise _lost(error) from error
                self.look()

    def start(self, function: Callable[..., Any], *args: Any, retries: int = 0) -> Any:
        """A future for ``function(*args, plugin name)`` on some worker."""
        with _reaching():
            return self.client.submit(function, *args, self._name, pure=False, retries=retries)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A Dask future whose failures are those that the engine's loop knows."""

    future: Any
    cluster: Cluster

    def result(self) -> Outcome:
        while not self.future.done():
            self.cluster.look()
            with suppress(TimeoutError, CancelledError):
                distributed.wait(self.future, timeout=_EVERY)
        return cast(Outcome, self.cluster.result(self.future))


class DaskEngine(Cluster):
    """Sends batches to the workers of a cluster."""

    attempts = 1  # the scheduler has tried more than once before it gives up

    def submit(self, records: Sequence[Record]) -> Future:
        return _Answer(self.start(partial(_segment_there, work=self._work), records), self)

    def recover(self) -> None:
        """The scheduler has done so already."""


def _lost(error: BaseException) -> ClusterError:
    return ClusterError(
        f"the cluster failed: {type(error).__name__}: {error}. Run the same command again when it "
        "is back: it goes on from the last checkpoint."
    )


@contextmanager
def _reaching() -> Iterator[None]:
    """Turn what Dask raises when its scheduler is gone into what a person can do about it."""
    try:
        yield
    except (OSError, RuntimeError, CancelledError) as error:
        raise _lost(error) from error


def _version_there(name: str, dask_worker: Any = None) -> str:
    """Runs on a worker, which Dask gives as ``dask_worker``."""
    return str(dask_worker.plugins[name].segmenter.version)


def _segment_there(records: Sequence[Record], name: str, *, work: Work) -> Outcome:
    """Runs on a worker."""
    with threadpool_limits(1):
        return segment_records(records, work, segmenter_there(name))


def segmenter_there(name: str) -> PageSegmenter:
    """The model of the worker that this runs on."""
    plugin = cast(_ModelPlugin, distributed.get_worker().plugins[name])
    return cast(PageSegmenter, plugin.segmenter)


def worker_name() -> str:
    """Name of the worker that this runs on; no two have the same."""
    return str(distributed.get_worker().id)


def completed() -> Any:
    """An iterator over futures, as they are done, to which more can be added."""
    return distributed.as_completed()
