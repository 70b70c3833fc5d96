"""A promotion that was acknowledged survives a power cut: what is pointed with is synced first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from model import artifact
from model.registry import Registry


def test_the_pointer_is_on_the_disk_before_it_takes_the_old_ones_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a power cut could leave an empty pointer where there was a whole one."""
    made = tmp_path / "made"
    artifact.save("model", made, {"version": "v1", "feature_table": "abc"})
    registry = Registry(tmp_path / "registry")
    registry.publish(made, "v1")
    pointer = registry.root / "champion"
    seen: list[tuple[str, str]] = []
    sync, replace = os.fsync, os.replace

    def spy_sync(descriptor: int) -> None:
        sync(descriptor)
        # What was synced, by name and content as they are at that moment.
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        seen.append(("sync", path.name if path.is_dir() else path.read_text("utf-8")))

    def spy_replace(source: Path, target: Path) -> None:
        seen.append(("replace", Path(source).read_text("utf-8")))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", spy_sync)
    monkeypatch.setattr(os, "replace", spy_replace)
    registry.promote("v1")
    written = pointer.read_text("utf-8")
    assert written.startswith("v1\n")
    # The content, then the name, then that the folder has the name.
    assert seen == [("sync", written), ("replace", written), ("sync", "registry")]
