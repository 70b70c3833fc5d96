"""What the parts of a bulk run cost on this machine, in processor time.

Processor time, so that other jobs of the machine disturb little: what is told is what a core that
is left alone would do.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Unpack

from model.page import Page
from model.stories import Segmentation, Story
from service.bulk.engine import cut
from service.bulk.forms import encode_part
from service.bulk.readers import Record
from service.bulk.run import BATCH_PAGES, run_bulk
from service.bulk.sources import Position, open_source
from service.bulk.work import Work, segment_batch
from service.predictor import Options
from service.scale.pages import Pages, write_lines

__all__ = ["Costs", "measure_costs"]

# Tasks for the scheduler, enough for its start not to count.
_TASKS = 1_000
_LOAD = """
import time
from model.segmenter import Segmenter
Segmenter.load()
print(time.process_time())
"""


@dataclass(frozen=True)
class Costs:
    """Measured; seconds are of one core.

    Attributes
    ----------
    batch_seconds : list of float
        Each batch of `batch_pages` pages, on one core.
    load_seconds : float
        A process starts, imports and loads the model.
    driver_seconds : float
        What the main process of a run with ``--workers`` does for one page: read, cut, send,
        receive, write.
    scheduler_seconds : float or None
        What Dask's scheduler and client do for one task; None where Dask is not installed.
    page_bytes, out_bytes : float
        Of one page, in and out (JSON lines, zst).
    """

    model: str
    batch_pages: int
    batch_seconds: list[float]
    load_seconds: float
    driver_seconds: float
    scheduler_seconds: float | None
    page_bytes: float
    out_bytes: float

    @property
    def page_seconds(self) -> float:
        return sum(self.batch_seconds) / len(self.batch_seconds) / self.batch_pages

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class _Waiting:
    """In the model's place where only the main process is looked at: one story, at once."""

    version = "none"

    def segment_many(self, pages: Sequence[str | Page], **_: Unpack[Options]) -> list[Segmentation]:
        return [_one_story(page) for page in pages]


def _one_story(page: str | Page) -> Segmentation:
    text = page if isinstance(page, str) else page.text
    story = Story(0, len(text), True, text[:60], None, None, None, 1.0, 1.0, text)
    return Segmentation("none", text, (story,), ())


def _no_model(model: Path | None) -> _Waiting:
    return _Waiting()


def measure_costs(pages: int, size: int, *, source: Path | None = None) -> Costs:
    """Measure on invented pages, or on the first ``pages`` of a file of them.

    Parameters
    ----------
    pages, size : int
        How many, and the bytes of each.
    source : Path, optional
        A file of any form that `storyseam bulk` reads; all of it passes the main process once.
    """
    from model.segmenter import Segmenter

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if source is None:
            source = folder / "pages.jsonl"
            vocabulary = Segmenter.load().classifiers.space.table.vocabulary
            write_lines(source, Pages(vocabulary), pages, size)
        records = _records(source, pages)
        work = Work()
        segment_batch(records[:8], work)  # load, and whatever is only done once
        seconds, written = [], []
        whole = len(records) // BATCH_PAGES * BATCH_PAGES or len(records)
        for low in range(0, whole, BATCH_PAGES):
            begun = time.process_time()
            written.append(segment_batch(records[low : low + BATCH_PAGES], work).payload)
            seconds.append(float(f"{time.process_time() - begun:.4g}"))
        begun = time.process_time()
        passed = run_bulk(
            str(source), f"{folder}/none.jsonl", workers=2, progress=False, loader=_no_model
        )
        driver = (time.process_time() - begun) / (passed.pages + passed.errors)
        return Costs(
            model=str(Segmenter.load().version),
            batch_pages=min(BATCH_PAGES, whole),
            batch_seconds=seconds,
            load_seconds=_load(),
            driver_seconds=float(f"{driver:.3g}"),
            scheduler_seconds=_scheduler(),
            page_bytes=round(sum(record.size for record in records) / len(records)),
            # Batch by batch: invented lines come back, and longer parts compress better for it.
            out_bytes=round(sum(len(encode_part([part], "jsonl.zst")) for part in written) / whole),
        )


def _records(source: Path, pages: int) -> list[Record]:
    """The first pages of a file."""
    out: list[Record] = []
    for batch in cut(open_source(str(source)), Position(), None, BATCH_PAGES, 1 << 40):
        out += batch.records
        if len(out) >= pages:
            break
    return out[:pages]


def _load() -> float:
    """The least of three fresh processes."""
    command = [sys.executable, "-c", _LOAD]
    run = partial(subprocess.run, check=True, capture_output=True, text=True)
    return min(float(run(command).stdout) for _ in range(3))


def _scheduler() -> float | None:
    """Scheduler and client are in this process here, the worker that does nothing in another."""
    try:
        # Half of it is typed; as Any, it is the same to mypy whether it is installed or not.
        distributed: Any = import_module("distributed")
    except ImportError:
        return None
    with (
        distributed.LocalCluster(
            n_workers=1, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.gather(client.map(_nothing, range(50)))
        begun = time.process_time()
        client.gather(client.map(_nothing, range(_TASKS), pure=False))
        return float(f"{(time.process_time() - begun) / _TASKS:.3g}")


def _nothing(number: int) -> int:
    return number
