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
from scipy.sparse import vstack
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from threadpoolctl import threadpool_limits

from model.batch import Batch
from model.cohesion import WordSpace
from model.decoder import INSIDE, OUTSIDE, START, decode
from model.features import FIRST_LOOK, SECOND_LOOK, feature_matrix, table_hash
from model.look import Look, left_open
from model.page import Page
from model.segmenter import Classifiers, Segmenter, label_rows
from model.stories import Relatedness
from model.wording import ROLES, Wording, word_counts
from training.corpus import Article, fraction
from training.examples import Examples, batches, block_labels, read_examples
from training.labelled import LabelledPage
from training.material import Material, own_material
from training.splice import Splicer
from training.synthesis import Composer, split_sentences
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
    rounds: int = 150
    first_rounds: int = 60
    spliced: int = 2_500
    leaves: int = 31
    second_leaves: int = 63
    real_weight: float = 2.0
    tuning_pages: int = 1_000
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
    segmenter.card["threshold"] = choose_threshold(segmenter, tuning)
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


def _read(
    drafts: Iterable[LabelledPage], total: int, stage: str, tell: Progress
) -> list[Labelled]:
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
    return space, fit_wording(articles, material, space, plan, seed, tell)


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
        measure: Callable[[Batch, Ints], tuple[Floats, NDArray[np.bool_]]], stage: str
    ) -> Examples:
        return read_examples(
            pages,
            measure,
            lambda some: Batch.read(some, space.table),
            folds=folds,
            page_weights=weights,
            seed=seed,
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

    def look_twice(batch: Batch, page_folds: Ints) -> tuple[Floats, NDArray[np.bool_]]:
        look = Look.first(batch, space, wording)
        matrix = feature_matrix(FIRST_LOOK, look)
        block_folds = page_folds[batch.page_of]
        glance = np.zeros((len(batch), 3), np.float32)
        for fold in (0, 1):
            own = block_folds == fold
            if own.any():
                glance[own] = label_rows(halves[fold], matrix[own])
        return feature_matrix(SECOND_LOOK, look.second(glance)), left_open(glance)

    rows = examples(look_twice, "second look: features")
    tell("second look: fitting", 0, 1)
    second = _boost(rows, plan.rounds, plan.second_leaves, seed, threads=plan.jobs)
    return first, second, _typical(rows)


def _typical(rows: Examples) -> Floats:
    """What a block in mid-story is like: the median of each feature, NaN where it has none."""
    inside = np.ma.masked_invalid(rows.rows[rows.labels == INSIDE][:20_000])
    return np.ma.median(inside, axis=0).filled(np.nan).astype(np.float32)


def choose_threshold(segmenter: Segmenter, pages: Sequence[Labelled]) -> float:
    """Least probability of a seam, so that few whole stories are cut.

    The best seam F1 less a price on false splits: of a hundred one-story pages, one cut wrongly
    weighs as much as five points of F1.
    """
    proba = segmenter.label_proba([page for page, _ in pages])
    counts = [
        np.bincount(batch.words.blocks, minlength=len(batch)).astype(np.float32)
        for batch in (Batch.read([page], segmenter.classifiers.space.table) for page, _ in pages)
    ]
    best, best_score = 0.5, -np.inf
    for threshold in np.arange(0.3, 0.96, 0.05):
        hits = found = true = cut = single = 0
        for (page, truth), p, tokens in zip(pages, proba, counts, strict=True):
            seams = {int(page.starts[s.first]) for s in decode(p, tokens, float(threshold))[1:]}
            wanted = set(truth.starts[1:])
            hits += len(seams & wanted)
            found += len(seams)
            true += len(wanted)
            single += not wanted
            cut += bool(seams) and not wanted
        score = 2 * hits / max(found + true, 1) - 5 * cut / max(single, 1)
        if score > best_score:
            best, best_score = float(threshold), score
    return round(best, 2)


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


def fit_wording(
    articles: Sequence[Article],
    material: Material,
    space: WordSpace,
    plan: Plan,
    seed: int,
    tell: Progress,
) -> Wording:
    """Fit what blocks of each role read like.

    Leads, closings and headlines come from the articles themselves, one of each; furniture comes
    from composed pages.
    """
    rng = np.random.default_rng(seed)
    counts, roles = [], []
    texts: list[str] = []
    names: list[int] = []
    for article in articles:
        for role, text in _pieces(article, rng):
            texts.append(text)
            names.append(ROLES.index(role))
    for at in range(0, len(texts), 20_000):
        # Each piece is a page of one block: whatever its length, it is not cut.
        some = texts[at : at + 20_000]
        pages = [Page(t, *_one_block(t)) for t in some]
        counts.append(word_counts(Batch.read(pages, space.table), len(space.table)))
        roles.append(np.asarray(names[at : at + 20_000]))
        tell("wording: articles", at + len(some), len(texts))
    done = 0
    composer = Composer(articles, material, seed + 1)
    drafts = ((Page.from_text(t.text), t) for t in composer.pages(plan.wording_pages))
    for group in batches(drafts):
        batch = Batch.read([page for page, _ in group], space.table)
        labels = np.concatenate([block_labels(page, truth) for page, truth in group])
        role = _roles(labels, batch)
        keep = (role == ROLES.index("outside")) & (rng.random(len(role)) < 0.5)
        keep |= (role == ROLES.index("body")) & (rng.random(len(role)) < 0.1)
        counts.append(word_counts(batch, len(space.table))[keep])
        roles.append(role[keep])
        done += len(group)
        tell("wording: pages", done, plan.wording_pages)
    model = SGDClassifier(
        loss="log_loss", alpha=1e-6, max_iter=8, tol=None, random_state=seed, average=True
    )
    tell("wording: fitting", 0, 1)
    model.fit(vstack(counts, format="csr"), np.concatenate(roles))
    weights = np.zeros((3 * len(space.table), len(ROLES)), np.float16)
    bias = np.zeros(len(ROLES), np.float32)
    for i, role_index in enumerate(model.classes_):
        weights[:, role_index] = np.clip(model.coef_[i], -60, 60)
        bias[role_index] = model.intercept_[i]
    return Wording(weights, bias)


def _pieces(article: Article, rng: np.random.Generator) -> list[tuple[str, str]]:
    """A headline, a lead, a closing and two pieces of the body of one article."""
    paragraphs = [p for p in article.paragraphs if p.strip()]
    if len(article.text) > 900 * max(1, len(paragraphs)):
        sentences = split_sentences(article.text)
        step = int(rng.integers(1, 4))
        paragraphs = [" ".join(sentences[i : i + step]) for i in range(0, len(sentences), step)]
    if len(paragraphs) < 4:
        return []
    # A first paragraph of a few words is a line that cleaning left: the lead comes after it.
    lead = next((i for i, p in enumerate(paragraphs[:3]) if len(p) > 70), 0)
    middle = rng.integers(lead + 1, len(paragraphs) - 1, 2) if len(paragraphs) > lead + 2 else []
    pieces = [("lead", paragraphs[lead]), ("closing", paragraphs[-1])]
    pieces += [("body", paragraphs[int(i)]) for i in middle]
    if article.title:
        pieces.append(("start", article.title))
    return pieces


def _one_block(text: str) -> tuple[Ints, Ints, Ints]:
    return np.zeros(1, np.int64), np.full(1, len(text)), np.ones(1, np.int64)


def _roles(labels: Ints, batch: Batch) -> Ints:
    """Role of each block from its label and place: lead after start, closing before the end."""
    role = np.where(labels == OUTSIDE, ROLES.index("outside"), ROLES.index("body"))
    role[labels == START] = ROLES.index("start")
    story = np.flatnonzero(labels != OUTSIDE)
    starts = labels[story] == START
    last = np.append(starts[1:], True) | np.append(np.diff(batch.page_of[story]) > 0, True)
    role[story[last & ~starts]] = ROLES.index("closing")
    tokens = np.bincount(batch.words.blocks, minlength=len(batch))
    role[(labels == START) & (tokens >= 15)] = ROLES.index("lead")
    lead = np.zeros(len(story), bool)
    # The lead is the first block after the start with a sentence's worth of words.
    waiting = False
    for i, (start, block) in enumerate(zip(starts.tolist(), story.tolist(), strict=True)):
        if start:
            waiting = tokens[block] < 15
        elif waiting and tokens[block] >= 15:
            lead[i], waiting = True, False
    role[story[lead]] = ROLES.index("lead")
    return role


def fit_relatedness(articles: Sequence[Article], space: WordSpace, seed: int) -> Relatedness:
    """Halves of one article stand for one event, halves of two for unrelated stories."""
    rng = np.random.default_rng(seed)
    by_lang: dict[str, list[Article]] = {}
    for article in articles:
        by_lang.setdefault(article.lang, []).append(article)
    cosines, same = [], []
    for lang in sorted(by_lang):
        some = by_lang[lang][:300]
        halves = [_halves(a, space) for a in some]
        for i, (left, right) in enumerate(halves):
            other = halves[int(rng.integers(len(halves)))][1] if len(halves) > 1 else right
            for vector, label in ((right, 1), (other, 0)):
                norm = float(np.linalg.norm(left) * np.linalg.norm(vector))
                if norm > 0 and (label or other is not right):
                    cosines.append(float(left @ vector) / norm)
                    same.append(label)
            del i
    model = LogisticRegression(C=100.0).fit(np.asarray(cosines)[:, None], same)
    slope = float(model.coef_[0, 0])
    return Relatedness(slope=slope, middle=-float(model.intercept_[0]) / slope)


def _halves(article: Article, space: WordSpace) -> tuple[Floats, Floats]:
    paragraphs = article.paragraphs
    if len(paragraphs) < 2:
        middle = len(article.text) // 2
        paragraphs = [article.text[:middle], article.text[middle:]]
    batch = Batch.read([Page.from_text("\n".join(paragraphs))], space.table)
    vectors = space.block_vectors(batch)
    cut = max(1, len(vectors) // 2)
    return vectors[:cut].sum(axis=0), vectors[cut:].sum(axis=0)


def _card(articles: Sequence[Article], seed: int) -> dict[str, Any]:
    """What is known before the model is measured."""
    now = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", datetime.now(UTC).timestamp())), UTC)
    langs = Counter(a.lang for a in articles)
    return {
        "version": now.strftime("%Y%m%d-%H%M%S"),
        "created": now.isoformat(timespec="seconds"),
        "feature_table": table_hash(),
        "seed": seed,
        "threshold": 0.5,
        "articles": dict(sorted(langs.items())),
        "data": [],
        "fingerprint": "",
        "figures": {},
    }
