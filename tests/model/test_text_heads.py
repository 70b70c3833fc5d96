"""Lines of text that are alike are tried as headlines; rules inside one story part nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from model.batch import Batch
from model.look import Look
from model.page import Page
from model.segmenter import Segmenter
from model.text_heads import rows_of
from tests.model.tiny import tiny_segmenter
from training.labelled import LabelledPage, as_page, read_pages

TRIALS = sorted((Path(__file__).parents[1] / "blind").glob("*.jsonl"))
BODY = (
    "The ferry to the island left an hour late again on Monday, as the harbour had no pilot. " * 2
)
LONG = BODY.strip()


@cache
def segmenter() -> Segmenter:
    return Segmenter.load()


@cache
def trials() -> list[LabelledPage]:
    """The pages of text of all trials."""
    return [page for path in TRIALS for page in read_pages(path) if not page.html]


def rows(*lines: str, first: int = 0, before: tuple[str, ...] = ()) -> list[list[int]]:
    """Rows of a page, behind another one in its batch."""
    parts = tiny_segmenter().classifiers
    pages = [Page.from_text("\n".join(some)) for some in (before, lines)]
    look = Look.first(Batch.read(pages, parts.space.table), parts.space, parts.wording)
    return [row.tolist() for row in rows_of(look, 1, first)]


def with_rules(page: LabelledPage, rule: str) -> tuple[str, set[int]]:
    """Its text with a rule above each story but the first, and where these begin then."""
    pieces = np.split(np.array(list(page.text)), page.starts[1:])
    parts = ["".join(piece) for piece in pieces]
    text, starts = parts[0], set()
    for part in parts[1:]:
        text += f"{rule}\n"
        starts.add(len(text))
        text += part
    return text, starts


def test_short_lines_without_a_stop_are_a_row_and_of_those_in_a_run_the_first() -> None:
    lines = (
        "Late again",
        "Ann Fenn",
        LONG,
        "No pilot",
        LONG,
        "Is it over?",
        LONG,
        "Fares rise",
        LONG,
    )
    assert rows(*lines, before=("Menu", LONG)) == [[0, 3, 7]]
    assert rows(*lines[:6]) == []


def test_capitals_marks_and_numbers_make_rows_of_their_own() -> None:
    assert rows(*(line for n in "ABC" for line in (f"ALL OF {n} IS CLOSED.", LONG))) == [[0, 2, 4]]
    for marks in (
        ("1. ", "2. ", "3. "),
        ("* ", "* ", "* "),
        (">> ",) * 3,
        ("(1) ", "(2) ", "(3) "),
    ):
        lines = [line for mark in marks for line in (f"{mark}Late again.", LONG)]
        assert rows("Late news of today.", *lines) == [[1, 3, 5]], marks
    # A bracket belongs to the words, and other marks are no row.
    assert rows(*(line for mark in "*>+" for line in (f"{mark} Late again.", LONG))) == []


@pytest.mark.parametrize("rule", ["* * *", "-----", "________", "~~~", "=====", "•••"])
def test_what_stands_below_equal_rules_is_a_row_with_the_story_above_them(rule: str) -> None:
    lines = ("The letter.", LONG, rule, LONG, rule, LONG, LONG)
    assert rows(*lines, first=1) == [[1, 3, 5]]
    # From its first line on, where that is what was found.
    assert rows(*lines, first=0) == [[0, 3, 5]]


def test_the_other_half_of_a_frame_parts_nothing_and_a_button_is_no_rule() -> None:
    framed = ("=====", "Late again.", "=====", LONG)
    assert rows(*framed * 3) == [[3, 7, 11]]
    assert rows(*("×", LONG) * 3) == []
    assert rows("-----", LONG, "=====", LONG, "~~~~~", LONG) == []


@pytest.mark.parametrize(("rule", "found", "false"), [("* * *", 193, 14), ("_" * 16, 154, 28)])
def test_stories_between_rules_are_found(rule: str, found: int, false: int) -> None:
    """Of 396 seams of invented pages; 147 and 118 before their heads were tried."""
    several = [with_rules(page, rule) for page in trials() if len(page.starts) > 1]
    right = wrong = 0
    for (_, true), answer in zip(
        several, segmenter().segment_many([text for text, _ in several]), strict=True
    ):
        starts = {story.start for story in answer.stories[1:]}
        right += len(starts & true)
        wrong += len(starts - true)
    assert right >= found
    assert wrong <= false


def test_rules_inside_one_story_cut_it_nowhere() -> None:
    """Above every third of its paragraphs."""
    ruled = []
    for page in trials():
        if len(page.starts) == 1:
            some = page.text.split("\n\n")
            parts = ["\n\n".join(some[at : at + 3]) for at in range(0, len(some), 3)]
            ruled.append("\n\n* * *\n\n".join(parts))
    assert sum(text.count("* * *") > 1 for text in ruled) > 80
    answers = segmenter().segment_many(ruled)
    assert [answer.text for answer in answers if len(answer.stories) > 1] == []


def test_a_page_is_read_alike_whatever_is_beside_it() -> None:
    """One of HTML that is read by its heads as well, and one that it is not asked of."""
    board = next(
        page for page in read_pages(TRIALS[0].parent / "sources.jsonl") if "forum" in page.id
    )
    ruled = [with_rules(page, "* * *")[0] for page in trials() if len(page.starts) > 2][:40]
    alone = [segmenter().segment(text) for text in ruled]
    answers = segmenter().segment_many([as_page(board), *ruled, "Menu\nShare"])[1:-1]
    for one, other in zip(alone, answers, strict=True):
        assert [story.start for story in one.stories] == [story.start for story in other.stories]
        probabilities = zip(one.stories, other.stories, strict=True)
        assert all(abs(a.confidence - b.confidence) < 1e-4 for a, b in probabilities)
    assert sum(len(one.stories) > 2 for one in alone) > 20
