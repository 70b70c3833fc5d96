"""Labelled pages -> what classifiers are fitted on: label per block, feature rows, weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch
from model.decoder import INSIDE, OUTSIDE, START
from model.page import Page
from training.labelled import LabelledPage

__all__ = ["Examples", "batches", "block_labels", "read_examples"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Blocks that are measured together: as in serving.
_BATCH = 8192
# Rows far from any start teach little each; of these shares are kept, with the weight of all.
_KEEP_INSIDE = 0.2
_KEEP_OUTSIDE = 0.12
_NEAR = 3


def block_labels(page: Page, truth: LabelledPage) -> Ints:
    """Label of each block of a page.

    A start that lies inside a block counts for that block: the text was cut elsewhere.
    """
    labels = np.full(len(page), INSIDE, np.int64)
    if len(page) == 0:
        return labels
    for a, b in truth.outside:
        middle = (page.starts + page.ends) // 2
        labels[(middle >= a) & (middle < b)] = OUTSIDE
    if not truth.starts:
        return np.full(len(page), OUTSIDE, np.int64)
    labels[page.starts < truth.starts[0]] = OUTSIDE
    for start in truth.starts:
        at = int(np.searchsorted(page.starts, start, side="right")) - 1
        if at >= 0 and page.ends[at] <= start:
            at += 1
        if 0 <= at < len(page):
            labels[at] = START
    return labels


def batches(
    pages: Iterable[tuple[Page, LabelledPage]],
) -> Iterator[list[tuple[Page, LabelledPage]]]:
    """Pages in batches of about so many blocks."""
    ready: list[tuple[Page, LabelledPage]] = []
    blocks = 0
    for pair in pages:
        ready.append(pair)
        blocks += len(pair[0])
        if blocks >= _BATCH:
            yield ready
            ready, blocks = [], 0
    if ready:
        yield ready


@dataclass(frozen=True)
class Examples:
    """Rows to fit on.

    Attributes
    ----------
    rows : float32 array, shape (n_rows, n_features)
    labels : int64 array, shape (n_rows,)
    weights : float32 array, shape (n_rows,)
    folds : int64 array, shape (n_rows,)
        Fold of the page of each row, for cross-fitting.
    """

    rows: Floats
    labels: Ints
    weights: Floats
    folds: Ints

    def only(self, keep: NDArray[np.bool_]) -> Examples:
        """Some of the rows."""
        return replace(
            self,
            rows=self.rows[keep],
            labels=self.labels[keep],
            weights=self.weights[keep],
            folds=self.folds[keep],
        )


def read_examples(
    pages: Sequence[tuple[Page, LabelledPage]],
    measure: Callable[[Batch, Ints], tuple[Floats, NDArray[np.bool_]]],
    table: Callable[[Sequence[Page]], Batch],
    *,
    folds: Ints,
    page_weights: Floats,
    seed: int,
    keep_inside: float = _KEEP_INSIDE,
    progress: Callable[[int, int], None] | None = None,
) -> Examples:
    """Measure pages, batch by batch, and keep the rows that teach most.

    Parameters
    ----------
    measure : callable
        Batch and fold of each of its pages -> feature rows, and which of them are asked for.
    table : callable
        Pages -> batch.
    folds, page_weights : arrays, shape (n_pages,)
    keep_inside : float
        Share of the rows in mid-story, far from any start, that are kept.
    """
    rng = np.random.default_rng(seed)
    rows, labels, weights, row_folds = [], [], [], []
    done = 0
    for group in batches(pages):
        batch = table([page for page, _ in group])
        own = slice(done, done + len(group))
        matrix, asked = measure(batch, folds[own])
        truth = np.concatenate([block_labels(page, label) for page, label in group])
        keep, weight = _sample(truth, rng, keep_inside)
        keep &= asked
        weight = weight * page_weights[own][batch.page_of]
        rows.append(matrix[keep])
        labels.append(truth[keep])
        weights.append(weight[keep])
        row_folds.append(folds[own][batch.page_of][keep])
        done += len(group)
        if progress is not None:
            progress(done, len(pages))
    return Examples(
        rows=np.concatenate(rows),
        labels=np.concatenate(labels),
        weights=np.concatenate(weights).astype(np.float32),
        folds=np.concatenate(row_folds),
    )


def _sample(
    labels: Ints, rng: np.random.Generator, keep_inside: float
) -> tuple[NDArray[np.bool_], Floats]:
    """Which rows are kept, and with what weight."""
    near = labels == START
    for step in range(1, _NEAR + 1):
        near[step:] |= labels[:-step] == START
        near[:-step] |= labels[step:] == START
    share = np.where(labels == INSIDE, keep_inside, _KEEP_OUTSIDE)
    share[near] = 1.0
    keep = rng.random(len(labels)) < share
    return keep, (1.0 / share).astype(np.float32)
