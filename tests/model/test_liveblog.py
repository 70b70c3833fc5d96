"""Entries of a live blog become one story; stories of a feed stay what they are."""

from __future__ import annotations

import numpy as np
import pytest

from model.decoder import Span
from model.liveblog import join_entries
from model.page import Page

TEXT = "The ferry cannot leave before the wind has turned, says the harbour master at the quay."


def page_of(*openings: str) -> tuple[Page, list[Span]]:
    page = Page.from_text("\n".join(line for opening in openings for line in (opening, TEXT)))
    spans = [
        Span(2 * i, 2 * i + 2, 0.9 - i / 100, np.array([True, True])) for i in range(len(openings))
    ]
    return page, spans


def vectors(page: Page, *, alike: bool) -> np.ndarray:
    out = np.zeros((len(page), 8), np.float32)
    out[np.arange(len(page)), 0 if alike else np.arange(len(page)) // 2 % 8] = 1
    return out


CLOCKS = ("14:05", "13.40 Uhr: The wind turns", "[13:02]", "Updated at 12:15 pm")


def test_entries_and_the_header_before_them_become_one_story() -> None:
    page, spans = page_of("Storm at the quay: live", *CLOCKS)
    (one,) = join_entries(page, spans, vectors(page, alike=True))
    assert (one.first, one.last, one.probability) == (0, len(page), 0.9)
    assert one.inside.tolist() == [True] * len(page)


def test_what_was_outside_stays_outside() -> None:
    page, spans = page_of("Storm at the quay: live", *CLOCKS)
    apart = [Span(0, 1, 0.9, np.array([True])), *spans[1:]]
    (one,) = join_entries(page, apart, vectors(page, alike=True))
    assert one.inside.tolist() == [True, False] + [True] * (len(page) - 2)


def with_head(*lines: tuple[str, ...]) -> tuple[Page, list[Span]]:
    """A page that opens with spans of these lines, and goes on with entries."""
    entries = tuple((clock, TEXT) for clock in CLOCKS)
    page = Page.from_text("\n".join(line for span in (*lines, *entries) for line in span))
    spans, at = [], 0
    for span in (*lines, *entries):
        spans.append(Span(at, at + len(span), 0.9, np.ones(len(span), bool)))
        at += len(span)
    return page, spans


EVENTS = ("Tue 7 Jan 2025 at 4.48 p.m.", "Key events", "16.31 Harbour bridge closed to all")


@pytest.mark.parametrize("head", ["Storm at the quay: live", "码头风暴：滚动直播"])
def test_a_head_in_two_pieces_becomes_part_of_the_blog(head: str) -> None:
    page, spans = with_head((head, "Follow the latest as the storm crosses the bay"), EVENTS)
    (one,) = join_entries(page, spans, vectors(page, alike=True))
    assert (one.first, one.last) == (0, len(page))


@pytest.mark.parametrize(
    "text", [TEXT, "The score was thought lost.”", "管弦乐团在面包店的阁楼里找到了失传的序曲。"]
)
@pytest.mark.parametrize("head", [(), (("Storm at the quay: live", "With Ana Brook"),)])
def test_a_story_before_the_head_of_the_blog_stays_a_story(
    text: str, head: tuple[tuple[str, ...], ...]
) -> None:
    page, spans = with_head(("Orchestra finds a score", text), *head, EVENTS)
    story, blog = join_entries(page, spans, vectors(page, alike=True))
    assert (story, blog.first) == (spans[0], spans[1].first)


def test_a_headline_before_a_blog_that_opens_with_text_stays_apart() -> None:
    page, spans = with_head(("Orchestra finds a score",), ("Storm at the quay: live", TEXT))
    story, _ = join_entries(page, spans, vectors(page, alike=True))
    assert story == spans[0]


def test_a_story_behind_the_blog_stays_a_story() -> None:
    page, spans = page_of("Storm at the quay: live", *CLOCKS, "Orchestra finds a score")
    blog, other = join_entries(page, spans, vectors(page, alike=True))
    assert (blog.first, blog.last) == (0, other.first)


@pytest.mark.parametrize(
    "openings",
    [
        CLOCKS[:2],
        ("12 March 2021, 14:05", "12 March 2021, 13:40", "11.03.2021 13:02"),
        ("2021 was a good year", "The 14:05 ferry is late", "Chapter 14.05.3 of the law"),
        ("Pier to be mended", "Orchestra finds a score", "Goats win a prize"),
    ],
    ids=["too few", "dates", "numbers elsewhere", "headlines"],
)
def test_stories_are_no_entries(openings: tuple[str, ...]) -> None:
    page, spans = page_of(*openings)
    assert join_entries(page, spans, vectors(page, alike=True)) == spans


@pytest.mark.parametrize("entries", [3, 4, 8])
def test_a_ticker_of_unlike_stories_is_no_blog(entries: int) -> None:
    page, spans = page_of(*(*CLOCKS, "11:30", "11:02", "10:50", "10:15")[:entries])
    assert join_entries(page, spans, vectors(page, alike=False)) == spans


def test_a_page_without_stories_or_words_stays_as_it_is() -> None:
    page, spans = page_of(*CLOCKS)
    assert join_entries(page, [], vectors(page, alike=True)) == []
    assert join_entries(page, spans, np.zeros((len(page), 8), np.float32)) == spans
