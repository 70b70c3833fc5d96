"""Why a seam is a seam: the groups of features that its own score owes most to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.decoder import START
from model.feature import Feature, feature_matrix
from model.look import Look

__all__ = ["explain_seams"]

Floats = NDArray[np.float32]

# Groups that change a seam's log odds by less are not named.
_LEAST = 0.25
# What the first look thought is not a reason but a sum of reasons, and position is no reason at
# all to a reader.
_SILENT = ("neighbours", "position")


def explain_seams(
    classifier: Any,
    table: tuple[Feature, ...],
    look: Look,
    blocks: Sequence[int],
    typical: Floats,
) -> list[tuple[str, ...]]:
    """Groups of features behind each seam, strongest first.

    Each group's features are put back to what they are in mid-story; what the seam's log odds lose
    is the group's effect.

    Parameters
    ----------
    blocks : sequence of int
        First blocks of the stories, as indices into the look's batch.
    typical : float32 array, shape (n_features,)
    """
    rows = feature_matrix(table, look, np.asarray(blocks, np.int64))
    groups: dict[str, list[int]] = {}
    for i, feature in enumerate(table):
        if feature.group not in _SILENT:
            groups.setdefault(feature.group, []).append(i)
    put_back = np.broadcast_to(typical, rows.shape).copy()
    for columns in _of_markup(table):
        # A page that has none is not like mid-story in it, and owes nothing to it.
        none = np.flatnonzero(np.isnan(rows[:, columns]).all(axis=1))
        put_back[none[:, None], columns] = np.nan
    variants = [rows]
    for columns in groups.values():
        changed = rows.copy()
        changed[:, columns] = put_back[:, columns]
        variants.append(changed)
    proba = classifier.predict_proba(np.concatenate(variants))[:, START]
    odds = np.log(np.clip(proba, 1e-6, 1) / np.clip(1 - proba, 1e-6, 1))
    odds = odds.reshape(len(variants), len(rows))
    effect = odds[0] - odds[1:]
    names = list(groups)
    return [
        tuple(names[j] for j in np.argsort(-effect[:, i]) if effect[j, i] > _LEAST)
        for i in range(len(rows))
    ]


def _of_markup(table: tuple[Feature, ...]) -> list[list[int]]:
    """Columns that only pages of HTML have: cues of the markup, and what compares elements."""
    cues = [i for i, feature in enumerate(table) if feature.group == "markup"]
    return [cues, [i for i, feature in enumerate(table) if "dress" in feature.name]]
