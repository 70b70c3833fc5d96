"""Where the subject changes, against trying every way to part a page."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from model import partings
from model.batch import Batch
from model.page import Page
from model.partings import PARTINGS, measure_partings
from model.runs import Products
from model.subject import one_subject
from tests.model.tiny import random_space

Floats = NDArray[np.float32]
SPACE = random_space(np.random.default_rng(1))


def batch_of(sizes: Sequence[int]) -> Batch:
    pages = [Page.from_text("\n".join(f"w{n}" for n in range(size)) or " ") for size in sizes]
    return Batch.read(pages, SPACE.table)


def measured(sizes: Sequence[int], vectors: Floats, prose: Floats) -> list[Floats]:
    """``parting`` of each page, with ``partings`` held against it."""
    batch = batch_of(sizes)
    # The first four numbers are of meaning, the others of what comes back.
    products = Products.read(batch, vectors[:, :4], vectors[:, 4:])
    columns = measure_partings(batch, products, prose)
    assert tuple(columns) == PARTINGS
    assert all(values.dtype == np.float32 for values in columns.values())
    out = []
    for low, high in pairwise(batch.offsets.tolist()):
        own = columns["parting"][low:high]
        np.testing.assert_allclose(columns["partings"][low:high], np.log1p(own.sum()), atol=1e-5)
        out.append(own)
    return out


def drawn(sizes: Sequence[int], seed: int, dims: int = 6) -> tuple[Floats, Floats]:
    """Blocks that go on about one thing for a while, and how much each counts."""
    rng = np.random.default_rng([seed, *sizes])
    count = sum(sizes)
    subject = np.cumsum(rng.random(count) < 0.2)
    towards = rng.normal(size=(subject.max(initial=0) + 1, dims))
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    scatter = rng.normal(0, 4, (count, dims))
    vectors = towards[subject] * rng.uniform(5, 40, (count, 1)) + scatter
    prose = np.where(rng.random(count) < 0.3, rng.uniform(0.02, 0.2, count), 1.0)
    return vectors.astype(np.float32), prose.astype(np.float32)


def slow_parting(vectors: Floats, prose: Floats) -> list[float]:
    """Every way to part the blocks that count, by its likelihood."""
    counted = [i for i, share in enumerate(prose.tolist()) if share > 0.1]
    weighted = vectors.astype(np.float64) * prose.astype(np.float64)[:, None]
    out = [0.0] * len(prose)
    weights: list[tuple[float, tuple[int, ...]]] = []
    gaps = range(1, len(counted))
    for many in range(len(counted)):
        for cuts in combinations(gaps, many):
            total = 0.0
            for low, high in pairwise((0, *cuts, len(counted))):
                run = weighted[counted[low:high]]
                mass, square = [], []
                for kind in (run[:, :4], run[:, 4:]):
                    mass.append(float(np.linalg.norm(kind, axis=1).sum()))
                    square.append(float(np.linalg.norm(kind.sum(axis=0)) ** 2))
                likely = one_subject(np.complex128(complex(*square)), np.complex128(complex(*mass)))
                total += float(likely) - 2.74
            weights.append((total, cuts))
    if not weights:
        return out
    most = max(total for total, _ in weights)
    whole = sum(np.exp(total - most) for total, _ in weights)
    for total, cuts in weights:
        for cut in cuts:
            out[counted[cut]] += float(np.exp(total - most) / whole)
    return out


@pytest.mark.parametrize("sizes", [[1], [2], [7], [10, 1, 8, 3], [0, 5, 0, 9], [9] * 6])
@pytest.mark.parametrize("seed", range(3))
def test_chances_are_those_of_trying_every_way(sizes: list[int], seed: int) -> None:
    vectors, prose = drawn(sizes, seed)
    at = 0
    for size, found in zip(sizes, measured(sizes, vectors, prose), strict=True):
        own = slice(at, at + size)
        at += size
        np.testing.assert_allclose(found, slow_parting(vectors[own], prose[own]), atol=1e-6)


def test_pages_side_by_side_are_measured_as_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = [12, 40, 3, 40, 25, 1, 18]
    vectors, prose = drawn(sizes, 5)
    together = np.concatenate(measured(sizes, vectors, prose))
    monkeypatch.setattr(partings, "_AT_ONCE", 1)
    np.testing.assert_allclose(np.concatenate(measured(sizes, vectors, prose)), together, atol=1e-9)


def test_a_long_page_in_pieces_is_measured_as_a_whole_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vectors, prose = drawn([230], 2)
    (whole,) = measured([230], vectors, prose)
    monkeypatch.setattr(partings, "_LONGEST", 120)
    (pieces,) = measured([230], vectors, prose)
    assert 5 < whole.sum() < 100
    np.testing.assert_allclose(pieces, whole, atol=1e-3)


def test_two_subjects_are_parted_where_they_meet_and_furniture_never() -> None:
    rng = np.random.default_rng(3)
    vectors = rng.normal(0, 1, (20, 6)).astype(np.float32)
    vectors[:9, 0] += 30
    vectors[9:11] = rng.normal(0, 30, (2, 6))
    vectors[11:, 1] += 30
    prose = np.ones(20, np.float32)
    prose[9:11] = 0.05
    (found,) = measured([20], vectors, prose)
    assert found[11] > 0.99
    assert found[9:11].tolist() == [0.0, 0.0]
    assert np.delete(found, 11).max() < 0.05


def test_one_subject_is_hardly_parted() -> None:
    rng = np.random.default_rng(3)
    vectors = rng.normal(0, 3, (30, 6)).astype(np.float32)
    vectors[:, 0] += 30
    (found,) = measured([30], vectors, np.ones(30, np.float32))
    assert found.max() < 0.01


def test_cost_grows_with_length_and_nothing_overflows() -> None:
    """Likelihoods of long pages are beyond what a float can hold."""
    count = 6000
    rng = np.random.default_rng(0)
    vectors = rng.normal(0, 1, (count, 6)).astype(np.float32)
    vectors[: count // 2, 0] += 500
    vectors[count // 2 :, 1] += 500
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        (found,) = measured([count], vectors, np.ones(count, np.float32))
    assert np.isfinite(found).all()
    assert np.flatnonzero(found > 0.5).tolist() == [count // 2]
