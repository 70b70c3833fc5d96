"""service.bulk.progress, and the memory that a long run needs."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from service.bulk.checkpoint import BulkSummary
from service.bulk.progress import BulkProgress
from tests.service.bulk_fake import pages
from tests.service.test_bulk import bulk, packed

ROOT = Path(__file__).parents[2]


def test_a_log_gets_a_line_now_and_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.bulk.progress._EVERY", 0.0)
    (tmp_path / "in.jsonl").write_bytes(packed(pages(30)) + b"nonsense\n")
    bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", batch_pages=10, progress=None)
    told = capsys.readouterr()
    assert told.out == ""
    lines = told.err.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("10 pages, 0 bad, ")
    assert lines[-1].startswith("31 pages, 1 bad, ")
    assert ", 100.0%, 0:00:00 left" in lines[-1]
    assert "\x1b" not in told.err


@pytest.mark.parametrize(
    ("done", "consumed", "told"),
    [
        (0, 500, "120 pages, 0 bad, 2 pages/s, 50.0%, 0:01:00 left"),
        (0, 250, "120 pages, 0 bad, 2 pages/s, 25.0%, 0:03:00 left"),
        # What an earlier sitting did says nothing of how fast this one is.
        (200, 600, "120 pages, 0 bad, 2 pages/s, 60.0%, 0:01:00 left"),
        # Nothing of this sitting is behind us: nobody knows yet.
        (200, 200, "120 pages, 0 bad, 2 pages/s, 20.0%"),
    ],
)
def test_time_left_is_what_the_rest_takes_at_the_pace_of_this_sitting(
    done: int,
    consumed: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [100.0]
    monkeypatch.setattr("service.bulk.progress.time.monotonic", lambda: now[0])
    with BulkProgress(1000, done) as bar:
        now[0] += 60.0
        bar.update(BulkSummary(pages=120), consumed)
    assert capsys.readouterr().err == told + "\n"


def test_silence_is_silent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in.jsonl").write_bytes(packed(pages(3)))
    bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", progress=False)
    told = capsys.readouterr()
    assert (told.out, told.err) == ("", "")


def test_a_terminal_gets_a_bar(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "service.bulk.progress.Console",
        lambda stderr: Console(stderr=stderr, force_terminal=True, width=120),
    )
    with BulkProgress(1000) as bar:
        bar.update(BulkSummary(pages=1200, errors=34), 500)
    told = capsys.readouterr().err
    assert "1,234 pages" in told
    assert "pages/s" in told


PEAK = """
import resource, sys
from service.bulk import run_bulk
from tests.service.bulk_fake import load_idle
run_bulk(sys.argv[1], sys.argv[2], progress=False, loader=load_idle)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak(source: Path, out: Path) -> int:
    """Most memory in MB of a process that does the whole run."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(source), str(out)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"},
        stdout=subprocess.PIPE,
        check=True,
    )
    return int(done.stdout)


def test_memory_is_bounded_by_batches_and_not_by_the_input(tmp_path: Path) -> None:
    line = json.dumps({"id": 1, "text": "word " * 1600}).encode() + b"\n"
    for name, count in (("small", 2_500), ("large", 25_000)):  # 20 and 200 MB, but not on the disk
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wb", compresslevel=1) as stream:
            stream.writelines(line for _ in range(count))
    small = peak(tmp_path / "small.jsonl.gz", tmp_path / "small.out")
    large = peak(tmp_path / "large.jsonl.gz", tmp_path / "large.out")
    assert large < small + 40
