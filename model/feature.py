"""A named feature, and how the columns of many are put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from model.look import Look

__all__ = ["Feature", "feature_matrix"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


# Compared as the objects that they are: tables of hundreds are looked up by them.
@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    """One column: what it is called, what kind of evidence it is, how it is computed.

    Attributes
    ----------
    by : int
        Whose value it is: that of the block so many places on, NaN beyond the page's ends.
    settled : bool
        The function reads nothing that the second look measures anew, so that the second look
        takes what the first one found.
    """

    name: str
    group: str
    function: Callable[[Look], Floats]
    by: int = 0
    settled: bool = False


@dataclass(frozen=True)
class _Plan:
    """How columns are put together: each function is measured once, the settled ones first.

    Attributes
    ----------
    settled, changing : tuple of callables
    columns : int64 array, shape (n_features,)
        Place of each feature's function among both.
    distances : tuple of int
        Each ``by`` once.
    which : int64 array, shape (n_features,)
        Place of each feature's ``by`` among them.
    """

    settled: tuple[Callable[[Look], Floats], ...]
    changing: tuple[Callable[[Look], Floats], ...]
    columns: Ints
    distances: tuple[int, ...]
    which: Ints


# Workers of a training get a table with every task; only the last ones are worth keeping.
@lru_cache(maxsize=8)
def _plan(features: tuple[Feature, ...]) -> _Plan:
    settled = tuple(dict.fromkeys(f.function for f in features if f.settled))
    changing = tuple(dict.fromkeys(f.function for f in features if not f.settled))
    place = {function: i for i, function in enumerate((*settled, *changing))}
    distances = sorted({f.by for f in features})
    return _Plan(
        settled,
        changing,
        np.array([place[f.function] for f in features]),
        tuple(distances),
        np.array([distances.index(f.by) for f in features]),
    )


def feature_matrix(
    features: tuple[Feature, ...],
    look: Look,
    rows: NDArray[np.bool_] | NDArray[np.int64] | None = None,
) -> Floats:
    """Columns of the table, shape (n_rows, n_features).

    Parameters
    ----------
    rows : bool array, shape (n_blocks,), or array of int, optional
        The blocks that are wanted; all of them without.
    """
    plan = _plan(features)
    n, width = len(look.batch), len(plan.settled) + len(plan.changing)
    # One row a block with the value of each function, and a row of NaN for what is beyond.
    table = np.empty((n + 1, width), np.float32)
    table[n] = np.nan
    table[:n, : len(plan.settled)] = look.once(plan.settled, lambda: _measured(plan.settled, look))
    for column, function in enumerate(plan.changing, len(plan.settled)):
        table[:n, column] = function(look)
    wanted = slice(None) if rows is None else rows
    starts = np.stack([look.batch.places(by)[wanted] for by in plan.distances], axis=1) * width
    return np.asarray(np.take(table.reshape(-1), starts[:, plan.which] + plan.columns))


def _measured(functions: Sequence[Callable[[Look], Floats]], look: Look) -> Floats:
    """The value of each function for each block, shape (n_blocks, n_functions)."""
    out = np.empty((len(look.batch), len(functions)), np.float32)
    for column, function in enumerate(functions):
        out[:, column] = function(look)
    return out
