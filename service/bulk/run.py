"""Millions of pages from files to files, on this machine or on a Dask cluster.

The input is read in order and cut into batches; workers segment them; the output is written in the
order of the input and committed in pieces. Where batches and pieces end depends on the input alone,
never on the clock or on the number of workers: a run that was killed and started again writes the
same bytes as one that was left alone.
"""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path
from typing import Any

from model.granularity import GRANULARITIES, Granularity
from service.bulk.apart import keep_apart
from service.bulk.checkpoint import BulkSummary, Checkpoint, save_checkpoint
from service.bulk.engine import Batch, Engine, InlineEngine, LokyEngine, cut, in_order
from service.bulk.errors import BulkError
from service.bulk.parts import PartsSink
from service.bulk.progress import BulkProgress
from service.bulk.readers import Columns
from service.bulk.resume import CHECKPOINT_BYTES, begin
from service.bulk.sinks import Sink, open_sink
from service.bulk.sources import Position, Source, open_source
from service.bulk.work import Loader, Work, load_segmenter

__all__ = ["BulkSummary", "Columns", "run_bulk"]

# Enough pages for one call of the classifier to be worth its overhead, and few enough for two
# workers to share a small file.
BATCH_PAGES = 256
BATCH_BYTES = 4_000_000

# A piece of output for each checkpoint: seconds of work to lose, and long enough to compress well.
CHECKPOINT_PAGES = 4096


def run_bulk(
    source: str,
    out: str,
    *,
    workers: int = 1,
    dask: str | None = None,
    model: Path | None = None,
    threshold: float | None = None,
    explain: bool = False,
    granularity: Granularity = "story",
    restart: bool = False,
    base: str | None = None,
    input_format: str | None = None,
    out_format: str | None = None,
    columns: Columns | None = None,
    batch_pages: int = BATCH_PAGES,
    batch_bytes: int = BATCH_BYTES,
    checkpoint_pages: int = CHECKPOINT_PAGES,
    progress: bool | None = None,
    loader: Loader = load_segmenter,
) -> BulkSummary:
    """Segment every page of ``source`` into ``out``; go on where an earlier call was stopped.

    Parameters
    ----------
    source : str
        A file, a folder, a pattern, an fsspec URL, ``@LIST`` for the files that a list names, or
        ``-`` for standard input.
    out : str
        A file of lines, a folder of parts (``OUT/``, ``OUT.parquet`` or a URL), or ``-``.
    workers : int, default 1
        Processes of this machine; 1 works in this process.
    dask : str, optional
        Address of a Dask scheduler, which then does the work.
    model : Path, optional
        A model version; the shipped one by default.
    threshold : float, optional
        Instead of the model's own.
    explain : bool, default False
        Give the evidence for each seam.
    granularity : {"story", "entry"}
        What a live blog is: one story, or one for every entry.
    restart : bool, default False
        Overwrite the output instead of going on.
    base : str, optional
        Goes before the names of a list.
    input_format, out_format : str, optional
        Instead of what the endings of the names say: one of
        ``service.bulk.sources.FORMS``, and one of ``service.bulk.forms.OUT_FORMS``.
    columns : Columns, optional
        Names of the columns of Parquet input.
    batch_pages, batch_bytes, checkpoint_pages : int
        Limits of a batch, and pages between two checkpoints.
    progress : bool, optional
        False shows nothing; by default a bar on a terminal and lines elsewhere.
    loader : callable
        Gives the segmenter for ``model``; must be importable in a worker.

    Raises
    ------
    BulkError
        The run cannot start or go on; its message says what to do.
    """
    if workers < 1 or min(batch_pages, batch_bytes, checkpoint_pages) < 1:
        raise BulkError("workers, batch and checkpoint sizes must be at least 1")
    if threshold is not None and not 0 <= threshold <= 1:
        raise BulkError(f"the threshold must be between 0 and 1, not {threshold}")
    if granularity not in GRANULARITIES:
        one = " or ".join(GRANULARITIES)
        raise BulkError(f"the granularity must be {one}, not {granularity!r}")
    opened = open_source(source, form=input_format, columns=columns, base=base)
    keep_apart(source, opened, out, out_format)
    with closing(open_sink(out, out_format)) as sink:
        work = Work(
            model=model,
            threshold=threshold,
            explain=explain,
            granularity=granularity,
            columnar=sink.form == "parquet",
            loader=loader,
        )
        options: dict[str, Any] = {
            **work.options,  # whatever the model is asked for shapes the output
            "form": sink.form,
            "batch": [batch_pages, batch_bytes],
            "checkpoint": checkpoint_pages,
        }
        engine: Engine
        if dask is not None:
            from service.bulk.dask import DaskEngine

            if isinstance(sink, PartsSink) and not opened.piped:
                from service.bulk.groups import run_groups

                return run_groups(opened, sink, work, options, dask, restart, progress)
            engine = DaskEngine(work, dask)
        else:
            engine = LokyEngine(work, workers) if workers > 1 else InlineEngine(work)
        with engine:
            options["model"] = engine.version()
            checkpoint = begin(opened.identity(), options, sink, restart=restart)
            return _run(opened, sink, engine, checkpoint, progress)


def _run(
    source: Source,
    sink: Sink,
    engine: Engine,
    checkpoint: Checkpoint,
    show: bool | None,
) -> BulkSummary:
    """Segment what is left of the source, and commit piece by piece."""
    summary = checkpoint.summary
    summary.unread = source.unread
    before, begun = summary.seconds, time.monotonic()
    batches = cut(source, checkpoint.position, checkpoint.digest, *checkpoint.options["batch"])
    pages = size = 0
    last: Batch | None = None
    with BulkProgress(source.total_bytes, _passed(source, checkpoint), show) as bar:
        for last, outcome in in_order(engine, batches):
            summary.add(outcome)
            sink.write(outcome.payload, outcome.errors)
            pages += len(last.records)
            size += last.bytes
            if pages >= checkpoint.options["checkpoint"] or size >= CHECKPOINT_BYTES:
                summary.seconds = before + time.monotonic() - begun
                _commit(sink, checkpoint, last)
                pages = size = 0
            bar.update(summary, last.consumed)
    summary.seconds = before + time.monotonic() - begun
    checkpoint.done = True
    _commit(sink, checkpoint, last)
    sink.finish()
    return summary


def _commit(sink: Sink, checkpoint: Checkpoint, batch: Batch | None) -> None:
    """Make the output last, then say so: never the other way round."""
    checkpoint.output = sink.commit()
    if batch is not None:
        checkpoint.position, checkpoint.digest = batch.position, batch.digest
    if sink.durable:
        save_checkpoint(sink.store, sink.checkpoint_name, checkpoint)


def _passed(source: Source, checkpoint: Checkpoint) -> int:
    """Bytes on disk before the checkpoint, roughly: whole files, and the offset in the last."""
    position: Position = checkpoint.position
    return sum(file.size for file in source.files[: position.file]) + (position.offset or 0)
