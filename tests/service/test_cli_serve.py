"""`storyseam serve`: what keeps it from coming up, and what it says at its start."""

from __future__ import annotations

from pathlib import Path

import pytest

from model import artifact
from model.features import table_hash
from model.registry import Registry
from service import server
from service.settings import Settings
from tests.service.test_cli import storyseam  # noqa: F401 - a fixture


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """What the server was started with, which then is not."""
    found: list[Settings] = []
    monkeypatch.setattr(server.Server, "run", lambda self: found.append(self._settings))
    for name in server._THREAD_VARIABLES:
        monkeypatch.setenv(name, "1")
    return found


def test_a_model_that_is_none_keeps_it_from_starting(  # type: ignore[no-untyped-def]
    storyseam,  # noqa: F811
    tmp_path: Path,
    started: list[Settings],
) -> None:
    ran = storyseam("serve", "--model", str(tmp_path / "typo"))
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"storyseam: no usable model in {tmp_path / 'typo'}: there is no")
    assert ran.err.count("\n") == 1
    good = tmp_path / "good"
    artifact.save("m", good, {"version": "good", "feature_table": table_hash()})
    assert storyseam("serve", "--model", str(good)).code == 0
    assert [each.model for each in started] == [good]
    (good / artifact.MODEL_FILE).write_bytes(b"x")
    assert storyseam("serve", "--model", str(good)).code == 1
    other = tmp_path / "other"
    artifact.save("m", other, {"version": "other", "feature_table": "another"})
    assert storyseam("serve", "--model", str(other)).code == 1
    assert len(started) == 1


def test_a_registry_without_a_champion_does_not(  # type: ignore[no-untyped-def]
    storyseam,  # noqa: F811
    tmp_path: Path,
    started: list[Settings],
) -> None:
    registry = Registry(tmp_path / "registry")
    assert storyseam("serve", "--registry", str(registry.root)).code == 0
    assert len(started) == 1
