"""What comes back on a page, against counting it word by word."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

import model.recurrence
from model.batch import Batch
from model.page import Page
from model.recurrence import Recurrence, _order
from tests.model.slow_cohesion import SlowPage
from tests.model.tiny import random_page, random_space, random_text

SPACE = random_space(np.random.default_rng(1))


def read(pages: Sequence[Page]) -> tuple[Batch, Recurrence]:
    batch = Batch.read(pages, SPACE.table)
    return batch, Recurrence.read(batch, SPACE.token_rarity(batch))


def products(vectors: NDArray[np.float32]) -> NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    return np.asarray(wide @ wide.T)


@pytest.mark.parametrize("sizes", [[1], [2], [70], [25, 0, 1, 60], [3, 3, 3, 30, 0]])
def test_products_and_weights_are_those_of_the_slow_way(sizes: list[int]) -> None:
    """Of pages with fewer blocks than words that come back, and with more."""
    rng = np.random.default_rng(sizes)
    pages = [random_page(rng, n) if n else Page.from_text(" ") for n in sizes]
    batch, found = read(pages)
    token = 0
    for page, low, high in zip(pages, batch.offsets[:-1], batch.offsets[1:], strict=True):
        slow = SlowPage(page.blocks(), SPACE, [1.0] * len(page))
        if not len(page):
            continue
        expected = np.stack(slow.recurrence)
        np.testing.assert_allclose(
            products(found.vectors[low:high]), expected @ expected.T, atol=1e-4, rtol=1e-5
        )
        weights = [weight for *_, weight in slow.tokens]
        own = found.weight[token : token + len(weights)]
        np.testing.assert_allclose(own, weights, atol=1e-6)
        token += len(weights)
    assert token == len(found.weight)


@pytest.mark.parametrize("largest", [1, 1 << 33, 1 << 45, 1 << 62])
def test_words_are_in_the_order_of_page_and_kind(largest: int) -> None:
    """However large the numbers of words are; equal ones as they stand on the page."""
    rng = np.random.default_rng(6)
    page = np.sort(rng.integers(0, 300, 5000))
    kind = rng.choice(rng.integers(0, largest, 40, endpoint=True), 5000)
    expected = np.lexsort((kind, page))
    np.testing.assert_array_equal(_order(page, kind), expected)
    none = np.zeros(0, np.int64)
    assert len(_order(none, none)) == 0


def test_a_page_is_read_in_company_as_it_is_alone() -> None:
    rng = np.random.default_rng(3)
    pages = [random_page(rng, n) for n in (40, 8, 90)]
    batch, together = read(pages)
    for page, low, high in zip(pages, batch.offsets[:-1], batch.offsets[1:], strict=True):
        _, alone = read([page])
        np.testing.assert_allclose(
            products(together.vectors[low:high]), products(alone.vectors), atol=1e-5, rtol=1e-6
        )


def test_what_stands_everywhere_says_less_than_what_two_places_share() -> None:
    filler = " ".join(f"w{n}" for n in range(10, 29))
    lines = [f"w1 {filler} x{n}" for n in range(12)]
    lines[3] += " w2"
    lines[9] += " w2"
    _, found = read([Page.from_text("\n".join(lines))])
    batch = Batch.read([Page.from_text("\n".join(lines))], SPACE.table)
    rarity = SPACE.token_rarity(batch)
    everywhere = found.weight[batch.words.ids == 1] / rarity[batch.words.ids == 1]
    twice = found.weight[batch.words.ids == 2] / rarity[batch.words.ids == 2]
    assert everywhere.max() < 0.2 < 0.6 < twice.min()
    alike = products(found.vectors)
    assert alike[3, 9] > 2 * alike[3, 8]


def test_words_of_no_vocabulary_come_back_with_another_ending() -> None:
    filler = [" ".join(f"w{n}" for n in range(28)) for _ in range(4)]
    lines = ["Zombrenka", *filler, "Zombrenko", *filler, "Quistomer"]
    _, found = read([Page.from_text("\n".join(lines))])
    alike = products(found.vectors)
    assert alike[0, 5] > 0.01
    assert alike[0, 10] == pytest.approx(0.0, abs=1e-6)


def test_a_long_page_is_a_sketch_of_what_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Right on the average, alone and in company, and no wider for its length."""
    rng = np.random.default_rng(5)
    text = random_text(rng, 200, words=200)
    _, exact = read([Page.from_text(text)])
    monkeypatch.setattr(model.recurrence, "EXACT", 100)
    batch, sketch = read([Page.from_text(text)])
    assert sketch.vectors.shape == (200, 128) < exact.vectors.shape
    one, other = products(exact.vectors), products(sketch.vectors)
    assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.8
    assert other.mean() == pytest.approx(one.mean(), rel=0.1)
    _, company = read([random_page(rng, 7), Page.from_text(text)])
    np.testing.assert_array_equal(company.vectors[7:], sketch.vectors)
    assert len(batch) == 200


def test_blocks_that_say_the_same_and_empty_ones_are_no_trouble() -> None:
    lines = ["w1 w2 neverseen " * 12, "- -", "w1 w2 neverseen " * 12, "***"] * 8
    _, found = read([Page.from_text("\n".join(lines)), Page.from_text("")])
    assert np.isfinite(found.vectors).all()
    alike = products(found.vectors)
    assert alike[0, 2] == pytest.approx(alike[0, 0], rel=1e-3)
    assert abs(alike[0, 1]) < 1e-3 * alike[0, 0]


def test_rarity_is_left_to_a_page_of_one_part() -> None:
    batch, found = read([Page.from_text("w1 w2\nw1 neverseen")])
    np.testing.assert_array_equal(found.weight, SPACE.token_rarity(batch))
    assert not found.vectors.any()
    assert math.isclose(float(found.weight[0]), float(SPACE.rarity[1]), rel_tol=1e-6)
