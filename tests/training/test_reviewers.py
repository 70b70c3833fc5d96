"""Reviewers learn which cuts are true, from what trees say of pages that they have not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, cast

import numpy as np
import pytest

from model.cut_columns import CUT_COLUMNS, PAGE_COLUMNS
from model.decoder import Span
from model.page import Page
from model.review import Cuts, Reviewers
from model.segmenter import Segmenter
from model.top_columns import TOP_COLUMNS
from model.tops import Tops
from tests.model.tiny import article, story, tiny_segmenter
from training import reviewers
from training.labelled import LabelledPage
from training.looks import fold_of
from training.plan import Labelled
from training.reviewers import fit_reviewers, true_cuts

WIDTH = len(PAGE_COLUMNS) + len(CUT_COLUMNS)


def labelled(text: str, starts: Sequence[int], outside: Sequence[tuple[int, int]] = ()) -> Labelled:
    """A page that is named after its text."""
    return Page.from_text(text), LabelledPage(text, text, [*starts], [*outside]).check()


@cache
def written(count: int, first: int = 0) -> list[Labelled]:
    """Pages of two stories, and pages of one story with a headline of its own in the middle."""
    pages = []
    for n in range(first, first + count):
        one = story(f"topic {n % 12}", 24 * n, paragraphs=4)
        other = article(20_000 + 24 * n, topic=f"topic {(n + n % 2 * 5) % 12}", paragraphs=4)
        text = f"{one}\n\n{other.title}\nBy {other.byline}\n{other.date}\n{other.text}"
        pages.append(labelled(text, [0, len(one) + 2] if n % 2 else [0]))
    return pages


def fitted(pages: Sequence[Labelled], *, jobs: int = 1, seed: int = 1) -> Reviewers | None:
    return fit_reviewers(pages, [], [tiny_segmenter()] * 2, seed, jobs=jobs)


def drawn(pages: Sequence[Labelled]) -> tuple[Any, Any, Any, Any]:
    """Rows of cuts and whether they are true; rows of pages and whether they have true cuts."""
    part = reviewers._draw(tiny_segmenter(), pages, 0)
    return *part.cut, *part.page


def test_true_cuts_are_the_blocks_that_open_a_story_after_the_first() -> None:
    text = "Menu\nHarbour news\nThe ferry is late.\nShare\nPier mended\nIt is done."
    starts = [text.index("Harbour"), text.index("Pier")]
    assert true_cuts(labelled(text, starts, [(0, 4)])) == {4}
    assert true_cuts(labelled(text, starts[:1])) == set()
    assert true_cuts(labelled(text, [])) == set()
    assert true_cuts(labelled("", [])) == set()
    every = [text.index(line) for line in text.split("\n")]
    assert true_cuts(labelled(text, every)) == {1, 2, 3, 4, 5}


def test_within_reach_the_blocks_beside_a_true_cut_count_as_well() -> None:
    text = "\n".join(f"line {n}" for n in range(9))
    page = labelled(text, [text.index(f"line {n}") for n in (0, 3, 7)])
    assert true_cuts(page, 1) == {2, 3, 4, 6, 7, 8}
    assert true_cuts(page, 0) == {3, 7}
    assert true_cuts(labelled(text, [0]), 1) == set()


def told_apart(chance: Any, true: Any) -> float:
    """How often, of a true one and a false one taken at random, the true one is likelier."""
    return float(np.mean(chance[true][:, None] > chance[~true]))


def test_they_learn_which_cuts_are_true_and_which_pages_have_any() -> None:
    found = fitted(written(240))
    assert found is not None
    assert [*found.page.classes_] == [*found.cut.classes_] == [False, True]
    assert found.page.n_features_in_ == found.cut.n_features_in_ == WIDTH
    cuts, cut_true, pages, page_true = drawn(written(200, 1000))
    for classifier, rows, true in ((found.cut, cuts, cut_true), (found.page, pages, page_true)):
        assert 20 < true.sum() < len(true) - 20
        chance = classifier.predict_proba(rows)[:, 1]
        assert told_apart(chance, true) > 0.95


def test_the_number_of_jobs_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewers, "_AT_ONCE", 17)
    sizes = {name: (40, *other) for name, (_, *other) in reviewers._SIZES.items()}
    monkeypatch.setattr(reviewers, "_SIZES", sizes)
    # Every third page is said to hold one story, whatever it holds: trees must look for reasons.
    pages = [
        labelled(page.text, [0]) if n % 3 == 0 else (page, truth)
        for n, (page, truth) in enumerate(written(130))
    ]
    one, two, other = fitted(pages), fitted(pages, jobs=2), fitted(pages, seed=2)
    assert one is not None
    assert two is not None
    assert other is not None
    cuts, _, rows, _ = drawn(written(200, 1000))
    np.testing.assert_array_equal(one.cut.predict_proba(cuts), two.cut.predict_proba(cuts))
    np.testing.assert_array_equal(one.page.predict_proba(rows), two.page.predict_proba(rows))
    assert np.any(one.cut.predict_proba(cuts) != other.cut.predict_proba(cuts))


class Asked:
    """Cuts every page before each of its lines, and remembers what it was asked."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def drafts(self, pages: Sequence[str | Page]) -> Iterator[tuple[Cuts, Tops, list[list[Span]]]]:
        for page in pages:
            assert isinstance(page, Page)
            self.texts.append(page.text)
            found = [Span(i, i + 1, 0.5, np.ones(1, bool)) for i in range(len(page))]
            rows = np.zeros((len(page) - 1, WIDTH), np.float32)
            rows[:, 0], rows[:, -1] = len(page), [len(block) for block in page.blocks()[1:]]
            kept = np.arange(min(len(rows), 1), dtype=np.int64)
            offsets = np.array([0, len(rows)][: len(kept) + 1])
            cuts = Cuts(rows, kept, offsets, np.zeros(len(kept), bool))
            yield cuts, tops_of(page), [found]


def tops_of(page: Page) -> Tops:
    """Each line, and the one below it, may be the first of its story."""
    story = np.repeat(np.arange(len(page)), 2)
    block = np.minimum(story + [0, 1] * len(page), len(page) - 1)
    rows = np.zeros((len(story), len(TOP_COLUMNS)), np.float32)
    rows[:, -1] = [len(page.blocks()[at]) for at in block]
    return Tops(rows, story, block)


def asked(
    composed: Sequence[Labelled], real: Sequence[Labelled] = (), **options: Any
) -> tuple[list[Asked], Reviewers | None]:
    both = [Asked(), Asked()]
    return both, fit_reviewers(composed, real, cast(Sequence[Segmenter], both), 1, **options)


def several(number: int) -> Labelled:
    """A story before the long line, none before the short one."""
    text = f"first {number}\nshort\na line of more words {number}"
    return labelled(text, [0, text.index("a line")])


def single(number: int) -> Labelled:
    return labelled(f"first {number}\nshort", [0])


def test_each_page_is_drawn_by_the_trees_that_have_not_seen_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reviewers, "_AT_ONCE", 3)
    composed, real = [several(n) for n in range(11)], [several(n) for n in range(90, 98)]
    told: list[tuple[str, int, int]] = []
    both, _ = asked(composed, real, tell=lambda *step: told.append(step))
    for fold, one in enumerate(both):
        own = [p.text for p, truth in (*composed, *real) if fold_of(truth, 1) == fold]
        assert one.texts == own
        assert len(own) > 3
    drawn_up = [step for step in told if step[0] == "reviewers: drawing up stories"]
    assert drawn_up[-1][1:] == (19, 19)
    assert all(total == 19 for _, _, total in drawn_up)


def test_rows_keep_what_is_true_of_them() -> None:
    """One column tells true cuts from false ones without fail, another one pages, and of what may
    be the first of a story the short lines are not."""
    pages = [several(n) for n in range(60)] + [single(n) for n in range(60)]
    _, found = asked(pages)
    assert found is not None
    rows = np.zeros((2, WIDTH), np.float32)
    rows[:, -1] = [len("short"), len("a line of more words 7")]
    rows[:, 0] = 2, 3
    # The one of pages has a quarter of the rounds, and each sees a third of the columns.
    for classifier, doubt in ((found.cut, 0.1), (found.page, 0.2)):
        no, yes = classifier.predict_proba(rows)[:, 1]
        assert no < doubt
        assert yes > 1 - doubt
    tops = np.zeros((2, len(TOP_COLUMNS)), np.float32)
    tops[:, -1] = rows[:, -1]
    no, yes = found.top.predict_proba(tops)[:, 1]
    assert no < 0.1
    assert yes > 0.9


def test_stories_teach_where_they_begin_if_one_of_their_candidates_is_true() -> None:
    made = [several(1), single(2)]
    part = reviewers._draw(cast(Segmenter, Asked()), made, 0)
    rows, true = part.top
    # The last line has no other below it, and the second of a single story none that is true.
    lengths = [len(line) for page, _ in made for line in page.blocks()]
    first, short, line, other, _ = lengths
    assert rows[:, -1].tolist() == [first, short, short, line, other, short]
    assert true.tolist() == [True, False, False, True, True, False]


def test_on_real_pages_a_cut_beside_a_true_one_is_true_as_well(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[list[bool]] = []
    boost = reviewers._boost

    def spy(rows: Any, true: Any, *args: Any) -> Any:
        given.append(true.tolist())
        return boost(rows, true, *args)

    monkeypatch.setattr(reviewers, "_boost", spy)
    texts = [f"page {n}\nb\nc\nd\ne" for n in range(30)]
    pages = [labelled(text, [0, text.index("d")]) for text in texts]
    others = [single(n) for n in range(30)]
    asked([*pages, *others])
    asked(others, pages)
    (_, of_composed, _, _, of_real, _) = given
    # Each of the other pages has one cut, and each of these has four: before b, c, d and e.
    assert len(of_composed) == len(of_real) == 30 + 4 * 30
    assert sum(of_composed) == 30
    assert sum(of_real) == 3 * 30


@pytest.mark.parametrize("kind", [single, several])
def test_where_all_pages_are_alike_there_is_nothing_to_learn(kind: Any) -> None:
    """All cuts are false, or every page has a true one."""
    _, found = asked([kind(n) for n in range(40)])
    assert found is None


def test_where_there_are_no_cuts_there_is_nothing_to_learn() -> None:
    assert asked([labelled(f"only {n}", [0]) for n in range(10)])[1] is None
    stories = [labelled(text, [0]) for text in (story("topic 1"), story("topic 2"))]
    assert fitted(stories) is None


def test_without_pages_there_is_nothing_to_learn() -> None:
    assert asked([])[1] is None


def test_pages_of_one_fold_alone_are_enough() -> None:
    pages = [several(n) for n in range(120)] + [single(n) for n in range(120)]
    pages = [one for one in pages if fold_of(one[1], 1) == 1]
    both, found = asked(pages)
    assert found is not None
    assert both[0].texts == []
    assert len(both[1].texts) == len(pages)


def test_a_column_that_no_page_has_does_not_stop_the_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Asked.drafts

    def drafts(self: Asked, pages: Sequence[str | Page]) -> Iterator[tuple[Cuts, Tops, Any]]:
        for cuts, tops, found in whole(self, pages):
            cuts.rows[:, 3] = tops.rows[:, 3] = np.nan
            yield cuts, tops, found

    monkeypatch.setattr(Asked, "drafts", drafts)
    pages = [several(n) for n in range(40)] + [single(n) for n in range(40)]
    _, found = asked(pages)
    assert found is not None
