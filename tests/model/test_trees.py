"""Packed trees say what scikit-learn's own prediction says, above all where values are missing."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from model.segmenter import Segmenter
from model.trees import Trees
from training.averaged import averaged

Floats = NDArray[np.float32]


def rows_of(rng: np.random.Generator, count: int) -> Floats:
    """Columns with values missing often, seldom, never, always; a column of few values."""
    rows = rng.normal(size=(count, 8)).astype(np.float32)
    for column, share in ((0, 0.5), (1, 0.02), (2, 0.9)):
        rows[rng.random(count) < share, column] = np.nan
    rows[:, 3] = np.nan
    rows[:, 4] = rng.integers(0, 3, count)
    # One value where there is any: the only split is between missing and known.
    rows[:, 5] = np.where(rng.random(count) < 0.5, 1.0, np.nan)
    return rows


def labels_of(rows: Floats) -> NDArray[np.int64]:
    score = np.nan_to_num(rows[:, 0], nan=1.5) + np.nan_to_num(rows[:, 2], nan=-0.5)
    score = score + rows[:, 4] * rows[:, 6] + np.where(np.isnan(rows[:, 5]), 1.0, -1.0)
    return np.digitize(score, (-0.5, 0.8))


@pytest.fixture(scope="module")
def fitted() -> HistGradientBoostingClassifier:
    rows = rows_of(np.random.default_rng(1), 1500)
    rows[0, 3] = 0.0
    classifier = HistGradientBoostingClassifier(max_iter=25, max_bins=63, random_state=0)
    return classifier.fit(rows, labels_of(rows))


def test_the_fitted_trees_send_missing_values_both_ways(
    fitted: HistGradientBoostingClassifier,
) -> None:
    """Or the next test would prove little."""
    nodes = np.concatenate([tree.nodes for stage in fitted._predictors for tree in stage])
    splits = nodes[nodes["is_leaf"] == 0]
    assert set(splits["missing_go_to_left"]) == {0, 1}
    assert np.isinf(splits["num_threshold"]).any()


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 1100])
def test_they_say_what_scikit_learn_says(
    count: int, fitted: HistGradientBoostingClassifier
) -> None:
    rows = rows_of(np.random.default_rng(2), count)
    rows[count // 2 :, 7] = np.inf
    rows[count // 3 :, 6] = -np.inf
    got = Trees(fitted).predict_proba(rows)
    assert got.dtype == np.float32
    assert got.shape == (count, 3)
    if count:
        np.testing.assert_allclose(got, fitted.predict_proba(rows), atol=1e-7)


@pytest.mark.parametrize("count", [0, 1, 257])
def test_they_say_so_of_two_classes(count: int) -> None:
    rows = rows_of(np.random.default_rng(6), 900)
    classifier = HistGradientBoostingClassifier(max_iter=15, max_bins=63, random_state=0)
    classifier.fit(rows[:, [0, 1, 2, 4, 5, 6, 7]], labels_of(rows) > 1)
    some = rows_of(np.random.default_rng(7), count)[:, [0, 1, 2, 4, 5, 6, 7]]
    got = Trees(classifier).predict_proba(some)
    assert got.dtype == np.float32
    assert got.shape == (count, 2)
    if count:
        np.testing.assert_allclose(got, classifier.predict_proba(some), atol=1e-7)


@pytest.mark.parametrize("count", [0, 1, 700])
@pytest.mark.parametrize("bar", [0.0, 0.9, 1.1])
def test_of_several_fits_the_first_is_enough_where_it_is_sure(count: int, bar: float) -> None:
    rows = rows_of(np.random.default_rng(8), 1500)
    rows[0, 3] = 0.0
    some = [
        HistGradientBoostingClassifier(max_iter=12, max_features=0.5, random_state=seed)
        for seed in (1, 2)
    ]
    for one in some:
        one.fit(rows, labels_of(rows))
    asked = rows_of(np.random.default_rng(9), count)
    got = Trees(averaged(some)).predict_proba(asked, settled=lambda said: said.max(axis=1) > bar)
    if count == 0:
        assert got.shape == (0, 3)
        return
    alone, mean = some[0].predict_proba(asked), averaged(some).predict_proba(asked)
    sure = alone.max(axis=1) > bar
    assert count == 1 or sure.any() == (bar < 1)
    np.testing.assert_allclose(got, np.where(sure[:, None], alone, mean), atol=1e-6)


def test_one_fit_is_asked_to_its_end(fitted: HistGradientBoostingClassifier) -> None:
    rows = rows_of(np.random.default_rng(10), 300)
    got = Trees(fitted).predict_proba(rows, settled=lambda said: said.max(axis=1) > 0)
    np.testing.assert_array_equal(got, Trees(fitted).predict_proba(rows))


def test_they_say_so_of_the_rows_of_pages(tiny: Segmenter) -> None:
    classifier = tiny.classifiers.again[-1]
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(500, classifier.n_features_in_)).astype(np.float32)
    rows[rng.random(rows.shape) < 0.2] = np.nan
    got = Trees(classifier).predict_proba(rows)
    np.testing.assert_allclose(got, classifier.predict_proba(rows), atol=1e-7)


def test_they_are_the_same_after_a_journey_to_another_process(
    fitted: HistGradientBoostingClassifier,
) -> None:
    rows = rows_of(np.random.default_rng(4), 40)
    trees = Trees(fitted)
    there = pickle.loads(pickle.dumps(trees))
    np.testing.assert_array_equal(there.predict_proba(rows), trees.predict_proba(rows))


def test_what_they_cannot_say_is_refused() -> None:
    rows = rows_of(np.random.default_rng(5), 400)[:, [4, 6, 7]]
    kinds = HistGradientBoostingClassifier(max_iter=2, categorical_features=[0])
    kinds.fit(rows, rows[:, 0].astype(int))
    with pytest.raises(ValueError, match="categories"):
        Trees(kinds)
