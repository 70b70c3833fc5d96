"""service.bulk: killed anywhere and started again, the output is that of an undisturbed run."""

from __future__ import annotations

import errno
import fcntl
import gzip
import io
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.bulk.checkpoint import save_checkpoint
from service.bulk.errors import InputError, OutputError
from service.bulk.store import lock
from tests.service.bulk_fake import live, pages
from tests.service.test_bulk import bulk, lines, packed

ROOT = Path(__file__).parents[2]

# 400 pages at 2 ms, a checkpoint every 24: about 0.8 s of work and 17 checkpoints.
SCRIPT = """
import sys
from service.bulk import run_bulk
from tests.service.bulk_fake import load_slow
source, out, workers = sys.argv[1:]
print("ready", flush=True)
summary = run_bulk(source, out, workers=int(workers), batch_pages=8, checkpoint_pages=24,
                   progress=False, loader=load_slow)
print(summary.pages, summary.errors)
"""

# For every n: a child that kills itself before or after the n-th step that touches the disk, half a
# piece left behind, and a second child that goes on. Prints how often it was killed.
EVERY_STEP = """
import os, shutil, signal, sys
from pathlib import Path
from service.bulk import run_bulk
from tests.service.bulk_fake import load
from tests.service.test_bulk_resume import output
source, folder, name = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
if name.endswith("parquet"):
    import pyarrow.parquet  # once, and not in every child
steps = 0

def deadly(function, fatal):
    def call(*args, **options):
        global steps
        steps += 1
        if steps == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **options)
        steps += 1
        if steps == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return result
    return call

def sitting(out, fatal):
    child = os.fork()
    if child == 0:
        for owner, name in [(os, "fsync"), (os, "truncate"), (Path, "replace"), (Path, "touch"),
                            (Path, "unlink"), (Path, "mkdir")]:
            setattr(owner, name, deadly(getattr(owner, name), fatal))
        run_bulk(source, str(out), batch_pages=8, checkpoint_pages=24, progress=False, loader=load)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

whole = folder / "whole" / name
assert sitting(whole, 0) == 0
killed = 0
for fatal in range(1, 10_000, int(sys.argv[4])):
    out = folder / "killed" / name
    ended = sitting(out, fatal)
    if ended == 0:
        break
    assert ended == -signal.SIGKILL
    if out.with_name(name + ".checkpoint.json").exists():
        with out.open("ab") as stream:
            stream.write(b"half a piece" * (fatal % 3))
    assert sitting(out, 0) == 0
    assert output(out) == output(whole), f"killed at step {fatal}"
    shutil.rmtree(folder / "killed")
    killed += 1
print(killed)
"""


def environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}


def start(source: str, out: Path, workers: int, stdin: Path | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, source, str(out), str(workers)],
        cwd=ROOT,
        env=environment(),
        stdin=stdin.open() if stdin else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def output(out: Path) -> dict[str, bytes]:
    """Everything that belongs to the output, less the checkpoint (which holds seconds)."""
    folder = out if out.is_dir() else out.parent
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if not path.name.endswith("checkpoint.json")
    }


def mixed(folder: Path, count: int = 400) -> Path:
    """Pages, every ninth line bad."""
    body = packed(pages(count)).splitlines(keepends=True)
    for index in range(0, count, 9):
        body[index] = b'{"id": "bad", "text": 1}\n'
    path = folder / "in.jsonl"
    path.write_bytes(b"".join(body))
    return path


def wait_for(checkpoint: Path, run: subprocess.Popen[str]) -> None:
    """Until the run has saved its first checkpoint, which one that fails never does."""
    deadline = time.monotonic() + 60
    while not checkpoint.exists():
        assert run.poll() is None, run.communicate(timeout=30)
        assert time.monotonic() < deadline
        time.sleep(0.005)


def kill_until_done(begin: Callable[[], subprocess.Popen[str]], seed: int) -> int:
    """Start the run, kill it -9 at a random moment, and again, until it ends by itself."""
    moments = random.Random(seed)
    for kills in range(100):
        run = begin()
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        try:
            # Soon at first: a fast machine may be done in half a second.
            longest = 0.05 if kills < 3 else 0.4
            _, errors = run.communicate(timeout=moments.random() * longest)
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGKILL)
            run.communicate(timeout=30)
            continue
        assert run.returncode == 0, errors
        return kills
    raise AssertionError("100 sittings were not enough")


NAMES = ["out.jsonl", "out.jsonl.zst", "out.jsonl.gz", "out.parquet"]


@pytest.mark.parametrize("name", NAMES)
def test_killed_at_every_step_the_bytes_are_the_same(tmp_path: Path, name: str) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow", reason="Parquet needs pyarrow")
    source = mixed(tmp_path, 56)
    # The steps are the same for all forms; gz only packs other bytes, and Parquet is slow.
    stride = {"out.parquet": "7", "out.jsonl.gz": "3"}.get(name, "1")
    done = subprocess.run(
        [sys.executable, "-c", EVERY_STEP, str(source), str(tmp_path), name, stride],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) * int(stride) >= 50  # steps that it was killed at


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.zst"])
def test_killed_many_times_the_bytes_are_the_same(tmp_path: Path, name: str) -> None:
    source = mixed(tmp_path)
    whole, killed = tmp_path / "whole" / name, tmp_path / "killed" / name
    bulk(source, whole, batch_pages=8, checkpoint_pages=24)
    assert kill_until_done(lambda: start(str(source), killed, 1), seed=len(name)) >= 3
    assert output(killed) == output(whole)


def test_killed_many_times_behind_a_pipe(tmp_path: Path) -> None:
    source = mixed(tmp_path)
    whole, killed = tmp_path / "whole" / "out.jsonl", tmp_path / "killed" / "out.jsonl"
    assert start("-", whole, 1, stdin=source).wait(60) == 0
    assert kill_until_done(lambda: start("-", killed, 1, stdin=source), seed=5) >= 3
    assert output(killed) == output(whole)


@pytest.mark.parametrize("at", [0.0, 0.1, 0.3])
def test_killed_with_workers(tmp_path: Path, at: float) -> None:
    source = mixed(tmp_path)
    whole, killed = tmp_path / "whole" / "out.jsonl", tmp_path / "killed" / "out.jsonl"
    bulk(source, whole, batch_pages=8, checkpoint_pages=24)
    run = start(str(source), killed, 2)
    wait_for(killed.with_name("out.jsonl.checkpoint.json"), run)
    time.sleep(at)
    run.send_signal(signal.SIGKILL)
    # Returns when the pipes are closed: the workers have ended too, though nobody told them.
    run.communicate(timeout=30)
    text, errors = start(str(source), killed, 2).communicate(timeout=60)
    assert text.split() == ["ready", "355", "45"], errors
    assert output(killed) == output(whole)


def test_a_finished_run_is_left_as_it_is(tmp_path: Path) -> None:
    source, out = mixed(tmp_path, 30), tmp_path / "out.jsonl"
    first = bulk(source, out)
    before = out.read_bytes()
    again = bulk(source, out)
    assert out.read_bytes() == before
    assert (again.pages, again.resumed) == (first.pages, 30)


def test_an_output_that_was_removed_is_made_anew(tmp_path: Path) -> None:
    source, out = mixed(tmp_path, 30), tmp_path / "out.jsonl"
    bulk(source, out)
    before = out.read_bytes()
    out.unlink()
    assert bulk(source, out).resumed == 0
    assert out.read_bytes() == before


def test_changes_are_refused(tmp_path: Path) -> None:
    source, out = mixed(tmp_path, 30), tmp_path / "out.jsonl"
    bulk(source, out)
    before = out.read_bytes()
    with pytest.raises(InputError, match=r"threshold was None, is 0\.25.*--restart"):
        bulk(source, out, threshold=0.25)
    os.utime(source, ns=(1, 1))
    with pytest.raises(InputError, match=r"input changed.*--restart"):
        bulk(source, out)
    source.write_bytes(source.read_bytes() + b'{"id": "new", "text": "new"}\n')
    with pytest.raises(InputError, match=r"input changed.*--restart"):
        bulk(source, out)
    assert out.read_bytes() == before
    assert bulk(source, out, restart=True).pages == 27
    assert len(lines(out)) == 31


def test_a_stopped_run_goes_on_with_the_live_blogs_that_it_began_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, whole, stopped = (tmp_path / name for name in ("in.jsonl", "whole", "stopped"))
    source.write_bytes(packed(live(60)))
    sizes = {"batch_pages": 8, "checkpoint_pages": 24}
    bulk(source, whole / "out.jsonl", granularity="entry", **sizes)

    class Stopped(Exception):
        """Stands for Ctrl-C, after the second checkpoint."""

    saves = iter(range(3))

    def save(*given: Any) -> None:
        save_checkpoint(*given)
        if next(saves) == 1:
            raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr("service.bulk.run.save_checkpoint", save)
        with pytest.raises(Stopped):
            bulk(source, stopped / "out.jsonl", granularity="entry", **sizes)
    assert len(lines(stopped / "out.jsonl")) == 48
    for changed in ({}, {"granularity": "story"}):
        with pytest.raises(InputError, match=r"granularity was 'entry', is 'story'.*--restart"):
            bulk(source, stopped / "out.jsonl", **sizes, **changed)
    assert bulk(source, stopped / "out.jsonl", granularity="entry", **sizes).resumed == 48
    assert output(stopped / "out.jsonl") == output(whole / "out.jsonl")


def test_another_pipe_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def feed(data: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(data))))

    out = tmp_path / "out.jsonl"
    feed(packed(pages(30)))
    bulk("-", out)
    for other in (packed(pages(29)), packed(pages(31)[1:]), b""):
        feed(other)
        with pytest.raises(InputError, match="what comes through the pipe"):
            bulk("-", out)
    feed(packed(pages(30)))
    assert bulk("-", out).resumed == 30


def test_a_damaged_output_or_checkpoint_is_refused(tmp_path: Path) -> None:
    source, out = mixed(tmp_path, 30), tmp_path / "out.jsonl"
    bulk(source, out)
    os.truncate(out, 100)
    with pytest.raises(OutputError, match="shorter than its checkpoint"):
        bulk(source, out)
    (tmp_path / "out.jsonl.checkpoint.json").write_bytes(b'{"format": 99}')
    with pytest.raises(OutputError, match="another version"):
        bulk(source, out)
    (tmp_path / "out.jsonl.checkpoint.json").write_bytes(b"\x00")
    with pytest.raises(OutputError, match="--restart"):
        bulk(source, out)
    assert bulk(source, out, restart=True).pages == 26


def test_two_runs_do_not_write_to_one_output(tmp_path: Path) -> None:
    source, out = mixed(tmp_path), tmp_path / "out.jsonl"
    run = start(str(source), out, 1)
    assert run.stdout is not None
    assert run.stdout.readline() == "ready\n"
    wait_for(tmp_path / "out.jsonl.checkpoint.json", run)
    with pytest.raises(OutputError, match="another run"):
        bulk(source, out)
    run.communicate(timeout=60)
    assert run.returncode == 0


def test_a_full_disk_is_a_sentence_and_the_run_goes_on_later(tmp_path: Path) -> None:
    source = mixed(tmp_path)
    whole, full = tmp_path / "whole" / "out.jsonl", tmp_path / "full" / "out.jsonl"
    bulk(source, whole, batch_pages=8, checkpoint_pages=24)
    limit = whole.stat().st_size // 2
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # Python ignores SIGXFSZ, so a write beyond the limit fails as on a full disk, half done.
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(OutputError, match=r"no more space.*run the same command again"):
            bulk(source, full, batch_pages=8, checkpoint_pages=24)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert 0 < full.stat().st_size <= limit
    summary = bulk(source, full, batch_pages=8, checkpoint_pages=24)
    assert 0 < summary.resumed < 400
    assert output(full) == output(whole)


@pytest.mark.parametrize("ending", ["jsonl.gz", "parquet"])
def test_what_is_damaged_is_listed_once_however_often_it_is_met(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"in.{ending}"
    data = gzip.compress(packed(pages(60)))
    path.write_bytes(data[: len(data) // 2] if ending == "jsonl.gz" else b"PAR1 no more PAR1")
    first = bulk(path, tmp_path / "out.jsonl")
    made = (tmp_path / "out.jsonl").read_bytes()
    assert first.errors == 1
    for _ in range(2):
        bulk(path, tmp_path / "out.jsonl")
        assert (tmp_path / "out.jsonl").read_bytes() == made


def test_blank_lines_at_the_end_of_a_pipe_are_no_other_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = packed(pages(10)) + b"\n\n \n"
    for _ in range(2):
        stream = io.BufferedReader(io.BytesIO(data))  # type: ignore[type-var]
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
        bulk("-", tmp_path / "out.jsonl")
    assert len(lines(tmp_path / "out.jsonl")) == 10


@pytest.mark.parametrize("what", ["file", "folder"])
def test_an_output_is_locked_where_only_what_is_open_for_writing_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """As on NFS, where a lock of the system becomes one of the server; a folder has none."""
    flock = fcntl.flock

    def as_on_nfs(descriptor: int, how: int) -> None:
        if fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY:
            raise OSError(errno.EBADF, "Bad file descriptor")
        flock(descriptor, how)

    monkeypatch.setattr("service.bulk.store.fcntl.flock", as_on_nfs)
    path = tmp_path / "out"
    path.touch() if what == "file" else path.mkdir()
    held = lock(path)
    if what == "file":
        with pytest.raises(OutputError, match="another run"):
            lock(path)
    os.close(held)
