"""Fitted trees without what only the fit needed, which is more than half of their size on disk."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from model.forest import Forest

__all__ = ["slim"]

C = TypeVar("C", bound=HistGradientBoostingClassifier)

# What no prediction reads: that of rows as they are goes by thresholds, and not by bins.
_UNREAD = ("gain", "count", "depth", "bin_threshold")
# Bits of a leaf's value that are kept, of the 53 of a double float.
_BITS = 12


def slim(classifier: C) -> C:
    """Forget what no prediction reads, in place, and round the values of leaves.

    A value is off by an eight thousandth of itself at most, and a probability, which hundreds of
    them add up to, by less than a thousandth: what repeats and what is 0 compresses.
    """
    for stage in classifier._predictors:
        for tree in stage:
            nodes = tree.nodes
            for name in _UNREAD:
                nodes[name] = 0
            nodes["value"] = np.where(nodes["is_leaf"] > 0, _rounded(nodes["value"]), 0.0)
    classifier._predictors = Forest(classifier._predictors)
    return classifier


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    part, power = np.frexp(values)
    return np.ldexp(np.round(part * 2.0**_BITS) / 2.0**_BITS, power)
