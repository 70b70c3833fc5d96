"""Looking again at some pages of a batch, and at which the third look need not."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

import model.runs
from model.batch import Batch
from model.look import Look
from model.page import Page
from model.reader import may_be_parted
from tests.model.tiny import random_text, tiny_segmenter

Floats = NDArray[np.float32]


def look_at(texts: list[str]) -> Look:
    fitted = tiny_segmenter().classifiers
    batch = Batch.read([Page.from_text(text) for text in texts], fitted.space.table)
    return Look.first(batch, fitted.space, fitted.wording)


def said_of(look: Look, seed: int) -> Floats:
    return np.random.default_rng(seed).dirichlet([2, 2, 1], len(look.batch)).astype(np.float32)


@pytest.mark.parametrize("longest", [1024, 20, 0])
def test_some_pages_are_measured_as_all_are_and_the_others_stay(
    longest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.runs, "LONGEST", longest)
    rng = np.random.default_rng(7)
    first = look_at([random_text(rng, blocks) for blocks in (9, 30, 0, 17, 24)])
    before = first.again(said_of(first, 1))
    said = said_of(first, 2)
    whole, some = before.again(said), before.again(said, np.array([0, 1, 0, 1, 0], bool))
    chosen = np.isin(first.batch.page_of, [1, 3])
    assert list(some.columns) == list(whole.columns) == list(before.columns)
    for name, values in some.columns.items():
        np.testing.assert_array_equal(values[chosen], whole.columns[name][chosen], err_msg=name)
        np.testing.assert_array_equal(values[~chosen], before.columns[name][~chosen], err_msg=name)
    changed = [not np.array_equal(whole.columns[n], c) for n, c in before.columns.items()]
    assert sum(changed) > 20
    assert some.proba is said


def test_what_a_first_look_says_is_measured_of_all_pages() -> None:
    first = look_at([random_text(np.random.default_rng(3), blocks) for blocks in (12, 8)])
    said = said_of(first, 4)
    whole, some = first.again(said), first.again(said, np.array([False, True]))
    for name, values in whole.columns.items():
        np.testing.assert_array_equal(some.columns[name], values, err_msg=name)


LINES = "\n".join(f"Line number {n} of a page has eight words." for n in range(8))
EMPTY = ""


def parted(starts: dict[int, float], outside: tuple[int, ...] = ()) -> list[bool]:
    """Of an empty page, one without likely starts and one with these, which may be parted."""
    look = look_at([EMPTY, LINES, LINES])
    proba = np.tile(np.array([0.0, 1.0, 0.0], np.float32), (len(look.batch), 1))
    for line, chance in starts.items():
        proba[8 + line] = 0.0, 1.0 - chance, chance
    for line in outside:
        proba[8 + line] = 1.0, 0.0, 0.0
    return may_be_parted(look, proba).tolist()


def test_a_page_may_be_parted_where_a_story_fits_between_two_starts() -> None:
    assert parted({0: 0.9, 5: 0.03}) == [False, False, True]
    assert parted({0: 0.9, 5: 0.01}) == [False, False, False]
    assert parted({0: 0.9, 1: 0.3, 2: 0.2}) == [False, False, False]
    assert parted({4: 0.9}) == [False, False, False]
    assert parted({}) == [False, False, False]


def test_furniture_between_two_starts_is_no_story() -> None:
    assert parted({0: 0.9, 6: 0.5}, outside=(1, 2, 3, 4, 5)) == [False, False, False]
