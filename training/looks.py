"""Labelled pages -> the trees of all looks, each later one fitted on what those before say.

Nothing is fitted on probabilities that trees gave for pages they had seen: of every look there are
trees that saw one half of the pages, and trees that saw the other. What is kept of a later look is
the mean of these and of trees that saw all pages, which alone are too sure of themselves for what
the reviewers have learned from, while halves alone know too little of what only a few pages show,
such as letters and feeds. Of the first look, which alone is asked of every block, a mean would
bring no more than chance and take 6 % of the time; its trees see all pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from model.batch import Batch
from model.decoder import INSIDE, OUTSIDE, START
from model.feature import feature_matrix
from model.features import FIRST_LOOK, SECOND_LOOK
from model.look import NO_START, Look, left_open
from model.trees import Trees
from model.word_space import WordSpace
from model.wording import Wording
from training.averaged import averaged
from training.bins import BINS
from training.corpus import fraction
from training.examples import KEEP_INSIDE, Examples, read_examples
from training.heap import give_back
from training.labelled import LabelledPage
from training.plan import Labelled, Plan, Progress
from training.stage_cache import StageCache

__all__ = ["LOOKS", "FittedLooks", "fit_looks", "fit_trees", "fold_of"]

#: One after the other; a later one measures again by what the one before said.
LOOKS = ("first", "second", "third")

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Rows, or up to twice as many, that say what mid-story is like.
_TYPICAL = 20_000
# Share of the rows that are certain to be no start that is learned from.
_KEEP_CERTAIN = 0.6
# What each round of boosting corrects of what is left. With .15 and fewer rounds more whole stories
# were cut: docs/method.md.
_RATE = 0.1
# Rows that are copied at a time.
_PIECE = 20_000


@dataclass(frozen=True)
class FittedLooks:
    """What came of it.

    Attributes
    ----------
    trees : tuple
        The classifier of each look, in order.
    apart : tuple of two tuples
        The same, but fitted without the pages of fold 0, and without those of fold 1.
    typical : float32 array, shape (n_features,)
        What a block in mid-story is like.
    smaller : dict
        What the last look comes to be of a share of the pages; see `Plan.curve`.
    """

    trees: tuple[Any, ...]
    apart: tuple[tuple[Any, ...], tuple[Any, ...]]
    typical: Floats
    smaller: dict[float, Any]


def fit_looks(
    composed: Sequence[Labelled],
    real_pages: Sequence[Labelled],
    space: WordSpace,
    wording: Wording,
    plan: Plan,
    seed: int,
    tell: Progress,
    cached: StageCache,
    folder: Path,
) -> FittedLooks:
    """Fit all looks, each later one on what those before say of pages that they have not seen.

    Parameters
    ----------
    folder : Path
        Where rows may lie meanwhile: up to 2 GB with the default plan.
    """
    # Of each look so far, the trees that saw the pages of the other fold only.
    halves: list[list[Trees]] = []

    def measure(batch: Batch, page_folds: Ints) -> tuple[Floats, Floats]:
        """Rows of the look after those that are fitted, and what share of their like is enough."""
        look = Look.first(batch, space, wording)
        rows = feature_matrix(FIRST_LOOK, look)
        if not halves:
            return rows, np.ones(len(rows), np.float32)
        block_folds = page_folds[batch.page_of]
        proba = _glance(halves[0], rows, block_folds)
        for trees in halves[1:]:
            unsure = left_open(proba)
            look = look.again(proba)
            rows = feature_matrix(SECOND_LOOK, look, unsure)
            proba[unsure] = _glance(trees, rows, block_folds[unsure])
        return feature_matrix(SECOND_LOOK, look.again(proba)), _enough(proba)

    def examples(
        pages: Sequence[Labelled], weight: float, stage: str, keep_inside: float
    ) -> Examples:
        return read_examples(
            pages,
            measure,
            lambda some: Batch.read(some, space.table),
            folds=np.asarray([fold_of(truth, seed) for _, truth in pages], np.int64),
            page_weights=np.full(len(pages), weight, np.float32),
            seed=seed,
            keep_inside=keep_inside,
            progress=lambda done, total: tell(stage, done, total),
            jobs=plan.jobs,
            file=folder / stage,
        )

    def both(name: str, keep_inside: float) -> Examples:
        """Rows of composed pages, which the first look may know already, and of real ones."""
        stage = f"{name} look: features"
        named = f"{stage} of real pages"

        def compute() -> Examples:
            return examples(composed, 1.0, stage, keep_inside)

        # What later looks see depends on all that the first one learned from.
        parts = [compute() if halves else cached(stage, compute)]
        if real_pages:
            parts.append(examples(real_pages, plan.real_weight, named, keep_inside))
        whole = Examples.joined(parts, folder / name)
        # What is mapped stays until nothing refers to it.
        for part in (stage, named):
            (folder / part).unlink(missing_ok=True)
        return whole

    fitted: list[Any] = []
    apart: list[list[Any]] = []
    for name in LOOKS:
        first = name == LOOKS[0]
        # What a look leaves open in mid-story may look like a start, and false splits come from
        # there: all of that counts.
        rows = both(name, KEEP_INSIDE if first else 1.0)
        tell(f"{name} look: fitting", 0, 1)
        typical = _typical(rows)
        rows.round_to_bins()
        give_back()
        rounds, leaves = plan.rounds, plan.second_leaves
        if first:
            rounds, leaves = plan.first_rounds, plan.leaves
        with Parallel(n_jobs=plan.jobs, max_nbytes=None) as parallel:
            # First what takes all rows, then its halves, as they take as much together: all three
            # side by side would take twice that.
            every = np.ones(len(rows.labels), bool)
            fit = delayed(fit_trees)(rows, every, rounds, leaves, seed, plan.jobs)
            (whole,) = parallel([fit])
            # One thread each, where trees are fitted side by side.
            others = parallel(
                delayed(fit_trees)(rows, rows.folds != fold, rounds, leaves, seed)
                for fold in (0, 1)
            )
        fitted.append(whole if first else _kept(whole, others))
        apart.append(others)
        halves.append([Trees(half) for half in others])
        (folder / name).unlink(missing_ok=True)
    smaller: dict[float, Any] = {}
    for share in plan.curve:
        tell("learning curve", len(smaller), len(plan.curve))
        part = rows.of_share(share)
        masks = [part, *(part & (rows.folds != fold) for fold in (0, 1))]
        of_all, *of_halves = [
            fit_trees(rows, mask, rounds, leaves, seed, plan.jobs) for mask in masks
        ]
        smaller[share] = _kept(of_all, of_halves)
    without_0, without_1 = zip(*apart, strict=True)
    return FittedLooks(tuple(fitted), (without_0, without_1), typical, smaller)


def _kept(whole: Any, halves: Sequence[Any]) -> Any:
    """A later look: what was fitted to all pages has as much say as its halves together, and comes
    first (`model.trees.FIRST_SAY`)."""
    return averaged([whole, averaged(halves)])


def _enough(proba: Floats) -> Floats:
    """Of the rows that a look leaves open, what share of their like is enough to learn from.

    Many are certain to be no start, and only whether they are outside is open: with what is less
    sure than .97 left open, two in five of composed pages and more than half of real ones.
    """
    share = np.where(proba[:, START] > NO_START, 1.0, _KEEP_CERTAIN)
    return np.where(left_open(proba), share, 0.0).astype(np.float32)


def _glance(trees: Sequence[Trees], rows: Floats, folds: Ints) -> Floats:
    """Label probabilities of rows by the trees that have not seen their pages."""
    proba = np.zeros((len(rows), 3), np.float32)
    for fold, unseen in enumerate(trees):
        own = folds == fold
        if own.any():
            proba[own] = unseen.predict_proba(rows[own])
    return proba


def _typical(rows: Examples) -> Floats:
    """What a block in mid-story is like: the median of each feature, NaN where it has none.

    Evenly spread, as pages of HTML, which alone have markup, come last.
    """
    own = np.flatnonzero(rows.labels == INSIDE)
    inside = rows.rows[own[:: max(1, len(own) // _TYPICAL)]]
    # A column of NaN alone, as markup is without HTML pages, has no median and needs none.
    known = ~np.isnan(inside).all(axis=0)
    typical = np.full(inside.shape[1], np.nan, np.float32)
    typical[known] = np.nanmedian(inside[:, known], axis=0)
    return typical


def fold_of(truth: LabelledPage, seed: int) -> int:
    """Fold of a page: pages that share their first outlet and article share it."""
    return int(fraction(truth.sources[0], seed + 7) < 0.5)


def fit_trees(
    examples: Examples,
    keep: NDArray[np.bool_],
    rounds: int,
    leaves: int,
    seed: int,
    threads: int = 1,
) -> Any:
    """Gradient-boosted trees over some feature rows; the number of threads does not change them.

    Parameters
    ----------
    examples : Examples
        Rounded to bins.
    keep : bool array, shape (n_rows,)
        Which rows count. They are in memory as 8 bytes a value, and a byte more for their bin.
    """
    classifier = HistGradientBoostingClassifier(
        max_iter=rounds,
        learning_rate=_RATE,
        max_leaf_nodes=leaves,
        min_samples_leaf=40,
        l2_regularization=1.0,
        max_bins=BINS,
        max_features=0.4,
        early_stopping=False,
        random_state=seed,
    )
    rows = _chosen(examples.rows, keep)
    # A cue that no training page has (markup, on text pages) must not stop the fit; without
    # variance it takes part in no split.
    for column in rows.T:
        if np.isnan(column).all():
            column[:] = 0.0
    with threadpool_limits(threads):
        classifier.fit(rows, examples.labels[keep], sample_weight=examples.weights[keep])
    if list(classifier.classes_) != [OUTSIDE, INSIDE, START]:
        raise ValueError("the pages hold no blocks of some label; more articles are needed")
    return classifier


def _chosen(rows: Floats, keep: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Some rows in double precision: of anything else scikit-learn makes a copy like this, and
    there would be both.

    Row by row. It takes 200,000 of them to look for bins in, for which NumPy copies an array that
    lies column by column as a whole first: with a million rows, 2 GB more at the worst moment.
    """
    out = np.empty((int(np.count_nonzero(keep)), rows.shape[1]), np.float64)
    at = 0
    for low in range(0, len(rows), _PIECE):
        some = rows[low : low + _PIECE][keep[low : low + _PIECE]]
        out[at : at + len(some)] = some
        at += len(some)
    return out
