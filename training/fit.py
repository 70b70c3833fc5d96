"""Articles and pages -> a fitted segmenter.

What one stage learns must not flatter the next: word vectors and wording are learned on one part
of the articles, the pages that the classifiers see are composed of another, and the threshold is
chosen on pages of a third.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from joblib import Parallel, delayed, effective_n_jobs

from model.features import table_hash
from model.page import Page
from model.review import Reviewers
from model.segmenter import Classifiers, Segmenter
from model.word_space import WordSpace
from model.wording import Wording
from training.calibrate import choose_threshold, fit_relatedness
from training.corpus import Article, fraction
from training.foreign import foreign_copies
from training.learning_curve import learning_curve
from training.looks import fit_looks
from training.markup_splice import MarkupSplicer
from training.material import Material, own_material
from training.plan import Labelled, Plan, Progress
from training.real.sides import REAL
from training.reviewers import fit_reviewers
from training.roles import fit_wording
from training.run_ons import fit_run_ons
from training.saved_copies import saved_copies
from training.slim import slim
from training.splice import Splicer
from training.stage_cache import StageCache, inputs_key
from training.synthesis import Composer
from training.vectors import learn_space
from training.vocabulary import build_table

__all__ = ["fit"]

# Pages that are composed by one task, which carries all articles with it.
_LEAST = 500
# Composed pages for each article that they are made of, and the fewest whatever there are: more
# tell the same stories again. First looks that were fitted on .8 and on 1.5 of them found seams of
# held-out pages equally well.
_PER_ARTICLE, _FEWEST = 1.6, 1_000
# Articles that teach words and wording, at most: all their words are in memory, 0.4 GB, and the
# steps that word vectors learn in do not become more with them. The corpora of the model that ships
# have 34,000.
_MOST_WORDS = 40_000


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
    count = min(plan.pages, max(int(_PER_ARTICLE * len(sides.pages)), _FEWEST))
    composed = _compose(Composer(sides.pages, material, seed), count, plan.jobs, tell)
    composed += _copies(composed, plan.foreign, plan.saved, seed)
    # A page without text, as one that scripts draw, has no blocks to learn from.
    real = [(page, truth) for page, truth in real_pages if len(page)]
    if real:
        tell("setting stories into real pages", 0, 1)
        splicer = Splicer(real, sides.pages, material.fixed, seed)
        setter = MarkupSplicer(real, sides.pages, material.fixed, seed)
        spliced = _splice(splicer, plan.spliced, plan.jobs)
        real += spliced + _splice(setter, plan.set_in, plan.jobs)
        real += _copies(real, plan.foreign, plan.saved_real, seed)
    with TemporaryDirectory(prefix="storyseam-") as scratch:
        looks = fit_looks(
            composed, real, space, wording, plan, seed, tell, cached, folder=Path(scratch)
        )
    cached.trim()
    related = fit_relatedness(sides.pages, space, seed)

    def parts(trees: Sequence[Any], reviewers: Reviewers | None) -> Classifiers:
        first, *again = trees
        return Classifiers(space, wording, first, tuple(again), reviewers, looks.typical, related)

    card = _card(articles, seed)
    unseen = [Segmenter(parts(trees, None), card) for trees in looks.apart]
    further = _compose(
        Composer(sides.pages, material, seed + 3), int(plan.further * count), plan.jobs, tell
    )
    further += _copies(further, plan.foreign, plan.saved, seed + 3)
    reviewers = fit_reviewers([*composed, *further], real, unseen, seed, jobs=plan.jobs, tell=tell)
    if reviewers is not None:
        tell("reviewers: run-on sentences", 0, 1)
        run_on = fit_run_ons(sides.pages, space, wording, seed, jobs=plan.jobs)
        judges = (reviewers.page, reviewers.cut, reviewers.top, run_on)
        reviewers = Reviewers(*(None if one is None else slim(one) for one in judges))
    segmenter = Segmenter(parts([slim(trees) for trees in looks.trees], reviewers), card)
    tuning_composer = Composer(sides.tuning, material, seed + 2)
    tuning = _compose(tuning_composer, plan.tuning_pages, plan.jobs, tell)
    tell("choosing the threshold", 0, 1)
    segmenter.card["threshold"], segmenter.card["further"] = choose_threshold(segmenter, tuning)
    if looks.smaller:
        segmenter.card["learning_curve"] = learning_curve(segmenter, looks.smaller, tuning)
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
    words = [a for a, f in zip(articles, share, strict=True) if f < 0.75]
    if len(words) > _MOST_WORDS:
        chosen = sorted(words, key=lambda a: fraction(a.id, seed + 11))[:_MOST_WORDS]
        ids = {a.id for a in chosen}
        words = [a for a in words if a.id in ids]
    return _Sides(
        words=words,
        pages=[a for a, f in zip(articles, share, strict=True) if 0.75 <= f < 0.95],
        # Not the stories of real pages that the trees have learned from.
        tuning=[
            a
            for a, f in zip(articles, share, strict=True)
            if f >= 0.95 and not a.id.startswith(REAL)
        ],
    )


def _compose(composer: Composer, count: int, jobs: int, tell: Progress) -> list[Labelled]:
    """Composed pages, some of them side by side: a page depends on its number only."""
    out: list[Labelled] = []
    each = max(count // (4 * effective_n_jobs(jobs)), _LEAST)
    parts = Parallel(n_jobs=jobs if count > each else 1, max_nbytes=None, return_as="generator")(
        delayed(_pages)(composer, min(each, count - first), first)
        for first in range(0, count, each)
    )
    for part in parts:
        out += part
        tell("composing pages", len(out), count)
    return out


def _pages(composer: Composer, count: int, first: int) -> list[Labelled]:
    return [(Page.from_text(truth.text), truth) for truth in composer.pages(count, first)]


def _splice(splicer: Splicer | MarkupSplicer, count: int, jobs: int) -> list[Labelled]:
    """Pages that stories were put into, some of them side by side."""
    each = max(count // effective_n_jobs(jobs), _LEAST)
    parts = Parallel(n_jobs=jobs if count > each else 1, max_nbytes=None)(
        delayed(_those_of)(splicer, min(each, count - first), first)
        for first in range(0, count, each)
    )
    return [page for part in parts for page in part]


def _those_of(splicer: Splicer | MarkupSplicer, count: int, first: int) -> list[Labelled]:
    return list(splicer.pages(count, first))


def _copies(pages: Sequence[Labelled], foreign: float, saved: float, seed: int) -> list[Labelled]:
    """A share of the pages in other languages, and one in other forms."""
    return foreign_copies(pages, foreign, seed) + saved_copies(pages, saved, seed)


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
