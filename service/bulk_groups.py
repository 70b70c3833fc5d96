"""Bulk runs where the workers of a Dask cluster read the files and write the parts themselves.

Consecutive files are put together into groups; a group is a task, and only its counts come back. A
part is written as a whole and is the same whoever writes it, so a group whose worker was lost is
simply done again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from service.bulk_checkpoint import BulkSummary, Checkpoint, save_checkpoint
from service.bulk_dask import Cluster, completed, result, segmenter_there, worker_name
from service.bulk_engine import cut
from service.bulk_errors import BulkError
from service.bulk_progress import BulkProgress
from service.bulk_readers import Columns
from service.bulk_resume import CHECKPOINT_BYTES, begin
from service.bulk_sinks import PartsSink, encode_part, part_names
from service.bulk_sources import InputFile, Position, Source, is_url
from service.bulk_store import open_store
from service.bulk_work import Outcome, Work, segment_records

__all__ = ["run_groups"]

# Bytes on disk of the files that one task reads, least and most. The least is worth the scheduler's
# millisecond; the most is minutes of work, which is what is lost with a worker. In between it is a
# 256th of the input, so that a few hundred cores share it evenly.
GROUP_BYTES = (4_000_000, 128_000_000)
GROUPS = 256

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
    answers = completed()
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
            yield group, result(future)
        except BrokenExecutor as error:
            raise BulkError(
                f"one worker after another died on {group.files[0].name} and what follows it, "
                "most likely for want of memory. Give the workers more, or run that file by "
                "itself without --dask; what is done is kept."
            ) from error


def _group_there(
    group: _Group, name: str, *, work: Work, batch: Sequence[int], checkpoint: int
) -> tuple[int, Outcome]:
    """Runs on a worker: read the files of a group, write its parts, return how many and counts."""
    segmenter = segmenter_there(name)
    store = open_store(group.folder, f".{worker_name()}")
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
