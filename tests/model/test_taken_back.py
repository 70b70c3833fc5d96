"""A rollback leaves a note, on a disk and in a store, until somebody promotes a version."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from model import artifact
from model.registry import SHIPPED, Registry
from model.registry import remote as remote_registry
from model.registry.remote import open_registry


@pytest.fixture(params=["folder", "file", "memory"])
def registry(request: Any, tmp_path: Path) -> Iterator[Registry]:
    """Versions a, b and c, of which c is the champion."""
    where = str(tmp_path / "registry")
    if request.param != "folder":
        pytest.importorskip("fsspec", reason="no fsspec: pip install 'storyseam[registry]'")
        where = f"memory://{uuid.uuid4().hex}" if request.param == "memory" else f"file://{where}"
    made = open_registry(where)
    for version in "abc":
        artifact.save(version, tmp_path / version, {"version": version, "feature_table": "abc"})
        made.publish(tmp_path / version, version)
        made.promote(version)
    yield made
    remote_registry._remote.cache_clear()


def test_who_was_taken_back_is_known_until_a_version_is_promoted(registry: Registry) -> None:
    assert registry.taken_back() == []
    assert registry.rollback() == "b"
    assert registry.taken_back() == ["c"]
    assert registry.rollback() == "a"
    assert registry.taken_back() == ["b", "c"]
    registry.promote("b")
    assert registry.taken_back() == []
    assert registry.rollback() == "a"
    registry.promote("a")
    assert registry.taken_back() == [], "the champion itself will do"
    assert registry.rollback() == SHIPPED
    assert registry.taken_back() == ["a"]
    registry.promote(SHIPPED)
    assert registry.taken_back() == []
    assert [card["version"] for card in registry.versions()] == ["a", "b", "c"]


def test_a_rollback_that_ended_before_the_pointer_changed_was_none(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.rollback()

    def killed(self: Registry, history: list[str]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(registry), "_point", killed)
        with pytest.raises(KeyboardInterrupt):
            registry.rollback()
    assert registry.champion() == "b"
    assert registry.taken_back() == ["c"], "the one before still counts"
    assert registry.rollback() == "a"
    assert registry.taken_back() == ["b", "c"]
