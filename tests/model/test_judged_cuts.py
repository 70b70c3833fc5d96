"""Reviewers judge the cuts of a page: what they say is what the segmenter does.

The last look says what stands in front of a line here: a chance of a start, or "out".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import model.judges
import model.reader
from model.batch import Batch
from model.cut_columns import CUT_COLUMNS, PAGE_COLUMNS
from model.look import Look
from model.reader import Reader
from model.review import Reviewers
from model.segmenter import Segmenter
from model.top_columns import TOP_COLUMNS
from model.trees import Trees

Floats = NDArray[np.float32]
COLUMNS = (*PAGE_COLUMNS, *CUT_COLUMNS)
BODY = " ".join(f"w{n}" for n in range(30))


def lines(*heads: float | str) -> str:
    """A page of such lines, each long enough for a story and none like another."""
    return "\n".join(f"{head} {BODY} line{n}" for n, head in enumerate(heads))


def chances_of(blocks: Sequence[str]) -> Floats:
    rows = []
    for block in blocks:
        head = block.split(" ")[0]
        rows.append((0.9, 0.1, 0.0) if head == "out" else (0.0, 1 - float(head), float(head)))
    return np.array(rows, np.float32).reshape(-1, 3)


@dataclass
class Says:
    """A reviewer by rule: what it says of a row, by the row's columns; it remembers what it saw."""

    rule: Callable[[dict[str, float]], float]
    seen: list[dict[str, float]] = field(default_factory=list)

    def predict_proba(self, rows: Floats) -> Floats:
        named = [dict(zip(COLUMNS, row.tolist(), strict=True)) for row in rows]
        self.seen += named
        yes = np.array([self.rule(row) for row in named], np.float32)
        return np.stack([1 - yes, yes], axis=1)


class Stays:
    """Who says of every story that it begins where it was found to."""

    def predict_proba(self, rows: Floats) -> Floats:
        yes = (rows[:, TOP_COLUMNS.index("step")] == 0).astype(np.float32)
        return np.stack([1 - yes, yes], axis=1)


@dataclass
class Moves:
    """Who would rather have a story begin so many blocks on from where it was found to."""

    step: int

    def predict_proba(self, rows: Floats) -> Floats:
        steps = rows[:, TOP_COLUMNS.index("step")]
        yes = (np.exp2(-np.abs(steps - self.step)) / 2).astype(np.float32)
        return np.stack([1 - yes, yes], axis=1)


@pytest.fixture
def judged_by(tiny: Segmenter, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Segmenter]:
    """Segmenters whose last look and reviewers say what the test tells them to."""

    def look(self: Reader, batch: Batch) -> tuple[Look, Floats]:
        first, proba = Look.first(batch, self._space, self._wording), chances_of(batch.blocks)
        return first.again(proba) if len(batch) else first, proba

    monkeypatch.setattr(Reader, "look", look)
    monkeypatch.setattr(
        model.judges,
        "Trees",
        lambda one: one if isinstance(one, Says | Stays | Moves) else Trees(one),
    )

    def build(page: Says | None, cut: Says | None, top: Any = None, **bars: float) -> Segmenter:
        reviewers = None if page is None else Reviewers(page, cut, top or Stays())
        card: dict[str, Any] = tiny.card | {"threshold": 0.8, "further": 0.4} | bars
        return Segmenter(replace(tiny.classifiers, reviewers=reviewers), card)

    return build


def heads(segmenter: Segmenter, text: str, **options: Any) -> list[str]:
    """The number of the line that each story begins with."""
    found = segmenter.segment(text, **options).stories
    return [text[told.start :].split("\n")[0].rpartition("line")[2] for told in found]


YES = Says(lambda row: 0.95)
FOUR = lines(0.9, 0.0, 0.3, 0.0, 0.5, 0.0, 0.2, 0.0)


def test_cuts_are_kept_and_dropped_as_the_reviewer_of_cuts_says(
    judged_by: Callable[..., Segmenter],
) -> None:
    for kept in ([1], [2], [1, 3], [1, 2, 3]):
        says = Says(lambda row, kept=kept: 0.6 if row["number"] in kept else 0.39)  # type: ignore[misc]
        found = heads(judged_by(YES, says), FOUR)
        assert found == ["0", *(str(2 * number) for number in kept)]
        assert [row["number"] for row in says.seen] == [1, 2, 3]


def test_seams_are_as_likely_as_the_reviewer_of_cuts_says(
    judged_by: Callable[..., Segmenter],
) -> None:
    says = Says(lambda row: 0.5 + row["number"] / 10)
    found = judged_by(YES, says).segment(FOUR)
    assert [seam.probability for seam in found.seams] == pytest.approx([0.6, 0.7, 0.8], abs=1e-6)
    assert found.stories[0].confidence == pytest.approx(0.9)
    fewer = judged_by(YES, says, further=0.65).segment(FOUR)
    assert [seam.probability for seam in fewer.seams] == pytest.approx([0.7, 0.8], abs=1e-6)
    assert fewer.stories[0].confidence == pytest.approx(0.9)


def test_the_text_of_a_dropped_cut_belongs_to_the_story_before(
    judged_by: Callable[..., Segmenter],
) -> None:
    text = lines(0.9, 0.0, "out", 0.3, 0.0, "out", 0.5, 0.0, "out")
    parts = text.split("\n")
    says = Says(lambda row: 0.1 if row["number"] == 1 else 0.9)
    one, two = judged_by(YES, says).segment(text).stories
    assert text[one.start : one.end] == "\n".join(parts[:5])
    # What is furniture between the two stays out of its text, and the dropped headline in it.
    assert one.headline == parts[0]
    assert one.text == "\n\n".join(parts[i] for i in (1, 3, 4))
    assert text[two.start : two.end] == "\n".join(parts[6:8])


def test_cuts_are_judged_by_the_line_that_the_first_story_is_likeliest_to_begin_with(
    judged_by: Callable[..., Segmenter],
) -> None:
    text = "The Daily Pier\n" + lines(0.9, 0.0, 0.3, 0.0).replace("0.9", "0.7", 1)
    text = text.replace("The Daily Pier", f"0.8 The Daily Pier {BODY[:20]}")
    for top, first in ((Stays(), 0.8), (Moves(1), 0.7)):
        says = Says(lambda row: 0.9)
        found = judged_by(says, YES, top).segment(text)
        assert len(found.stories) == 2
        assert [row["page_first"] for row in says.seen] == pytest.approx([first])
        # The cut itself is judged where it was found, and placed afterwards.
        assert [row["chance"] for row in says.seen] == pytest.approx([0.3])


def test_a_page_stays_whole_where_the_reviewer_of_pages_says_no(
    judged_by: Callable[..., Segmenter],
) -> None:
    says = Says(lambda row: 0.79 if row["page_cuts"] == 3 else 0.81)
    segmenter = judged_by(says, YES)
    assert heads(segmenter, FOUR) == ["0"]
    (whole,) = segmenter.segment(FOUR).stories
    assert (whole.start, whole.end) == (0, len(FOUR))
    assert heads(segmenter, lines(0.9, 0.0, 0.3, 0.0)) == ["0", "2"]
    # Each page for itself, whatever stands beside it.
    three = [lines(0.9, 0.0, 0.3, 0.0), FOUR, "", lines(0.9, 0.0, 0.0), lines(0.9, 0.0, 0.4, 0.0)]
    assert [len(one.stories) for one in segmenter.segment_many(three)] == [2, 1, 0, 1, 2]


def test_the_reviewer_of_pages_is_asked_once_a_page_with_its_likeliest_cut(
    judged_by: Callable[..., Segmenter],
) -> None:
    says = Says(lambda row: 0.9)
    judged_by(says, YES).segment_many([FOUR, lines(0.9, 0.0), lines(0.9, 0.0, 0.3, 0.0, 0.25, 0.0)])
    assert [(row["number"], row["page_cuts"]) for row in says.seen] == [(2, 3), (1, 2)]
    assert [row["chance"] for row in says.seen] == pytest.approx([0.5, 0.3])


def test_of_feeds_the_last_look_holds(judged_by: Callable[..., Segmenter]) -> None:
    """Whatever reviewers say of them, who have seen too few; other pages beside it are judged."""
    chances = (0.9, 0.9, 0.6, 0.9, 0.9, 0.5, 0.9, 0.3)
    feed = lines(*(head for chance in chances for head in (chance, 0.0, "out")))
    no, never = Says(lambda row: 0.01), Says(lambda row: 0.02)
    segmenter = judged_by(no, never)
    assert heads(segmenter, feed) == ["0", "3", "6", "9", "12", "15", "18"]
    found = segmenter.segment_many([FOUR, feed, lines(0.9, 0.0), FOUR])
    assert [len(one.stories) for one in found] == [1, 7, 1, 1]
    assert [seam.probability for seam in found[1].seams] == pytest.approx(chances[1:7], abs=1e-6)
    # A page of so few stories is none.
    assert heads(segmenter, lines(*(0.9, 0.0, "out") * 5)) == ["0"]


def test_a_page_stays_whole_where_no_cut_is_kept(judged_by: Callable[..., Segmenter]) -> None:
    (whole,) = judged_by(YES, Says(lambda row: 0.39)).segment(FOUR).stories
    assert (whole.start, whole.end) == (0, len(FOUR))


def test_a_story_that_begins_as_another_did_is_no_cut_to_judge(
    judged_by: Callable[..., Segmenter],
) -> None:
    says = Says(lambda row: 0.9)
    part = f"0.5 {BODY}\n0.0 {BODY}"
    text = f"{lines(0.9, 0.0)}\n{part}\n{part}"
    assert heads(judged_by(YES, says), text) == ["0", text.split("\n")[2]]
    assert [row["page_cuts"] for row in says.seen] == [1]


def test_nobody_is_asked_of_a_page_without_cuts(judged_by: Callable[..., Segmenter]) -> None:
    silent = Says(lambda row: pytest.fail("it was asked"))
    segmenter = judged_by(silent, silent)
    assert heads(segmenter, lines(0.9, 0.0, 0.1, 0.0)) == ["0"]
    assert heads(segmenter, lines("out", "out")) == []
    assert heads(segmenter, "") == []


@pytest.mark.parametrize(
    ("threshold", "wanted"),
    [(0.0, ["0", "2", "4", "6"]), (0.65, ["0", "4", "6"]), (0.75, ["0", "6"]), (0.85, ["0"])],
)
def test_a_threshold_of_its_own_is_all_that_each_cut_needs(
    threshold: float, wanted: list[str], judged_by: Callable[..., Segmenter]
) -> None:
    """Whatever the model's own bars are, and whatever is said of the page."""
    no = Says(lambda row: 0.01)
    says = Says(lambda row: 0.5 + row["number"] / 10)
    for bars in ({}, {"threshold": 0.99, "further": 0.99}):
        assert heads(judged_by(no, says, **bars), FOUR, threshold=threshold) == wanted


def test_a_low_threshold_also_asks_of_cuts_that_are_hardly_ever_true(
    judged_by: Callable[..., Segmenter],
) -> None:
    text = lines(0.9, 0.0, 0.08, 0.0, 0.5, 0.0)
    says = Says(lambda row: 0.3)
    assert heads(judged_by(YES, says), text, threshold=0.05) == ["0", "2", "4"]
    assert heads(judged_by(YES, says), text, threshold=0.2) == ["0", "4"]
    assert heads(judged_by(YES, says, further=0.2), text) == ["0", "4"]


def test_without_reviewers_the_last_look_holds(judged_by: Callable[..., Segmenter]) -> None:
    # One of the three is true with a chance of 0.72.
    assert heads(judged_by(None, None, threshold=0.71), FOUR) == ["0", "4"]
    assert heads(judged_by(None, None, threshold=0.71, further=0.25), FOUR) == ["0", "2", "4"]
    assert heads(judged_by(None, None, threshold=0.73, further=0.25), FOUR) == ["0"]
    assert heads(judged_by(None, None), FOUR, threshold=0.25) == ["0", "2", "4"]


def test_a_page_of_one_story_begins_where_its_body_does(
    judged_by: Callable[..., Segmenter],
) -> None:
    """Whether there was a cut to drop or none: nothing says that its beginning is furniture."""
    segmenter = judged_by(YES, Says(lambda row: 0.05))
    assert heads(segmenter, lines(0.05, 0.2, 0.0, 0.0, 0.2, 0.0)) == ["0"]
    assert heads(segmenter, lines(0.05, 0.2, 0.0, 0.0)) == ["0"]


def test_the_cuts_that_are_judged_are_given_batch_by_batch(
    judged_by: Callable[..., Segmenter], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [FOUR, lines(0.9, 0.0), lines(0.9, 0.0, 0.3, 0.0), "", FOUR]
    segmenter = judged_by(YES, YES)
    ((whole, _, stories),) = segmenter.drafts(made)
    assert whole.pages.tolist() == [0, 2, 4]
    assert [[span.first for span in spans] for spans in stories] == [
        [0, 2, 4, 6], [0], [0, 2], [], [0, 2, 4, 6],
    ]  # fmt: skip
    monkeypatch.setattr(model.reader, "BATCH_BLOCKS", 9)
    parts = list(segmenter.drafts(made))
    assert [cuts.pages.tolist() for cuts, _, _ in parts] == [[0], [0, 2]]
    np.testing.assert_allclose(
        np.concatenate([cuts.rows for cuts, _, _ in parts]), whole.rows, atol=1e-5
    )


def test_stories_begin_at_their_likeliest_block(judged_by: Callable[..., Segmenter]) -> None:
    text = "\n".join(
        ["0.9 top line0", f"0 {BODY} line1", "0 News line2", f"0.6 {BODY} line3", f"0 {BODY} line4"]
    )
    assert heads(judged_by(YES, YES), text) == ["0", "3"]
    above, below = judged_by(YES, YES, Moves(-1)), judged_by(YES, YES, Moves(1))
    assert heads(above, text) == ["0", "2"]
    assert heads(below, text) == ["1", "4"]
    # Of the blocks between two starts each has its half; none begins before its page.
    assert heads(judged_by(YES, YES, Moves(-4)), text) == ["0", "2"]
    assert heads(judged_by(YES, YES, Moves(3)), text) == ["1", "4"]
    (one, two) = above.segment(text).stories
    assert text[one.start : one.end] == "\n".join(text.split("\n")[:2])
    assert text[two.start : two.end] == "\n".join(text.split("\n")[2:])
    assert [story.confidence for story in (one, two)] == pytest.approx([0.9, 0.95], abs=1e-6)
    # Each page for itself.
    found = above.segment_many([FOUR, text, "", lines(0.9, 0.0)])
    assert [len(one.stories) for one in found] == [4, 2, 0, 1]
    assert found[1].stories == above.segment(text).stories


def test_without_anyone_to_ask_stories_stay_where_they_were_found(
    judged_by: Callable[..., Segmenter],
) -> None:
    text = "\n".join(["0.9 top line0", f"0 {BODY} line1", "0 News line2", f"0.6 {BODY} line3"])
    segmenter = judged_by(YES, YES, Moves(-1))
    assert heads(segmenter, text) == ["0", "2"]
    reviewers = segmenter.classifiers.reviewers
    assert reviewers is not None
    parts = replace(segmenter.classifiers, reviewers=replace(reviewers, top=None))
    assert heads(Segmenter(parts, segmenter.card), text) == ["0", "3"]


def test_a_sure_story_by_itself_is_left_where_it_is(judged_by: Callable[..., Segmenter]) -> None:
    for chance, first in ((0.94, "1"), (0.96, "0")):
        text = f"{chance} top line0\n0 {BODY} line1\n0 {BODY} line2"
        assert heads(judged_by(YES, YES, Moves(1)), text) == [first]
