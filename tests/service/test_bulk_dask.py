"""service.bulk.dask and groups: the same output from a cluster, though workers are lost."""

from __future__ import annotations

import gzip
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.bulk import BulkSummary, run_bulk
from service.bulk.checkpoint import save_checkpoint
from service.bulk.errors import BulkError, InputError
from service.bulk.groups import _groups
from tests.service.bulk_fake import (
    live,
    load,
    load_deadly,
    load_named,
    load_slow,
    load_suicidal,
    pages,
)
from tests.service.test_bulk import lines, packed
from tests.service.test_bulk_resume import mixed, output

dask = pytest.importorskip("dask", reason="--dask needs the extra dask")
distributed = pytest.importorskip("distributed", reason="--dask needs the extra dask")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A scheduler and two worker processes, each watched over by a nanny that replaces it.

    Dask lets go of a worker that is not back within 15 seconds, as on a busy machine, and of its
    nanny; a run that has no worker left waits for one.
    """
    with (
        dask.config.set({"distributed.deploy.lost-worker-timeout": "200s"}),
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=50,
        ) as made,
    ):
        yield made


def bulk(source: Path | str, out: Path | str, cluster: Any = None, **options: Any) -> BulkSummary:
    settings: dict[str, Any] = {"loader": load, "batch_pages": 8, "checkpoint_pages": 24}
    if cluster is not None:
        settings["dask"] = cluster.scheduler_address
    return run_bulk(str(source), str(out), progress=False, **(settings | options))


@contextmanager
def no_third_try(cluster: Any) -> Iterator[None]:
    """What loses its worker twice is given up: sooner than by default.

    After once, a page that a worker gets in the moment in which it ends would be held the cause.
    """

    def allow(failures: int) -> None:
        with distributed.Client(cluster) as client:
            client.run_on_scheduler(
                lambda dask_scheduler: setattr(dask_scheduler, "allowed_failures", failures)
            )

    allow(1)
    try:
        yield
    finally:
        allow(3)


@contextmanager
def killed(cluster: Any, begun: Path) -> Iterator[None]:
    """Kill -9 one of the worker processes in mid-run: when there is output already."""
    over = threading.Event()
    victims: list[int] = []

    def kill() -> None:
        while not (begun.exists() and begun.stat().st_size):
            if over.wait(0.005):
                return
        if not over.is_set():
            victims.append(next(iter(cluster.workers.values())).pid)
            os.kill(victims[0], signal.SIGKILL)

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    assert victims, "the run was over before a worker could be killed"


def folder(path: Path, files: int = 6) -> Path:
    """Files of 100 pages, one of them compressed, with a bad line each."""
    path.mkdir()
    for number in range(files):
        data = packed([{"id": f"{number}-{p['id']}", "text": p["text"]} for p in pages(100)])
        data += b"nonsense\n"
        name = f"{number}.jsonl"
        (path / name).write_bytes(data)
    (path / "0.jsonl.gz").write_bytes(gzip.compress(packed(pages(3))))
    return path


def test_batches_give_the_bytes_of_a_local_run(tmp_path: Path, cluster: Any) -> None:
    source = mixed(tmp_path)
    local, there = tmp_path / "local" / "out.jsonl.gz", tmp_path / "there" / "out.jsonl.gz"
    assert bulk(source, there, cluster).pages == bulk(source, local).pages == 355
    assert output(there) == output(local)


def test_batches_survive_a_killed_worker(tmp_path: Path, cluster: Any) -> None:
    source = mixed(tmp_path)
    local, there = tmp_path / "local" / "out.jsonl", tmp_path / "there" / "out.jsonl"
    bulk(source, local)
    with killed(cluster, there):
        bulk(source, there, cluster, loader=load_slow)
    assert output(there) == output(local)


def test_a_page_that_kills_every_worker_is_listed(tmp_path: Path, cluster: Any) -> None:
    records = pages(10)
    records[4]["text"] = "KILL ME"
    (tmp_path / "in.jsonl").write_bytes(packed(records))
    with no_third_try(cluster):
        summary = bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", cluster, loader=load_deadly)
    assert (summary.pages, summary.errors) == (9, 1)
    (error,) = lines(tmp_path / "out.jsonl.errors.jsonl")
    assert error["line"] == 5


def test_a_page_that_kills_every_worker_of_its_group_is_listed(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.bulk.groups.GROUP_BYTES", (1, 1))
    records = pages(40)
    records[34]["text"] = "KILL ME"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_bytes(packed(records))
    (tmp_path / "in" / "b.jsonl").write_bytes(packed(pages(10)))
    with no_third_try(cluster):
        summary = bulk(tmp_path / "in", f"{tmp_path}/out/", cluster, loader=load_deadly)
    assert (summary.pages, summary.errors) == (49, 1)
    parts = sorted(p.name for p in (tmp_path / "out").glob("part-*"))
    assert parts == ["part-00000-000.jsonl", "part-00000-001.jsonl", "part-00001-000.jsonl"]
    (error,) = lines(tmp_path / "out" / "_errors.jsonl")
    assert (error["path"], error["line"]) == ("a.jsonl", 35)
    records[34]["text"] = "harmless"
    (tmp_path / "in" / "a.jsonl").write_bytes(packed(records))
    bulk(tmp_path / "in", f"{tmp_path}/whole/", cluster)
    same, other = ((tmp_path / f / "part-00000-000.jsonl").read_bytes() for f in ("out", "whole"))
    assert same == other


def test_what_fails_is_set_aside_until_the_rest_is_done(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.bulk.groups.GROUP_BYTES", (10_000, 10_000))
    source = folder(tmp_path / "in")
    bulk(source, f"{tmp_path}/whole/", cluster)
    # Workers are told of a file that is not there, as when a store loses one for a while.
    groups = _groups
    hidden = source.with_name("hidden.jsonl")

    def lost(*args: Any) -> Iterator[Any]:
        for group in groups(*args):
            files = tuple(replace(f, path=str(hidden)) for f in group.files)
            yield replace(group, files=files) if group.index == 1 else group

    with monkeypatch.context() as patch:
        patch.setattr("service.bulk.groups._groups", lost)
        failed = r"1 of 6 groups .* begins with 0\.jsonl\.gz: .*hidden\.jsonl.*same command"
        with pytest.raises(BulkError, match=failed):
            bulk(source, f"{tmp_path}/out/", cluster)
    assert len(list((tmp_path / "out").glob("part-*"))) == 5 * 5
    assert bulk(source, f"{tmp_path}/out/", cluster).resumed == 505
    assert output(tmp_path / "out") == output(tmp_path / "whole")


def test_a_folder_that_the_workers_do_not_share_is_refused(tmp_path: Path, cluster: Any) -> None:
    (tmp_path / "in.jsonl").write_bytes(packed(pages(10)))
    # This process has a memory of its own, and so has every worker.
    with pytest.raises(BulkError, match=r"does not see memory://alone.*shared disk, or a URL"):
        bulk(tmp_path / "in.jsonl", "memory://alone", cluster)


def test_a_part_that_was_removed_is_missed(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.bulk.groups.GROUP_BYTES", (10_000, 10_000))
    source = folder(tmp_path / "in")
    bulk(source, f"{tmp_path}/out/", cluster)
    (tmp_path / "out" / "part-00001-002.jsonl").unlink()
    with pytest.raises(BulkError, match=r"lacks part-00001-002\.jsonl.*--restart"):
        bulk(source, f"{tmp_path}/out/", cluster)


def test_the_model_travels_to_the_workers(tmp_path: Path, cluster: Any) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "name").write_text("sent-7", encoding="utf-8")
    (tmp_path / "in.jsonl").write_bytes(packed(pages(10)))
    summary = bulk(
        tmp_path / "in.jsonl", tmp_path / "out.jsonl", cluster, loader=load_named, model=model
    )
    assert summary.model == "sent-7"


def test_groups_of_files_by_url(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.bulk.groups.GROUP_BYTES", (10_000, 10_000))
    source = folder(tmp_path / "in")
    bulk(source, tmp_path / "local.jsonl")
    summary = bulk(f"file://{source}", f"file://{tmp_path}/out/", cluster)
    parts = sorted((tmp_path / "out").glob("part-*.jsonl"))
    assert b"".join(p.read_bytes() for p in parts) == (tmp_path / "local.jsonl").read_bytes()
    assert parts[1].name == "part-00000-001.jsonl"
    assert (summary.pages, summary.errors) == (603, 6)
    assert len(lines(tmp_path / "out" / "_errors.jsonl")) == 6
    assert bulk(f"file://{source}", f"file://{tmp_path}/out/", cluster).resumed == 609


@pytest.mark.parametrize("form", ["jsonl.zst", "parquet"])
def test_groups_survive_a_killed_worker(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    monkeypatch.setattr("service.bulk.groups.GROUP_BYTES", (10_000, 10_000))
    source = folder(tmp_path / "in")
    options = {"out_format": form, "loader": load_slow}
    with killed(cluster, tmp_path / "killed" / f"part-00001-000.{form}"):
        summary = bulk(source, f"{tmp_path}/killed/", cluster, **options)
    bulk(source, f"{tmp_path}/whole/", cluster, **options)
    assert summary.pages == 603
    assert output(tmp_path / "killed") == output(tmp_path / "whole")


def test_groups_go_on_after_the_client_was_lost(
    tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.bulk.groups.GROUP_BYTES", (10_000, 10_000))
    monkeypatch.setattr("service.bulk.groups._EVERY", 0.0)
    source = folder(tmp_path / "in")
    bulk(source, f"{tmp_path}/whole/", cluster)

    class Lost(Exception):
        """Stands for the client's death, after its third group."""

    saves = 0

    def save_thrice(*args: Any) -> None:
        nonlocal saves
        saves += 1
        if saves > 3:
            raise Lost
        save_checkpoint(*args)

    with monkeypatch.context() as patch:
        patch.setattr("service.bulk.groups.save_checkpoint", save_thrice)
        with pytest.raises(Lost):
            bulk(source, f"{tmp_path}/lost/", cluster)
    summary = bulk(source, f"{tmp_path}/lost/", cluster)
    assert 0 < summary.resumed < 609
    assert (summary.pages, summary.errors) == (603, 6)
    assert output(tmp_path / "lost") == output(tmp_path / "whole")
    with pytest.raises(InputError, match="--restart"):
        bulk(source, f"{tmp_path}/lost/", cluster, threshold=0.5)


@pytest.mark.parametrize("name", ["out.jsonl", "out/"])
def test_the_workers_know_what_a_live_blog_is(tmp_path: Path, cluster: Any, name: str) -> None:
    source = tmp_path / "in.jsonl"
    source.write_bytes(packed(live(60)))
    there = {}
    for asked, stories in (("story", 60), ("entry", 180)):
        (tmp_path / asked).mkdir()
        summary = bulk(source, f"{tmp_path}/{asked}/{name}", cluster, granularity=asked)
        assert (summary.pages, summary.stories) == (60, stories)
        files = sorted((tmp_path / asked).rglob("*.jsonl"))
        there[asked] = b"".join(file.read_bytes() for file in files)
        bulk(source, tmp_path / f"{asked}.jsonl", granularity=asked)
        assert there[asked] == (tmp_path / f"{asked}.jsonl").read_bytes()
    with pytest.raises(InputError, match=r"granularity was 'entry', is 'story'.*--restart"):
        bulk(source, f"{tmp_path}/entry/{name}", cluster)


def test_suicide_once_is_retried(tmp_path: Path, cluster: Any) -> None:
    records = pages(40)
    records[21]["text"] = "KILL ME"
    (tmp_path / "in.jsonl").write_bytes(packed(records))
    options: dict[str, Any] = {"loader": load_suicidal, "model": tmp_path / "mark"}
    summary = bulk(tmp_path / "in.jsonl", tmp_path / "out.jsonl", cluster, **options)
    assert (tmp_path / "mark").exists()
    assert (summary.pages, summary.errors) == (40, 0)
