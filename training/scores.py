"""What one page counts for, and how counts over pages make figures.

Every page becomes one row of numbers that may be summed. Every figure is a function of such sums,
vectorised over the leading axes, so that a thousand bootstrap replicates cost one matrix product,
and a paired comparison resamples two models' rows with the same weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.page import Page
from model.stories import Segmentation
from training import metrics
from training.examples import block_labels
from training.labelled import LabelledPage

__all__ = [
    "CANDIDATE",
    "COLUMNS",
    "HIGHER_IS_BETTER",
    "bins_of",
    "bootstrap",
    "column",
    "confusion_of",
    "figures",
    "interval",
    "plain",
    "score_page",
]

Floats = NDArray[np.float64]

#: Blocks with at least this probability of being a start are weighed for calibration. Nineteen
#: blocks of twenty are near 0 whatever the model; counting them would make any model look honest.
CANDIDATE = 0.05

_NAMES = (
    "pages",
    "seam_hits",
    "seam_false",
    "seam_missed",
    "start_hits",
    "start_false",
    "start_missed",
    "exact",
    "starts_exact",
    "single",
    "single_split",
    "storyless",
    "storyless_told",
    "pk",
    "window_diff",
    "boundary_similarity",
    "body_hits",
    "body_false",
    "body_missed",
)
_SEAM_BINS = len(_NAMES)
_START_BINS = _SEAM_BINS + 3 * metrics.BINS

_CONFUSION = _START_BINS + 3 * metrics.BINS

#: How many numbers a page's row holds.
COLUMNS = _CONFUSION + 9

#: The figures, and which way each is better.
HIGHER_IS_BETTER = {
    "seam_f1": True,
    "seam_precision": True,
    "seam_recall": True,
    "page_exact": True,
    "page_starts_exact": True,
    "false_split": False,
    "false_story": False,
    "start_f1": True,
    "start_precision": True,
    "start_recall": True,
    "pk": False,
    "window_diff": False,
    "boundary_similarity": True,
    "body_f1": True,
    "body_precision": True,
    "body_recall": True,
    "ece": False,
    "seam_ece": False,
}


def score_page(
    page: Page,
    truth: LabelledPage,
    found: Segmentation,
    proba: NDArray[np.floating] | None = None,
) -> Floats:
    """One page's row, shape (COLUMNS,).

    Parameters
    ----------
    page : Page
        As the model saw it.
    truth, found
        True and predicted stories.
    proba : array, shape (n_blocks, 3), optional
        Label probabilities; without them ``ece`` is undefined.
    """
    starts = np.asarray(truth.starts, dtype=np.int64)
    stories = np.asarray([story.start for story in found.stories], dtype=np.int64)
    seams = np.asarray([seam.offset for seam in found.seams], dtype=np.int64)
    true_seams = starts[1:]
    right = np.isin(seams, true_seams)
    hits = int(right.sum())
    n_blocks = len(page)
    true_at, found_at = _block_seams(page, true_seams), _block_seams(page, seams)
    near = metrics.matches_within(_blocks_at(page, starts), _blocks_at(page, stories), 1)
    single, storyless = starts.size == 1, starts.size == 0
    body = (0.0, 0.0, 0.0)
    if truth.body is not None:
        told = "".join(story.text for story in found.stories if story.main)
        body = metrics.shingle_shares(truth.body, told)

    row = np.zeros(COLUMNS)
    row[: len(_NAMES)] = (
        1,
        hits,
        seams.size - hits,
        true_seams.size - hits,
        near,
        stories.size - near,
        starts.size - near,
        np.array_equal(seams, true_seams),
        np.array_equal(stories, starts),
        single,
        single and seams.size > 0,
        storyless,
        storyless and stories.size > 0,
        metrics.pk(true_at, found_at, n_blocks),
        metrics.window_diff(true_at, found_at, n_blocks),
        metrics.boundary_similarity(true_at, found_at),
        *body,
    )
    said = [seam.probability for seam in found.seams]
    row[_SEAM_BINS:_START_BINS] = metrics.reliability(said, right).ravel()
    if proba is not None and n_blocks:
        start = np.asarray(proba, dtype=float)[:, 2]
        is_start = np.isin(page.starts, starts)
        weighed = start >= CANDIDATE
        row[_START_BINS:_CONFUSION] = metrics.reliability(start[weighed], is_start[weighed]).ravel()
        said_of = np.asarray(proba).argmax(axis=1)
        pairs = 3 * block_labels(page, truth) + said_of
        row[_CONFUSION:] = np.bincount(pairs, minlength=9)
    return row


def column(rows: Floats, name: str) -> Floats:
    """One named column of rows or sums, shape (..., COLUMNS) -> (...)."""
    out: Floats = rows[..., _NAMES.index(name)]
    return out


def bins_of(sums: Floats, *, seams: bool) -> Floats:
    """Calibration bins of sums, of published seams or of candidate blocks; (..., 3, BINS)."""
    part = sums[..., _SEAM_BINS:_START_BINS] if seams else sums[..., _START_BINS:_CONFUSION]
    return part.reshape(*part.shape[:-1], 3, metrics.BINS)


def confusion_of(sums: Floats) -> Floats:
    """Blocks by true label and by likeliest one, of sums; (..., 3, 3), outside, inside, start.

    Before decoding: what the classifiers take for what, not what becomes a seam.
    """
    return sums[..., _CONFUSION:].reshape(*sums.shape[:-1], 3, 3)


def figures(sums: Floats) -> dict[str, Floats]:
    """Every figure of sums of rows, shape (..., COLUMNS) -> (...); NaN where undefined."""
    c = dict(zip(_NAMES, np.moveaxis(sums[..., :_SEAM_BINS], -1, 0), strict=True))
    out = {}
    for name in ("seam", "start", "body"):
        hits, false, missed = (c[f"{name}_{part}"] for part in ("hits", "false", "missed"))
        out[f"{name}_f1"] = metrics.f1_score(hits, false, missed)
        out[f"{name}_precision"] = metrics.ratio(hits, hits + false)
        out[f"{name}_recall"] = metrics.ratio(hits, hits + missed)
    out["page_exact"] = metrics.ratio(c["exact"], c["pages"])
    out["page_starts_exact"] = metrics.ratio(c["starts_exact"], c["pages"])
    out["false_split"] = metrics.ratio(c["single_split"], c["single"])
    out["false_story"] = metrics.ratio(c["storyless_told"], c["storyless"])
    for name in ("pk", "window_diff", "boundary_similarity"):
        out[name] = metrics.ratio(c[name], c["pages"])
    out["ece"] = metrics.calibration_error(bins_of(sums, seams=False))
    out["seam_ece"] = metrics.calibration_error(bins_of(sums, seams=True))
    return {name: out[name] for name in HIGHER_IS_BETTER}


def bootstrap(sides: Sequence[Floats], *, replicates: int, seed: int) -> list[dict[str, Floats]]:
    """Figures of resampled pages, the same pages for every side.

    Parameters
    ----------
    sides : sequence of arrays, shape (n_pages, COLUMNS)
        Rows of one model, or of several on the same pages in the same order.

    Returns
    -------
    list of dict
        For each side its figures, each of shape (replicates,).
    """
    n_pages = len(sides[0])
    rng = np.random.default_rng(seed)
    sums = [np.empty((replicates, COLUMNS)) for _ in sides]
    # About 8 MB of weights at a time, whatever the number of pages.
    step = max(1, 1_000_000 // max(n_pages, 1))
    for low in range(0, replicates, step):
        size = min(step, replicates - low)
        drawn = rng.integers(0, n_pages, (size, n_pages)) + n_pages * np.arange(size)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=size * n_pages).reshape(size, n_pages)
        for out, rows in zip(sums, sides, strict=True):
            out[low : low + size] = weights @ rows
    return [figures(out) for out in sums]


def interval(values: Floats, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of bootstrap values; NaN where the figure was never defined."""
    values = values[~np.isnan(values)]
    if not values.size:
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _blocks_at(page: Page, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Index of the block that each offset stands in, or before."""
    found = np.searchsorted(page.ends, offsets, side="right")
    return np.minimum(found, max(len(page) - 1, 0)).astype(np.int64)


def _block_seams(page: Page, offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Offsets as boundaries between blocks; what begins with the page bounds nothing."""
    at = np.unique(_blocks_at(page, offsets))
    return at[at > 0]


def plain(value: float) -> float | None:
    """A figure for JSON, which has no NaN."""
    return None if np.isnan(value) else round(float(value), 6)
