"""Labelled pages -> the classifiers that judge the cuts of a page, and where its stories begin.

Like the later looks they are fitted on what trees say of pages that they have not seen: the cuts of
each half of the pages are those of a segmenter that was fitted on the other half.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from joblib import Parallel, delayed, effective_n_jobs
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from model.decoder import START
from model.review import Reviewers
from model.segmenter import Segmenter
from model.tops import Tops
from training.examples import block_labels
from training.looks import fold_of
from training.plan import Labelled, Progress

__all__ = ["fit_reviewers", "true_cuts"]

Floats = NDArray[np.float32]
Bools = NDArray[np.bool_]

# Rounds, leaves and the least rows of a leaf: there is one row a page, or a handful. Of the pages
# nine in ten hold a second story. With 300 rounds and leaves of 30 more of the held-out others were
# thought to hold one all but surely, and for as few false splits fewer seams were found.
_SIZES = {"page": (200, 15, 100), "cut": (300, 63, 30), "top": (250, 31, 30)}
# Where rows are few, as many as this share of them are enough, if they are 30.
_FEW = 0.01
_STAGE = "reviewers: drawing up stories"
_AT_ONCE = 500


@dataclass(frozen=True)
class _Drawn:
    """What there is to learn from for each reviewer: rows, and whether they are true."""

    page: tuple[Floats, Bools]
    cut: tuple[Floats, Bools]
    top: tuple[Floats, Bools]


def true_cuts(labelled: Labelled, reach: int = 0) -> set[int]:
    """The blocks of a page that open a story after its first, and those so near to them."""
    page, truth = labelled
    opens = np.flatnonzero(block_labels(page, truth) == START)[1:].tolist()
    return {block + step for block in opens for step in range(-reach, reach + 1)}


def fit_reviewers(
    composed: Sequence[Labelled],
    real: Sequence[Labelled],
    unseen: Sequence[Segmenter],
    seed: int,
    *,
    jobs: int = 1,
    tell: Progress | None = None,
) -> Reviewers | None:
    """Fit them all; None where the pages have nothing true or nothing false to learn from.

    Parameters
    ----------
    composed, real : sequence of (Page, LabelledPage)
        Which line of a real header is the first is a matter of taste, so that on real pages a cut
        is also true one block beside.
    unseen : sequence of two Segmenters
        Fitted without the pages of fold 0, and without those of fold 1.
    tell : callable, optional
        Called with the stage, pages done and pages in all.
    """
    tell = tell or (lambda stage, done, total: None)
    parts: list[_Drawn] = []
    done = 0
    chunks = [*_chunks(composed, 0, seed), *_chunks(real, 1, seed)]
    total = len(composed) + len(real)
    with Parallel(n_jobs=jobs, max_nbytes=None) as parallel:
        for at in range(0, len(chunks), effective_n_jobs(jobs)):
            some = chunks[at : at + effective_n_jobs(jobs)]
            parts += parallel(delayed(_draw)(unseen[fold], *chunk) for fold, *chunk in some)
            done += sum(len(chunk) for _, chunk, _ in some)
            tell(_STAGE, done, total)
    if not parts:
        return None
    rows = {name: _joined([getattr(part, name) for part in parts]) for name in _SIZES}
    if any(true.all() or not true.any() for _, true in rows.values()):
        return None
    tell("reviewers: fitting", 0, 1)
    fitted = Parallel(n_jobs=jobs, max_nbytes=None)(
        delayed(_boost)(*rows[name], *size, seed) for name, size in _SIZES.items()
    )
    return Reviewers(**dict(zip(_SIZES, fitted, strict=True)))


def _joined(parts: Sequence[tuple[Floats, Bools]]) -> tuple[Floats, Bools]:
    rows, true = zip(*parts, strict=True)
    return np.concatenate(rows), np.concatenate(true)


def _chunks(
    pages: Sequence[Labelled], reach: int, seed: int
) -> Iterator[tuple[int, list[Labelled], int]]:
    """Fold, pages of it, and ``reach``; some pages at a time, the folds in turn."""
    each: tuple[list[Labelled], list[Labelled]] = ([], [])
    for page in pages:
        each[fold_of(page[1], seed)].append(page)
    for at in range(0, max(map(len, each)), _AT_ONCE):
        for fold, some in enumerate(each):
            if some[at : at + _AT_ONCE]:
                yield fold, some[at : at + _AT_ONCE], reach


def _draw(segmenter: Segmenter, pages: Sequence[Labelled], reach: int) -> _Drawn:
    parts: list[_Drawn] = []
    first = 0
    with threadpool_limits(1):
        for cuts, tops, found in segmenter.drafts([page for page, _ in pages]):
            mine = pages[first : first + len(found)]
            wanted = [true_cuts(page, reach) for page in mine]
            true = [
                span.first in wanted[page]
                for page in cuts.pages.tolist()
                for span in found[page][1:]
            ]
            several = np.array([bool(wanted[page]) for page in cuts.pages.tolist()], bool)
            parts.append(
                _Drawn(
                    (cuts.rows[cuts.likeliest()], several),
                    (cuts.rows, np.array(true, bool)),
                    _true_tops(tops, mine),
                )
            )
            first += len(found)
    return _Drawn(**{name: _joined([getattr(part, name) for part in parts]) for name in _SIZES})


def _true_tops(tops: Tops, pages: Sequence[Labelled]) -> tuple[Floats, Bools]:
    """Rows of the stories that have one true start among their candidates, and which it is."""
    opens = np.concatenate([block_labels(page, truth) for page, truth in pages]) == START
    true = opens[tops.block]
    known = np.bincount(tops.story, true)[tops.story] == 1 if len(true) else true
    return tops.rows[known], true[known]


def _boost(
    rows: Floats, true: Bools, rounds: int, leaves: int, least: int, seed: int
) -> HistGradientBoostingClassifier:
    classifier = HistGradientBoostingClassifier(
        max_iter=rounds,
        learning_rate=0.06,
        max_leaf_nodes=leaves,
        min_samples_leaf=min(least, max(30, int(_FEW * len(rows)))),
        l2_regularization=2.0,
        max_features=0.3,
        early_stopping=False,
        random_state=seed,
    )
    # A column of NaN alone must not stop the fit.
    rows[:, np.isnan(rows).all(axis=0)] = 0.0
    with threadpool_limits(1):
        return classifier.fit(rows, true)
