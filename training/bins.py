"""Feature rows with few values each, so that the trees need not look for bins of their own.

scikit-learn 1.9 finds the bins of weighted rows by sorting every column once for each of its bins,
which took longer than fitting. A column with no more values than bins is binned at once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["BINS", "round_to_bins"]

#: Bins of a feature. With 255 held-out pages are split no better, and trees take longer to fit.
BINS = 127
# Columns that are rounded side by side; sorting, which takes longest, leaves others their turn.
_SIDE_BY_SIDE = 2


def round_to_bins(rows: NDArray[np.floating[Any]], bins: int = BINS) -> None:
    """Round every column, in place, to at most so many values; NaN stays.

    A column is cut into half as many parts of about equal count, and a value becomes the nearer end
    of its part. The middle between two neighbours of what is left is then either the middle of a
    part or lies between two parts. So a threshold there, which is where the trees have theirs,
    parts the column as it was just as it parts the rounded one.

    Parameters
    ----------
    rows : array of floats, shape (n_rows, n_features)
    bins : int
        At least 2.
    """
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as threads:
        list(threads.map(partial(_round, bins=bins), rows.T))


def _round(column: NDArray[np.floating[Any]], bins: int) -> None:
    known = ~np.isnan(column)
    values = column[known]
    ordered = np.sort(values)
    if len(ordered) == 0 or 1 + np.count_nonzero(np.diff(ordered)) <= bins:
        return
    parts = bins // 2
    last = (np.arange(1, parts + 1) * len(ordered) + parts - 1) // parts - 1
    high = np.unique(ordered[last])
    low = ordered[np.concatenate([[0], np.searchsorted(ordered, high[:-1], side="right")])]
    part = np.searchsorted(high, values)
    middle = (low.astype(np.float64) + high) / 2
    column[known] = np.where(values <= middle[part], low[part], high[part])
