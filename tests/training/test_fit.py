"""Fitting: the same for a seed, whatever the machine; no article on two sides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from model.decoder import INSIDE
from model.features import SECOND_LOOK, table_hash
from model.html import page_from_html
from model.page import Page
from model.segmenter import Segmenter
from tests.model.tiny import PLAN, articles, hurry, story, tiny_segmenter
from tests.training.test_splice import host
from training import fit as fit_module
from training import looks, reviewers, vectors
from training.cluster import on_cluster
from training.examples import Examples
from training.fit import fit
from training.labelled import LabelledPage
from training.looks import fold_of
from training.material import own_material
from training.real.sides import REAL
from training.synthesis import Composer

PAGES = [story("topic 1"), "\n".join(story(f"topic {n}", n) for n in (2, 5, 9)), "Menu\nShare"]
SMALL = replace(
    PLAN, pages=60, wording_pages=20, vector_steps=5, rounds=4, first_rounds=3, tuning_pages=10
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here does not depend on it."""
    hurry(monkeypatch)


def proba(model: Segmenter) -> list[NDArray[np.float32]]:
    return model.label_proba(PAGES)


@pytest.mark.usefixtures("small")
def test_the_same_seed_gives_the_same_model_on_any_number_of_threads() -> None:
    with threadpool_limits(1):
        one = fit(articles(), seed=5, plan=SMALL)
    with threadpool_limits(2):
        two = fit(articles(), seed=5, plan=SMALL)
    other = fit(articles(), seed=6, plan=SMALL)
    for a, b in zip(proba(one), proba(two), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert one.threshold == two.threshold
    assert any(np.any(a != b) for a, b in zip(proba(one), proba(other), strict=True))


@pytest.mark.usefixtures("small")
def test_a_cluster_fits_the_same_model() -> None:
    distributed = pytest.importorskip("distributed", reason="no Dask: pip install distributed")
    real = [host(n, site=f"site{n}.example", markup=True) for n in range(4)]
    # One after the other: processes would be started here seven times.
    here = fit(articles(), seed=5, plan=SMALL, real_pages=real)
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False) as workers,
        on_cluster(workers.scheduler_address),
    ):
        there = fit(articles(), seed=5, plan=replace(SMALL, jobs=2), real_pages=real)
    for a, b in zip(proba(here), proba(there), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert (here.threshold, here.card["further"]) == (there.threshold, there.card["further"])
    found = [[one.stories for one in model.segment_many(PAGES)] for model in (here, there)]
    assert found[0] == found[1]


@pytest.mark.usefixtures("small")
def test_real_pages_are_learned_from_and_progress_is_told() -> None:
    stages: list[str] = []
    pages = [host(n, site=f"site{n}.example", markup=n % 2 == 0) for n in range(6)]
    corrected = host(9, site="", markup=False)
    empty = page_from_html("<div id=root></div><script>draw()</script>")
    drawn = LabelledPage("drawn", "", [], html="<div id=root></div><script>draw()</script>")
    plan = replace(SMALL, real_weight=5.0, spliced=5)
    model = fit(
        articles(),
        seed=5,
        plan=plan,
        real_pages=[(empty, drawn), *pages, corrected],
        progress=lambda stage, done, total: stages.append(stage),
    )
    assert [round(float(p.sum())) for p in proba(model)] == [len(Page.from_text(p)) for p in PAGES]
    for stage in ("vocabulary", "setting stories into real pages", "second look: fitting"):
        assert stage in stages


def test_no_more_articles_teach_words_than_memory_has_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = fit_module._sides(articles(), 3)
    monkeypatch.setattr(fit_module, "_MOST_WORDS", 20)
    some = fit_module._sides(articles(), 3)
    assert len(some.words) == 20 < len(whole.words)
    # In the order that they came in, whoever is drawn.
    assert [a for a in whole.words if a in some.words] == some.words
    assert (some.pages, some.tuning) == (whole.pages, whole.tuning)
    assert fit_module._sides(articles(), 3).words == some.words


def test_no_article_stands_on_two_sides_and_all_stand_on_one() -> None:
    sides = fit_module._sides(articles(), 3)
    names = [{one.id for one in side} for side in (sides.words, sides.pages, sides.tuning)]
    assert not names[0] & names[1]
    assert not names[0] & names[2]
    assert not names[1] & names[2]
    assert set.union(*names) == {one.id for one in articles()}
    assert all(names)


def test_no_story_of_a_real_page_that_trees_learn_from_sets_the_bars() -> None:
    named = [replace(one, id=f"{REAL}{one.id}") for one in articles()]
    sides = fit_module._sides([*articles(), *named], 3)
    assert sides.tuning == fit_module._sides(articles(), 3).tuning
    assert any(one.id.startswith(REAL) for one in sides.pages)


@pytest.mark.parametrize("jobs", [1, 2])
def test_pages_are_the_same_composed_side_by_side(
    jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fit_module, "_LEAST", 8)
    composer = Composer(articles(), own_material(), 3)
    told: list[int] = []
    found = fit_module._compose(composer, 90, jobs, lambda stage, done, total: told.append(done))
    assert [truth for _, truth in found] == list(composer.pages(90))
    assert all(page.text == truth.text for page, truth in found)
    assert told[-1] == 90
    assert len(told) > 3


@pytest.mark.usefixtures("small")
def test_few_articles_make_few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    class Enough(Exception):
        pass

    counts: list[int] = []

    def compose(composer, count, *args):  # type: ignore[no-untyped-def]
        counts.append(count)
        assert count == max(int(0.5 * len(composer.articles)), 12)
        raise Enough

    monkeypatch.setattr(fit_module, "_compose", compose)
    monkeypatch.setattr(fit_module, "_PER_ARTICLE", 0.5)
    monkeypatch.setattr(fit_module, "_FEWEST", 12)
    for some in (articles(), articles()[:60]):
        with pytest.raises(Enough):
            fit(some, seed=5, plan=SMALL)
    assert counts[0] > counts[1] == 12


@pytest.mark.usefixtures("small")
def test_words_and_pages_are_made_of_their_own_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the split is tested here but that it is used: what each stage is really given."""
    words: set[str] = set()
    composed: set[str] = set()
    spaces, whole = vectors.learn_space, looks.fit_looks

    def learn_space(some, *args, **options):  # type: ignore[no-untyped-def]
        words.update(one.id for one in some)
        return spaces(some, *args, **options)

    def fit_looks(pages, *args, **options):  # type: ignore[no-untyped-def]
        composed.update(name for _, truth in pages for name in truth.articles)
        return whole(pages, *args, **options)

    monkeypatch.setattr(fit_module, "learn_space", learn_space)
    monkeypatch.setattr(fit_module, "fit_looks", fit_looks)
    fit(articles(), seed=5, plan=SMALL)
    assert words
    assert composed
    assert not words & composed


@pytest.mark.usefixtures("small")
def test_reviewers_learn_from_trees_that_have_not_seen_their_pages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is tested is what each fit is really given, look by look."""
    seen: dict[int, set[int]] = {}
    made: list[Any] = []
    looked: list[Any] = []
    given: list[Any] = []
    fits: list[Any] = []
    boost, whole, review = looks.fit_trees, looks.fit_looks, reviewers.fit_reviewers

    def spy_boost(examples: Examples, keep: Any, *args: Any, **options: Any) -> Any:
        classifier = boost(examples, keep, *args, **options)
        fits.append(classifier)  # kept, as another could be given its id
        seen[id(classifier)] = set(examples.folds[keep].tolist())
        return classifier

    def spy_looks(*args: Any, **options: Any) -> Any:
        looked.append([*args[0]])
        made.append(whole(*args, **options))
        return made[-1]

    def spy_reviewers(composed: Any, real: Any, unseen: Any, *args: Any, **options: Any) -> Any:
        given.append((composed, real, unseen, *args))
        return review(composed, real, unseen, *args, **options)

    monkeypatch.setattr(looks, "fit_trees", spy_boost)
    monkeypatch.setattr(fit_module, "fit_looks", spy_looks)
    monkeypatch.setattr(fit_module, "fit_reviewers", spy_reviewers)
    real_pages = [host(n, site=f"site{n}.example", markup=n % 2 == 0) for n in range(3)]
    model = fit(articles(), seed=5, plan=SMALL, real_pages=real_pages)
    ((composed, real, unseen, seed),) = given
    # By the folds of this seed the looks were fitted apart.
    assert seed == 5
    # The looks' own pages, and others that reviewers alone see.
    (looked_at,) = looked
    assert composed[: len(looked_at)] == looked_at
    others = [truth.text for _, truth in composed[len(looked_at) :]]
    assert len(others) >= SMALL.further * SMALL.pages
    assert not {truth.text for _, truth in looked_at} & set(others)
    assert real[:3] == real_pages
    assert len(real) > 3
    for fold, segmenter in enumerate(unseen):
        parts = segmenter.classifiers
        assert parts.reviewers is None
        trees = (parts.first, *parts.again)
        assert len(trees) == len(looks.LOOKS)
        assert [seen[id(one)] for one in trees] == [{1 - fold}] * len(trees)
    kept = (model.classifiers.first, *model.classifiers.again)
    assert kept == made[0].trees
    # The first look has seen all pages; a later one says the mean of what trees say that have, and
    # of the mean of those that have seen one half each.
    first, *later = kept
    first_of_all, *of_all = [one for one in fits if seen[id(one)] == {0, 1}]
    assert first is first_of_all
    assert len(of_all) == len(later)
    rows = np.random.default_rng(2).normal(size=(50, later[0].n_features_in_))
    for number, (one, of_every) in enumerate(zip(later, of_all, strict=True)):
        each = [of_every, *(segmenter.classifiers.again[number] for segmenter in unseen)]
        said = np.average([trees.decision_function(rows) for trees in each], 0, (2, 1, 1))
        np.testing.assert_allclose(one.decision_function(rows), said, atol=0.01)
        assert not np.allclose(of_every.decision_function(rows), said, atol=0.01)


def test_mid_story_is_that_of_all_pages_and_not_of_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Composed pages, which have no markup, come before the real ones."""
    monkeypatch.setattr(looks, "_TYPICAL", 50)
    rows = np.full((400, 3), np.nan, np.float32)
    rows[:, 0] = np.arange(400)
    rows[300:, 1] = 7
    every = np.zeros(400, np.int64)
    labels = np.full(400, INSIDE)
    examples = Examples(rows, labels, np.ones(400, np.float32), every, every)
    typical = looks._typical(examples)
    assert typical[0] == pytest.approx(200, abs=10)
    assert typical[1] == 7
    assert np.isnan(typical[2])


def test_pages_of_one_article_share_their_fold() -> None:
    pages = [LabelledPage(f"p{n}", "x", [0], articles=(f"a{n % 7}",)) for n in range(70)]
    folds = {truth.articles[0]: set() for truth in pages}  # type: ignore[var-annotated]
    for truth in pages:
        folds[truth.articles[0]].add(fold_of(truth, 1))
    assert all(len(some) == 1 for some in folds.values())
    unnamed = [LabelledPage(f"p{n}", "x", [0]) for n in range(200)]
    assert 60 < sum(fold_of(truth, 1) for truth in unnamed) < 140


def test_the_card_says_what_is_known() -> None:
    card = tiny_segmenter().card
    assert card["feature_table"] == table_hash()
    assert card["seed"] == 5
    assert card["articles"] == {"en": 150, "mi": 50}
    assert 0.5 <= card["threshold"] <= 0.95
    assert 0.3 <= card["further"] <= 0.5
    assert len(tiny_segmenter().classifiers.typical) == len(SECOND_LOOK)


def test_pages_without_some_label_are_refused() -> None:
    rows = np.zeros((100, 2), np.float32)
    labels = np.full(100, INSIDE)
    bad = Examples(rows, labels, np.ones(100, np.float32), *(np.zeros(100, np.int64),) * 2)
    with pytest.raises(ValueError, match="more articles"):
        looks.fit_trees(bad, np.ones(100, bool), 1, 3, 0)
