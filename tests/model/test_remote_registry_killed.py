"""model.registry.remote: processes that end, or fork, at any moment leave a whole registry."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from model import artifact
from model.errors import (
    RegistryBusy,
)
from model.registry import lease as remote_lease
from model.registry import remote as remote_registry
from model.registry.remote import open_registry
from model.registry.store import Store

fsspec = pytest.importorskip("fsspec", reason="no fsspec: pip install 'storyseam[registry]'")


@pytest.fixture(autouse=True)
def _every_process_anew() -> Iterator[None]:
    yield
    remote_registry._remote.cache_clear()


def _run(work: Callable[[], None]) -> int:
    """How a child of this process ended; one that hangs is told to say where, and ends of it.

    Other tests may have left threads here, and a child waits for ever for a lock that one of them
    held at the fork.
    """
    pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - the child must not go on as a test
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    deadline = time.monotonic() + 60
    while True:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGABRT)
        time.sleep(0.002)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_killed_at_every_write_the_champion_is_whole_and_the_next_job_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = {name: tmp_path / "made" / name for name in ("old", "new", "next")}
    for name, folder in made.items():
        artifact.save(name, folder, {"version": name, "feature_table": "abc"})

    def job(url: str, name: str) -> None:
        registry = open_registry(url)
        with registry.lock():
            registry.publish(made[name], name)
            registry.promote(name)

    code, at, blocked = -signal.SIGKILL, 0, 0
    while code:
        url = f"file://{tmp_path / str(at)}"
        job(url, "old")

        def killed(at: int = at, url: str = url) -> None:
            moments = count()

            def die(last_words: Callable[[], None] = lambda: None) -> None:
                if next(moments) == at:
                    last_words()
                    os.kill(os.getpid(), signal.SIGKILL)

            create, delete = Store.create, Store.delete

            def create_or_die(self: Store, key: str, data: bytes) -> None:
                die()
                die(lambda: create(self, key, data[: len(data) // 2]))
                create(self, key, data)

            def delete_or_die(self: Store, key: str) -> None:
                die()
                delete(self, key)

            # In the child only.
            monkeypatch.setattr(Store, "create", create_or_die)
            monkeypatch.setattr(Store, "delete", delete_or_die)
            job(url, "new")

        code = _run(killed)
        assert code in (0, -signal.SIGKILL)
        registry = open_registry(url)
        champion = registry.champion()
        assert champion in ("old", "new"), f"killed at {at}"
        assert artifact.load(registry.path(champion))[0] == champion, f"killed at {at}"
        try:
            job(url, "next")
        except RegistryBusy:
            # Killed in the middle of taking the lease, where nobody can know whose it was.
            with monkeypatch.context() as later:
                later.setattr(remote_lease, "LEASE", -1.0)
                job(url, "next")
            blocked += 1
        assert registry.champion() == "next", f"killed at {at}"
        at += 1
    assert at >= 10
    assert blocked == 1


FORK = """
import os, sys
from pathlib import Path
from model.registry.remote import RemoteRegistry
from model.registry.store import Store

registry = RemoteRegistry(sys.argv[1])
before = registry.path("a")
assert (before / "card.json").exists()
store = Store(sys.argv[1])
first = store._fs
pid = os.fork()
if pid == 0:
    # As a worker does that was forked once its model was loaded, and that ends in order.
    assert store._fs is not first, "what is asynchronous does not survive a fork"
    own = registry.path("a")
    assert own != before and (own / "card.json").exists()
    print(own.parent)
    sys.exit(0)
_, status = os.waitpid(pid, 0)
assert status == 0
assert (before / "card.json").exists(), "the child has removed what is not its own"
assert store._fs is first
assert registry.path("a") == before
print(before.parent)
"""


def test_a_worker_that_ends_leaves_the_models_of_the_others(tmp_path: Path) -> None:
    url = f"file://{tmp_path / 'registry'}"
    made = tmp_path / "a"
    artifact.save(1, made, {"version": "a", "feature_table": "abc"})
    open_registry(url).publish(made, "a")
    done = subprocess.run(
        [sys.executable, "-c", FORK, url], capture_output=True, text=True, check=True
    )
    folders = done.stdout.split()
    assert len(set(folders)) == 2
    assert not any(Path(folder).exists() for folder in folders), "each removes its own"
