"""Pages laid end to end stay apart: no page changes what is seen on its neighbour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.batch import Batch, shift
from model.page import Page
from model.words import WordTable

TABLE = WordTable(["ferry", "quay"], buckets=16)
PAGES = st.lists(st.integers(0, 6), max_size=8)


def pages(sizes: list[int]) -> list[Page]:
    return [
        Page.from_text("\n\n".join(f"ferry number {n} page {i}" for n in range(size)))
        for i, size in enumerate(sizes)
    ]


@settings(max_examples=80, deadline=None)
@given(PAGES)
def test_each_page_knows_its_own_blocks(sizes: list[int]) -> None:
    some = pages(sizes)
    batch = Batch.read(some, TABLE)
    assert len(batch) == sum(sizes) == len(batch.blocks)
    assert batch.offsets.tolist() == [0, *np.cumsum(sizes).tolist()]
    for i, page in enumerate(some):
        low, high = batch.offsets[i], batch.offsets[i + 1]
        assert batch.blocks[low:high] == page.blocks()
        assert batch.breaks[low:high].tolist() == page.breaks.tolist()
        assert set(batch.first[low:high].tolist()) <= {int(low)}
        assert set(batch.last[low:high].tolist()) <= {int(high)}
        assert set(batch.page_of[low:high].tolist()) <= {i}


@settings(max_examples=80, deadline=None)
@given(PAGES, st.integers(-8, 8))
def test_shift_never_reaches_into_another_page(sizes: list[int], by: int) -> None:
    batch = Batch.read(pages(sizes), TABLE)
    values = np.arange(len(batch), dtype=np.float32)
    shifted = shift(values, by, batch, -1.0)
    assert shifted.dtype == np.float32
    for i in range(len(batch)):
        there = i + by
        inside = batch.first[i] <= there < batch.last[i]
        assert shifted[i] == (there if inside else -1.0)


def test_shift_says_nan_beyond_the_page() -> None:
    batch = Batch.read(pages([1, 2]), TABLE)
    assert np.isnan(shift(np.zeros(3, np.float32), 1, batch)).tolist() == [True, False, True]


def test_words_point_at_the_blocks_of_the_batch() -> None:
    batch = Batch.read(
        [Page.from_text("ferry"), Page.from_text(""), Page.from_text("quay\nquay")], TABLE
    )
    assert batch.words.blocks.tolist() == [0, 1, 2]
    assert batch.words.ids.tolist() == [0, 1, 1]


def with_markup(text: str, value: float) -> Page:
    page = Page.from_text(text)
    return Page(
        page.text,
        page.starts,
        page.ends,
        page.breaks,
        markup=np.full((len(page), 3), value, np.float32),
        dress=np.arange(len(page)),
    )


def test_markup_is_gathered_and_missing_where_a_page_has_none() -> None:
    some = [with_markup("a b\nc d", 2.0), Page.from_text("plain"), with_markup("e f", 5.0)]
    markup = Batch.read(some, TABLE).gather(lambda page: page.markup)
    assert markup is not None
    assert markup.shape == (4, 3)
    assert markup[[0, 1, 3], 0].tolist() == [2.0, 2.0, 5.0]
    assert np.isnan(markup[2]).all()


def test_nothing_is_gathered_where_no_page_has_markup() -> None:
    batch = Batch.read(pages([1, 2]), TABLE)
    assert batch.gather(lambda page: page.markup) is None


@pytest.mark.parametrize("sizes", [[], [0], [0, 0]])
def test_batches_without_blocks_are_batches(sizes: list[int]) -> None:
    batch = Batch.read(pages(sizes), TABLE)
    assert len(batch) == 0
    assert len(batch.words.ids) == 0
    assert shift(np.zeros(0, np.float32), 1, batch).shape == (0,)
