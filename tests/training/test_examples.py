"""Labels of blocks, and which rows are kept with what weight."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model.batch import Batch
from model.decoder import INSIDE, OUTSIDE, START
from model.page import Page
from model.words import WordTable
from training import examples
from training.bins import BINS, round_to_bins
from training.examples import Examples, batches, block_labels, read_examples
from training.labelled import LabelledPage

Ints = NDArray[np.int64]
TABLE = WordTable([], 8)
TEXT = "Menu\nHeadline one\nBody one.\nAdvert\nMore body.\nHeadline two\nBody two.\nFooter"


def truth(starts: list[str], outside: list[str], text: str = TEXT) -> LabelledPage:
    spans = [(text.index(line), text.index(line) + len(line)) for line in outside]
    return LabelledPage("p", text, [text.index(line) for line in starts], spans)


def letters(page: LabelledPage) -> str:
    labels = block_labels(Page.from_text(page.text), page)
    return "".join({OUTSIDE: "o", INSIDE: "i", START: "S"}[label] for label in labels.tolist())


def test_blocks_are_labelled_by_their_place() -> None:
    assert letters(truth(["Headline one", "Headline two"], ["Advert", "Footer"])) == "oSioiSio"


def test_what_stands_before_the_first_story_is_outside_without_saying_so() -> None:
    assert letters(truth(["Body one."], [])) == "ooSiiiii"


def test_a_page_without_stories_is_outside() -> None:
    assert letters(truth([], [])) == "o" * 8
    assert block_labels(Page.from_text(""), LabelledPage("p", "", [])).tolist() == []


def test_a_start_wins_over_outside() -> None:
    assert letters(truth(["Headline one"], ["Headline one", "Footer"])) == "oSiiiiio"


def test_a_start_inside_a_block_counts_for_that_block() -> None:
    assert letters(truth(["Headline one", "two\n"], [])) == "oSiiiSii"


def test_a_start_between_blocks_counts_for_the_next() -> None:
    text = "Menu\n\n\nHeadline\nBody"
    assert letters(LabelledPage("p", text, [5])) == "oSi"


def test_outside_counts_where_it_covers_the_middle_of_a_block() -> None:
    at = TEXT.index("More body.")
    page = LabelledPage("p", TEXT, [5], [(at, at + 9)])
    assert letters(page)[4] == "o"
    assert letters(LabelledPage("p", TEXT, [5], [(at, at + 3)]))[4] == "i"


def pair(blocks: int, starts: tuple[int, ...] = (0,)) -> tuple[Page, LabelledPage]:
    page = Page.from_text("\n".join(f"line number {n}" for n in range(blocks)))
    return page, LabelledPage("p", page.text, [int(page.starts[i]) for i in starts])


def test_batches_hold_all_pages_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examples, "_BATCH", 10)
    pages = [pair(n) for n in (4, 4, 4, 1, 20, 3)]
    groups = list(batches(pages))
    assert [len(group) for group in groups] == [3, 2, 1]
    assert [one for group in groups for one in group] == pages
    assert list(batches([])) == []


def read(
    pages: list[tuple[Page, LabelledPage]],
    seed: int = 0,
    asked: int = 10**6,
    enough: float = 1.0,
    file: Path | None = None,
) -> Examples:
    """``enough`` of the rows of the first ``asked`` blocks of each page."""

    def measure(batch: Batch, folds: Ints) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        assert len(folds) == len(batch.pages)
        at = np.arange(len(batch))
        rows = np.column_stack([at - batch.first, folds[batch.page_of]]).astype(np.float32)
        return rows, np.where(at - batch.first < asked, enough, 0.0).astype(np.float32)

    count = len(pages)
    return read_examples(
        pages,
        measure,
        lambda some: Batch.read(some, TABLE),
        folds=np.arange(count) % 2,
        page_weights=np.where(np.arange(count) < count // 2, 1.0, 3.0).astype(np.float32),
        seed=seed,
        file=file,
    )


def test_blocks_near_a_start_are_all_kept_and_the_others_weigh_what_they_stand_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(examples, "_BATCH", 500)
    pages = [pair(100, (0, 50)) for _ in range(40)]
    found = read(pages)
    near = {*range(4), *range(47, 54)}
    for place in near:
        assert int((found.rows[:, 0] == place).sum()) == 40, place
    assert int((found.labels == START).sum()) == 80
    share = np.isin(found.rows[:, 0], [*near], invert=True).sum() / (40 * 89)
    assert 0.1 < share < 0.3
    # Weights make up for what was left out: together they are all the blocks, times the page's.
    assert found.weights.sum() == pytest.approx(20 * 100 * (1 + 3), rel=0.1)
    assert set(found.weights[found.labels == START].tolist()) == {1.0, 3.0}
    np.testing.assert_array_equal(found.folds, found.rows[:, 1])


def test_of_what_is_enough_no_more_is_kept_and_it_weighs_as_much() -> None:
    """But for what is near a start."""
    pages = [pair(100, (0, 50)) for _ in range(60)]
    whole, part = read(pages), read(pages, enough=0.4)
    near = [*range(4), *range(47, 54)]
    assert int(np.isin(part.rows[:, 0], near).sum()) == 60 * len(near)
    far, fewer = (np.isin(some.rows[:, 0], near, invert=True) for some in (whole, part))
    assert 0.3 < fewer.sum() / far.sum() < 0.5
    assert part.weights[fewer].sum() == pytest.approx(whole.weights[far].sum(), rel=0.15)
    # The lots are the same: what is kept of less is part of what is kept of more.
    kept = set(map(tuple, np.column_stack([whole.pages, whole.rows[:, 0]]).tolist()))
    assert set(map(tuple, np.column_stack([part.pages, part.rows[:, 0]]).tolist())) < kept


def test_the_same_seed_keeps_the_same_rows() -> None:
    pages = [pair(60) for _ in range(6)]
    np.testing.assert_array_equal(read(pages).rows, read(pages).rows)
    assert read(pages, 1).rows.shape != read(pages, 2).rows.shape or np.any(
        read(pages, 1).rows != read(pages, 2).rows
    )


def test_rows_in_a_file_are_those_in_memory_and_nothing_else_is_left_there(tmp_path: Path) -> None:
    pages = [pair(30), pair(30)] * 5
    found, mapped = read(pages), read(pages, file=tmp_path / "rows")
    assert isinstance(mapped.rows, np.memmap)
    for part in fields(found):
        np.testing.assert_array_equal(getattr(found, part.name), getattr(mapped, part.name))
    assert [path.name for path in tmp_path.iterdir()] == ["rows"]
    twice = Examples.joined([mapped, found], tmp_path / "more")
    np.testing.assert_array_equal(twice.rows, np.concatenate([found.rows] * 2))


@pytest.mark.parametrize("file", [None, "rows"])
def test_rows_are_rounded_where_they_are(tmp_path: Path, file: str | None) -> None:
    values = np.random.default_rng(0).random((2_000, 3), np.float32)
    one = np.zeros(len(values), np.int64)
    part = Examples(values, one, np.ones(len(one), np.float32), one, one)
    whole = Examples.joined([part, part], file and tmp_path / file)
    whole.round_to_bins()
    rounded = np.concatenate([values, values])
    round_to_bins(rounded)
    np.testing.assert_array_equal(whole.rows, rounded)
    assert 2 < len(np.unique(whole.rows[:, 0])) <= BINS < len(np.unique(values[:, 0]))


def test_no_rows_need_no_file(tmp_path: Path) -> None:
    assert Examples.joined([read([pair(9)], asked=0)], tmp_path / "none").rows.shape == (0, 2)


def test_rows_that_are_not_asked_for_are_left_out() -> None:
    found = read([pair(60), pair(60, (0, 58))], asked=30)
    assert len(found.rows)
    assert found.rows[:, 0].max() < 30
    assert int((found.labels == START).sum()) == 2
