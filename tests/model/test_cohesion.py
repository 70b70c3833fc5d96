"""Cohesion against a slow implementation, page by page, and alone against in a batch."""

from __future__ import annotations

import time

import numpy as np
import pytest
from numpy.typing import NDArray

import model.recurrence
import model.runs
from model.batch import Batch
from model.chains import link_words
from model.cohesion import Cohesion, measure_cohesion
from model.page import Page
from model.recurrence import Recurrence
from model.segments import compare_segments
from model.word_space import WordSpace
from model.words import WordTable
from tests.model.slow_cohesion import SlowPage, slow_columns, slow_segments
from tests.model.tiny import random_page, random_space

Floats = NDArray[np.float32]


@pytest.fixture(scope="module")
def space() -> WordSpace:
    return random_space(np.random.default_rng(1))


def batch_of(sizes: list[int], space: WordSpace, seed: int = 0) -> tuple[Batch, Floats]:
    """Random pages, and how much each block of them counts."""
    rng = np.random.default_rng([seed, *sizes])
    batch = Batch.read(
        [random_page(rng, n) if n else Page.from_text(" ") for n in sizes], space.table
    )
    return batch, rng.uniform(0.02, 1.0, len(batch)).astype(np.float32)


@pytest.mark.parametrize("sizes", [[1], [2], [40], [25, 0, 1, 60], [3, 3, 3, 30, 0]])
@pytest.mark.parametrize("seed", range(2))
def test_columns_are_those_of_the_slow_way(sizes: list[int], seed: int, space: WordSpace) -> None:
    batch, prose = batch_of(sizes, space, seed)
    columns = measure_cohesion(batch, Cohesion.read(batch, space), prose)
    for i, page in enumerate(batch.pages):
        low, high = int(batch.offsets[i]), int(batch.offsets[i + 1])
        if low == high:
            continue
        slow = slow_columns(SlowPage(page.blocks(), space, prose[low:high].tolist()))
        assert set(slow) == set(columns)
        for name, values in slow.items():
            if name == "block_to_page" and high - low == 1:
                continue  # The next test's.
            np.testing.assert_allclose(
                columns[name][low:high], values, atol=1e-5, rtol=1e-5, err_msg=name
            )


def test_the_only_block_of_a_page_is_compared_with_nothing(space: WordSpace) -> None:
    for seed in range(5):
        batch, prose = batch_of([1, 2], space, seed)
        columns = measure_cohesion(batch, Cohesion.read(batch, space), prose)
        assert np.isnan(columns["block_to_page"][0])


@pytest.mark.parametrize("sizes", [[1], [30], [20, 0, 2, 35]])
def test_segments_are_those_of_the_slow_way(sizes: list[int], space: WordSpace) -> None:
    batch, prose = batch_of(sizes, space)
    start = np.random.default_rng(9).uniform(0, 0.7, len(batch)).astype(np.float32)
    columns = compare_segments(batch, Cohesion.read(batch, space), prose, start)
    for i, page in enumerate(batch.pages):
        low, high = int(batch.offsets[i]), int(batch.offsets[i + 1])
        slow = SlowPage(page.blocks(), space, prose[low:high].tolist())
        for threshold in (0.15, 0.5):
            expected = slow_segments(slow, start[low:high].tolist(), threshold)
            for name, values in expected.items():
                np.testing.assert_allclose(
                    columns[f"{name}_{threshold}"][low:high], values, atol=1e-5, err_msg=name
                )


def test_nothing_is_measured_where_there_is_nothing(space: WordSpace) -> None:
    batch = Batch.read([Page.from_text("")], space.table)
    assert measure_cohesion(batch, Cohesion.read(batch, space), np.zeros(0, np.float32)) == {}


def test_blocks_without_words_are_no_trouble(space: WordSpace) -> None:
    batch = Batch.read([Page.from_text("- -\n***\n😀\nw1 w2\n!")], space.table)
    prose = np.full(5, 0.5, np.float32)
    columns = measure_cohesion(batch, Cohesion.read(batch, space), prose)
    assert all(np.isfinite(v[~np.isnan(v)]).all() for v in columns.values())
    assert np.isnan(columns["similar_block"]).all()


def test_the_size_of_the_pieces_changes_nothing(
    space: WordSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.runs, "LONGEST", 0)
    batch, prose = batch_of([30, 17], space)
    cohesion = Cohesion.read(batch, space)
    start = prose * 0.6
    whole = measure_cohesion(batch, cohesion, prose) | compare_segments(
        batch, cohesion, prose, start
    )
    monkeypatch.setattr(model.runs, "PIECE", 7)
    pieces = measure_cohesion(batch, cohesion, prose) | compare_segments(
        batch, cohesion, prose, start
    )
    for name, values in whole.items():
        np.testing.assert_array_equal(pieces[name], values, err_msg=name)


def test_long_pages_are_measured_as_short_ones_are(
    space: WordSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By running sums instead of tables, beside pages that keep theirs."""
    batch, prose = batch_of([9, 45, 30, 0, 8, 31], space)
    prose[12:15] = 0.02
    start = np.random.default_rng(2).uniform(0, 0.7, len(batch)).astype(np.float32)

    def columns() -> dict[str, Floats]:
        cohesion = Cohesion.read(batch, space)
        one = measure_cohesion(batch, cohesion, prose)
        return one | compare_segments(batch, cohesion, prose, start)

    by_tables = columns()
    monkeypatch.setattr(model.runs, "PIECE", 16)
    for longest in (0, 30):
        monkeypatch.setattr(model.runs, "LONGEST", longest)
        for name, values in columns().items():
            np.testing.assert_allclose(values, by_tables[name], atol=1e-6, err_msg=name)


def test_tables_of_many_rows_are_summed_as_those_of_few(
    space: WordSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch, prose = batch_of([45, 1, 12], space)
    cohesion = Cohesion.read(batch, space)
    few = measure_cohesion(batch, cohesion, prose)
    monkeypatch.setattr(model.runs, "_MANY_ROWS", 0)
    for name, values in measure_cohesion(batch, cohesion, prose).items():
        np.testing.assert_array_equal(values, few[name], err_msg=name)


@pytest.mark.parametrize("longest", [0, 200])
def test_windows_of_a_sketched_page_are_multiplied_in_all_of_its_dimensions(
    longest: int, space: WordSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that only its neighbour has are nothing to it."""
    monkeypatch.setattr(model.recurrence, "EXACT", 150)
    monkeypatch.setattr(model.runs, "LONGEST", longest)
    batch, prose = batch_of([150, 160], space)
    products = Cohesion.read(batch, space).products
    gap = np.array([180, 200])
    low, high = np.array([[160, 170], [180, 200]]), np.array([[180, 200], [310, 310]])
    dots = model.runs.Runs(products, prose).dots(gap, low, high, np.array([[0], [1]]))
    for column in range(2):
        one, other = (
            (products.vectors[a:b] * prose[a:b, None]).sum(axis=0, dtype=np.float64)
            for a, b in zip(low[:, column], high[:, column], strict=True)
        )
        split = products.split
        expected = one[:split] @ other[:split] + 1j * (one[split:] @ other[split:])
        assert dots[0, column] == pytest.approx(expected, rel=1e-5)
        assert dots[0, column].imag != 0


def test_furniture_that_counts_nothing_is_not_seen(space: WordSpace) -> None:
    """What is no story fills no window: with weight zero it might as well not be there.

    Only which words come back on the page is counted once, with all that stands there.
    """
    rng = np.random.default_rng(4)
    story, other = random_page(rng, 12).text, random_page(rng, 30).text
    half = story.split("\n")
    plain = Page.from_text("\n".join(half))
    mixed = Page.from_text("\n".join([*half[:6], other, *half[6:]]))
    batch = Batch.read([plain, mixed], space.table)
    prose = np.ones(len(batch), np.float32)
    prose[12 + 6 : 12 + 36] = 0.0
    columns = measure_cohesion(batch, Cohesion.read(batch, space), prose)
    sizes = (20, 60, 150)
    for name in (*(f"similar_{size}_by_meaning" for size in sizes), "words_before"):
        assert columns[name][6] == pytest.approx(columns[name][12 + 36], abs=1e-6), name


def test_links_join_equal_words_of_one_page_only(space: WordSpace) -> None:
    pages = [Page.from_text("w1 zzz\nW1 w2"), Page.from_text("w1 ZZZ w2"), Page.from_text("w2")]
    batch = Batch.read(pages, space.table)
    rarity = space.token_rarity(batch)
    links = link_words(batch, rarity, Recurrence.read(batch, rarity).order)
    assert [(int(a), int(b)) for a, b in zip(links.before, links.after, strict=True)] == [(0, 1)]
    assert links.weight.tolist() == [space.rarity[1]]
    assert links.name.tolist() == [False]


def test_unknown_words_are_as_rare_as_names(space: WordSpace) -> None:
    batch = Batch.read([Page.from_text("w3 neverseen")], space.table)
    assert space.token_rarity(batch).tolist() == [space.rarity[3], 1.0]


def test_a_change_of_subject_is_the_deepest_place_of_the_page() -> None:
    rng = np.random.default_rng(0)
    vectors = np.zeros((10 + 16, 2), np.int8)
    vectors[:5, 0], vectors[5:10, 1] = 100, 100
    subjects = WordSpace(
        WordTable([f"w{n}" for n in range(10)], 16),
        vectors,
        np.full(26, 0.01, np.float32),
        np.ones(26, np.float32),
    )
    lines = [
        " ".join(f"w{n}" for n in rng.integers(low, low + 5, 10)) for low in [0] * 12 + [5] * 12
    ]
    batch = Batch.read([Page.from_text("\n".join(lines))], subjects.table)
    cohesion = Cohesion.read(batch, subjects)
    columns = measure_cohesion(batch, cohesion, np.ones(24, np.float32))
    for name in ("similar_20", "similar_60", "chains_40", "chains_120"):
        assert int(np.nanargmin(columns[name][1:-1])) + 1 == 12, name
    assert int(columns["depth_20"].argmax()) == 12
    assert int(columns["block_new"][1:].argmax()) + 1 == 12
    # At its last words nothing of the page ends any more; in mid-page its first subject does.
    assert int(columns["ends_behind_40"][1:-4].argmax()) + 1 == 12


def test_time_grows_with_the_words_only(space: WordSpace) -> None:
    """Ten times the words take eight to twelve times the time, twenty where the memory of a machine
    has other work besides, and not a hundred times."""

    def timed(blocks: int, times: int) -> float:
        text = "\n".join(f"w{n % 30} w{n % 7} unseen{n % 1000}" for n in range(blocks))
        batch = Batch.read([Page.from_text(text)], space.table)
        prose = np.ones(blocks, np.float32)
        seconds = []
        for _ in range(times):
            before = time.process_time()
            measure_cohesion(batch, Cohesion.read(batch, space), prose)
            seconds.append(time.process_time() - before)
        # Other jobs disturb the fastest least.
        return min(seconds)

    assert timed(40_000, times=2) < 40 * timed(4_000, times=4)
