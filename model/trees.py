"""The fitted trees in the form in which one compiled call walks all of them.

scikit-learn's histogram boosting crosses from Python into compiled code once a tree, with rows of
doubles; its older boosting walks all trees in one call, over rows of floats that fit into the
processor's cache, but knows no missing values. So the trees are packed for the older one, once,
when a model is loaded. A missing value goes where it went before: NaN is never at most a threshold
and goes right by itself; for the splits that send it left, a second column holds minus infinity.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.ensemble._gradient_boosting import predict_stages
from sklearn.tree._tree import NODE_DTYPE, TREE_LEAF, TREE_UNDEFINED, Tree

from model.stages import stage

__all__ = ["FIRST_SAY", "Settled", "Trees"]

#: Of a classifier that is the mean of several fits, the say of the first (training/looks.py).
FIRST_SAY = 0.5

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Settled = Callable[[NDArray[np.float64]], NDArray[np.bool_]]

# Rows that a tree walks over before the next one does: a megabyte stays in a core's own cache, and
# a tree that is fetched serves more of them (of 4,096 rows, 256 at a time cost 57 us each, 512 cost
# 52, and 64 cost 86).
_ROWS = 512


@dataclass(frozen=True, slots=True)
class _Estimator:
    """A tree as ``predict_stages`` asks for it.

    With slots, as a dictionary of attributes is one more place in memory to wait for at every tree:
    of a page by itself that is one part in forty.
    """

    tree_: Tree


class Trees:
    """A fitted classifier's trees, packed.

    Parameters
    ----------
    classifier : HistGradientBoostingClassifier
        Fitted, without categorical features; or the mean of several such fits, one after the other.

    Raises
    ------
    ValueError
        If a tree splits on categories.
    """

    def __init__(self, classifier: HistGradientBoostingClassifier) -> None:
        stages = classifier._predictors
        # All fits have as many rounds.
        self._first = int(classifier.max_iter)
        width = int(classifier.n_features_in_)
        # A split is known by its column of the doubled table: a feature as it is, then the features
        # with what is missing put left.
        splits = [[_split_columns(tree.nodes, width) for tree in stage] for stage in stages]
        used = np.unique(np.concatenate([column for stage in splits for column in stage]))
        used = used[used >= 0]
        self._columns: Ints = used % width
        # ``used`` is in order: the columns to fill come last.
        self._filled = int(np.searchsorted(used, width))
        self._base: NDArray[np.float64] = np.asarray(classifier._baseline_prediction).reshape(1, -1)
        self._stages = np.empty((len(stages), len(stages[0])), object)
        for i, trees in enumerate(stages):
            for k, tree in enumerate(trees):
                packed = _packed(tree.nodes, np.searchsorted(used, splits[i][k]), len(used))
                self._stages[i, k] = _Estimator(packed)

    @stage("predict")
    def predict_proba(self, rows: Floats, *, settled: Settled | None = None) -> Floats:
        """Probability of each class, shape (n_rows, n_classes).

        Parameters
        ----------
        rows : float32 array, shape (n_rows, n_features)
        settled : callable, optional
            Of the probabilities that the first of several fits gives, shape (n_rows, n_classes),
            which rows it is so sure of that the others are not asked.
        """
        raw = np.repeat(self._base, len(rows), axis=0)
        for low in range(0, len(rows), _ROWS):
            some = np.take(rows[low : low + _ROWS], self._columns, axis=1)
            left = some[:, self._filled :]
            np.fmax(left, np.float32(-np.inf), out=left)
            self._add(some, raw[low : low + _ROWS], settled)
        if raw.shape[1] == 1:
            # Of two classes the trees have the second one's log odds.
            raw = np.concatenate([np.zeros_like(raw), raw], axis=1)
        return np.asarray(softmax(raw, axis=1), dtype=np.float32)

    def _add(self, rows: Floats, raw: NDArray[np.float64], settled: Settled | None) -> None:
        """Add what the trees say of some rows to what holds without them."""
        if settled is None or len(self._stages) == self._first:
            predict_stages(self._stages, rows, 1.0, raw)
            return
        predict_stages(self._stages[: self._first], rows, 1.0, raw)
        alone = self._base + (raw - self._base) / FIRST_SAY
        enough = settled(softmax(alone, axis=1))
        raw[enough] = alone[enough]
        others = raw[~enough]
        predict_stages(self._stages[self._first :], rows[~enough], 1.0, others)
        raw[~enough] = others


def _split_columns(nodes: NDArray[np.void], width: int) -> Ints:
    """Column of the doubled table that each node looks at; -1 for a leaf."""
    if nodes["is_categorical"].any():
        raise ValueError("these trees split on categories, which Storyseam's features are not")
    column = nodes["feature_idx"] + width * nodes["missing_go_to_left"].astype(np.int64)
    return np.where(nodes["is_leaf"] > 0, -1, column)


def _packed(nodes: NDArray[np.void], columns: Ints, width: int) -> Any:
    """One tree, node by node."""
    leaf = nodes["is_leaf"] > 0
    out = np.zeros(len(nodes), NODE_DTYPE)
    for name in ("left", "right"):
        out[f"{name}_child"] = np.where(leaf, TREE_LEAF, nodes[name].astype(np.int64))
    out["feature"] = np.where(leaf, TREE_UNDEFINED, columns)
    out["threshold"] = np.where(leaf, TREE_UNDEFINED, nodes["num_threshold"])
    tree = Tree(width, np.ones(1, np.intp), 1)
    tree.__setstate__(
        {
            "max_depth": 0,  # no prediction asks for it
            "node_count": len(nodes),
            "nodes": out,
            "values": nodes["value"].reshape(-1, 1, 1).astype(np.float64),
        }
    )
    return tree
