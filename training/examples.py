"""Labelled pages -> what classifiers are fitted on: label per block, feature rows, weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray

from model.batch import Batch
from model.decoder import INSIDE, OUTSIDE, START
from model.page import Page
from training.bins import round_to_bins
from training.labelled import LabelledPage

__all__ = ["KEEP_INSIDE", "Examples", "batches", "block_labels", "read_examples"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Blocks that are measured together: as in serving.
_BATCH = 8192
# Rows far from any start teach little each; of these shares are kept, with the weight of all.
KEEP_INSIDE = 0.2
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
        # The block that it stands in, or before.
        at = int(np.searchsorted(page.ends, start, side="right"))
        if at < len(page):
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
    pages : int64 array, shape (n_rows,)
        Number of the page of each row.
    """

    rows: Floats
    labels: Ints
    weights: Floats
    folds: Ints
    pages: Ints

    @classmethod
    def joined(cls, parts: Sequence[Examples], file: Path | None = None) -> Examples:
        """Rows of several sets of pages, one after the other.

        Parameters
        ----------
        file : Path, optional
            Where to put the rows, which are then mapped from there: they need not be in memory,
            and processes that fit side by side have them together, not each its own.
        """
        return cls(
            rows=_stacked([part.rows for part in parts], file),
            labels=np.concatenate([part.labels for part in parts]),
            weights=np.concatenate([part.weights for part in parts]),
            folds=np.concatenate([part.folds for part in parts]),
            # A page of one part may have the number of one of another; a share has both or none.
            pages=np.concatenate([part.pages for part in parts]),
        )

    def round_to_bins(self) -> None:
        """Round the rows in place, once for all fits to some or all of them.

        A fit to some of them then has at most the bins of all.
        """
        rows: Floats = self.rows
        if isinstance(rows, np.memmap) and rows.filename is not None:
            rows = np.memmap(rows.filename, np.float32, "r+", rows.offset, rows.shape)
        round_to_bins(rows)

    def of_share(self, share: float) -> NDArray[np.bool_]:
        """Which rows are of a share of the pages, evenly spread; smaller ones within larger."""
        spread = np.modf(self.pages * ((5**0.5 - 1) / 2))[0]
        return np.asarray(spread < share, dtype=bool)


def _stacked(parts: Sequence[Floats], file: Path | None) -> Floats:
    rows = sum(len(part) for part in parts)
    if file is None or rows == 0:
        return np.concatenate(parts)
    with file.open("wb") as out:
        for part in parts:
            part.tofile(out)
    return np.memmap(file, parts[0].dtype, "r", shape=(rows, parts[0].shape[1]))


def read_examples(
    pages: Sequence[tuple[Page, LabelledPage]],
    measure: Callable[[Batch, Ints], tuple[Floats, Floats]],
    table: Callable[[Sequence[Page]], Batch],
    *,
    folds: Ints,
    page_weights: Floats,
    seed: int,
    keep_inside: float = KEEP_INSIDE,
    progress: Callable[[int, int], None] | None = None,
    jobs: int = 1,
    file: Path | None = None,
) -> Examples:
    """Measure pages, batch by batch, and keep the rows that teach most.

    Only some batches are in memory at a time, whatever the number of pages; only the rows that are
    kept stay. What is kept is drawn here, in the order of the pages, so that the number of jobs
    changes nothing.

    Parameters
    ----------
    measure : callable
        Batch and fold of each of its pages -> feature rows, and what share of rows like it is
        enough to learn from; 0 of what is not asked for.
    table : callable
        Pages -> batch.
    folds, page_weights : arrays, shape (n_pages,)
    keep_inside : float
        Share of the rows in mid-story, far from any start, that are kept.
    jobs : int
        Processes that measure side by side; or all of a cluster, see `training.cluster`.
    file : Path, optional
        As for `Examples.joined`.
    """
    tasks = _tasks(pages, folds, page_weights, np.random.default_rng(seed), keep_inside)
    at_a_time = 4 * effective_n_jobs(jobs)
    parts: list[Examples] = []
    done = 0
    # No memory maps: a batch is a megabyte, and files for it would cost more than they save.
    with Parallel(n_jobs=jobs, max_nbytes=None) as parallel:
        while some := list(islice(tasks, at_a_time)):
            piece = file and file.with_name(f"{file.name}-{len(parts)}")
            measured = parallel(delayed(_measured)(measure, table, task) for task in some)
            parts.append(Examples.joined(measured, piece))
            done += sum(len(task.pages) for task in some)
            if progress is not None:
                progress(done, len(pages))
    out = Examples.joined(parts, file)
    if file is not None:
        for piece in file.parent.glob(f"{file.name}-*"):
            piece.unlink()
    return out


@dataclass(frozen=True)
class _Task:
    """A batch to measure: its pages, the first one's number, and of each block its page's weight,
    its label, whether it is near a start, what share of its like is enough, and a lot from 0 to 1
    that is kept if it is below that share."""

    pages: list[Page]
    first: int
    folds: Ints
    weights: Floats
    labels: Ints
    near: NDArray[np.bool_]
    shares: Floats
    lots: Floats


def _tasks(
    pages: Sequence[tuple[Page, LabelledPage]],
    folds: Ints,
    page_weights: Floats,
    rng: np.random.Generator,
    keep_inside: float,
) -> Iterator[_Task]:
    first = 0
    for group in batches(pages):
        own = slice(first, first + len(group))
        labels = np.concatenate([block_labels(page, truth) for page, truth in group])
        near = _near(labels)
        shares = np.where(labels == INSIDE, keep_inside, _KEEP_OUTSIDE).astype(np.float32)
        shares[near] = 1.0
        lots = rng.random(len(labels), np.float32)
        weights = np.repeat(page_weights[own], [len(page) for page, _ in group])
        ready = [page for page, _ in group]
        yield _Task(ready, first, folds[own], weights, labels, near, shares, lots)
        first += len(group)


def _measured(
    measure: Callable[[Batch, Ints], tuple[Floats, Floats]],
    table: Callable[[Sequence[Page]], Batch],
    task: _Task,
) -> Examples:
    batch = table(task.pages)
    matrix, enough = measure(batch, task.folds)
    shares = task.shares * np.where(task.near, enough > 0, enough)
    keep = task.lots < shares
    page_of = batch.page_of[keep]
    return Examples(
        rows=matrix[keep],
        labels=task.labels[keep],
        weights=(task.weights[keep] / shares[keep]).astype(np.float32),
        folds=task.folds[page_of],
        pages=task.first + page_of,
    )


def _near(labels: Ints) -> NDArray[np.bool_]:
    """The starts, and the blocks that are near to one."""
    near: NDArray[np.bool_] = labels == START
    for step in range(1, _NEAR + 1):
        near[step:] |= labels[:-step] == START
        near[:-step] |= labels[step:] == START
    return near
