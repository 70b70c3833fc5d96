"""service.bulk.dask: a cluster that goes away, whole or all of its workers, is a sentence."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from service.bulk.errors import BulkError, ClusterError
from tests.service.bulk_fake import load_slow, pages
from tests.service.test_bulk import packed
from tests.service.test_bulk_dask import bulk, folder


def test_no_cluster_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.bulk.dask._PATIENCE", 1)
    (tmp_path / "in.jsonl").write_bytes(packed(pages(1)))
    with pytest.raises(BulkError, match="dask scheduler"):
        bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", dask="tcp://127.0.0.1:9")


@contextmanager
def losing(folder: Path, role: str, end: signal.Signals, begun: Path) -> Iterator[str]:
    """The address of a scheduler with one worker, of which one is ended once a run has begun."""
    told = folder / "scheduler.json"

    def start(role: str, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{role}", "--no-dashboard", *words]
        # In a group of its own, with its nanny's child.
        return subprocess.Popen(
            [*command, "--scheduler-file", str(told)],
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    started = {"scheduler": start("scheduler", "--host", "127.0.0.1", "--port", "0")}
    started["worker"] = start("worker", "--nthreads", "1")
    over = threading.Event()

    def kill() -> None:
        while not (begun.exists() and begun.stat().st_size):
            if over.wait(0.01):
                return
        os.killpg(started[role].pid, end)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        deadline = time.monotonic() + 60
        while not told.exists():
            assert started["scheduler"].poll() is None, "the scheduler did not come up"
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield json.loads(told.read_text(encoding="utf-8"))["address"]
    finally:
        over.set()
        thread.join()
        for process in started.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(30)


@pytest.mark.parametrize(
    ("name", "end"),
    [("out.jsonl", signal.SIGKILL), ("out/", signal.SIGKILL), ("out/", signal.SIGTERM)],
)
def test_a_scheduler_that_goes_away_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, end: signal.Signals
) -> None:
    monkeypatch.setattr("service.bulk.dask._PATIENCE", 6)
    monkeypatch.setattr("service.bulk.groups.GROUP_BYTES", (1, 1))
    source = folder(tmp_path / "in", 12)
    begun = tmp_path / "out" / "part-00000-000.jsonl" if name == "out/" else tmp_path / name
    with (
        losing(tmp_path, "scheduler", end, begun) as address,
        pytest.raises(ClusterError, match=r"Run the same command again when it is back"),
    ):
        bulk(source, f"{tmp_path}/{name}", dask=address, loader=load_slow)


@pytest.mark.parametrize("name", ["out.jsonl", "out/"])
def test_a_cluster_without_workers_is_waited_for_and_then_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    monkeypatch.setattr("service.bulk.dask._EVERY", 0.2)
    monkeypatch.setattr("service.bulk.dask._FETCH", 0.5)
    monkeypatch.setattr("service.bulk.dask._ALONE", 1.0)
    monkeypatch.setattr("service.bulk.groups.GROUP_BYTES", (1, 1))
    source = folder(tmp_path / "in", 12)
    begun = tmp_path / "out" / "part-00000-000.jsonl" if name == "out/" else tmp_path / name
    with (
        losing(tmp_path, "worker", signal.SIGKILL, begun) as address,
        pytest.raises(ClusterError, match=r"no worker for .* goes on from the last checkpoint"),
    ):
        bulk(source, f"{tmp_path}/{name}", dask=address, loader=load_slow)
    assert capsys.readouterr().err.count("no worker left; waiting") == 1
