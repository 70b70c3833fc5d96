"""Bulk runs where the workers of a Dask cluster read the files and write the parts themselves.

Consecutive files are put together into groups; a group is a task, and only its counts come back. A
part is written as a whole and is the same whoever writes it, so a group whose worker was lost is
simply done again, and one that kills whoever does it is done here, last, in a process that may die.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from service.bulk.checkpoint import BulkSummary, Checkpoint, save_checkpoint
from service.bulk.dask import Cluster, completed, segmenter_there, worker_name
from service.bulk.engine import Batch, LokyEngine, cut, in_order
from service.bulk.errors import BulkError, ClusterError, OutputError
from service.bulk.files import is_url
from service.bulk.forms import encode_part
from service.bulk.parts import GROUP_BYTES, GROUPS, PartsSink, part_names
from service.bulk.progress import BulkProgress
from service.bulk.readers import Columns
from service.bulk.resume import CHECKPOINT_BYTES, begin
from service.bulk.sources import InputFile, Position, Source
from service.bulk.store import Store, open_store
from service.bulk.work import Outcome, Work, segment_records

__all__ = ["run_groups"]

# Times that a group which failed is given out anew, most likely to another worker; and groups that
# may fail for good before nothing more is begun: so many have one cause, and it is not a file.
_RETRIES = 2
_FAILURES = 8

# Seconds between two checkpoints; groups that end in between are done again after a kill.
_EVERY = 5.0


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
        The cluster is lost, or groups could not be done; all others are.
    """
    least, most = GROUP_BYTES
    options["group"] = min(max((source.total_bytes or 0) // GROUPS, least), most)
    grouped = _GroupSink(sink)
    with Cluster(work, address) as cluster:
        options["model"] = cluster.version()
        checkpoint = begin(source.identity(), options, grouped, restart=restart)
        done: dict[str, int] = checkpoint.output.setdefault("groups", {})
        summary = checkpoint.summary
        summary.unread = source.unread
        before, begun = summary.seconds, time.monotonic()
        groups = [group for group in _groups(source, sink, options) if str(group.index) not in done]
        passed = (source.total_bytes or 0) - sum(group.bytes for group in groups)
        saved = begun
        try:
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
        except BaseException:  # Ctrl-C as well: what is done need not be done again
            with suppress(BulkError):
                save_checkpoint(sink.store, sink.checkpoint_name, checkpoint)
            raise
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
    """Groups with what became of them, as they come; a window of them is on its way.

    What fails is set aside until all others are done: nobody should have to mend one file first to
    get at the results of a thousand.
    """
    task = partial(
        _group_there, work=work, batch=options["batch"], checkpoint=options["checkpoint"]
    )
    waiting = iter(groups)
    on_the_way: dict[Any, _Group] = {}
    deadly: list[_Group] = []
    failed: list[tuple[_Group, BulkError]] = []
    answers = completed()
    while True:
        while (
            len(failed) < _FAILURES
            and len(on_the_way) < cluster.window
            and (group := next(waiting, None)) is not None
        ):
            future = cluster.start(task, group, retries=_RETRIES)
            on_the_way[future] = group
            answers.add(future)
        if not on_the_way:
            break
        future = cluster.next(answers)
        group = on_the_way.pop(future)
        try:
            done = cluster.result(future)
        except BrokenExecutor:
            deadly.append(group)
        except ClusterError:
            raise
        except BulkError as error:
            failed.append((group, error))
        else:
            yield group, done
    for group in deadly:
        yield group, _group_here(group, work, options)
    if failed:
        group, cause = failed[0]
        reason = str(cause).rstrip(".")
        raise BulkError(
            f"{len(failed)} of {len(groups)} groups of files could not be done; the first begins "
            f"with {group.files[0].name}: {reason}. The parts of all that were done are kept: mend "
            "that and run the same command again, which does the rest."
        ) from cause


def _group_there(
    group: _Group, name: str, *, work: Work, batch: Sequence[int], checkpoint: int
) -> tuple[int, Outcome]:
    """Runs on a worker: read the files of a group, write its parts, return how many and counts."""
    segmenter = segmenter_there(name)
    store = open_store(group.folder, f".{worker_name()}")
    if not store.has(PartsSink.checkpoint_name):
        # It would make the folder, on a disk of its own, and nobody would find the parts there.
        raise OutputError(
            f"a worker of the cluster does not see {group.folder}. Name an --out that every "
            "worker and this machine share: a folder on a shared disk, or a URL."
        )
    pieces = cut(Source(group.files, group.columns), Position(), None, batch[0], batch[1])
    with threadpool_limits(1):
        outcomes = ((piece, segment_records(piece.records, work, segmenter)) for piece in pieces)
        return _write_parts(group, outcomes, store, checkpoint)


def _group_here(group: _Group, work: Work, options: dict[str, Any]) -> tuple[int, Outcome]:
    """Do a group that no worker survived: page by page, where it must be."""
    store = open_store(group.folder, ".here")
    with LokyEngine(work, 1) as engine:
        pieces = cut(Source(group.files, group.columns), Position(), None, *options["batch"])
        return _write_parts(group, in_order(engine, pieces), store, options["checkpoint"])


def _write_parts(
    group: _Group, outcomes: Iterable[tuple[Batch, Outcome]], store: Store, checkpoint: int
) -> tuple[int, Outcome]:
    """Write the parts of a group; they end where its pages say so. How many, and counts."""
    total = Outcome()
    payloads: list[bytes] = []
    errors: list[bytes] = []
    parts = pages = size = 0

    def write() -> None:
        part, listed = _names(group.index, parts, group.form)
        if any(errors):
            store.put(listed, b"".join(errors))
        store.put(part, encode_part(payloads, group.form))
        payloads.clear()
        errors.clear()

    for piece, outcome in outcomes:
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


def _names(group: int, part: int, form: str) -> tuple[str, str]:
    return part_names(f"{group:05d}-{part:03d}", form)


class _GroupSink:
    """The folder of parts as :func:`service.bulk.begin` sees it, where groups end in any order."""

    durable = True

    def __init__(self, sink: PartsSink) -> None:
        self._sink = sink
        self.form, self.place = sink.form, sink.place
        self.store, self.checkpoint_name = sink.store, sink.checkpoint_name

    def exists(self) -> bool:
        return self._sink.exists()

    def listed(self) -> str | None:
        return self._sink.listed()

    def clear(self) -> None:
        self._sink.clear()

    def resume(self, state: dict[str, Any]) -> None:
        """Keep the groups that are done; parts of others will be written over."""
        self._sink.require(
            _names(int(group), part, self.form)[0]
            for group, parts in state["groups"].items()
            for part in range(parts)
        )

    def write(self, payload: bytes, errors: bytes) -> None:
        raise NotImplementedError

    def commit(self) -> dict[str, Any]:
        raise NotImplementedError

    def finish(self) -> None:
        self._sink.finish()

    def close(self) -> None:
        self._sink.close()
