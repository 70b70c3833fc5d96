"""Creating what must not exist yet, in stores that lose answers and say "exists" as they like."""

from __future__ import annotations

import errno
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model import artifact
from model.errors import ChampionMoved, RegistryError, VersionExists
from model.registry import SHIPPED
from model.registry import remote as remote_registry
from model.registry.remote import RemoteRegistry
from model.registry.store import Store

fsspec = pytest.importorskip("fsspec", reason="no fsspec: pip install 'storyseam[registry]'")
memory = pytest.importorskip("fsspec.implementations.memory").MemoryFileSystem

Fault = Callable[[], Exception]


def _exists() -> Exception:
    return FileExistsError("the object is there")


def _precondition() -> Exception:
    """What s3fs makes of a refusal by a store of S3's kind that does not name the condition."""
    return OSError(errno.EINVAL, "At least one of the pre-conditions you specified did not hold")


def _conflict() -> Exception:
    """What it makes of S3's refusal of two writes at one moment."""
    return OSError(errno.EIO, "The conditional request cannot succeed due to a conflict")


def _lost() -> Exception:
    return TimeoutError("no answer")


@pytest.fixture
def url() -> str:
    return f"memory://{uuid.uuid4().hex}/registry"


@pytest.fixture(autouse=True)
def _every_process_anew() -> Iterator[None]:
    yield
    remote_registry._remote.cache_clear()


def _answering(monkeypatch: pytest.MonkeyPatch, fault: Fault) -> None:
    """Every object is created, and its client is told of a fault, as after a second attempt."""
    create = memory.pipe_file

    def pipe_file(self: Any, path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        create(self, path, value, mode=mode, **more)
        if mode == "create":
            raise fault()

    monkeypatch.setattr(memory, "pipe_file", pipe_file)


@pytest.mark.parametrize("fault", [_exists, _precondition, _conflict, _lost])
def test_an_own_object_is_no_other_one(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    """Of every write the first answer is lost, and the client's second attempt is refused."""
    _answering(monkeypatch, fault)
    registry = RemoteRegistry(url)
    with registry.lock():
        for version in ("a", "b"):
            made = tmp_path / version
            artifact.save(version, made, {"version": version, "feature_table": "abc"})
            registry.publish(made, version)
            registry.promote(version)
    assert registry.history() == ["b", "a", SHIPPED]
    assert registry.rollback() == "a"
    assert [card["version"] for card in registry.versions()] == ["a", "b"]


@pytest.mark.parametrize("fault", [_exists, _precondition, _conflict, _lost])
def test_another_one_is_told_however_the_store_says_so(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: Fault
) -> None:
    store, registry = Store(url), RemoteRegistry(url)
    for version in ("a", "b"):
        artifact.save(version, tmp_path / version, {"version": version, "feature_table": "abc"})
        registry.publish(tmp_path / version, version)
    create = memory.pipe_file

    def pipe_file(self: Any, path: str, value: bytes, mode: str = "overwrite", **more: Any) -> None:
        if mode == "create" and self.exists(path):
            raise fault()
        create(self, path, value, mode=mode, **more)

    monkeypatch.setattr(memory, "pipe_file", pipe_file)
    store.create("key", b"theirs")
    with pytest.raises(FileExistsError):
        store.create("key", b"ours")
    assert store.read("key") == b"theirs"
    monkeypatch.setattr(RemoteRegistry, "_latest", lambda self: (0, [SHIPPED]))
    registry.promote("a")
    monkeypatch.setattr(Store, "numbers", lambda self, folder: [])
    with pytest.raises(ChampionMoved):
        registry.promote("b")


@pytest.mark.parametrize("left", [None, b"", b"ou"])
def test_what_was_not_written_is_told_as_it_is(
    url: str, monkeypatch: pytest.MonkeyPatch, left: bytes | None
) -> None:
    """Neither a store that is away nor a disk that is full means that somebody was first."""
    store = Store(url)
    if left is not None:
        store.write("key", left)

    def full(self: Any, path: str, value: bytes, **_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(memory, "pipe_file", full)
    with pytest.raises(RegistryError, match="No space left"):
        store.create("key", b"ours")


def test_the_same_bytes_under_the_same_name_are_a_version_that_exists(
    url: str, tmp_path: Path
) -> None:
    registry = RemoteRegistry(url)
    artifact.save("a", tmp_path / "a", {"version": "a", "feature_table": "abc"})
    registry.publish(tmp_path / "a", "a")
    with pytest.raises(VersionExists):
        registry.publish(tmp_path / "a", "a")


@pytest.mark.parametrize("what", ["changed", "cut short"])
def test_a_version_that_came_damaged_is_fetched_again(url: str, tmp_path: Path, what: str) -> None:
    """Somebody has put the bucket right; no service need be started anew for it."""
    artifact.save("a", tmp_path / "a", {"version": "a", "feature_table": "abc"})
    RemoteRegistry(url).publish(tmp_path / "a", "a")
    store, reading = Store(url), RemoteRegistry(url)
    whole = store.read("a/model.joblib")
    store.write("a/model.joblib", whole[:-1] + b"?" if what == "changed" else whole[:-1])
    for _ in range(2):
        with pytest.raises(artifact.TamperedArtifact):
            artifact.load(reading.path("a"))
    store.write("a/model.joblib", whole)
    assert artifact.load(reading.path("a"))[0] == "a"
    # What is whole is not fetched again.
    store.delete("a/model.joblib")
    assert artifact.load(reading.path("a"))[0] == "a"
