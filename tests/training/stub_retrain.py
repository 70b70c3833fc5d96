"""The retraining job with a stub for a model: everything but the learning is real."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.training.stub_model import FEATURE_TABLE, StubSegmenter, stub_pages
from training.corpus import Article
from training.gate import Budgets
from training.holdout import held_out_split
from training.retrain import RetrainResult, retrain
from training.steps import Steps


def stub_articles(outlets: int = 12, each: int = 4) -> list[Article]:
    """Invented articles of invented outlets."""
    return [
        Article(f"{o}-{n}", f"outlet{o}.example", "en", f"Title {n}", "", "", f"Body {n} {o}")
        for o in range(outlets)
        for n in range(each)
    ]


def stub_steps(*, pages: int = 150, shipped_miss: float = 0.3, **fitted: Any) -> Steps:
    """Steps that "fit" a stub with the given errors in no time."""

    def fit(articles: Sequence[Article], **_: Any) -> Any:
        return _Fitted(**fitted)

    def load(directory: Path | None) -> Any:
        if directory is None:
            return StubSegmenter(version="shipped", miss=shipped_miss, false=0.02)
        return StubSegmenter.load(directory)

    return Steps(
        read=lambda paths: stub_articles(),
        split=lambda articles: held_out_split(articles, langs=()),
        compose=lambda articles, seed, by_article: stub_pages(pages, seed=seed),
        fit=fit,
        load=load,
    )


class _Fitted(StubSegmenter):
    """What fit gives: a stub with a card of its own, saved as a plain stub."""

    @property
    def card(self) -> dict[str, Any]:
        return {"version": "unnamed", "feature_table": FEATURE_TABLE, "threshold": 0.5}

    def save(self, directory: Path, card: dict[str, Any] | None = None) -> None:
        StubSegmenter(**vars(self)).save(directory, card)


# A stub answers in microseconds, where the machine's noise is larger than any model's.
_LENIENT = Budgets(slowdown=100.0)


def job(registry: Path, steps: Steps, **options: Any) -> RetrainResult:
    """One retraining with these steps, whatever the stub's speed."""
    return retrain([], registry, steps=steps, **{"budgets": _LENIENT} | options)


def run(registry: Path, **options: Any) -> RetrainResult:
    """One retraining with stubs; keywords are `stub_steps`'s and `retrain`'s."""
    ours = {"pages", "shipped_miss", "miss", "false", "said", "delay", "ballast", "salt"}
    steps = stub_steps(**{key: options.pop(key) for key in ours & set(options)})
    return job(registry, steps, **options)
