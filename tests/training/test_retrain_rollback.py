"""The nights after a champion was taken back, and those on which it cannot be read."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pytest

from model import artifact
from model.errors import ChampionMoved, RegistryError
from model.registry import SHIPPED, Registry
from model.registry.remote import open_registry
from tests.training.stub_retrain import job, run, stub_steps
from training import retrain as module
from training.steps import Steps


@pytest.fixture(params=["folder", "memory"])
def where(request: Any, tmp_path: Path) -> Any:
    if request.param == "folder":
        return tmp_path / "registry"
    pytest.importorskip("fsspec", reason="no fsspec: pip install 'storyseam[registry]'")
    return f"memory://{uuid.uuid4().hex}/registry"


def test_the_like_of_what_was_taken_back_is_not_promoted_again(where: Any) -> None:
    registry = open_registry(where)
    before = run(where, miss=0.2)
    bad = run(where, miss=0.1)
    assert bad.promoted
    registry.rollback()
    log: list[dict[str, Any]] = []
    for miss in (0.1, 0.01):  # the next night's is the same; one that learned more is no other
        night = run(where, miss=miss, log=log.append)
        assert not night.promoted
        assert night.reason.startswith(f"{bad.challenger} was taken back")
        assert "storyseam models promote" in night.reason
        assert "better: seam_f1 overall" in night.reason, "what the gate alone would have said"
        assert registry.champion() == night.champion == before.challenger
        gate = artifact.read_card(registry.path(night.challenger))["gate"]
        assert (gate["promote"], gate["taken_back"]) == (False, [bad.challenger])
    assert [line["promote"] for line in log if line["stage"] == "gate"] == [False, False]

    registry.promote(before.challenger)
    after = run(where, miss=0.05)
    assert after.promoted
    assert "taken_back" not in after.verdict.figures
    assert registry.history()[:2] == [after.challenger, before.challenger]


def test_what_somebody_promotes_by_name_ends_it_too(where: Any) -> None:
    registry = open_registry(where)
    run(where, miss=0.2)
    registry.rollback()
    held = run(where, miss=0.1)
    registry.promote(held.challenger)
    assert run(where, miss=0.01).promoted


def test_a_rollback_during_the_job_is_not_undone_by_it(where: Any) -> None:
    first = run(where, miss=0.2)
    steps = stub_steps(miss=0.01)

    def fit(articles: Any, **options: Any) -> Any:
        assert open_registry(where).rollback() == SHIPPED
        return steps.fit(articles, **options)

    racing = Steps(steps.read, steps.split, steps.compose, fit, load=steps.load)
    result = job(where, racing)
    assert not result.promoted
    assert result.reason.startswith(f"{first.challenger} was taken back")
    assert open_registry(where).champion() is None


def test_nor_is_one_after_the_gate_has_judged(where: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run(where, miss=0.2)
    find = module.find

    def meanwhile(*given: Any, **named: Any) -> Any:
        assert open_registry(where).rollback() == SHIPPED
        return find(*given, **named)

    monkeypatch.setattr(module, "find", meanwhile)
    with pytest.raises(ChampionMoved):
        run(where, miss=0.01)
    assert open_registry(where).champion() is None


def test_a_registry_that_is_away_makes_no_room_for_a_worse_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The champion cannot be fetched: better than the model that ships is not good enough."""
    root = tmp_path / "registry"
    best = run(root, miss=0.01)
    path = Registry.path

    def away(self: Registry, version: str) -> Path:
        if version == best.challenger:
            raise RegistryError("the registry cannot be reached")
        return path(self, version)

    monkeypatch.setattr(Registry, "path", away)
    with pytest.raises(RegistryError, match="cannot be reached"):
        run(root, miss=0.1, shipped_miss=0.3)
    assert Registry(root).champion() == best.challenger
