"""Pages of many stories are read on; others are left as they were."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import model.feed
import model.reader
from model.evidence import explain_seams
from model.feature import feature_matrix
from model.features import SECOND_LOOK
from model.feed import falls_apart, is_feed, is_understood, likely_feeds, still_likely
from model.html import page_from_html
from model.look import Look
from model.page import Page
from model.segmenter import Segmenter
from tests.model.tiny import story

Floats = NDArray[np.float32]

OUT, IN, MAYBE, SURE = (0.9, 0.09, 0.01), (0.04, 0.95, 0.01), (0.0, 0.55, 0.45), (0.0, 0.05, 0.95)
FAINT = (0.0, 0.97, 0.03)


def page(*blocks: tuple[float, float, float]) -> Floats:
    return np.asarray(blocks, np.float32)


def test_only_pages_with_furniture_and_several_likely_starts_may_be_feeds() -> None:
    several = [SURE, IN, MAYBE, IN, MAYBE, IN, FAINT, FAINT, FAINT]
    pages = [
        page(*several, *[OUT] * 5),
        page(*several, OUT),
        page(SURE, IN, MAYBE, OUT, OUT),
        page(),
        page(OUT, OUT, *several, *[OUT] * 3),
        page(*several[:-2], *[OUT] * 5),
    ]
    offsets = np.cumsum([0, *(len(one) for one in pages)])
    assert likely_feeds(np.concatenate([one.reshape(-1, 3) for one in pages]), offsets) == [0, 4]
    assert likely_feeds(page().reshape(0, 3), np.array([0])) == []


def test_a_page_longer_than_any_feed_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    one = page(*[SURE, IN, MAYBE] * 6, *[OUT] * 12)
    offsets = np.array([0, len(one)])
    assert likely_feeds(one, offsets) == [0]
    monkeypatch.setattr(model.feed, "LONGEST", len(one) - 1)
    assert likely_feeds(one, offsets) == []


def test_after_a_round_only_pages_with_more_likely_starts_may_be_feeds_still() -> None:
    pages = [page(SURE, SURE, MAYBE, MAYBE), page(SURE, SURE, MAYBE, OUT), page(OUT)]
    offsets = np.cumsum([0, *(len(one) for one in pages)])
    assert still_likely(np.concatenate(pages), offsets).tolist() == [True, False, False]


@pytest.mark.parametrize(("stories", "feed"), [(1, False), (5, False), (6, True), (12, True)])
def test_a_feed_has_many_stories(stories: int, feed: bool) -> None:
    proba = page(*[SURE, IN, OUT] * stories)
    lines = np.full(len(proba), -1)
    assert is_feed(proba, np.full(len(proba), 30, np.float32), lines) is feed


def test_stories_too_short_to_be_any_make_no_feed() -> None:
    proba = page(*[SURE, IN, OUT] * 12)
    assert not is_feed(proba, np.full(len(proba), 3, np.float32), np.full(len(proba), -1))


def test_comments_and_pages_without_anything_between_their_stories_make_no_feed() -> None:
    proba = page(*[SURE, IN, OUT] * 12)
    lines = np.full(len(proba), -1)
    assert is_feed(proba, np.full(len(proba), 22, np.float32), lines)
    assert not is_feed(proba, np.full(len(proba), 18, np.float32), lines)
    close = page(*[SURE, IN, IN, IN] * 12, OUT)
    assert not is_feed(close, np.full(len(close), 22, np.float32), np.full(len(close), -1))


@pytest.mark.parametrize(
    ("blocks", "understood"),
    [
        ([SURE, IN, SURE, IN, OUT], True),
        ([SURE, IN, SURE, IN, MAYBE, IN], True),
        ([SURE, IN, MAYBE, IN], False),
        ([SURE, IN, SURE, IN, MAYBE, IN, MAYBE, IN], False),
        ([SURE, IN, IN], False),
        ([OUT, OUT], False),
    ],
)
def test_markup_that_is_sure_of_most_stories_has_said_enough(
    blocks: list[tuple[float, float, float]], understood: bool
) -> None:
    proba, lines = page(*blocks), np.full(len(blocks), -1)
    assert is_understood(proba, np.full(len(proba), 60, np.float32), lines) is understood


@pytest.mark.parametrize(
    ("words", "ends", "said", "apart"),
    [(30, 1, 0.01, True), (30, 0, 0.01, False), (8, 1, 0.01, False), (30, 1, 0.5, False)],
)
def test_a_page_falls_apart_at_paragraphs_that_were_no_starts(
    words: int, ends: int, said: float, apart: bool
) -> None:
    proba = page(*[SURE, IN, IN] * 6)
    before, tokens = page(*[SURE, IN, IN] * 6), np.full(len(proba), 60, np.float32)
    lengths = np.where(np.arange(len(proba)) % 3 == 0, words, tokens).astype(np.float32)
    before[[0, 3, 6], 2] = said
    for count, expected in ((3, apart), (2, False)):
        before[[0, 3, 6][count:], 2] = 0.95
        stops = np.full(len(proba), ends, np.float32)
        assert falls_apart(proba, before, lengths, stops, np.full(len(proba), -1)) is expected
    none = page(*[OUT] * 4)
    assert not falls_apart(none, none, tokens[:4], tokens[:4], np.full(4, -1))


FEED = "\n".join(
    f"{story(f'topic {n}', n, paragraphs=2)}\nShare\nComments ({n})\nRead more" for n in range(7)
)
COMPANY = [story("topic 3"), FEED, "", story("topic 5", headline=False)]


def test_what_is_read_on_has_the_chances_of_the_further_looks(
    tiny: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.reader, "likely_feeds", lambda proba, offsets: [])
    before = tiny.label_proba(COMPANY)
    monkeypatch.setattr(model.reader, "likely_feeds", lambda proba, offsets: [1])
    monkeypatch.setattr(model.feed, "is_feed", lambda *_: True)
    after = tiny.label_proba(COMPANY)
    for n in (0, 2, 3):
        np.testing.assert_array_equal(before[n], after[n])
    assert np.any(before[1] != after[1])
    np.testing.assert_allclose(after[1].sum(axis=1), 1.0, atol=1e-5)


def test_what_turns_out_to_be_no_feed_stays_as_it_was(
    tiny: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.reader, "likely_feeds", lambda proba, offsets: [])
    before = tiny.label_proba(COMPANY)
    monkeypatch.setattr(model.reader, "likely_feeds", lambda proba, offsets: [0, 1])
    monkeypatch.setattr(model.feed, "is_feed", lambda *_: False)
    for one, other in zip(before, tiny.label_proba(COMPANY), strict=True):
        np.testing.assert_array_equal(one, other)


def test_reading_on_may_be_left_out(tiny: Segmenter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model.reader, "likely_feeds", lambda proba, offsets: [])
    never = tiny.label_proba(COMPANY)
    monkeypatch.setattr(model.reader, "likely_feeds", lambda proba, offsets: [1])
    monkeypatch.setattr(model.feed, "is_feed", lambda *_: True)
    plain = Segmenter(tiny.classifiers, tiny.card, read_on=False)
    for one, other in zip(never, plain.label_proba(COMPANY), strict=True):
        np.testing.assert_array_equal(one, other)
    assert np.any(never[1] != tiny.label_proba(COMPANY)[1])


def test_a_model_of_one_look_reads_nothing_on(
    tiny: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.reader, "likely_feeds", lambda proba, offsets: [1])
    monkeypatch.setattr(model.feed, "is_feed", lambda *_: True)
    alone = replace(tiny.classifiers, again=(), reviewers=None)
    never = Segmenter(alone, tiny.card, read_on=False)
    for one, other in zip(
        Segmenter(alone, tiny.card).label_proba(COMPANY), never.label_proba(COMPANY), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_feed_is_read_and_explained_alike_in_any_company(
    tiny: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def every_page(proba: Floats, offsets: NDArray[np.int64]) -> list[int]:
        return [int(n) for n in np.flatnonzero(np.diff(offsets))]

    monkeypatch.setattr(model.reader, "likely_feeds", every_page)
    monkeypatch.setattr(model.feed, "is_feed", lambda proba, *_: len(proba) > 12)
    # Of several pages one has markup, or none has: those without are read on by other ways.
    marked = page_from_html(f"<h1>Pier mended</h1><p>{story('topic 2')}</p>")
    assert marked.markup is not None
    pages = [*(Page.from_text(text) for text in COMPANY), marked]
    together = tiny.segment_many(pages, explain=True)
    assert together == [tiny.segment(one, explain=True) for one in pages]
    assert all(seam.evidence for seam in together[1].seams)


def test_markup_that_was_not_read_is_no_reason(
    tiny: Segmenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model.reader, "likely_feeds", lambda proba, offsets: [0, 2])
    monkeypatch.setattr(model.feed, "is_feed", lambda proba, *_: len(proba) > 12)
    explained: list[Look] = []

    def spy(looks: Any, look: Look, *rest: Any) -> Any:
        explained.append(look)
        return explain_seams(looks, look, *rest)

    monkeypatch.setattr("model.segmenter.explain_seams", spy)
    feed = page_from_html("".join(f"<p>{line}</p>" for line in FEED.split("\n")))
    other = page_from_html(f"<h1>Pier mended</h1><p>{story('topic 2')}</p>")
    answers = tiny.segment_many([feed, other, FEED], explain=True, threshold=0.02)
    assert answers[0].seams
    (look,) = explained
    assert look.markup is not None
    marked = np.asarray((~np.isnan(look.markup)).any(axis=1))
    low, high = len(feed), len(feed) + len(other)
    assert not marked[:low].any()
    assert marked[low:high].all()
    # What of its rows is of markup is measured anew, and all else is as it was.
    rows = feature_matrix(SECOND_LOOK, look, np.arange(low))
    groups = np.array([feature.group for feature in SECOND_LOOK])
    assert np.isnan(rows[:, groups == "markup"]).all()
    assert not np.isnan(rows[:, groups == "headline"]).all()
    # The decision itself goes by the page as it is.
    assert feed.markup is not None
    assert not np.isnan(feed.markup).all()
