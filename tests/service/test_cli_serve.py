"""`storyseam serve`: what keeps it from coming up, and what it says at its start."""

from __future__ import annotations

import sys
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


def test_a_setting_that_is_misspelt_is_told_of_with_the_one_that_is_meant(  # type: ignore[no-untyped-def]
    storyseam,  # noqa: F811
    started: list[Settings],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STORYSEAM_WORKER", "7")
    said: list[str] = []
    monkeypatch.setattr(server._log, "warning", lambda form, *rest: said.append(form % rest))
    assert storyseam("serve").code == 0
    assert started[0].workers == 2
    assert said == ["STORYSEAM_WORKER is no setting, and is not read; is it STORYSEAM_WORKERS?"]


def test_a_registry_without_a_champion_does_not(  # type: ignore[no-untyped-def]
    storyseam,  # noqa: F811
    tmp_path: Path,
    started: list[Settings],
) -> None:
    registry = Registry(tmp_path / "registry")
    assert storyseam("serve", "--registry", str(registry.root)).code == 0
    assert len(started) == 1


def test_a_service_that_nobody_could_use_is_not_started(storyseam) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    ran = storyseam("serve", "--bind", "0.0.0.0:1")
    assert ran.code == 1
    assert "storyseam keys create" in ran.err


@pytest.mark.parametrize(
    ("store", "what"),
    [
        ("redis://127.0.0.1:1/0?ssl=hush", "options"),
        ("redis://127.0.0.1:1/0?socket_timeout=hush", "options"),
        ("redis://127.0.0.1:1", "pip install 'storyseam[redis]'"),
    ],
)
def test_a_store_of_rates_that_cannot_be_asked_keeps_it_from_starting(  # type: ignore[no-untyped-def]
    storyseam,  # noqa: F811
    started: list[Settings],
    monkeypatch: pytest.MonkeyPatch,
    store: str,
    what: str,
) -> None:
    monkeypatch.setenv("STORYSEAM_RATE", "5/second")
    monkeypatch.setenv("STORYSEAM_RATE_STORE", "redis://127.0.0.1:1/0?client_name=seams")
    assert storyseam("serve").code == 0, "away, which it may be"
    monkeypatch.setenv("STORYSEAM_RATE_STORE", store)
    if "pip" in what:
        monkeypatch.setitem(sys.modules, "redis", None)
    ran = storyseam("serve")
    assert (ran.code, len(started)) == (1, 1)
    assert ran.err.startswith("storyseam: STORYSEAM_RATE_STORE will not do: ")
    assert what in ran.err
    assert "hush" not in ran.err
    assert ran.err.count("\n") == 1
