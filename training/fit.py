"""Articles and pages -> a fitted segmenter.

What one stage learns must not flatter the next: word vectors and wording are learned on one part
of the articles, the pages that the classifiers see are composed of the other, and the second look
is fitted on probabilities that the first look gave for pages that it had not seen.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
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
from training.bins import BINS, round_to_bins
from training.calibrate import choose_threshold, fit_relatedness
from training.corpus import Article, fraction
from training.examples import KEEP_INSIDE, Examples, read_examples
from training.labelled import LabelledPage
from training.learning_curve import learning_curve
from training.material import Material, own_material
from training.roles import fit_wording
from training.splice import Splicer
from training.stage_cache import StageCache, inputs_key
from training.synthesis import Composer
from training.vectors import STEPS, build_table, learn_space

__all__ = ["Plan", "fit"]

#: One after the other; a later one measures again by what the one before said.
LOOKS = ("first", "second", "third")

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
        Boosting rounds of each later look and of the first.
    leaves, second_leaves : int
        Leaves of a tree of the first look and of the later ones.
    real_weight : float
        What a block of a real page counts beside one of a composed page.
    tuning_pages : int
        Composed pages that the threshold is chosen on.
    jobs : int
        Processes that fit side by side.
    curve : tuple of float
        Shares of the pages that the second look is fitted on as well, for the card's learning
        curve; an eighth, a quarter and a half together cost nine tenths of the whole again.
    """

    pages: int = 14_000
    wording_pages: int = 1_500
    vector_steps: int = STEPS
    rounds: int = 160
    first_rounds: int = 60
    spliced: int = 2_500
    leaves: int = 31
    second_leaves: int = 63
    real_weight: float = 2.0
    tuning_pages: int = 3_000
    jobs: int = 2
    curve: tuple[float, ...] = ()


def fit(
    articles: Sequence[Article],
    *,
    seed: int,
    progress: Progress | None = None,
    real_pages: Sequence[Labelled] = (),
    material: Material | None = None,
    plan: Plan | None = None,
    cache: Path | None = None,
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
    cache : Path, optional
        Folder to keep what depends on articles alone; see `training.stage_cache`.
    """
    plan = plan or Plan()
    material = material or own_material()
    tell = progress or (lambda stage, done, total: None)
    sides = _sides(articles, seed)
    cached = StageCache(cache, "" if cache is None else _key(articles, material, plan, seed))
    space, wording = cached("words", lambda: fit_words(sides.words, material, plan, seed, tell))
    drafts = Composer(sides.pages, material, seed).pages(plan.pages)
    composed = _read(drafts, plan.pages, "composing pages", tell)
    real = [*real_pages]
    if real:
        tell("setting stories into real pages", 0, 1)
        splicer = Splicer(real, sides.pages, material.fixed, seed)
        real += splicer.pages(plan.spliced)
    first, again, typical, smaller = fit_looks(
        composed, real, space, wording, plan, seed, tell, cached
    )
    cached.trim()
    classifiers = Classifiers(
        space=space,
        wording=wording,
        first=first,
        again=again,
        typical=typical,
        relatedness=fit_relatedness(sides.pages, space, seed),
    )
    segmenter = Segmenter(classifiers, _card(articles, seed))
    unseen = Composer(sides.tuning, material, seed + 2).pages(plan.tuning_pages)
    tuning = _read(unseen, plan.tuning_pages, "choosing the threshold", tell)
    segmenter.card["threshold"], segmenter.card["further"] = choose_threshold(segmenter, tuning)
    if smaller:
        segmenter.card["learning_curve"] = learning_curve(segmenter, smaller, tuning)
    return segmenter


def _key(articles: Sequence[Article], material: Material, plan: Plan, seed: int) -> str:
    """What the stages that know no corrections depend on; sets have an order here alone."""
    same = replace(plan, jobs=0, curve=())
    return inputs_key(articles, material.hosts, sorted(material.fixed), same, seed)


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
    cached: StageCache,
) -> tuple[Any, tuple[Any, ...], Floats, dict[float, Any]]:
    """Fit all looks, each later one on what those before say of pages that they have not seen.

    Returns
    -------
    (classifier of the first look, those of the later ones, typical, smaller)
        The last is what the last look comes to be of a share of the pages; see `Plan.curve`.
    """
    # Of each look so far, the trees that saw the pages of the other fold only.
    halves: list[list[Trees]] = []

    def measure(batch: Batch, page_folds: Ints) -> tuple[Floats, NDArray[np.bool_]]:
        """Rows of the look after those that are fitted, and which of them these leave open."""
        look = Look.first(batch, space, wording)
        rows = feature_matrix(FIRST_LOOK, look)
        if not halves:
            return rows, np.ones(len(rows), bool)
        block_folds = page_folds[batch.page_of]
        proba = _glance(halves[0], rows, block_folds)
        for trees in halves[1:]:
            unsure = left_open(proba)
            look = look.again(proba)
            rows = feature_matrix(SECOND_LOOK, look, unsure)
            proba[unsure] = _glance(trees, rows, block_folds[unsure])
        return feature_matrix(SECOND_LOOK, look.again(proba)), left_open(proba)

    def examples(
        pages: Sequence[Labelled], weight: float, stage: str, keep_inside: float
    ) -> Examples:
        return read_examples(
            pages,
            measure,
            lambda some: Batch.read(some, space.table),
            folds=np.asarray([_fold(truth, seed) for _, truth in pages], np.int64),
            page_weights=np.full(len(pages), weight, np.float32),
            seed=seed,
            keep_inside=keep_inside,
            progress=lambda done, total: tell(stage, done, total),
            jobs=plan.jobs,
        )

    def both(name: str, keep_inside: float) -> Examples:
        """Rows of composed pages, which the first look may know already, and of real ones."""
        stage = f"{name} look: features"

        def compute() -> Examples:
            return examples(composed, 1.0, stage, keep_inside)

        # What later looks see depends on all that the first one learned from.
        parts = [compute() if halves else cached(stage, compute)]
        if real_pages:
            named = f"{stage} of real pages"
            parts.append(examples(real_pages, plan.real_weight, named, keep_inside))
        return Examples.joined(parts)

    fitted = []
    for name in LOOKS:
        first, last = name == LOOKS[0], name == LOOKS[-1]
        # In mid-story a look leaves open only what looks like a start, and false splits come from
        # there: all of it counts.
        rows = both(name, KEEP_INSIDE if first else 1.0)
        tell(f"{name} look: fitting", 0, 1)
        parts = [rows]
        if not last:
            parts += [rows.only(rows.folds != fold) for fold in (0, 1)]
        rounds, leaves = plan.rounds, plan.second_leaves
        if first:
            rounds, leaves = plan.first_rounds, plan.leaves
        # One thread each: trees fitted side by side do not wait for each other's threads.
        whole, *apart = Parallel(n_jobs=plan.jobs, max_nbytes=None)(
            delayed(_boost)(part, rounds, leaves, seed, threads=plan.jobs if last else 1)
            for part in parts
        )
        fitted.append(whole)
        halves.append([Trees(half) for half in apart])
    smaller: dict[float, Any] = {}
    for share in plan.curve:
        tell("learning curve", len(smaller), len(plan.curve))
        part = rows.only(rows.of_share(share))
        smaller[share] = _boost(part, plan.rounds, plan.second_leaves, seed, threads=plan.jobs)
    return fitted[0], tuple(fitted[1:]), _typical(rows), smaller


def _glance(trees: Sequence[Trees], rows: Floats, folds: Ints) -> Floats:
    """Label probabilities of rows by the trees that have not seen their pages."""
    proba = np.zeros((len(rows), 3), np.float32)
    for fold, unseen in enumerate(trees):
        own = folds == fold
        if own.any():
            proba[own] = unseen.predict_proba(rows[own])
    return proba


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
        max_bins=BINS,
        max_features=0.4,
        early_stopping=False,
        random_state=seed,
    )
    # A cue that no training page has (markup, on text pages) must not stop the fit; without
    # variance it takes part in no split.
    unseen = np.isnan(examples.rows).all(axis=0)
    examples.rows[:, unseen] = 0.0
    round_to_bins(examples.rows)
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
