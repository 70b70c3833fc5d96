"""Why a seam is a seam: the groups of features that its own score owes most to.

A group's effect is what the seam's log odds lose when that group is put back to what it is in
mid-story *on this page*: that all paragraphs stand two line breaks apart, or that no line comes
back, is no reason for a seam before one of them. What the later looks know best of a block is what
the look before said of it, and that was said for reasons as well. So the group is put back for all
looks, one after the other, and each hears what the one before would then have said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.decoder import INSIDE, OUTSIDE, START
from model.feature import Feature, feature_matrix
from model.features import FIRST_LOOK, SECOND_LOOK
from model.look import Look

__all__ = ["explain_seams"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

# Groups that change a seam's log odds by less are not named, nor those that change it by less than
# this share of what the strongest does. On pages made for one cue alone, what else there was of
# chance likeness lay below a seventh.
_LEAST, _SHARE = 0.4, 0.15
# What the look before thought is not a reason but a sum of reasons, and position is no reason at
# all to a reader. Nor are the columns that tell how far the starts and the furniture around are.
_SILENT = ("neighbours", "position")
_SUMS = ("starts_expected", "body_a", "outside_")
# Blocks in mid-story from which on a page's own say what that is like; of long pages so many do.
_FEW, _MANY = 3, 256
# Seams that are explained at a time, each of them a dozen times over.
_AT_ONCE = 512
# What the look before said of the block itself.
_SAID = {"outside+0": OUTSIDE, "start+0": START}


def explain_seams(
    looks: Sequence[Any],
    look: Look,
    proba: Floats,
    blocks: Sequence[int],
    typical: Floats,
) -> list[tuple[str, ...]]:
    """Groups of features behind each seam, strongest first.

    Parameters
    ----------
    looks : sequence
        Classifiers of all looks, in order. Their rows are those of the last one, whose columns
        begin with those of the first.
    look : Look
        The last one.
    proba : float32 array, shape (n_blocks, 3)
        What it said.
    blocks : sequence of int
        First blocks of the stories, as indices into the look's batch.
    typical : float32 array, shape (n_features,)
        What a block in mid-story is like on other pages, for those that have hardly any.
    """
    table = SECOND_LOOK if len(looks) > 1 else FIRST_LOOK
    groups: dict[str, list[int]] = {}
    for i, feature in enumerate(table):
        if feature.group not in _SILENT and not feature.name.startswith(_SUMS):
            groups.setdefault(feature.group, []).append(i)
    names, columns = list(groups), list(groups.values())
    said = [(i, _SAID[feature.name]) for i, feature in enumerate(table) if feature.name in _SAID]
    seams = np.asarray(blocks, np.int64)
    rows = feature_matrix(table, look, seams)
    back = _put_back(table, look, proba, seams, rows, typical[: len(table)])
    out: list[tuple[str, ...]] = []
    for low in range(0, len(rows), _AT_ONCE):
        some = slice(low, low + _AT_ONCE)
        out += _named(names, _effects(looks, rows[some], back[some], columns, said))
    return out


def _put_back(
    table: tuple[Feature, ...],
    look: Look,
    proba: Floats,
    seams: Ints,
    rows: Floats,
    typical: Floats,
) -> Floats:
    """What each seam's features would be in mid-story: the median of what is so on its page, NaN
    where most have none. Shape (n_seams, n_features)."""
    page = look.batch.page_of[seams]
    # What a block has not carries nothing where no other block can say so.
    back = np.where(np.isnan(rows), rows, typical)
    bounds = list(pairwise(look.batch.offsets.tolist()))
    inside: dict[int, Ints] = {}
    for at in np.unique(page).tolist():
        low, high = bounds[at]
        found = low + np.flatnonzero(proba[low:high, INSIDE] > 0.5)
        if len(found) >= _FEW:
            inside[at] = found[:: -(-len(found) // _MANY)]
    if not inside:
        return back
    # All at once, as most features are measured for the whole batch, whatever is asked for.
    measured = feature_matrix(table, look, np.concatenate([*inside.values()]))
    ends = np.cumsum([len(found) for found in inside.values()])
    for at, own in zip(inside, np.split(measured, ends[:-1]), strict=True):
        own.sort(axis=0)  # NaN goes last
        known = len(own) - np.isnan(own).sum(axis=0)
        middle = own[np.maximum(known - 1, 0) // 2, np.arange(own.shape[1])]
        back[page == at] = np.where(2 * known > len(own), middle, np.float32(np.nan))
    return back


def _effects(
    looks: Sequence[Any],
    rows: Floats,
    back: Floats,
    groups: Sequence[Sequence[int]],
    said: Sequence[tuple[int, int]],
) -> Doubles:
    """What the log odds of each seam owe to each group, shape (n_groups, n_seams)."""
    variants = np.repeat(rows[None], len(groups) + 1, axis=0)
    for variant, columns in zip(variants[1:], groups, strict=True):
        variant[:, columns] = back[:, columns]
    flat = variants.reshape(-1, rows.shape[1])
    told = {column: _odds(rows[:, column]) for column, _ in said}
    for number, classifier in enumerate(looks):
        odds = _odds(classifier.predict_proba(flat)).reshape(*variants.shape[:2], -1)
        lost = odds[0] - odds
        if number + 1 < len(looks):
            for column, label in said:
                changed = 1.0 / (1.0 + np.exp(lost[1:, :, label] - told[column]))
                variants[1:, :, column] = changed
    return np.asarray(lost[1:, :, START])


def _odds(proba: NDArray[Any]) -> Doubles:
    inner = np.clip(np.asarray(proba, np.float64), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inner / (1.0 - inner)))


def _named(names: Sequence[str], effects: Doubles) -> Iterator[tuple[str, ...]]:
    for effect in effects.T:
        bar = max(_LEAST, _SHARE * effect.max(initial=0.0))
        order = np.argsort(-effect, kind="stable")
        yield tuple(names[j] for j in order if effect[j] > bar)
