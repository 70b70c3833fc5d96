"""The trees of a fitted classifier, written as one array.

joblib reads a model file object by object, in Python, and of every tree three arrays: of four
thousand trees that was more than half of the time that loading took.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

__all__ = ["Forest"]

Ints = NDArray[np.int64]


class Forest(list[list[Any]]):
    """Trees by round and class, as scikit-learn keeps them in ``_predictors``.

    None of them splits on categories: what such splits need is not kept.
    """

    def __reduce__(self) -> tuple[Any, ...]:
        nodes = np.concatenate([tree.nodes for trees in self for tree in trees])
        sizes = np.array([[len(tree.nodes) for tree in trees] for trees in self], np.int64)
        return _grown, (nodes, sizes)


def _grown(nodes: NDArray[np.void], sizes: Ints) -> Forest:
    """The trees again; ``sizes`` has shape (n_rounds, n_classes)."""
    none = np.zeros((0, 8), np.uint32)
    ends = np.cumsum(sizes).reshape(sizes.shape)
    spans = np.stack([ends - sizes, ends], axis=-1).tolist()
    return Forest([[TreePredictor(nodes[a:b], none, none) for a, b in some] for some in spans])
