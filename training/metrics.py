"""How far predicted seams are from true ones.

Units and conventions
---------------------
Exact figures compare character offsets: a seam counts only where the offset is the very one.
Pk, WindowDiff and Boundary Similarity see a page as a row of blocks, each one unit, because a story
hardly ever starts inside a block; a seam at block ``i``, or inside it, is the boundary between the
units ``i - 1`` and ``i`` (``1 <= i < n_blocks``).

Pk (Beeferman et al. 1999) and WindowDiff (Pevzner & Hearst 2002) slide a window over ``k + 1``
units, that is ``k`` possible boundaries, ``n_blocks - k`` times; ``k`` is half the mean length of
a true segment, rounded half to even, and at least 2. That is segeval's convention. NLTK counts the
same windows, but its default ``k`` divides by the number of boundaries where segeval divides by
the number of segments: with one seam in twenty blocks NLTK takes 10 and segeval 5. We follow
segeval, whose ``k`` is what the papers say. On pages of one or two blocks, where segeval has no
window left, ``k`` is cut to ``n_blocks - 1``.

Boundary Similarity (Fournier 2013) with ``n_t = 2``: a seam one block off costs a half; two pages
without any seam are alike (segeval raises an error there).
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "BINS",
    "boundary_similarity",
    "calibration_error",
    "f1_score",
    "matches_within",
    "pk",
    "precision_recall",
    "ratio",
    "reliability",
    "shingle_shares",
    "shingles",
    "window_diff",
    "window_size",
]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Bins of equal width for calibration: ten, as in Guo et al. (2017), halves their noise at our
#: page counts.
BINS = 10

# Tokens and shingles of scrapinghub's article-extraction-benchmark.
_TOKEN = re.compile(r"\w+")
_SHINGLE = 4


def ratio(part: ArrayLike, whole: ArrayLike) -> Floats:
    """``part / whole``, NaN where there is nothing to divide by."""
    part, whole = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    out = np.full(np.broadcast(part, whole).shape, np.nan)
    np.divide(part, whole, out=out, where=whole != 0)
    return out


def f1_score(hits: ArrayLike, false: ArrayLike, missed: ArrayLike) -> Floats:
    """Harmonic mean of precision and recall; NaN where nothing was true and nothing predicted."""
    hits = np.asarray(hits, dtype=float)
    return ratio(2 * hits, 2 * hits + np.asarray(false) + np.asarray(missed))


def matches_within(true: ArrayLike, found: ArrayLike, tolerance: int) -> int:
    """How many of two ascending rows of positions pair up one to one within a distance.

    Taking the first partner that is near enough is optimal, as all distances count alike.
    """
    left, right = np.asarray(true).tolist(), np.asarray(found).tolist()
    i = j = count = 0
    while i < len(left) and j < len(right):
        gap = right[j] - left[i]
        if abs(gap) <= tolerance:
            count += 1
            i += 1
            j += 1
        elif gap > 0:
            i += 1
        else:
            j += 1
    return count


def window_size(n_blocks: int, n_seams: int) -> int:
    """Half the mean true segment length, half to even, between 2 and what the page allows."""
    half = round(n_blocks / (n_seams + 1) / 2)
    return max(min(max(half, 2), n_blocks - 1), 1)


def _windows(seams: ArrayLike, n_blocks: int, size: int) -> Ints:
    """Boundaries in every window of ``size`` possible ones; shape (n_blocks - size,)."""
    marks = np.zeros(n_blocks, dtype=np.int64)
    marks[np.asarray(seams, dtype=np.int64)] = 1
    total = np.cumsum(marks)
    counts: Ints = total[size:] - total[:-size]
    return counts


def pk(true: ArrayLike, found: ArrayLike, n_blocks: int) -> float:
    """Chance that a window's two ends are wrongly said to stand in one story, or in two.

    Parameters
    ----------
    true, found : array_like of int
        Seams as block indexes, each in ``1 .. n_blocks - 1``.
    n_blocks : int
    """
    if n_blocks < 2:
        return 0.0
    size = window_size(n_blocks, np.size(true))
    left = _windows(true, n_blocks, size) > 0
    return float(np.mean(left != (_windows(found, n_blocks, size) > 0)))


def window_diff(true: ArrayLike, found: ArrayLike, n_blocks: int) -> float:
    """Chance that a window holds another number of seams than it should; arguments as `pk`."""
    if n_blocks < 2:
        return 0.0
    size = window_size(n_blocks, np.size(true))
    left = _windows(true, n_blocks, size)
    return float(np.mean(left != _windows(found, n_blocks, size)))


def boundary_similarity(true: ArrayLike, found: ArrayLike) -> float:
    """Matches, less half a point for each seam one block off, over all seams paired or not.

    Parameters
    ----------
    true, found : array_like of int
        Seams as block indexes.
    """
    left = np.asarray(true, dtype=np.int64)
    right = np.asarray(found, dtype=np.int64)
    matches = np.intersect1d(left, right).size
    only = [(at, 0) for at in np.setdiff1d(left, right).tolist()]
    only += [(at, 1) for at in np.setdiff1d(right, left).tolist()]
    only.sort()
    near = 0
    i = 0
    while i < len(only):
        pair = only[i : i + 2]
        # A seam of ours beside one of theirs: one transposition, left to right, none twice.
        if len(pair) == 2 and pair[1][0] - pair[0][0] == 1 and pair[0][1] != pair[1][1]:
            near += 1
            i += 1
        i += 1
    edits = len(only) - near
    return (matches + near / 2) / (edits + matches) if edits + matches else 1.0


def reliability(probability: ArrayLike, truth: ArrayLike) -> Floats:
    """Count, summed probability and summed truth of each of `BINS` bins; shape (3, BINS)."""
    probability = np.asarray(probability, dtype=float).ravel()
    which = np.clip((probability * BINS).astype(np.int64), 0, BINS - 1)
    weights = (None, probability, np.asarray(truth, dtype=float).ravel())
    return np.stack([np.bincount(which, w, BINS).astype(float) for w in weights])


def calibration_error(bins: ArrayLike) -> Floats:
    """Expected calibration error of the bins of `reliability`, shape (..., 3, BINS) -> (...)."""
    count, probability, truth = np.moveaxis(np.asarray(bins, dtype=float), -2, 0)
    return ratio(np.abs(probability - truth).sum(-1), count.sum(-1))


def precision_recall(positive: ArrayLike, negative: ArrayLike) -> tuple[Floats, Floats]:
    """Precision and recall of "at least this bin", for every bin of two score histograms.

    Histograms instead of scores keep the memory the same for a million pages.
    """
    hits = np.cumsum(np.asarray(positive, dtype=float)[::-1])[::-1]
    false = np.cumsum(np.asarray(negative, dtype=float)[::-1])[::-1]
    return ratio(hits, hits + false), ratio(hits, hits[..., :1])


def shingle_shares(true: str, found: str) -> tuple[float, float, float]:
    """Shares of right, false and missed shingles (four tokens in a row) of a text; their sum is 1.

    This is the measure of scrapinghub's article-extraction-benchmark: repeated shingles count as
    often as they occur, and shares are summed over pages, so that long texts weigh no more than
    short ones. All three are 0 where neither text has a token.
    """
    left, right = shingles(true), shingles(found)
    hits = (left & right).total()
    false, missed = right.total() - hits, left.total() - hits
    total = hits + false + missed
    return (hits / total, false / total, missed / total) if total else (0.0, 0.0, 0.0)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Every run of four tokens and how often it occurs; a shorter text is one run.

    Where a word may be broken at a line's end it is one word still, to whoever reads it: gold texts
    have kept such soft hyphens and extractors have not, or the other way round.
    """
    tokens = _TOKEN.findall(text.replace("\u00ad", ""))
    last = max(1, len(tokens) - _SHINGLE + 1) if tokens else 0
    return Counter(tuple(tokens[at : at + _SHINGLE]) for at in range(last))
