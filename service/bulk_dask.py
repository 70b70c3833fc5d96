"""Bulk runs on a Dask cluster: batches sent to its workers, or groups of files that they read.

Batches (an output that is one file, or a pipe) go through the scheduler; the output is that of a
local run, byte for byte. It is the way for inputs that only this machine can see, and the scheduler
bounds it. Groups (an output that is a folder of parts or a URL) are read and written by the workers
themselves, and only counts go through the scheduler; it is the way for a corpus.

Plain futures do the work: beside joblib's Dask backend and a bag they measured best, and only they
give results in order with a bounded number on their way (docs/bulk.md has the figures). Arguments
travel with the task and are not scattered: the scheduler can give them to another worker when one
is lost.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from uuid import uuid4

from threadpoolctl import threadpool_limits

from service.bulk import CHECKPOINT_BYTES, begin
from service.bulk_checkpoint import BulkSummary, Checkpoint, save_checkpoint
from service.bulk_engine import Future, cut
from service.bulk_errors import BulkError, missing_extra
from service.bulk_progress import BulkProgress
from service.bulk_readers import Columns, Record
from service.bulk_sinks import PartsSink, encode_part, part_names
from service.bulk_sources import InputFile, Position, Source, is_url
from service.bulk_store import open_store
from service.bulk_work import Outcome, Work, segment_records

try:
    # Half of it is typed; as Any, it is the same to mypy whether it is installed or not.
    distributed: Any = import_module("distributed")
except ImportError as error:
    raise missing_extra("--dask", "distributed", "dask") from error

__all__ = ["DaskEngine", "run_groups"]

# Tasks for each thread of the cluster: one at work, and enough waiting to hide the scheduler.
_AHEAD = 3

# Bytes on disk of the files that one task reads, least and most. The least is worth the scheduler's
# millisecond; the most is minutes of work, which is what is lost with a worker. In between it is a
# 256th of the input, so that a few hundred cores share it evenly.
GROUP_BYTES = (4_000_000, 128_000_000)
GROUPS = 256

# Seconds that a cluster may take to have its first worker, and between two looks at its size or
# two checkpoints.
_PATIENCE = 60
_EVERY = 5.0


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
        self._looked = 0.0
        self._threads = 1
        self._work = work
        try:
            self.client = distributed.Client(address, timeout=_PATIENCE)
            self.client.wait_for_workers(1, timeout=_PATIENCE)
        except (OSError, ValueError, TimeoutError) as error:
            raise BulkError(
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
        try:
            self.client.unregister_worker_plugin(self._name)
        finally:
            self.client.close()

    @property
    def window(self) -> int:
        """Tasks that are kept on their way; follows the cluster as it grows and shrinks."""
        now = time.monotonic()
        if now - self._looked > _EVERY:
            self._threads = max(1, sum(self.client.nthreads().values()))
            self._looked = now
        return self._threads * _AHEAD

    def version(self) -> str:
        """Version of the model; the same on every worker."""
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

    def start(self, function: Callable[..., Any], *args: Any) -> Any:
        """A future for ``function(*args, plugin name)`` on some worker."""
        return self.client.submit(function, *args, self._name, pure=False)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A Dask future whose failures are those that the engine's loop knows."""

    future: Any

    def result(self) -> Outcome:
        return cast(Outcome, _result(self.future))


class DaskEngine(Cluster):
    """Sends batches to the workers of a cluster."""

    attempts = 1  # the scheduler has tried more than once before it gives up

    def submit(self, records: Sequence[Record]) -> Future:
        return _Answer(self.start(partial(_segment_there, work=self._work), records))

    def recover(self) -> None:
        """The scheduler has done so already."""


def _result(future: Any) -> Any:
    """The result of a Dask future."""
    try:
        return future.result()
    except distributed.KilledWorker as error:
        raise BrokenExecutor(str(error)) from error
    except BulkError:
        raise
    except Exception as error:
        raise BulkError(
            f"the cluster failed: {type(error).__name__}: {error}. Run the same command again when "
            "it is back: it goes on from the last checkpoint."
        ) from error


def _version_there(name: str, dask_worker: Any = None) -> str:
    """Runs on a worker, which Dask gives as ``dask_worker``."""
    return str(dask_worker.plugins[name].segmenter.version)


def _segment_there(records: Sequence[Record], name: str, *, work: Work) -> Outcome:
    """Runs on a worker."""
    with threadpool_limits(1):
        return segment_records(records, work, _plugin(name).segmenter)


def _plugin(name: str) -> _ModelPlugin:
    return cast(_ModelPlugin, distributed.get_worker().plugins[name])


@dataclass(frozen=True, slots=True)
class _Group:
    """Consecutive files that one task reads, and the parts that it writes."""

    index: int
    files: tuple[InputFile, ...]
    columns: Columns
    folder: str
    form: str

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)


def run_groups(
    source: Source,
    sink: PartsSink,
    work: Work,
    options: dict[str, Any],
    address: str,
    restart: bool,
    show: bool | None,
) -> BulkSummary:
    """Let the workers read the files and write the parts; both must be where they can see them.

    Raises
    ------
    BulkError
        The cluster is lost, or a group of files kills one worker after another.
    """
    least, most = GROUP_BYTES
    options["group"] = min(max((source.total_bytes or 0) // GROUPS, least), most)
    grouped = _GroupSink(sink)
    with Cluster(work, address) as cluster:
        options["model"] = cluster.version()
        checkpoint = begin(source.identity(), options, grouped, restart=restart)
        done: dict[str, int] = checkpoint.output.setdefault("groups", {})
        summary = checkpoint.summary
        before, begun = summary.seconds, time.monotonic()
        groups = [group for group in _groups(source, sink, options) if str(group.index) not in done]
        passed = (source.total_bytes or 0) - sum(group.bytes for group in groups)
        saved = begun
        with BulkProgress(source.total_bytes, passed, show) as bar:
            for group, (parts, outcome) in _finished(cluster, groups, work, options):
                done[str(group.index)] = parts
                summary.add(outcome)
                summary.seconds = before + time.monotonic() - begun
                passed += group.bytes
                bar.update(summary, passed)
                if time.monotonic() - saved > _EVERY:
                    save_checkpoint(sink.store, sink.checkpoint_name, checkpoint)
                    saved = time.monotonic()
    summary.seconds = before + time.monotonic() - begun
    _end(sink, checkpoint)
    return summary


def _end(sink: PartsSink, checkpoint: Checkpoint) -> None:
    """Say that the run is complete."""
    checkpoint.done = True
    save_checkpoint(sink.store, sink.checkpoint_name, checkpoint)
    sink.finish()


def _groups(source: Source, sink: PartsSink, options: dict[str, Any]) -> Iterator[_Group]:
    """Files in order, put together until they are worth a task."""
    folder = sink.place if is_url(sink.place) else str(Path(sink.place).resolve())
    held: list[InputFile] = []
    index = size = 0
    for file in source.files:
        path = file.path if is_url(file.path) else str(Path(file.path).resolve())
        held.append(replace(file, path=path))
        size += file.size
        if size >= options["group"] or file is source.files[-1]:
            yield _Group(index, tuple(held), source.columns, folder, sink.form)
            index, size = index + 1, 0
            held = []


def _finished(
    cluster: Cluster, groups: Sequence[_Group], work: Work, options: dict[str, Any]
) -> Iterator[tuple[_Group, tuple[int, Outcome]]]:
    """Groups with what became of them, as they come; a window of them is on its way."""
    task = partial(
        _group_there, work=work, batch=options["batch"], checkpoint=options["checkpoint"]
    )
    waiting = iter(groups)
    on_the_way: dict[Any, _Group] = {}
    answers = distributed.as_completed()
    while True:
        while len(on_the_way) < cluster.window and (group := next(waiting, None)) is not None:
            future = cluster.start(task, group)
            on_the_way[future] = group
            answers.add(future)
        if not on_the_way:
            return
        future = next(answers)
        group = on_the_way.pop(future)
        try:
            yield group, _result(future)
        except BrokenExecutor as error:
            raise BulkError(
                f"one worker after another died on {group.files[0].name} and what follows it, "
                "most likely for want of memory. Give the workers more, or run that file by "
                "itself without --dask; what is done is kept."
            ) from error


def _group_there(
    group: _Group, name: str, *, work: Work, batch: Sequence[int], checkpoint: int
) -> tuple[int, Outcome]:
    """Runs on a worker: read the files of a group, write its parts, return how many and counts.

    A part is written as a whole and is the same whoever writes it, so a group that was begun by a
    worker that is lost is simply done again.
    """
    segmenter = _plugin(name).segmenter
    store = open_store(group.folder, f".{distributed.get_worker().id}")
    source = Source(group.files, group.columns)
    total = Outcome()
    payloads: list[bytes] = []
    errors: list[bytes] = []
    parts = pages = size = 0

    def write() -> None:
        part, listed = part_names(f"{group.index:05d}-{parts:03d}", group.form)
        if any(errors):
            store.put(listed, b"".join(errors))
        store.put(part, encode_part(payloads, group.form))
        payloads.clear()
        errors.clear()

    with threadpool_limits(1):
        for piece in cut(source, Position(), None, batch[0], batch[1]):
            outcome = segment_records(piece.records, work, segmenter)
            payloads.append(outcome.payload)
            errors.append(outcome.errors)
            total.add(outcome)
            pages += len(piece.records)
            size += piece.bytes
            if pages >= checkpoint or size >= CHECKPOINT_BYTES:
                write()
                parts, pages, size = parts + 1, 0, 0
    if payloads:
        write()
        parts += 1
    return parts, total


class _GroupSink:
    """The folder of parts as :func:`service.bulk.begin` sees it, where groups end in any order."""

    durable = True

    def __init__(self, sink: PartsSink) -> None:
        self._sink = sink
        self.form, self.place = sink.form, sink.place
        self.store, self.checkpoint_name = sink.store, sink.checkpoint_name

    def exists(self) -> bool:
        return self._sink.exists()

    def clear(self) -> None:
        self._sink.clear()

    def resume(self, state: dict[str, Any]) -> None:
        """Keep the groups that are done; parts of others will be written over."""

    def write(self, payload: bytes, errors: bytes) -> None:
        raise NotImplementedError

    def commit(self) -> dict[str, Any]:
        raise NotImplementedError

    def finish(self) -> None:
        self._sink.finish()

    def close(self) -> None:
        self._sink.close()
