"""Versions stay as they were published, and the champion is always a whole one."""

from __future__ import annotations

import errno
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from model import artifact
from model.errors import (
    ArtifactError,
    BadVersionName,
    ChampionMoved,
    IncompatibleArtifact,
    MissingArtifact,
    NothingToRollBack,
    RegistryBusy,
    RegistryError,
    TamperedArtifact,
    UnknownVersion,
    VersionExists,
)
from model.registry import SHIPPED, Registry


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path / "registry")


def _publish(registry: Registry, *versions: str) -> None:
    for version in versions:
        made = registry.root.parent / "made" / version
        artifact.save(version.upper(), made, {"version": version, "feature_table": "abc"})
        registry.publish(made, version)


def _visible(registry: Registry) -> list[str]:
    return sorted(p.name for p in registry.root.iterdir() if not p.name.endswith(".lock"))


def test_an_empty_registry_uses_the_shipped_model(registry: Registry) -> None:
    assert registry.champion() is None
    assert registry.versions() == []
    assert registry.history() == [SHIPPED]
    with pytest.raises(NothingToRollBack, match="storyseam models promote"):
        registry.rollback()


def test_publish_promote_and_roll_back(registry: Registry) -> None:
    _publish(registry, "a", "b", "c")
    assert registry.champion() is None, "publishing alone changes nothing"
    for version in ("a", "b", "c"):
        registry.promote(version)
        assert registry.champion() == version
    assert registry.rollback() == "b"
    assert registry.rollback() == "a", "a rollback of a rollback goes back one further"
    registry.promote("c")
    assert registry.history() == ["c", "a", SHIPPED], "and promoting undoes them"
    assert [registry.rollback(), registry.rollback()] == ["a", SHIPPED]
    assert registry.champion() is None
    with pytest.raises(NothingToRollBack):
        registry.rollback()
    assert artifact.load(registry.path("b"))[0] == "B"


def test_promoting_the_champion_again_does_not_lengthen_the_way_back(registry: Registry) -> None:
    _publish(registry, "a")
    registry.promote("a")
    registry.promote("a")
    assert registry.history() == ["a", SHIPPED]


def test_the_history_stays_bounded_and_ends_in_the_shipped_model(registry: Registry) -> None:
    _publish(registry, "a", "b")
    for number in range(150):
        registry.promote("ab"[number % 2])
    assert len(registry.history()) == 101
    assert registry.history()[-1] == SHIPPED


def test_versions_are_immutable(registry: Registry) -> None:
    _publish(registry, "a")
    before = (registry.path("a") / "card.json").read_bytes()
    with pytest.raises(VersionExists):
        _publish(registry, "a")
    assert (registry.path("a") / "card.json").read_bytes() == before


def test_a_version_is_published_under_its_own_name(registry: Registry) -> None:
    made = registry.root.parent / "x"
    artifact.save(1, made, {"version": "x", "feature_table": "abc"})
    with pytest.raises(RegistryError, match="own name"):
        registry.publish(made, "y")


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", "/etc", "a\\b", "a\n", ".hidden", "-x", "champion",
             "default", "a" * 101, "ünï", "a\0"]
)  # fmt: skip
def test_no_path_hides_in_a_name(registry: Registry, name: str) -> None:
    for act in (registry.path, registry.promote, registry.remove):
        if name == SHIPPED and act == registry.promote:
            continue
        with pytest.raises(BadVersionName):
            act(name)
    with pytest.raises(BadVersionName):
        registry.publish(registry.root, name)


def test_the_model_that_ships_can_be_promoted_where_no_version_before_would_load(
    registry: Registry,
) -> None:
    for name in ("a", "b"):
        _publish(registry, name)
        registry.promote(name)
    upgraded = type(registry)(registry.root, feature_table="another")
    with pytest.raises(ArtifactError):
        upgraded.rollback()
    upgraded.promote(SHIPPED)
    assert upgraded.champion() is None
    assert upgraded.history() == [SHIPPED, "b", "a", SHIPPED]
    assert registry.rollback() == "b", "and back, with the code before"


def test_a_pointer_that_was_edited_by_hand_cannot_lead_outside(registry: Registry) -> None:
    _publish(registry, "a")
    (registry.root / "champion").write_text("../made/a\n")
    with pytest.raises(BadVersionName):
        registry.champion()


def test_unknown_versions(registry: Registry) -> None:
    with pytest.raises(UnknownVersion, match="storyseam models list"):
        registry.promote("nope")


def test_a_broken_version_is_listed_but_never_promoted(registry: Registry) -> None:
    _publish(registry, "good", "bad")
    registry.promote("good")
    (registry.path("bad") / "model.joblib").write_bytes(b"x")
    with pytest.raises(TamperedArtifact):
        registry.promote("bad")
    (registry.path("bad") / "card.json").unlink()
    with pytest.raises(MissingArtifact):
        registry.promote("bad")
    assert registry.champion() == "good"
    listed = {card["version"]: card for card in registry.versions()}
    assert "card.json is missing" in listed["bad"]["error"]
    assert "error" not in listed["good"]


def test_rolling_back_to_a_broken_version_changes_nothing(registry: Registry) -> None:
    _publish(registry, "a", "b")
    registry.promote("a")
    registry.promote("b")
    (registry.path("a") / "model.joblib").write_bytes(b"x")
    with pytest.raises(TamperedArtifact):
        registry.rollback()
    assert registry.champion() == "b"


def test_another_feature_table_is_not_promoted(registry: Registry) -> None:
    _publish(registry, "a")
    with pytest.raises(IncompatibleArtifact):
        Registry(registry.root, feature_table="other").promote("a")
    Registry(registry.root, feature_table="abc").promote("a")


def test_promotion_is_refused_where_the_champion_moved(registry: Registry) -> None:
    _publish(registry, "a", "b")
    registry.promote("a", expected=None)
    with pytest.raises(ChampionMoved, match=r"was default .* is now a"):
        registry.promote("b", expected=None)
    assert registry.champion() == "a"
    registry.promote("b", expected="a")


def test_only_what_cannot_come_back_is_removed(registry: Registry) -> None:
    _publish(registry, "a", "b", "c")
    registry.promote("a")
    registry.promote("b")
    for kept in ("a", "b"):
        with pytest.raises(RegistryError, match="it stays"):
            registry.remove(kept)
    registry.remove("c")
    assert [card["version"] for card in registry.versions()] == ["a", "b"]


@pytest.mark.parametrize("full_at", ["model.joblib", "card.json", ".tmp-"])
def test_a_full_disk_changes_nothing(registry: Registry, monkeypatch: Any, full_at: str) -> None:
    _publish(registry, "a")
    registry.promote("a")
    made = registry.root.parent / "b"
    artifact.save("B", made, {"version": "b", "feature_table": "abc"})
    before = _visible(registry)
    write = artifact.write_file

    def full(path: Path, data: bytes) -> None:
        if path.name.startswith(full_at):
            path.write_bytes(data[:1])
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, data)

    monkeypatch.setattr(artifact, "write_file", full)

    def release() -> None:
        registry.publish(made, "b")
        registry.promote("b")

    with pytest.raises(OSError, match="No space"):
        release()
    assert registry.champion() == "a"
    assert set(_visible(registry)) - {"b"} == set(before)
    monkeypatch.undo()
    if full_at != ".tmp-":
        registry.publish(made, "b")
    registry.promote("b")
    assert registry.champion() == "b"


def test_the_second_job_is_told_who_holds_the_lock(registry: Registry) -> None:
    with registry.lock() as work:
        (work / "half").write_text("done")
        with (
            pytest.raises(RegistryBusy, match=rf"process {os.getpid()} .* since 20\d\d-") as caught,
            Registry(registry.root).lock(),
        ):
            pytest.fail("two held it")
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
        _publish(registry, "a")
        registry.promote("a")  # people may promote while a job runs
    assert _visible(registry) == ["a", "champion"]
    with registry.lock():
        pass


def test_a_lock_outlives_no_exception(registry: Registry) -> None:
    with pytest.raises(ZeroDivisionError), registry.lock():
        raise ZeroDivisionError
    with registry.lock():
        pass


def test_the_lock_of_a_killed_job_does_not_block_and_its_litter_is_swept(
    registry: Registry,
) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\nfrom model.registry import Registry\n"
            "with Registry(sys.argv[1]).lock() as work:\n"
            "    (work / 'half').write_text('x'); print('held', flush=True); time.sleep(60)\n",
            str(registry.root),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RegistryBusy, match=f"process {holder.pid} "), registry.lock():
            pass
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
    assert any(name.startswith(".tmp-") for name in _visible(registry))
    with registry.lock() as work:
        assert [p.name for p in registry.root.glob(".tmp-*")] == [work.name]
    assert _visible(registry) == []


def test_readers_always_see_a_whole_champion(registry: Registry) -> None:
    """A reader that polls while two others promote never sees anything but a version."""
    _publish(registry, "a", "b")
    registry.promote("a")
    seen: set[str | None] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(registry.champion())

    def write(version: str) -> None:
        for _ in range(60):
            Registry(registry.root).promote(version)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(v,)) for v in "ab"]
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    time.sleep(0.01)
    stop.set()
    reader.join()
    assert seen == {"a", "b"}
    assert json.dumps(registry.history())
