"""A registry in an object store keeps the promises that such a store can keep."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model import artifact
from model.errors import (
    BadVersionName,
    ChampionMoved,
    NothingToRollBack,
    RegistryBusy,
    RegistryError,
    TamperedArtifact,
    UnknownVersion,
    VersionExists,
)
from model.registry import SHIPPED, Registry
from model.registry import lease as remote_lease
from model.registry import remote as remote_registry
from model.registry.holder import introduce
from model.registry.lease import LEASE
from model.registry.remote import RemoteRegistry, open_registry
from model.registry.store import Store

fsspec = pytest.importorskip("fsspec", reason="no fsspec: pip install 'storyseam[registry]'")


@pytest.fixture(params=["memory", "file"])
def url(request: Any, tmp_path: Path) -> Iterator[str]:
    if request.param == "file":
        yield f"file://{tmp_path / 'registry'}"
        return
    name = f"memory://{uuid.uuid4().hex}/registry"
    yield name
    fsspec.filesystem("memory").rm(name, recursive=True) if _exists(name) else None


def _exists(url: str) -> bool:
    return bool(fsspec.filesystem("memory").exists(url))


@pytest.fixture(autouse=True)
def _every_process_anew() -> Iterator[None]:
    yield
    remote_registry._remote.cache_clear()


def publish(url: str, folder: Path, *versions: str) -> Registry:
    registry = open_registry(url)
    for version in versions:
        made = folder / "made" / version
        artifact.save(version.upper(), made, {"version": version, "feature_table": "abc"})
        registry.publish(made, version)
    return registry


def test_a_folder_is_a_folder_and_a_url_is_a_store(tmp_path: Path) -> None:
    assert type(open_registry(tmp_path)) is Registry
    assert type(open_registry("memory://somewhere")) is RemoteRegistry
    with pytest.raises(RegistryError, match="cannot be opened"):
        open_registry("nosuchprotocol://somewhere")


def test_an_empty_one_uses_the_shipped_model(url: str) -> None:
    registry = open_registry(url)
    assert registry.champion() is None
    assert registry.mark() is None
    assert registry.versions() == []
    with pytest.raises(NothingToRollBack):
        registry.rollback()
    with pytest.raises(UnknownVersion):
        registry.path("a")
    with pytest.raises(BadVersionName):
        registry.path("../a")


def test_publish_promote_and_roll_back(url: str, tmp_path: Path) -> None:
    registry = publish(url, tmp_path, "a", "b")
    other = RemoteRegistry(url)
    seen = [other.mark()]
    registry.promote("a")
    seen.append(other.mark())
    registry.promote("b", expected="a")
    seen.append(other.mark())
    assert len(set(seen)) == 3, "every reader sees that the champion changed"
    assert other.history() == ["b", "a", SHIPPED]
    assert [card["version"] for card in other.versions()] == ["a", "b"]
    assert artifact.load(other.path("b"))[0] == "B"
    assert other.rollback() == "a"
    assert registry.rollback() == SHIPPED
    assert registry.champion() is None


def test_a_rollback_that_came_too_late_takes_nothing_back(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry, other = publish(url, tmp_path, "a", "b", "c"), RemoteRegistry(url)
    registry.promote("a")
    registry.promote("b")
    note = registry._note

    def late(taken_back: list[str]) -> None:
        monkeypatch.undo()
        other.promote("c")
        note(taken_back)

    monkeypatch.setattr(registry, "_note", late)
    with pytest.raises(ChampionMoved):
        registry.rollback()
    assert (other.champion(), other.taken_back()) == ("c", [])


def test_a_version_is_never_replaced(url: str, tmp_path: Path) -> None:
    registry = publish(url, tmp_path, "a")
    artifact.save("other", tmp_path / "other", {"version": "a", "feature_table": "abc"})
    with pytest.raises(VersionExists):
        registry.publish(tmp_path / "other", "a")
    other = RemoteRegistry(url)
    assert artifact.load(other.path("a"))[0] == "A"
    with pytest.raises(RegistryError, match="under its own name"):
        registry.publish(tmp_path / "other", "b")


def test_what_was_not_published_to_the_end_is_no_version(url: str, tmp_path: Path) -> None:
    registry = publish(url, tmp_path, "a")
    Store(url).create("b/model.joblib", b"half")
    assert [card["version"] for card in registry.versions()] == ["a"]
    with pytest.raises(UnknownVersion):
        registry.promote("b")
    with registry.lock():
        pass
    assert publish(url, tmp_path, "b").path("b").is_dir(), "the next job sweeps the name free"


def test_a_damaged_model_is_not_promoted(url: str, tmp_path: Path) -> None:
    registry = publish(url, tmp_path, "a", "b")
    registry.promote("a")
    store = Store(url)
    data = store.read("b/model.joblib")
    store.write("b/model.joblib", data[:-1] + bytes([data[-1] ^ 1]))
    fresh = RemoteRegistry(url)
    with pytest.raises(TamperedArtifact):
        fresh.promote("b")
    store.write("b/card.json", b"{")
    assert "error" in open_registry(url).versions()[1] | open_registry(url).versions()[0]
    assert registry.champion() == "a"


def test_half_a_pointer_is_passed_over(url: str, tmp_path: Path) -> None:
    registry = publish(url, tmp_path, "a", "b")
    registry.promote("a")
    Store(url).create("champion/0000000002", b"b\na")
    assert registry.champion() == "a"
    registry.promote("b")
    assert registry.history() == ["b", "a", SHIPPED]


def test_of_two_at_once_one_is_told(url: str, tmp_path: Path, monkeypatch: Any) -> None:
    registry = publish(url, tmp_path, "a", "b", "c")
    registry.promote("a")
    create = Store.create

    def meanwhile(self: Store, key: str, data: bytes) -> None:
        monkeypatch.setattr(Store, "create", create)
        RemoteRegistry(url).promote("b")
        create(self, key, data)

    monkeypatch.setattr(Store, "create", meanwhile)
    with pytest.raises(ChampionMoved):
        registry.promote("c")
    assert registry.history() == ["b", "a", SHIPPED]
    with pytest.raises(ChampionMoved, match="now b"):
        registry.promote("c", expected="a")


def test_promotions_of_many_threads_lose_nothing(tmp_path: Path) -> None:
    url = f"memory://{uuid.uuid4().hex}"
    names = [f"v{n}" for n in range(8)]
    publish(url, tmp_path, *names)

    def promote(name: str) -> None:
        while True:
            try:
                return RemoteRegistry(url).promote(name)
            except ChampionMoved:
                continue

    threads = [threading.Thread(target=promote, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(open_registry(url).history()) == sorted([*names, SHIPPED])


def test_the_history_stays_short_and_old_pointers_go(url: str, tmp_path: Path) -> None:
    registry = publish(url, tmp_path, "a", "b")
    for _ in range(60):
        registry.promote("a")
        registry.promote("b")
    assert len(registry.history()) <= 101
    assert len(Store(url).names("champion")) <= 10
    with pytest.raises(RegistryError, match="it stays"):
        registry.remove("a")


def test_remove(url: str, tmp_path: Path) -> None:
    registry = publish(url, tmp_path, "a", "b")
    registry.remove("b")
    assert [card["version"] for card in registry.versions()] == ["a"]
    with pytest.raises(UnknownVersion):
        RemoteRegistry(url).path("b")
    with pytest.raises(UnknownVersion):
        registry.remove("nosuch")


# The lease


def test_the_second_job_is_told_who_runs(url: str) -> None:
    with open_registry(url).lock() as work:
        assert work.is_dir()
        with (
            pytest.raises(RegistryBusy, match=f"process {os.getpid()} on"),
            open_registry(url).lock(),
        ):
            pytest.fail("two jobs at once")
    assert not work.exists()
    with open_registry(url).lock():
        pass


@pytest.mark.parametrize(
    ("age", "free"),
    [
        pytest.param(LEASE + 1, True, id="long ago"),
        pytest.param(LEASE - 60, False, id="a while ago"),
        pytest.param(-LEASE - 60, True, id="by a clock that was wrong"),
    ],
)
def test_a_lease_without_a_sign_is_void(url: str, age: float, free: bool) -> None:
    who = {"pid": 1, "host": "elsewhere", "since": "then", "beat": time.time() - age}
    Store(url).create(".job/0000000005", json.dumps(who).encode())
    if free:
        with open_registry(url).lock():
            pass
    else:
        with pytest.raises(RegistryBusy, match="elsewhere"), open_registry(url).lock():
            pass


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_number_names_a_process_where_it_runs_alone(url: str, elsewhere: bool) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(60)
    who = introduce() | {"pid": process.pid, "beat": time.time()}
    if elsewhere:  # a container of the same host name, say
        who["space"] = "another"
    Store(url).create(".job/0000000005", json.dumps(who).encode())
    if elsewhere:
        with pytest.raises(RegistryBusy), open_registry(url).lock():
            pass
    else:
        with open_registry(url).lock():
            pass


def test_a_lease_is_renewed_while_the_job_runs(url: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(remote_lease, "_BEAT", 0.02)
    store = Store(url)
    with open_registry(url).lock():
        first = store.read(".job/0000000001")
        deadline = threading.Event()
        for _ in range(200):
            if store.read(".job/0000000001") != first:
                break
            deadline.wait(0.02)
        else:
            pytest.fail("no sign of life")
