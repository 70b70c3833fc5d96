"""Whether the pages that come are still like those that a model is known on.

A `Profile` counts, over the blocks of pages, in which tenth of the reference each feature's value
lies, and how sure the model is of a start. The card keeps the reference; a service, or the
retraining job, counts its own pages in the same bins. How far two profiles are apart is told by the
population stability index, by custom: below 0.1 nothing happened, above 0.25 look into it.

Blocks of one page are much alike, so a profile of few pages is far from any other: `enough` says
from when on the index means something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch
from model.feature import feature_matrix
from model.features import FIRST_LOOK
from model.look import Look
from model.page import Page
from model.segmenter import Segmenter

__all__ = ["CHANGED", "FEWEST_PAGES", "SCORE", "Profile", "drift", "reference_profile"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: From here on, by custom, a population is another one.
CHANGED = 0.25
#: Fewer pages are far from any reference.
FEWEST_PAGES = 100
#: What the probability of a start is called among the groups of features.
SCORE = "score"

# Ten bins of equal share, where the values differ enough, and one for values that are missing.
_BINS = 10
# Nineteen blocks of twenty are near 0 whatever the page; the bins are where decisions are made.
_SCORES = (0.001, 0.01, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95)
_PAGES = 600
_AT_A_TIME = 32


@dataclass
class Profile:
    """Histograms of all features of the first look, and of the score in the last row.

    Attributes
    ----------
    edges : array, shape (n_features + 1, 9)
        Upper bounds of the bins but the last; infinite where there are fewer.
    counts : array, shape (n_features + 1, 11)
        Blocks in each bin; the last column counts missing values.
    pages : int
        Pages that were counted.
    """

    edges: Floats
    counts: Ints
    pages: int = 0

    @property
    def enough(self) -> bool:
        """Whether the pages are many enough to be compared."""
        return self.pages >= FEWEST_PAGES

    def empty(self) -> Profile:
        """The same bins with nothing in them."""
        return Profile(self.edges, np.zeros_like(self.counts))

    def add(self, segmenter: Segmenter, pages: Sequence[Page]) -> None:
        """Count the blocks of pages; about the cost of segmenting them.

        Some at a time, as a page of a megabyte takes a hundred for its features.
        """
        for first in range(0, len(pages), _AT_A_TIME):
            self._count(_values(segmenter, pages[first : first + _AT_A_TIME]))
        self.pages += len(pages)

    def _count(self, values: NDArray[np.float32]) -> None:
        for row, (edges, some) in enumerate(zip(self.edges, values.T, strict=True)):
            known = some[~np.isnan(some)]
            at = np.searchsorted(edges, known, side="left")
            self.counts[row, :_BINS] += np.bincount(at, minlength=_BINS)[:_BINS]
            self.counts[row, _BINS] += len(some) - len(known)

    def join(self, other: Profile) -> None:
        """Add what another one counted in the same bins."""
        self.counts += other.counts
        self.pages += other.pages

    def to_dict(self) -> dict[str, Any]:
        """For a card: JSON values."""
        rows = {}
        for name, edges, counts in zip(_names(), self.edges, self.counts, strict=True):
            finite = [float(f"{edge:.6g}") for edge in edges if np.isfinite(edge)]
            rows[name] = {"edges": finite, "counts": counts.tolist()}
        return {"pages": self.pages, "features": rows}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any] | None) -> Profile | None:
        """From a card; None where it has none, or one of other features."""
        if not kept or list(kept.get("features", ())) != _names():
            return None
        rows = list(kept["features"].values())
        edges = np.full((len(rows), _BINS - 1), np.inf)
        for row, each in zip(edges, rows, strict=True):
            row[: len(each["edges"])] = each["edges"]
        counts = np.array([each["counts"] for each in rows], np.int64)
        return cls(edges, counts, int(kept["pages"]))


def reference_profile(segmenter: Segmenter, pages: Iterable[Page]) -> Profile:
    """A profile in bins of its own: tenths of these pages' values.

    Parameters
    ----------
    segmenter : Segmenter
    pages : iterable of Page
        As much like what a service sees as there are; the first hundreds are read.
    """
    some = [page for page, _ in zip(pages, range(_PAGES), strict=False)]
    values = np.concatenate(
        [
            _values(segmenter, some[first : first + _AT_A_TIME])
            for first in range(0, max(len(some), 1), _AT_A_TIME)
        ]
    )
    edges = np.full((values.shape[1], _BINS - 1), np.inf)
    for row, column in zip(edges, values.T, strict=True):
        known = column[~np.isnan(column)]
        if known.size:
            # As a card keeps them, so that what is counted before and after agrees.
            tenths = np.quantile(known, np.arange(1, _BINS) / _BINS, method="inverted_cdf")
            bounds = np.unique([float(f"{edge:.6g}") for edge in tenths])
            row[: len(bounds)] = bounds
    edges[-1] = _SCORES
    found = Profile(edges, np.zeros((len(edges), _BINS + 1), np.int64))
    found.add(segmenter, some)
    return found


def drift(reference: Profile, seen: Profile) -> dict[str, float]:
    """How far what was seen is from the reference.

    Returns
    -------
    dict
        `SCORE` and every group of features: the population stability index, for a group the
        largest of its features', as "group" says where to look and a mean would hide it.
    """
    index = _stability(reference.counts, seen.counts)
    out = {SCORE: float(index[-1])}
    for feature, value in zip(FIRST_LOOK, index[:-1].tolist(), strict=True):
        out[feature.group] = max(out.get(feature.group, 0.0), value)
    return out


def _stability(reference: Ints, seen: Ints) -> Floats:
    """Population stability index of each row; half a block is added to every bin in use."""
    used = (reference > 0) | (seen > 0)
    before, after = (np.where(used, counts + 0.5, 0.0) for counts in (reference, seen))
    before /= before.sum(axis=1, keepdims=True)
    after /= after.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(used, (after - before) * np.log(after / before), 0.0)
    total: Floats = terms.sum(axis=1)
    return total


def _names() -> list[str]:
    return [*(feature.name for feature in FIRST_LOOK), SCORE]


def _values(segmenter: Segmenter, pages: Sequence[Page]) -> NDArray[np.float32]:
    """Features and probability of a start of all blocks, shape (n_blocks, n_features + 1)."""
    parts = segmenter.classifiers
    batch = Batch.read(list(pages), parts.space.table)
    if len(batch) == 0:
        return np.zeros((0, len(FIRST_LOOK) + 1), np.float32)
    matrix = feature_matrix(FIRST_LOOK, Look.first(batch, parts.space, parts.wording))
    score = np.concatenate([proba[:, 2] for proba in segmenter.label_proba(pages)])
    return np.column_stack([matrix, score]).astype(np.float32)
