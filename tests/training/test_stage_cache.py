"""What depends on articles alone is computed once, and gives the very same model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.page import Page
from tests.model.tiny import PLAN, article, hurry, story
from training import fit as fit_module
from training import stage_cache
from training.fit import fit
from training.labelled import CORRECTED, LabelledPage
from training.retrain import retrain
from training.stage_cache import BadCache, StageCache, check_folder, inputs_key

SMALL = replace(
    PLAN, pages=60, wording_pages=20, vector_steps=5, rounds=4, first_rounds=3, tuning_pages=10
)


def correction(number: int) -> tuple[Page, LabelledPage]:
    first, second = story(f"topic {number}"), story(f"topic {number + 1}", 7)
    page = LabelledPage(
        f"c{number}", f"{first}\n{second}", [0, len(first) + 1], kind=CORRECTED, lang="en"
    )
    return Page.from_text(page.text), page


def test_without_a_folder_everything_is_computed() -> None:
    calls: list[int] = []
    cached = StageCache()
    for _ in range(2):
        assert cached("stage", lambda: calls.append(1) or len(calls)) == len(calls)
    assert len(calls) == 2
    assert cached.reused == []


def test_the_same_inputs_are_not_computed_again_and_others_are(tmp_path: Path) -> None:
    calls: list[str] = []

    def compute(name: str) -> Callable[[], str]:
        return lambda: calls.append(name) or name

    for key, stage in (("k", "a"), ("k", "a"), ("k", "b"), ("other", "a")):
        assert StageCache(tmp_path, key)(stage, compute(key + stage)) == key + stage
    assert calls == ["ka", "kb", "othera"]


def test_a_damaged_entry_is_computed_again(tmp_path: Path) -> None:
    """As after a kill in mid-write, or a full disk."""
    StageCache(tmp_path, "k")("a", lambda: [1, 2])
    entries = list(tmp_path.rglob("output.pkl"))
    assert entries
    for path in entries:
        path.write_bytes(path.read_bytes()[:5])
    assert StageCache(tmp_path, "k")("a", lambda: [1, 2]) == [1, 2]


def test_the_key_tells_inputs_and_code_apart(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    some = [article(1), article(2)]
    key = inputs_key(some, PLAN, 1)
    assert inputs_key(some, PLAN, 1) == key
    assert inputs_key(some[:1], PLAN, 1) != key
    assert inputs_key(some, replace(PLAN, rounds=3), 1) != key
    assert inputs_key(some, PLAN, 2) != key
    (tmp_path / "changed.py").write_text("")
    monkeypatch.setattr(stage_cache.training, "__path__", [str(tmp_path)])
    assert inputs_key(some, PLAN, 1) != key


def test_only_what_corrections_reach_is_computed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch)
    learned: list[int] = []
    learn_space = fit_module.learn_space

    def counted(*args: Any, **options: Any) -> Any:
        learned.append(1)
        return learn_space(*args, **options)

    monkeypatch.setattr(fit_module, "learn_space", counted)
    articles = [article(n) for n in range(150)]
    pages = [correction(n) for n in range(4)]

    def probabilities(count: int, cache: Path | None) -> Any:
        stages: set[str] = set()
        made = fit(
            articles,
            seed=3,
            plan=SMALL,
            real_pages=pages[:count],
            cache=cache,
            progress=lambda stage, done, total: stages.add(stage),
        )
        return made.label_proba([pages[3][0]])[0], stages

    _, stages = probabilities(2, tmp_path)
    assert {"vocabulary", "first look: features"} <= stages
    warm, stages = probabilities(3, tmp_path)
    assert not {"vocabulary", "first look: features"} & stages
    assert {"first look: features of real pages", "second look: features"} <= stages
    assert len(learned) == 1
    cold, _ = probabilities(3, None)
    assert np.array_equal(warm, cold)


def test_a_folder_that_cannot_be_written_to_is_told_before_any_work(tmp_path: Path) -> None:
    """It took an hour of fitting to find out."""
    check_folder(tmp_path / "made" / "cache")
    assert not list((tmp_path / "made" / "cache").iterdir())
    (tmp_path / "file").touch()
    with pytest.raises(BadCache, match="nothing can be kept in --cache"):
        check_folder(tmp_path / "file" / "cache")
    with pytest.raises(BadCache):
        retrain([], tmp_path / "registry", cache=tmp_path / "file" / "cache")
    assert not (tmp_path / "registry").exists()
