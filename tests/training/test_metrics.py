"""Our vectorised figures against segeval, NLTK and scikit-learn, on random segmentations."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import segeval
from nltk.metrics.segmentation import pk as nltk_pk
from nltk.metrics.segmentation import windowdiff as nltk_windowdiff
from numpy.typing import NDArray
from sklearn.metrics import precision_recall_curve

from training import metrics

Ints = NDArray[np.int64]


def _pairs(count: int, seed: int) -> Iterator[tuple[int, Ints, Ints]]:
    """Random true and found seams; the found ones partly moved by a block or two."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        n = int(rng.integers(3, 90))
        true = np.sort(rng.choice(np.arange(1, n), rng.integers(0, min(n - 1, 9)), replace=False))
        moved = true + rng.integers(-2, 3, true.size) * (rng.random(true.size) < 0.5)
        extra = rng.integers(1, n, rng.integers(0, 3))
        found = np.unique(np.clip(np.concatenate([moved, extra]), 1, n - 1))
        yield n, true, found[rng.random(found.size) < 0.9]


def _masses(seams: Ints, n: int) -> tuple[int, ...]:
    return tuple(np.diff([0, *seams.tolist(), n]).tolist())


def _string(seams: Ints, n: int) -> str:
    marks = np.zeros(n, dtype=int)
    marks[seams] = 1
    return "".join(map(str, marks[1:]))


def test_pk_and_window_diff_are_segevals() -> None:
    for n, true, found in _pairs(300, 1):
        size = segeval.compute_window_size(_masses(true, n))
        if size >= n:
            continue  # segeval has no window left; see the next test but one
        ours, theirs = _masses(found, n), _masses(true, n)
        assert metrics.pk(true, found, n) == pytest.approx(float(segeval.pk(ours, theirs)))
        expected = float(segeval.window_diff(ours, theirs))
        assert metrics.window_diff(true, found, n) == pytest.approx(expected)


def test_pk_and_window_diff_are_nltks_at_our_window() -> None:
    for n, true, found in _pairs(300, 2):
        size = metrics.window_size(n, true.size)
        left, right = _string(true, n), _string(found, n)
        assert metrics.pk(true, found, n) == pytest.approx(nltk_pk(left, right, k=size))
        expected = nltk_windowdiff(left, right, size)
        assert metrics.window_diff(true, found, n) == pytest.approx(expected)


def test_the_default_windows_of_the_two_differ_as_the_docstring_says() -> None:
    true, found, n = np.array([10]), np.array([14]), 20
    assert metrics.window_size(n, 1) == 5 == segeval.compute_window_size((10, 10))
    by_default = nltk_pk(_string(true, n), _string(found, n))
    assert by_default == nltk_pk(_string(true, n), _string(found, n), k=10)
    assert by_default != metrics.pk(true, found, n)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_the_smallest_pages(n: int) -> None:
    assert metrics.pk([], [], n) == metrics.window_diff([], [], n) == 0.0
    if n == 2:
        assert metrics.pk([1], [], n) == metrics.window_diff([], [1], n) == 1.0


def test_boundary_similarity_is_segevals() -> None:
    compared = 0
    for n, true, found in _pairs(400, 3):
        if not true.size and not found.size:
            assert metrics.boundary_similarity(true, found) == 1.0
            continue
        expected = float(segeval.boundary_similarity(_masses(found, n), _masses(true, n)))
        assert metrics.boundary_similarity(true, found) == pytest.approx(expected)
        compared += 0 < expected < 1
    assert compared > 100


def test_matches_within_finds_the_largest_pairing() -> None:
    scipy_graph = pytest.importorskip("scipy.sparse.csgraph")
    sparse = pytest.importorskip("scipy.sparse")
    for _n, true, found in _pairs(200, 4):
        for tolerance in (0, 1, 2):
            near = np.abs(true[:, None] - found[None, :]) <= tolerance
            expected = 0
            if near.any():
                graph = sparse.csr_matrix(near)
                expected = int((scipy_graph.maximum_bipartite_matching(graph) >= 0).sum())
            assert metrics.matches_within(true, found, tolerance) == expected


def test_f1_is_undefined_where_nothing_was_there() -> None:
    out = metrics.f1_score([3, 0, 0], [1, 0, 2], [0, 0, 0])
    assert out[0] == pytest.approx(6 / 7)
    assert np.isnan(out[1])
    assert out[2] == 0.0


def test_calibration_error_by_hand() -> None:
    # Two bins: .2 said of one in two, .9 said of three of three.
    bins = metrics.reliability([0.2, 0.2, 0.9, 0.9, 0.9], [0, 1, 1, 1, 1])
    assert bins.sum(axis=1) == pytest.approx([5, 3.1, 4])
    assert metrics.calibration_error(bins) == pytest.approx((2 * 0.3 + 3 * 0.1) / 5)
    both = metrics.calibration_error(np.stack([bins, 2 * bins]))
    assert both == pytest.approx([0.18, 0.18])


def test_probability_one_and_the_bin_edges_have_their_bins() -> None:
    bins = metrics.reliability([0.0, 0.1, 1.0], [0, 0, 1])
    assert bins[0].tolist() == [1, 1, 0, 0, 0, 0, 0, 0, 0, 1]


def test_calibrated_scores_have_a_small_error_and_others_have_not() -> None:
    rng = np.random.default_rng(5)
    probability = rng.random(20_000)
    truth = rng.random(20_000) < probability
    assert metrics.calibration_error(metrics.reliability(probability, truth)) < 0.02
    assert metrics.calibration_error(metrics.reliability(probability**3, truth)) > 0.15


def test_precision_recall_is_scikit_learns() -> None:
    rng = np.random.default_rng(6)
    scores = rng.integers(0, 20, 500)
    truth = rng.random(500) < scores / 20
    precision, recall = metrics.precision_recall(
        np.bincount(scores[truth], minlength=20), np.bincount(scores[~truth], minlength=20)
    )
    theirs_p, theirs_r, thresholds = precision_recall_curve(truth, scores)
    assert precision[thresholds] == pytest.approx(theirs_p[:-1])
    assert recall[thresholds] == pytest.approx(theirs_r[:-1])


def test_shingles_count_as_often_as_they_occur_and_short_texts_are_one() -> None:
    assert metrics.shingle_shares("a b", "a b") == (1, 0, 0)
    assert metrics.shingle_shares("", "") == (0, 0, 0)
    assert metrics.shingle_shares("", "a b") == (0, 1, 0)
    assert metrics.shingle_shares("the har\u00adbour is o\u00adpen", "the harbour is open") == (
        1,
        0,
        0,
    )
    once, twice = "a b c d", "a b c d a b c d"
    assert metrics.shingle_shares(twice, once) == pytest.approx((0.2, 0, 0.8))
