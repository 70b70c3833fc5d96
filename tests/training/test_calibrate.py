"""The bars weigh false splits; relatedness tells one story's halves from two stories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from model.cut_columns import CUT_COLUMNS, PAGE_COLUMNS
from model.decoder import Span
from model.page import Page
from model.review import Cuts
from model.segmenter import Segmenter
from tests.model.tiny import story, tiny_segmenter
from training.calibrate import choose_threshold
from training.labelled import LabelledPage
from training.plan import Labelled

Floats = NDArray[np.float32]


def test_related_stories_are_more_related_than_unrelated_ones() -> None:
    assert tiny_segmenter().classifiers.relatedness.slope > 0
    text = f"{story('topic 1')}\n{story('topic 7', 1)}"
    first, second = tiny_segmenter().segment(text, threshold=0.3).stories
    assert first.relatedness == 1.0
    assert second.relatedness < 0.5


class Sure:
    """Judges a page by its lines: the chance that it is cut at all, then that of each cut.

    It reads ``at_once`` pages at a time.
    """

    at_once = 3

    def drafts(self, pages: Sequence[str | Page]) -> Iterator[tuple[Cuts, None, list[list[Span]]]]:
        for low in range(0, len(pages), self.at_once):
            rows: list[tuple[float, float]] = []
            cut: list[int] = []
            counts: list[int] = []
            found: list[list[Span]] = []
            for page in pages[low : low + self.at_once]:
                assert isinstance(page, Page)
                several, *chances = map(float, page.blocks())
                if chances:
                    cut.append(len(found))
                    counts.append(len(chances))
                rows += [(several, chance) for chance in chances]
                found.append([Span(i, i + 1, 0.5, np.ones(1, bool)) for i in range(len(page))])
            table = np.zeros((len(rows), len(PAGE_COLUMNS) + len(CUT_COLUMNS)), np.float32)
            if rows:
                table[:, [0, len(PAGE_COLUMNS)]] = rows
            feeds = np.zeros(len(cut), bool)
            cuts = Cuts(table, np.array(cut, np.int64), np.cumsum([0, *counts]), feeds)
            yield cuts, None, found

    def judge(self, cuts: Cuts) -> tuple[Floats, Floats]:
        return cuts.chances, cuts.rows[cuts.offsets[:-1], 0]


def page(several: float, *chances: float, true: Sequence[int] = ()) -> Labelled:
    """A page that may be cut before each of these lines, and truly is before those."""
    made = Page.from_text("\n".join(map(str, (several, *chances))))
    starts = [0, *(int(made.starts[i]) for i in true)]
    return made, LabelledPage("p", made.text, starts)


def chosen(*groups: list[Labelled]) -> tuple[float, float]:
    """The bars for these pages, which stand in any order."""
    pages = [one for group in groups for one in group]
    order = np.random.default_rng(len(pages)).permutation(len(pages))
    return choose_threshold(cast(Segmenter, Sure()), [pages[i] for i in order])


def test_the_bar_is_the_lowest_that_cuts_no_page_of_one_story() -> None:
    several = [page(0.95, 0.9, true=[1])] * 20
    single = [page(0.7, 0.9), page(0.6, 0.9), page(0.2)]
    threshold, further = chosen(several, single)
    # The next one after 0.7 on its scale.
    assert 0.7 < threshold < 0.74
    assert further <= 0.5
    # That no page of several stories reaches it does not lower it.
    lower, _ = chosen([page(0.65, 0.9, true=[1])] * 20, single)
    assert lower == threshold


def test_few_pages_of_one_story_may_be_cut() -> None:
    several = [page(0.8, 0.9, true=[1])] * 20
    many = [page(0.1)] * 310
    few, too_many = [page(0.9, 0.9)] * 3, [page(0.9, 0.9)] * 4
    assert chosen(several, many, few)[0] == 0.5
    assert chosen(several, many, too_many)[0] > 0.9


def test_a_page_of_one_story_is_not_cut_where_no_cut_of_it_is_likely_enough() -> None:
    several = [page(0.9, 0.9, true=[1])] * 20
    assert chosen(several, [page(0.99, 0.2, 0.25)] * 20)[0] == 0.5
    assert chosen(several, [page(0.99, 0.2, 0.6)] * 20)[0] > 0.99


def test_each_cut_needs_what_gives_the_best_f1() -> None:
    single = [page(0.6, 0.9)]
    threshold, further = chosen([page(0.97, 0.9, 0.48, 0.37, true=[1, 2])] * 9, single)
    assert 0.6 < threshold <= 0.97
    assert 0.37 < further <= 0.48
    # Where even the least likely cuts are true all are taken.
    _, all_of_them = chosen([page(0.97, 0.9, 0.48, 0.31, true=[1, 2, 3])] * 9, single)
    assert all_of_them == 0.3


def test_the_two_bars_are_chosen_together() -> None:
    """A little more asked of each cut, and pages of one story stay whole by that alone."""
    several = [page(0.9, 0.8, 0.32, true=[1, 2])] * 9 + [page(0.99, 0.8, 0.32, true=[1, 2])]
    single = [page(0.95, 0.33)] * 9
    assert chosen(several, single) == (0.5, 0.35)


def test_cuts_of_pages_that_nobody_cuts_are_missed_and_not_wrong() -> None:
    """A bar of 0.3 brings nothing on pages that stay whole, and costs nothing there."""
    sure = [page(0.97, 0.9, 0.32, true=[1])] * 2
    unsure = [page(0.4, 0.32, 0.32, true=[1, 2])] * 9
    _, further = chosen(sure, unsure, [page(0.45, 0.9)])
    assert further == 0.35


@pytest.mark.parametrize("several", [[], [page(0.9, 0.9, true=[1])] * 5])
def test_where_every_bar_cuts_too_many_the_highest_are_taken(several: list[Labelled]) -> None:
    threshold, further = chosen(several, [page(1.0, 1.0)] * 5)
    assert threshold > 0.99
    assert further == 0.5
