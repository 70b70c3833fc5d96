"""Retraining with the real model, small: from files of invented articles to a champion that serves.

And the gate's proof: a model trained on shuffled labels, one trained without negatives and one that
is twice as slow are refused, each with its reason.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from model import artifact
from model.decoder import START
from model.errors import TamperedArtifact
from model.features import table_hash
from model.registry import Registry
from model.segmenter import Segmenter
from tests.model.tiny import hurry
from training import looks
from training.examples import Examples, read_examples
from training.fit import fit
from training.holdout import holdout_pages
from training.plan import Plan
from training.retrain import RetrainResult, retrain
from training.steps import Steps

_SMALL = Plan(
    pages=120,
    wording_pages=40,
    vector_steps=40,
    rounds=12,
    first_rounds=12,
    tuning_pages=30,
    jobs=1,
)
_COMMON = ("the", "of", "and", "to", "in", "was", "said", "for", "with", "that", "by", "after")


@cache
def _topic(name: str) -> list[str]:
    rng = random.Random(name)
    return [
        "".join(rng.choice("bcdfglmnprstv") + rng.choice("aeiou") for _ in range(rng.randint(2, 4)))
        for _ in range(60)
    ]


def _words(topic: str, rng: random.Random, count: int) -> str:
    some = (rng.choice(_topic(topic) if rng.random() < 0.6 else _COMMON) for _ in range(count))
    return " ".join(some).capitalize()


def _article(outlet: int, number: int) -> dict[str, str]:
    """An article in invented words about one of 25 invented topics."""
    rng = random.Random(f"{outlet}/{number}")
    topic = f"topic {rng.randrange(25)}"
    paragraphs = [_words(topic, rng, rng.randint(15, 40)) + "." for _ in range(rng.randint(5, 9))]
    return {
        "id": f"{outlet}-{number}",
        "source": f"outlet{outlet}.example",
        "lang": "en",
        "title": _words(topic, rng, 7),
        "date": "2021-03-04",
        "authors": "Ann Fenn",
        "text": "\n".join(paragraphs),
    }


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Small fits on many threads wait for each other most of the time."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module", autouse=True)
def _hurry() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        hurry(patch)
        yield


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("articles") / "invented.jsonl"
    rows = [_article(outlet, number) for outlet in range(25) for number in range(14)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _steps(shipped: Any, **changes: Any) -> Steps:
    def load(directory: Path | None) -> Any:
        return shipped if directory is None else Segmenter.load(directory)

    def fit_small(some: Any, *, material: Any, **options: Any) -> Any:
        return fit(some, material=material, plan=_SMALL, **options)

    def compose(some: Any, seed: int, by_article: Any) -> Any:
        return holdout_pages(some, seed=seed, per_kind=6, by_article=by_article)

    return replace(Steps(), **{"fit": fit_small, "load": load, "compose": compose} | changes)


class _Hasty(Segmenter):
    """A champion that cuts wherever a story might start."""

    bar = 0.02

    def segment_many(self, pages: Any, **options: Any) -> Any:
        return super().segment_many(pages, **options | {"threshold": self.bar})


class _Blind(_Hasty):
    """A champion that hardly cuts at all: as bad, and it has no more stories to tell of."""

    bar = 0.99


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("registry")


@pytest.fixture(scope="module")
def trained(articles: Path, root: Path) -> RetrainResult:
    """One honest retraining, without a champion that would load."""
    return retrain([articles], root, steps=_steps(None, load=_only_from_disk))


def _only_from_disk(directory: Path | None) -> Segmenter:
    if directory is None:
        raise TamperedArtifact("default", "not in this test")
    return Segmenter.load(directory)


@pytest.fixture
def champion(trained: RetrainResult, root: Path) -> Segmenter:
    return Segmenter.load(root / trained.challenger)


def test_from_files_to_a_champion(trained: RetrainResult, champion: Segmenter) -> None:
    assert trained.promoted
    assert "no champion" in trained.reason
    report = trained.challenger_report
    assert 0.6 < report.overall.value("seam_f1") < 0.999
    assert champion.card["figures"]["overall"]["seam_f1"] == pytest.approx(
        report.overall.value("seam_f1"), abs=1e-6
    )
    assert champion.card["feature_table"] == table_hash()
    assert {page_kind for axis, page_kind in report.groups if axis == "kind"} >= {
        "single",
        "digest",
    }
    page = "Ferry late\nThe ferry was late.\n"
    assert champion.segment(page).model == trained.challenger


def test_the_champion_again_is_no_better(
    articles: Path, tmp_path: Path, champion: Segmenter, trained: RetrainResult
) -> None:
    again = retrain([articles], tmp_path, steps=_steps(champion, fit=lambda *_, **__: champion))
    assert np.array_equal(again.challenger_report.rows, trained.challenger_report.rows)
    assert not again.promoted
    assert again.reason.startswith("no better than the champion")


def test_a_better_one_replaces_a_hasty_one(
    articles: Path, tmp_path: Path, champion: Segmenter
) -> None:
    """The fit is not repeated: the honest model is what the step gives."""
    hasty = _Hasty(champion.classifiers, champion.card | {"version": "hasty"})
    result = retrain([articles], tmp_path, steps=_steps(hasty, fit=lambda *_, **__: champion))
    assert result.promoted, result.reason
    assert Registry(tmp_path).champion() == result.challenger
    assert artifact.read_card(tmp_path / result.challenger)["gate"]["champion"] == "hasty"


def test_shuffled_labels_are_refused(
    articles: Path, tmp_path: Path, champion: Segmenter, monkeypatch: Any
) -> None:
    def shuffled(*args: Any, **options: Any) -> Any:
        examples = read_examples(*args, **options)
        return replace(examples, labels=np.random.default_rng(0).permutation(examples.labels))

    monkeypatch.setattr(looks, "read_examples", shuffled)
    result = retrain([articles], tmp_path, steps=_steps(champion))
    assert not result.promoted
    assert "worse: seam_f1 overall" in result.reason
    assert Registry(tmp_path).champion() is None


def test_a_model_without_negatives_is_refused(
    articles: Path, tmp_path: Path, champion: Segmenter, monkeypatch: Any
) -> None:
    """Of what is no start it saw one block in fifty, and so it finds starts everywhere."""

    def positive(*args: Any, **options: Any) -> Any:
        examples = read_examples(*args, **options)
        chosen = np.random.default_rng(0).random(len(examples.labels)) < 0.02
        keep = (examples.labels == START) | chosen
        few = Examples(*(getattr(examples, part.name)[keep] for part in fields(examples)))
        return replace(few, weights=np.ones_like(few.weights))

    monkeypatch.setattr(looks, "read_examples", positive)
    result = retrain([articles], tmp_path, steps=_steps(champion))
    assert not result.promoted
    assert any(
        reason.startswith(("worse: false_split overall", "worse: ece overall"))
        for reason in result.verdict.reasons
    ), result.reason


def test_a_model_that_is_twice_as_slow_is_refused(
    articles: Path, tmp_path: Path, champion: Segmenter
) -> None:
    class Slow(Segmenter):
        def segment_many(self, pages: Sequence[Any], **options: Any) -> Any:
            super().segment_many(pages, **options)
            return super().segment_many(pages, **options)

    def load(directory: Path | None) -> Any:
        if directory is None:
            return _Blind(champion.classifiers, champion.card)
        return Slow(champion.classifiers, champion.card)

    result = retrain(
        [articles], tmp_path, steps=_steps(None, load=load, fit=lambda *_, **__: champion)
    )
    assert not result.promoted
    assert "too slow" in result.reason
