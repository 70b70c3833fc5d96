"""Articles and pages -> a fitted segmenter.

What one stage learns must not flatter the next: word vectors and wording are learned on one part
of the articles, the pages that the classifiers see are composed of the other, and the second look
is fitted on probabilities that the first look gave for pages that it had not seen.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from model.batch import Batch
from model.cohesion import WordSpace
from model.decoder import INSIDE, OUTSIDE, START
from model.features import FIRST_LOOK, SECOND_LOOK, feature_matrix, table_hash
from model.look import Look, left_open
from model.page import Page
from model.segmenter import Classifiers, Segmenter
from model.trees import Trees
from model.wording import Wording
from training.calibrate import choose_threshold, fit_relatedness
from training.corpus import Article, fraction
from training.examples import Examples, read_examples
from training.labelled import LabelledPage
from training.material import Material, own_material
from training.roles import fit_wording
from training.splice import Splicer
from training.synthesis import Composer
from training.vectors import STEPS, build_table, learn_space

__all__ = ["Plan", "fit"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Progress = Callable[[str, int, int], None]
Labelled = tuple[Page, LabelledPage]


@dataclass(frozen=True)
class Plan:
    """How much of everything; the defaults fit in half an hour on two cores.

    Attributes
    ----------
    pages : int
        Composed pages that the classifiers see.
    wording_pages : int
    vector_steps : int
    spliced : int
        Real pages with stories set into them, where there are real pages.
    rounds, first_rounds : int
        Boosting rounds of the second and of the first look.
    leaves, second_leaves : int
        Leaves of a tree of the first and of the second look.
    real_weight : float
        What a block of a real page counts beside one of a composed page.
    tuning_pages : int
        Composed pages that the threshold is chosen on.
    jobs : int
        Processes that fit side by side.
    """

    pages: int = 14_000
    wording_pages: int = 1_500
    vector_steps: int = STEPS
    rounds: int = 250
    first_rounds: int = 60
    spliced: int = 2_500
    leaves: int = 31
    second_leaves: int = 63
    real_weight: float = 2.0
    tuning_pages: int = 3_000
    jobs: int = 2


def fit(
    articles: Sequence[Article],
    *,
    seed: int,
    progress: Progress | None = None,
    real_pages: Sequence[Labelled] = (),
    material: Material | None = None,
    plan: Plan | None = None,
) -> Segmenter:
    """Fit a segmenter.

    Parameters
    ----------
    articles : sequence of Article
        Only the training side: nothing of what it will be measured on.
    progress : callable, optional
        Called with the stage's name, steps done and steps in all.
    real_pages : sequence of (Page, LabelledPage)
        Labelled real pages, corrections among them.
    material : Material, optional
        Furniture of real pages to compose pages with.
    """
    plan = plan or Plan()
    material = material or own_material()
    tell = progress or (lambda stage, done, total: None)
    sides = _sides(articles, seed)
    space, wording = fit_words(sides.words, material, plan, seed, tell)
    drafts = Composer(sides.pages, material, seed).pages(plan.pages)
    composed = _read(drafts, plan.pages, "composing pages", tell)
    real = [*real_pages]
    if real:
        tell("setting stories into real pages", 0, 1)
        splicer = Splicer(real, sides.pages, material.fixed, seed)
        real += splicer.pages(plan.spliced)
    first, second, typical = fit_looks(composed, real, space, wording, plan, seed, tell)
    classifiers = Classifiers(
        space=space,
        wording=wording,
        first=first,
        second=second,
        typical=typical,
        relatedness=fit_relatedness(sides.pages, space, seed),
    )
    segmenter = Segmenter(classifiers, _card(articles, seed))
    unseen = Composer(sides.tuning, material, seed + 2).pages(plan.tuning_pages)
    tuning = _read(unseen, plan.tuning_pages, "choosing the threshold", tell)
    segmenter.card["threshold"], segmenter.card["further"] = choose_threshold(segmenter, tuning)
    return segmenter


@dataclass(frozen=True)
class _Sides:
    words: list[Article]
    pages: list[Article]
    tuning: list[Article]


def _sides(articles: Sequence[Article], seed: int) -> _Sides:
    """Articles for words, for the classifiers' pages, and for the threshold."""
    share = [fraction(a.id, seed) for a in articles]
    return _Sides(
        words=[a for a, f in zip(articles, share, strict=True) if f < 0.75],
        pages=[a for a, f in zip(articles, share, strict=True) if 0.75 <= f < 0.95],
        tuning=[a for a, f in zip(articles, share, strict=True) if f >= 0.95],
    )


def _read(drafts: Iterable[LabelledPage], total: int, stage: str, tell: Progress) -> list[Labelled]:
    out = []
    for truth in drafts:
        out.append((Page.from_text(truth.text), truth))
        if len(out) % 100 == 0:
            tell(stage, len(out), total)
    return out


def fit_words(
    articles: Sequence[Article], material: Material, plan: Plan, seed: int, tell: Progress
) -> tuple[WordSpace, Wording]:
    """Learn what words mean and what blocks of each role read like."""
    tell("vocabulary", 0, 1)
    table = build_table(articles)
    space = learn_space(
        articles,
        table,
        seed=seed,
        steps=plan.vector_steps,
        progress=lambda done, total: tell("word vectors", done, total),
    )
    composer = Composer(articles, material, seed + 1)
    return space, fit_wording(articles, composer, space, plan.wording_pages, seed, tell)


def fit_looks(
    composed: Sequence[Labelled],
    real_pages: Sequence[Labelled],
    space: WordSpace,
    wording: Wording,
    plan: Plan,
    seed: int,
    tell: Progress,
) -> tuple[Any, Any, Floats]:
    """Fit both looks, the second on what the first says of pages that it has not seen."""
    pages = [*composed, *real_pages]
    folds = np.asarray([_fold(truth, seed) for _, truth in pages])
    weights = np.ones(len(pages), np.float32)
    weights[len(composed) :] = plan.real_weight

    def examples(
        measure: Callable[[Batch, Ints], tuple[Floats, NDArray[np.bool_]]],
        stage: str,
        **share: float,
    ) -> Examples:
        return read_examples(
            pages,
            measure,
            lambda some: Batch.read(some, space.table),
            folds=folds,
            page_weights=weights,
            seed=seed,
            **share,
            progress=lambda done, total: tell(stage, done, total),
        )

    def look_once(batch: Batch, _: Ints) -> tuple[Floats, NDArray[np.bool_]]:
        rows = feature_matrix(FIRST_LOOK, Look.first(batch, space, wording))
        return rows, np.ones(len(rows), bool)

    rows = examples(look_once, "first look: features")
    tell("first look: fitting", 0, 1)
    parts = [rows, *(rows.only(rows.folds != fold) for fold in (0, 1))]
    # One thread each: trees fitted side by side do not wait for each other's threads.
    first, *halves = Parallel(n_jobs=plan.jobs, max_nbytes=None)(
        delayed(_boost)(part, plan.first_rounds, plan.leaves, seed) for part in parts
    )
    del rows, parts
    halves = [Trees(half) for half in halves]

    def look_twice(batch: Batch, page_folds: Ints) -> tuple[Floats, NDArray[np.bool_]]:
        look = Look.first(batch, space, wording)
        matrix = feature_matrix(FIRST_LOOK, look)
        block_folds = page_folds[batch.page_of]
        glance = np.zeros((len(batch), 3), np.float32)
        for fold in (0, 1):
            own = block_folds == fold
            if own.any():
                glance[own] = halves[fold].predict_proba(matrix[own])
        return feature_matrix(SECOND_LOOK, look.second(glance)), left_open(glance)

    # In mid-story the first look leaves open only what looks like a start, and false splits come
    # from there.
    rows = examples(look_twice, "second look: features", keep_inside=1.0)
    tell("second look: fitting", 0, 1)
    second = _boost(rows, plan.rounds, plan.second_leaves, seed, threads=plan.jobs)
    return first, second, _typical(rows)


def _typical(rows: Examples) -> Floats:
    """What a block in mid-story is like: the median of each feature, NaN where it has none."""
    inside = rows.rows[rows.labels == INSIDE][:20_000]
    # A column of NaN alone, as markup is without HTML pages, has no median and needs none.
    known = ~np.isnan(inside).all(axis=0)
    typical = np.full(inside.shape[1], np.nan, np.float32)
    typical[known] = np.nanmedian(inside[:, known], axis=0)
    return typical


def _fold(truth: LabelledPage, seed: int) -> int:
    """Fold of a page: pages that share their first outlet and article share it."""
    key = truth.articles[0] if truth.articles else truth.id
    return int(fraction(key, seed + 7) < 0.5)


def _boost(examples: Examples, rounds: int, leaves: int, seed: int, *, threads: int = 1) -> Any:
    """Gradient-boosted trees over feature rows; the number of threads does not change them."""
    classifier = HistGradientBoostingClassifier(
        max_iter=rounds,
        learning_rate=0.1,
        max_leaf_nodes=leaves,
        min_samples_leaf=40,
        l2_regularization=1.0,
        max_bins=127,
        max_features=0.4,
        early_stopping=False,
        random_state=seed,
    )
    # A cue that no training page has (markup, on text pages) must not stop the fit; without
    # variance it takes part in no split.
    unseen = np.isnan(examples.rows).all(axis=0)
    examples.rows[:, unseen] = 0.0
    with threadpool_limits(threads):
        classifier.fit(examples.rows, examples.labels, sample_weight=examples.weights)
    if list(classifier.classes_) != [OUTSIDE, INSIDE, START]:
        raise ValueError("the pages hold no blocks of some label; more articles are needed")
    return classifier


def _card(articles: Sequence[Article], seed: int) -> dict[str, Any]:
    """What is known before the model is measured."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH")
    now = datetime.fromtimestamp(int(seconds), UTC) if seconds else datetime.now(UTC)
    langs = Counter(a.lang for a in articles)
    return {
        "version": now.strftime("%Y%m%d-%H%M%S"),
        "created": now.isoformat(timespec="seconds"),
        "feature_table": table_hash(),
        "seed": seed,
        "threshold": 0.5,
        "further": 0.5,
        "articles": dict(sorted(langs.items())),
        "data": [],
        "fingerprint": "",
        "figures": {},
    }
