"""What each group of features is worth: how much worse the model gets without it.

All columns of a group are shuffled together, among blocks of all pages, in what the second look
reads; the loss that this adds on the blocks that it decides is the group's importance. Shuffled
together, so that a group is not saved by its own other members; a group may still be saved by
another one that says the same, so importances do not add up.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch
from model.feature import feature_matrix
from model.features import FIRST_LOOK, SECOND_LOOK
from model.look import Look, left_open
from model.page import Page
from model.segmenter import Segmenter
from model.trees import Trees
from training.examples import block_labels
from training.labelled import LabelledPage

__all__ = ["group_importance"]

_ROUNDS = 3


def group_importance(
    segmenter: Segmenter, pages: Sequence[tuple[Page, LabelledPage]], *, seed: int = 0
) -> dict[str, float]:
    """Loss that shuffling each group adds, largest first.

    Parameters
    ----------
    pages : sequence of (Page, LabelledPage)
        Some hundreds that the model was not fitted on.

    Returns
    -------
    dict
        Group -> cross-entropy in nats a block, mean of three shuffles; the smallest may be
        below 0, which is chance. Empty where no block is left to the second look.
    """
    parts = segmenter.classifiers
    batch = Batch.read([page for page, _ in pages], parts.space.table)
    look = Look.first(batch, parts.space, parts.wording)
    proba = Trees(parts.first).predict_proba(feature_matrix(FIRST_LOOK, look))
    asked = left_open(proba)
    if not asked.any():
        return {}
    labels = np.concatenate([block_labels(page, truth) for page, truth in pages])[asked]
    rows = feature_matrix(SECOND_LOOK, look.again(proba))[asked]
    second = Trees(parts.again[0])
    rng = np.random.default_rng(seed)
    whole = _loss(second, rows, labels)
    found: dict[str, float] = {}
    for group in dict.fromkeys(feature.group for feature in SECOND_LOOK):
        columns = [i for i, feature in enumerate(SECOND_LOOK) if feature.group == group]
        losses = []
        for _ in range(_ROUNDS):
            shuffled = rows.copy()
            shuffled[:, columns] = rows[rng.permutation(len(rows))][:, columns]
            losses.append(_loss(second, shuffled, labels))
        found[group] = float(np.mean(losses)) - whole
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _loss(trees: Trees, rows: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    proba = trees.predict_proba(rows)[np.arange(len(labels)), labels]
    return float(-np.log(np.maximum(proba, 1e-6)).mean())
