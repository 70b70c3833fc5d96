"""Where exactly a story ends: does this gap part its surroundings better than the next one does?

That two stories meet around here is often clear, and at which of several lines not. What parts two
texts best is the place that makes two sides likeliest that are about one subject each
(:mod:`model.subject`). A gap is measured by it between the likely starts on either side, and beside
the gaps next to it, which trees can compare by no other column: they see one block's values at a
time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch, running_sums
from model.runs import Runs, both
from model.subject import one_subject

__all__ = ["PLACES", "measure_places"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# A start that is likelier than this ends the text that a gap parts.
_LIKELY = 0.15
# But not one within so many words of the gap: that is another guess at the same place.
_FREE = 40.0
# Gaps that a gap is measured beside, in blocks, and those that have columns of their own.
_BESIDE = (-3, -2, -1, 1, 2, 3)
_NAMED = (-2, -1, 1, 2)
#: Columns of :func:`measure_places`.
PLACES = ("parts", "parts_surely", "parts_best", *(f"parts_beside{by:+d}" for by in _NAMED))


def measure_places(batch: Batch, prose: Floats, start: Floats, runs: Runs) -> dict[str, Floats]:
    """How well the gap before each block parts the text around it.

    Parameters
    ----------
    prose : float32 array, shape (n_blocks,)
        How much each block counts; that which ``runs`` were made of.
    start : float32 array, shape (n_blocks,)
        Probability of a start by the look before.

    Returns
    -------
    dict of float32 arrays, shape (n_blocks,)
        ``parts``: by how much the sums of the vectors on both sides together are longer than that
        of all, as a share of it; ``parts_surely``: by how much likelier two subjects are than one;
        ``parts_beside``: less that of the gap so many blocks on; ``parts_best``: less the best of
        those within three.
    """
    if len(batch) == 0:
        return {}
    ruler = running_sums(batch.sizes * prose.astype(np.float64))
    low, high = _surroundings(batch, ruler, start)
    share = np.full(len(batch), np.nan)
    gain = np.full((len(_BESIDE) + 1, len(batch)), np.nan)
    for gap in runs.pieces():
        share[gap], gain[:, gap] = _gains(runs, gap, low[gap], high[gap])
    less = gain[0] - gain[1:]
    columns = [share, gain[0], less.min(axis=0)]
    columns += [less[_BESIDE.index(by)] for by in _NAMED]
    return {name: c.astype(np.float32) for name, c in zip(PLACES, columns, strict=True)}


def _surroundings(batch: Batch, ruler: NDArray[np.float64], start: Floats) -> tuple[Ints, Ints]:
    """First block of the text that each gap parts, and one past its last."""
    n = len(batch)
    gap = np.arange(n)
    likely = start > _LIKELY
    ago = np.maximum.accumulate(np.where(likely, gap, -1))
    ahead = np.append(np.minimum.accumulate(np.where(likely, gap, n)[::-1])[::-1], n)
    far = np.searchsorted(ruler, ruler[gap] - _FREE, side="right") - 1
    low = np.where(far >= 0, ago[np.maximum(far, 0)], -1)
    high = ahead[np.minimum(np.searchsorted(ruler, ruler[gap] + _FREE, side="left"), n)]
    return np.clip(low, batch.first, gap), np.clip(high, gap, batch.last)


def _gains(
    runs: Runs, gap: Ints, low: Ints, high: Ints
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What a cut at each gap gains in length, as a share, and what cuts at it and beside it gain in
    likelihood.

    Shapes (n_gaps,) and (1 + n_beside, n_gaps).
    """
    cuts = [np.clip(gap + by, low, high) for by in (0, *_BESIDE)]
    lows = np.stack([*(low for _ in cuts), *cuts, low])
    highs = np.stack([*cuts, *(high for _ in cuts), high])
    each = np.arange(len(lows))
    square = runs.dots(gap, lows, highs, np.stack([each, each]))
    likely = one_subject(square, runs.mass[highs] - runs.mass[lows])
    above, below, whole = np.sqrt(np.maximum(both(square[[0, len(cuts), -1]]), 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 1e-9, (above + below - whole) / whole, np.nan)
    return share, likely[: len(cuts)] + likely[len(cuts) : -1] - likely[-1]
