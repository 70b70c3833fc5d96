"""Rows of few values: no threshold of a tree tells the difference."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier

from training.bins import BINS, round_to_bins


def mixed(rows: int, seed: int = 0) -> np.ndarray:
    """Columns as features have them: smooth, skewed, mostly nought, few values, gaps, one value."""
    rng = np.random.default_rng(seed)
    smooth = rng.normal(size=rows)
    made = np.stack(
        [
            smooth,
            np.exp(3 * smooth),
            np.where(rng.random(rows) < 0.8, 0.0, rng.random(rows)),
            rng.integers(0, 5, rows),
            np.where(rng.random(rows) < 0.3, np.nan, rng.random(rows)),
            np.full(rows, 7.0),
            np.full(rows, np.nan),
        ],
        axis=1,
    )
    return made.astype(np.float32)


def test_columns_keep_few_values_in_their_order() -> None:
    rows = mixed(5000)
    rounded = rows.copy()
    round_to_bins(rounded)
    np.testing.assert_array_equal(np.isnan(rows), np.isnan(rounded))
    for before, after in zip(rows.T, rounded.T, strict=True):
        known = ~np.isnan(before)
        assert len(np.unique(after[known])) <= BINS
        assert np.isin(after[known], before[known]).all()
        order = np.argsort(before[known], kind="stable")
        assert np.all(np.diff(after[known][order]) >= 0)
    np.testing.assert_array_equal(rows[:, 3], rounded[:, 3])
    assert len(np.unique(rounded[:, 0])) > BINS - 3


@pytest.mark.parametrize("bins", [2, 3, 10, BINS])
def test_a_threshold_in_the_middle_parts_both_alike(bins: int) -> None:
    rows = mixed(3000, seed=1)
    rounded = rows.copy()
    round_to_bins(rounded, bins)
    for before, after in zip(rows.T, rounded.T, strict=True):
        left = np.unique(after[~np.isnan(after)]).astype(np.float64)
        for threshold in (left[:-1] + left[1:]) / 2:
            np.testing.assert_array_equal(before <= threshold, after <= threshold)


def test_trees_fitted_on_rounded_rows_say_the_same_of_rows_as_they_were() -> None:
    rows = mixed(4000, seed=2)
    wanted = (rows[:, 0] + rows[:, 2] > 0.4).astype(int)
    rounded = rows.copy()
    round_to_bins(rounded)
    trees = HistGradientBoostingClassifier(max_iter=20, max_bins=BINS, early_stopping=False)
    trees.fit(rounded[:, :5], wanted, sample_weight=np.linspace(1, 3, len(rows)))
    np.testing.assert_array_equal(
        trees.predict_proba(rows[:, :5]), trees.predict_proba(rounded[:, :5])
    )
    assert trees.score(rows[:, :5], wanted) > 0.97


@pytest.mark.parametrize("count", [127, 128, 129, 2045, 4091])
def test_any_number_of_rows(count: int) -> None:
    rows = np.random.default_rng(count).normal(size=(count, 1)).astype(np.float32)
    rounded = rows.copy()
    round_to_bins(rounded)
    assert len(np.unique(rounded)) <= BINS
    assert rounded.max() == rows.max()
    assert rounded.min() == rows.min()


def test_nothing_is_no_matter() -> None:
    empty = np.zeros((0, 3), np.float32)
    round_to_bins(empty)
    assert empty.shape == (0, 3)
