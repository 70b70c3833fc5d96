"""service.bulk_engine: pages that kill the process which reads them; docs/bulk.md tells each case.

Those of a cluster are in test_bulk_dask.py.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.service.bulk_fake import load_deadly, load_suicidal, pages
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
        assert subprocess.run(alone, cwd=ROOT, check=False).returncode == -signal.SIGKILL
        assert len(lines(out)) == 8
    options = {"batch_pages": 4, "checkpoint_pages": 4, "loader": load_deadly}
    summary = bulk(source, out, workers=2, **options)
    assert (summary.resumed, summary.pages, summary.errors) == (8, 15, 1)
    assert [error["line"] for error in lines(tmp_path / "out.jsonl.errors.jsonl")] == [10]
