"""How much of one text is in another: the measure of the article extraction benchmarks.

Over the shingles of `training.metrics.shingles`, counted with repetition. Precision and recall are
taken page by page, so that a long page weighs no more than a short one, and averaged; their
harmonic mean is the F1 that scrapinghub's article-extraction-benchmark publishes for extractors.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["mean_f1", "overlap", "precision_recall_of"]


def overlap(part: Counter[tuple[str, ...]], whole: Counter[tuple[str, ...]]) -> float:
    """What share of ``part`` is in ``whole``; 1 for a part without words."""
    total = part.total()
    return (part & whole).total() / total if total else 1.0


def precision_recall_of(
    true: Counter[tuple[str, ...]], found: Counter[tuple[str, ...]]
) -> tuple[float, float]:
    """Of one page; NaN where there is nothing to be precise or complete about."""
    right = (true & found).total()
    nan = float("nan")
    return (
        right / found.total() if found else nan,
        right / true.total() if true else nan,
    )


def mean_f1(pairs: Sequence[tuple[float, float]] | NDArray[np.float64]) -> float:
    """F1 of mean precision and mean recall over pages, shape (n_pages, 2); 0 for nothing right."""
    table = np.asarray(pairs, dtype=float)
    if np.isnan(table[:, 0]).all() or np.isnan(table[:, 1]).all():
        return 0.0
    precision, recall = np.nanmean(table, axis=0)
    return float(2 * precision * recall / (precision + recall)) if precision + recall else 0.0
