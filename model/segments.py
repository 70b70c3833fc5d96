"""Whole segments on both sides of a gap, where windows are samples of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch, running_sums
from model.chains import share_segments
from model.cohesion import Cohesion, cosine
from model.runs import Runs, both

__all__ = ["compare_segments"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]


def compare_segments(
    batch: Batch, cohesion: Cohesion, prose: Floats, start: Floats, runs: Runs | None = None
) -> dict[str, Floats]:
    """Compare whole segments, as a first look cut them, on both sides of each gap.

    A window is a sample of a story; the segment is all of it. Left of a gap lies what follows the
    last likely start before it, right what precedes the next likely start after it. How alike the
    two are says more beside how alike the halves of each are: a story on many things has halves
    that differ, and so has a gap in its middle.

    Parameters
    ----------
    start : float32 array, shape (n_blocks,)
        First look's probability of a start.
    """
    n = len(batch)
    runs = runs or Runs(cohesion.products, prose)
    ruler = running_sums(batch.sizes * prose.astype(np.float64))
    gap = np.arange(n)
    out: dict[str, Floats] = {}
    for threshold in (0.15, 0.5):
        likely = start > threshold
        ago = np.maximum.accumulate(np.where(likely, gap, -1))
        left = np.maximum(np.concatenate([[-1], ago[:-1]]), batch.first)
        ahead = np.minimum.accumulate(np.where(likely, gap, n)[::-1])[::-1]
        right = np.minimum(np.concatenate([ahead[1:], [n]]), batch.last)
        # The segment before the last one: does the story go on after a foreign piece?
        further = np.where(left > batch.first, ago[np.maximum(left - 1, 0)], -1)
        further = np.clip(further, batch.first, left)
        middle_left, middle_right = _middle(ruler, left, gap), _middle(ruler, gap, right)
        lows = np.stack([further, left, gap, left, middle_left, gap, middle_right])
        highs = np.stack([left, gap, right, middle_left, gap, middle_right, right])
        pairs = np.array([[0, 1, 4, 3, 5], [2, 2, 5, 4, 6]])
        found = np.full((pairs.shape[1], n), np.nan, np.float32)
        for some in runs.pieces():
            found[:, some] = _cosines(runs, some, lows[:, some], highs[:, some], pairs)
        beyond, beside, across, within_left, within_right = found
        out[f"segments_skipping_{threshold}"] = beyond
        out[f"segments_{threshold}"] = beside
        out[f"halves_{threshold}"] = across
        out[f"halves_relative_{threshold}"] = across - np.fmin(within_left, within_right)
        shared = share_segments(batch, cohesion.links, prose, likely, left, right)
        out |= {f"{name}_{threshold}": column for name, column in shared.items()}
    return out


def _middle(ruler: Doubles, low: Ints, high: Ints) -> Ints:
    """The block where half of the words from ``low`` to ``high`` have passed."""
    at = np.searchsorted(ruler, (ruler[low] + ruler[high]) / 2)
    return np.clip(at, low, high)


def _cosines(runs: Runs, gap: Ints, low: Ints, high: Ints, pairs: Ints) -> Floats:
    """Cosine of each pair of windows of each gap, shape (n_pairs, n_gaps); NaN where one is empty.

    Parameters are those of :meth:`model.runs.Runs.dots`.
    """
    each = np.arange(len(low))
    dots = both(runs.dots(gap, low, high, np.hstack([pairs, [each, each]])))
    dot, square = dots[: pairs.shape[1]], dots[pairs.shape[1] :]
    return cosine(dot, square[pairs[0]], square[pairs[1]])
