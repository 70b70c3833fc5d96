"""Where a gap parts the text best, against measuring it gap by gap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache, partial

import numpy as np
import pytest
from numpy.typing import NDArray

import model.runs
from model.batch import Batch
from model.cohesion import Cohesion
from model.page import Page
from model.places import PLACES, measure_places
from model.runs import Products, Runs
from model.subject import one_subject
from model.word_space import WordSpace
from model.words import WordTable
from tests.model.slow_cohesion import SlowPage, Vector
from tests.model.tiny import random_page, random_space

Floats = NDArray[np.float32]
BESIDE = (-3, -2, -1, 1, 2, 3)


@pytest.fixture(scope="module")
def space() -> WordSpace:
    return random_space(np.random.default_rng(1))


@pytest.fixture(scope="module")
def subjects() -> WordSpace:
    """Two subjects: words 0 to 4 point one way, words 5 to 9 another."""
    vectors = np.zeros((10 + 16, 2), np.int8)
    vectors[:5, 0], vectors[5:10, 1] = 100, 100
    return WordSpace(
        WordTable([f"w{n}" for n in range(10)], 16),
        vectors,
        np.full(26, 0.01, np.float32),
        np.ones(26, np.float32),
    )


def places(pages: Sequence[Page], space: WordSpace, prose: Floats, start: Floats) -> list[Floats]:
    """Columns of each page, shape (n_columns, n_blocks)."""
    batch = Batch.read(pages, space.table)
    runs = Runs(Cohesion.read(batch, space).products, prose)
    columns = measure_places(batch, prose, start, runs)
    assert tuple(columns) == PLACES
    assert all(values.dtype == np.float32 for values in columns.values())
    table = np.stack([columns[name] for name in PLACES])
    return [table[:, a:b] for a, b in zip(batch.offsets[:-1], batch.offsets[1:], strict=True)]


def random_pages(sizes: Sequence[int], seed: int) -> tuple[list[Page], Floats, Floats]:
    """Random pages, how much each block of them counts, and few likely starts."""
    rng = np.random.default_rng([seed, *sizes])
    pages = [random_page(rng, n) if n else Page.from_text(" ") for n in sizes]
    count = sum(map(len, pages))
    start = np.where(rng.random(count) < 0.2, rng.uniform(0.1, 1.0, count), 0.01)
    return pages, rng.uniform(0.02, 1.0, count).astype(np.float32), start.astype(np.float32)


def surroundings(weights: Sequence[float], start: Sequence[float], gap: int) -> tuple[int, int]:
    """The nearest likely starts with forty words between, or the ends of the page."""
    low, high = 0, len(weights)
    for at in range(gap + 1):
        if start[at] > 0.15 and sum(weights[at:gap]) >= 40:
            low = at
    for at in range(len(weights) - 1, gap - 1, -1):
        if start[at] > 0.15 and sum(weights[gap:at]) >= 40:
            high = at
    return low, high


def slow_places(page: SlowPage, start: Sequence[float]) -> list[list[float]]:
    """One row a gap, in the order of ``PLACES``."""
    # Gaps beside one another ask for the same runs of blocks.
    likely = cache(partial(alike, page))
    weights = [c * p for c, p in zip(page.counts, page.prose, strict=True)]
    out = []
    for gap in range(page.n):
        low, high = surroundings(weights, start, gap)
        whole = length(page.sum(low, high))
        gains = {}
        for by in (0, *BESIDE):
            at = min(max(gap + by, low), high)
            gains[by] = likely(low, at) + likely(at, high) - likely(low, high)
        longer = length(page.sum(low, gap)) + length(page.sum(gap, high)) - whole
        row = [
            longer / whole if whole > 1e-9 else math.nan,
            gains[0],
            gains[0] - max(gains[by] for by in BESIDE),
        ]
        out.append(row + [gains[0] - gains[by] for by in (-2, -1, 1, 2)])
    return out


def length(vector: Vector) -> float:
    return float(np.linalg.norm(vector))


def alike(page: SlowPage, low: int, high: int) -> float:
    """That these blocks are about one subject."""
    square, mass = [], []
    for kind in (slice(None, len(page.meaning[0])), slice(len(page.meaning[0]), None)):
        square.append(length(page.sum(low, high)[kind]) ** 2)
        mass.append(sum(length(page.sum(at, at + 1)[kind]) for at in range(low, high)))
    return float(one_subject(np.complex128(complex(*square)), np.complex128(complex(*mass))))


@pytest.mark.parametrize("sizes", [[1], [2], [4], [40], [25, 0, 1, 60], [3, 3, 3, 30, 0]])
@pytest.mark.parametrize("seed", range(2))
def test_columns_are_those_of_the_slow_way(sizes: list[int], seed: int, space: WordSpace) -> None:
    pages, prose, start = random_pages(sizes, seed)
    at = 0
    for page, found in zip(pages, places(pages, space, prose, start), strict=True):
        own = slice(at, at + len(page))
        at += len(page)
        if not len(page):
            continue
        slow = slow_places(SlowPage(page.blocks(), space, prose[own].tolist()), start[own].tolist())
        for name, values, expected in zip(PLACES, found, np.transpose(slow), strict=True):
            np.testing.assert_allclose(values, expected, atol=1e-5, rtol=1e-5, err_msg=name)


def test_long_pages_are_measured_as_short_ones_are(
    space: WordSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By running sums instead of tables, beside pages that keep theirs."""
    pages, prose, start = random_pages([9, 45, 30, 0, 8, 31], 3)
    prose[12:15] = 0.02
    by_tables = np.concatenate(places(pages, space, prose, start), axis=1)
    monkeypatch.setattr(model.runs, "PIECE", 16)
    for longest in (0, 30):
        monkeypatch.setattr(model.runs, "LONGEST", longest)
        found = np.concatenate(places(pages, space, prose, start), axis=1)
        np.testing.assert_allclose(found, by_tables, atol=1e-6)


def lines(*subjects: int) -> list[str]:
    """Lines of ten words of these subjects."""
    rng = np.random.default_rng(len(subjects))
    return [" ".join(f"w{5 * s + n}" for n in rng.integers(0, 5, 10)) for s in subjects]


def parted(text: list[str], space: WordSpace, likely: Sequence[int] = ()) -> dict[str, Floats]:
    """Columns of one page by its meaning, all of it prose, with likely starts at these blocks."""
    start = np.zeros(len(text), np.float32)
    start[list(likely)] = 0.9
    batch = Batch.read([Page.from_text("\n".join(text))], space.table)
    meaning, prose = space.block_vectors(batch), np.ones(len(text), np.float32)
    runs = Runs(Products.read(batch, meaning, np.zeros_like(meaning)), prose)
    return measure_places(batch, prose, start, runs)


@pytest.mark.parametrize("likely", [[], [12], [11], [10, 13], [0, 4]])
def test_the_gap_between_two_subjects_is_the_best_of_its_neighbourhood(
    likely: list[int], subjects: WordSpace
) -> None:
    """Also where the look before took a line beside it for the start."""
    columns = parted(lines(*[0] * 12, *[1] * 12), subjects, likely)
    for name in ("parts", "parts_surely", "parts_best"):
        assert int(columns[name][8:17].argmax()) + 8 == 12, name
    assert (columns["parts_best"][8:17] > 0).tolist() == [gap == 12 for gap in range(8, 17)]
    assert all(columns[f"parts_beside{by:+d}"][12] > 0 for by in (-2, -1, 1, 2))


def test_what_a_gap_gains_over_its_neighbour_its_neighbour_loses(subjects: WordSpace) -> None:
    columns = parted(lines(*[0] * 12, *[1] * 12), subjects)
    for by in (1, 2):
        ahead, behind = columns[f"parts_beside+{by}"], columns[f"parts_beside-{by}"]
        assert ahead[12] > 0.1
        np.testing.assert_allclose(ahead[:-by], -behind[by:], atol=1e-6)


def test_two_equal_halves_at_right_angles_are_longer_by_the_root_of_two(
    subjects: WordSpace,
) -> None:
    columns = parted(lines(*[0] * 12, *[1] * 12), subjects)
    assert columns["parts"][12] == pytest.approx(math.sqrt(2) - 1, abs=1e-5)
    # A hundred and twenty words of length one on either side.
    square, mass = np.array([120.0**2, 2 * 120.0**2]), np.array([120.0, 240.0])
    half, whole = one_subject(square + 0j, mass + 0j)
    assert columns["parts_surely"][12] == pytest.approx(2 * half - whole, abs=1e-3)


def test_text_of_one_subject_is_parted_nowhere(subjects: WordSpace) -> None:
    columns = parted(lines(*[0] * 24), subjects)
    np.testing.assert_allclose(columns["parts"], 0.0, atol=1e-5)
    assert (columns["parts_surely"] <= 1e-5).all()
    # Two runs pay for two directions and gain nothing: the more, the more even they are.
    assert int(columns["parts_surely"].argmin()) == 12


def test_what_lies_beyond_a_likely_start_is_not_seen(subjects: WordSpace) -> None:
    """If forty words lie between: a nearer one is another guess at the same place."""
    text = lines(*[0] * 8, *[1] * 16)
    other = lines(*[1] * 4) + text[4:]
    for likely, seen in (([4], False), ([], True), ([5], True)):
        one, two = parted(text, subjects, likely), parted(other, subjects, likely)
        assert (one["parts"][8] != pytest.approx(two["parts"][8], abs=1e-6)) is seen
    ahead = text[:20] + lines(*[0] * 4)
    for likely, seen in (([12], False), ([], True), ([11], True)):
        one, two = parted(text, subjects, likely), parted(ahead, subjects, likely)
        assert (one["parts"][8] != pytest.approx(two["parts"][8], abs=1e-6)) is seen


def test_nothing_is_measured_where_there_is_nothing(space: WordSpace) -> None:
    batch = Batch.read([Page.from_text(""), Page.from_text(" ")], space.table)
    none = np.zeros(0, np.float32)
    runs = Runs(Cohesion.read(batch, space).products, none)
    assert measure_places(batch, none, none, runs) == {}


def test_blocks_without_words_are_no_trouble(space: WordSpace) -> None:
    text = ["- -", "***", "😀", "w1 w2", "!"]
    start = np.array([0.0, 0.9, 0.0, 0.9, 0.0], np.float32)
    (table,) = places([Page.from_text("\n".join(text))], space, np.full(5, 0.5, np.float32), start)
    assert not np.isinf(table).any()
    (mute,) = places([Page.from_text("- -\n***")], space, np.ones(2, np.float32), start[:2])
    columns = dict(zip(PLACES, mute, strict=True))
    # Nothing has no share of nothing.
    assert np.isnan(columns.pop("parts")).all()
    assert all((values == 0).all() for values in columns.values())
