"""service.bulk.engine: pages that kill the process which reads them; docs/bulk.md tells each case.

Those of a cluster are in test_bulk_dask.py.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import cast

import pytest

from service.bulk.engine import Batch, Engine, Future, LokyEngine, in_order
from service.bulk.errors import BulkError
from service.bulk.readers import Record
from service.bulk.sources import Position
from service.bulk.work import Outcome, Work
from tests.service.bulk_fake import (
    load,
    load_and_die,
    load_deadly,
    load_spoiling,
    load_suicidal,
    pages,
)
from tests.service.test_bulk import bulk, lines, packed

ROOT = Path(__file__).parents[2]


def test_a_worker_that_dies_once_is_replaced(tmp_path: Path) -> None:
    records = pages(40)
    records[21]["text"] = "KILL ME"
    (tmp_path / "in.jsonl").write_bytes(packed(records))
    mark = tmp_path / "mark"
    options = {"workers": 2, "batch_pages": 4, "loader": load_suicidal, "model": mark}
    summary = bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", **options)
    assert mark.exists()
    assert summary.pages == 40
    assert [x["id"] for x in lines(tmp_path / "out.jsonl")] == [x["id"] for x in records]


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_a_page_that_always_kills_its_worker_is_listed(tmp_path: Path, form: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    records = pages(16)
    records[9]["text"] = "KILL ME"
    (tmp_path / "in.jsonl").write_bytes(packed(records))
    options = {"workers": 2, "batch_pages": 4, "loader": load_deadly}
    summary = bulk(tmp_path / "in.jsonl", tmp_path / f"out.{form}", **options)
    assert (summary.pages, summary.errors) == (15, 1)
    errors = "out.jsonl.errors.jsonl" if form == "jsonl" else "out.parquet/_errors.jsonl"
    (error,) = lines(tmp_path / errors)
    assert (error["id"], error["line"]) == (None, 10)
    assert "kills the worker" in error["error"]


ALONE = """
import sys
from service.bulk import run_bulk
from tests.service.bulk_fake import load_deadly
options = {"batch_pages": 4, "checkpoint_pages": 4, "progress": False, "loader": load_deadly}
run_bulk(sys.argv[1], sys.argv[2], **options)
"""


def test_one_worker_dies_of_such_a_page_and_two_get_past_it(tmp_path: Path) -> None:
    records = pages(16)
    records[9]["text"] = "KILL ME"
    source, out = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(packed(records))
    for _ in range(2):
        alone = [sys.executable, "-c", ALONE, str(source), str(out)]
        assert (
            subprocess.run(alone, cwd=ROOT, check=False, timeout=120).returncode == -signal.SIGKILL
        )
        assert len(lines(out)) == 8
    options = {"batch_pages": 4, "checkpoint_pages": 4, "loader": load_deadly}
    summary = bulk(source, out, workers=2, **options)
    assert (summary.resumed, summary.pages, summary.errors) == (8, 15, 1)
    assert [error["line"] for error in lines(tmp_path / "out.jsonl.errors.jsonl")] == [10]


class Fragile:
    """A pool that breaks with all that it has when it meets a page; ended only when it has."""

    attempts, window = 3, 3

    def __init__(self) -> None:
        self.broken = False

    def submit(self, records: Sequence[Record]) -> Future:
        return Late(self, records)

    def recover(self) -> None:
        assert self.broken, "whatever it had was at work still"
        self.broken = False


class Late:
    """What comes of a batch is known when somebody asks."""

    def __init__(self, pool: Fragile, records: Sequence[Record]) -> None:
        self.pool, self.records = pool, records

    def result(self) -> Outcome:
        self.pool.broken |= any(record.data == "KILL ME" for record in self.records)
        if self.pool.broken:
            raise BrokenExecutor
        bad = sum(record.kind == "bad" for record in self.records)
        return Outcome(pages=len(self.records) - bad, bad=bad)


def test_a_pool_that_is_at_work_is_not_ended() -> None:
    said = ["a", "b", "c", "KILL ME", "d", "e", "f", "g", "h", "i"]
    records = [Record("text", data, "in.jsonl", n) for n, data in enumerate(said)]
    batches = [
        Batch(tuple(records[at : at + 2]), 2, Position(), 2, None)
        for at in range(0, len(records), 2)
    ]
    pool = cast(Engine, Fragile())
    found = [(outcome.pages, outcome.bad) for _, outcome in in_order(pool, batches)]
    assert found == [(2, 0), (1, 1), (2, 0), (2, 0), (2, 0)]


def test_workers_that_die_of_the_model_end_the_run_with_what_to_do(tmp_path: Path) -> None:
    """As where the kernel ends them for want of memory, of which each takes its share."""
    (tmp_path / "in.jsonl").write_bytes(packed(pages(16)))
    with pytest.raises(BulkError, match="fewer --workers"):
        bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", workers=2, loader=load_and_die)


def test_an_answer_that_cannot_be_written_is_a_bad_page(tmp_path: Path) -> None:
    records = pages(16)
    records[9]["text"] = "# PLEASE SPOIL\nBody"
    (tmp_path / "in.jsonl").write_bytes(packed(records))
    for out in ("out.jsonl", "out.parquet"):
        summary = bulk(tmp_path / "in.jsonl", tmp_path / out, loader=load_spoiling)
        assert (summary.pages, summary.errors) == (15, 1)
    (error,) = lines(tmp_path / "out.jsonl.errors.jsonl")
    assert "cannot be written" in error["error"]


def test_a_run_that_is_stopped_leaves_no_traceback_of_its_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[object] = []
    monkeypatch.setattr(threading, "excepthook", said.append)

    def stopped() -> None:
        with LokyEngine(Work(loader=load), 1) as engine:
            engine.version()
            for _ in range(3):
                engine.submit(())
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert said == []


def test_whoever_has_read_enough_is_no_failure(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(packed(pages(20_000)))
    script = (
        "from service.bulk import run_bulk; from tests.service.bulk_fake import load\n"
        f"run_bulk({str(tmp_path / 'in.jsonl')!r}, '-', progress=False, loader=load)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert b'"stories"' in process.stdout.readline()
    process.stdout.close()
    said = process.stderr.read().decode()
    process.wait(timeout=60)
    assert "BrokenPipeError" in said, "which the command line takes for what it is"
    assert "it goes on from" not in said
