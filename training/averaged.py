"""Several fitted classifiers as one, which says the mean of what they say."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TypeVar

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

__all__ = ["averaged"]

C = TypeVar("C", bound=HistGradientBoostingClassifier)


def averaged(classifiers: Sequence[C]) -> C:
    """All trees of classifiers that were fitted alike, each with its share of the say.

    What one fit says hangs on its rows and on the columns that each split happened to be offered;
    the mean of several is steadier than any of them.

    Parameters
    ----------
    classifiers : sequence of HistGradientBoostingClassifier
        One or more, of the same columns and classes. They are left as they are.

    Returns
    -------
    HistGradientBoostingClassifier
        Its log odds are the mean of theirs.
    """
    whole = copy(classifiers[0])
    whole._baseline_prediction = np.mean([one._baseline_prediction for one in classifiers], axis=0)
    whole._predictors = []
    for one in classifiers:
        for stage in one._predictors:
            trees = [copy(tree) for tree in stage]
            for tree in trees:
                tree.nodes = tree.nodes.copy()
                tree.nodes["value"] /= len(classifiers)
            whole._predictors.append(trees)
    return whole
