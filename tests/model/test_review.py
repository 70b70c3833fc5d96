"""The cuts of a page and what is known of each, against the slow way."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from model.batch import Batch
from model.cut_columns import CUT_COLUMNS, PAGE_COLUMNS
from model.decoder import OPENING, Span, decode, decode_whole, draw_spans
from model.html import page_from_html
from model.look import Look
from model.page import Page
from model.review import LOW, Cuts, doubts_of, list_cuts, list_stories
from model.wording import ROLES, Wording
from tests.model.slow_review import SlowStories
from tests.model.tiny import random_page, random_space

Floats = NDArray[np.float32]
COLUMNS = (*PAGE_COLUMNS, *CUT_COLUMNS)
CHANCE = COLUMNS.index("chance")
HTML = (
    "<html><body><nav><a href=/>Home</a></nav><article><h1>w1 w2 w3 w4 w5 w6</h1>"
    "<p>w7 w8 w9 w1. w2 w3 w4.<p>w5 W6 w7 w8 w9.</article><article><h2>w11 w12 W13 w14</h2>"
    "<p>w15 w16 w17.<p>w18 w19 w20.<p>w21 w22.</article><footer>w30</footer></body></html>"
)


def look_at(pages: Sequence[Page], proba: Floats) -> Look:
    rng = np.random.default_rng(0)
    space = random_space(rng)
    shape = (3 * len(space.table), len(ROLES))
    wording = Wording(rng.normal(0, 1, shape).astype(np.float16), np.zeros(len(ROLES), np.float32))
    return Look.first(Batch.read(pages, space.table), space, wording).again(proba)


@dataclass(frozen=True)
class Drawn:
    """A page, what the last look said of it, and stories that somebody drew on it."""

    page: Page
    proba: Floats
    spans: list[Span]


def drawn(page: Page, stories: int, seed: int = 0) -> Drawn:
    """So many stories that begin anywhere, with any chance."""
    rng = np.random.default_rng([len(page), stories, seed])
    proba = rng.dirichlet((1.5, 2, 1), len(page)).astype(np.float32)
    starts = np.sort(rng.choice(len(page), stories, replace=False)).tolist()
    chances = rng.uniform(0.1, 0.95, stories).tolist()
    return Drawn(page, proba, draw_spans(starts, chances, proba))


def pages() -> list[Drawn]:
    rng = np.random.default_rng(5)
    made = [
        drawn(random_page(rng, size), stories)
        for size, stories in ((14, 3), (9, 1), (40, 9), (2, 2), (12, 0), (30, 2), (6, 6))
    ]
    made.insert(2, Drawn(Page.from_text(""), np.zeros((0, 3), np.float32), []))
    made.insert(4, drawn(page_from_html(HTML), 4))
    # A story without a word is like no other.
    mute = drawn(Page.from_text("w1 w2\n***\nw3 w4 w5\nw6 w7 w1\nw2"), 5)
    return [*made, mute]


def cuts_of(some: Sequence[Drawn]) -> tuple[Look, Cuts]:
    proba = np.concatenate([one.proba for one in some])
    look = look_at([one.page for one in some], proba)
    return look, list_cuts(look, proba, [one.spans for one in some])


def test_every_cut_has_a_row_and_every_page_with_cuts_its_rows() -> None:
    some = pages()
    _, cuts = cuts_of(some)
    assert cuts.pages.tolist() == [i for i, one in enumerate(some) if len(one.spans) > 1]
    counts = [len(some[page].spans) - 1 for page in cuts.pages]
    assert np.diff(cuts.offsets).tolist() == counts
    assert cuts.offsets[0] == 0
    assert cuts.rows.shape == (sum(counts), len(COLUMNS))
    assert cuts.rows.dtype == np.float32
    assert not np.isinf(cuts.rows).any()
    chances = [span.probability for one in some for span in one.spans[1:]]
    np.testing.assert_allclose(cuts.chances, chances, atol=1e-6)


def test_columns_are_told_apart() -> None:
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert PAGE_COLUMNS[0] == "page_odds"
    assert CUT_COLUMNS[0] == "chance"


def test_rows_are_those_of_the_slow_way() -> None:
    some = pages()
    look, cuts = cuts_of(some)
    for i, page in enumerate(cuts.pages.tolist()):
        low, high = look.batch.offsets[page], look.batch.offsets[page + 1]
        products = look.cohesion.products
        one, own = some[page], products.vectors[low:high].astype(np.float64)
        tokens = look.tokens[low:high].tolist()
        slow = SlowStories(one.spans, one.proba, tokens, own, products.split)
        rows = cuts.rows[cuts.offsets[i] : cuts.offsets[i + 1]]
        for story, row in enumerate(rows, 1):
            at = low + one.spans[story].first
            expected = slow.page_columns() | slow.cut_columns(story)
            shapes, lines = look.layout.shape[low:high], look.layout.line[low:high]
            expected |= slow.dress_columns(story, shapes.tolist(), lines.tolist())
            expected["page_known"] = look.cohesion.known[low]
            expected["page_stops"] = look.layout.columns["ends_stop"][low:high].mean()
            expected["page_markup"] = one.page.markup is not None
            measured = [name for name in COLUMNS if name not in expected]
            expected |= {name: look.columns[name][at] for name in measured}
            for name, value in zip(COLUMNS, row, strict=True):
                np.testing.assert_allclose(
                    value, expected[name], atol=1e-5, rtol=1e-5, err_msg=f"{name} of {page}"
                )


def test_equal_chances_rank_in_their_order() -> None:
    page = random_page(np.random.default_rng(2), 12)
    proba = np.tile(np.array([0.1, 0.6, 0.3], np.float32), (12, 1))
    spans = draw_spans([0, 3, 6, 9], [0.2, 0.5, 0.8, 0.5], proba)
    _, cuts = cuts_of([Drawn(page, proba, spans)])
    assert cuts.rows[:, COLUMNS.index("rank")].tolist() == [1, 0, 2]


@pytest.mark.parametrize("order", [1, -1])
def test_rows_of_a_page_are_the_same_alone_and_in_any_batch(order: int) -> None:
    some = pages()[::order]
    _, together = cuts_of(some)
    assert len(together.pages) > 4
    for i, page in enumerate(together.pages.tolist()):
        _, alone = cuts_of([some[page]])
        rows = together.rows[together.offsets[i] : together.offsets[i + 1]]
        np.testing.assert_allclose(rows, alone.rows, atol=1e-5)


def test_text_pages_and_html_pages_do_not_disturb_each_other() -> None:
    rng = np.random.default_rng(8)
    text, html = drawn(random_page(rng, 20), 4), drawn(page_from_html(HTML), 4)
    (_, of_text), (_, of_html) = cuts_of([text]), cuts_of([html])
    for some, parts in (([text, html], (of_text, of_html)), ([html, text], (of_html, of_text))):
        _, together = cuts_of(some)
        np.testing.assert_allclose(
            together.rows, np.concatenate([part.rows for part in parts]), atol=1e-5
        )
    markup = COLUMNS.index("page_markup")
    assert (of_text.rows[:, markup] == 0).all()
    assert (of_html.rows[:, markup] == 1).all()


@pytest.mark.parametrize("stories", [0, 1])
def test_a_page_without_cuts_has_no_rows(stories: int) -> None:
    _, cuts = cuts_of([drawn(random_page(np.random.default_rng(3), 10), stories)] * 2)
    assert cuts.rows.shape == (0, len(COLUMNS))
    assert cuts.pages.tolist() == []
    assert cuts.offsets.tolist() == [0]
    for nothing in (cuts.chances, cuts.any_chance, cuts.likeliest(), cuts.feeds):
        assert len(nothing) == 0


def test_the_likeliest_cut_of_each_page_is_its_first_of_the_greatest_chance() -> None:
    rows = np.zeros((7, len(COLUMNS)), np.float32)
    rows[:, CHANCE] = [0.2, 0.9, 0.4, 0.3, 0.6, 0.1, 0.6]
    cuts = Cuts(rows, np.array([1, 4, 5]), np.array([0, 3, 4, 7]), np.zeros(3, bool))
    assert cuts.likeliest().tolist() == [1, 3, 4]


def feed(stories: int) -> Drawn:
    """So many sure stories with something between them."""
    lines = [" ".join(f"w{n + k}" for k in range(30)) + "." for n in range(3 * stories)]
    rows = [(0.0, 0.05, 0.95), (0.04, 0.95, 0.01), (0.9, 0.09, 0.01)]
    proba = np.array(rows * stories, np.float32)
    spans = draw_spans([*range(0, 3 * stories, 3)], [0.95] * stories, proba)
    return Drawn(Page.from_text("\n".join(lines)), proba, spans)


def test_it_is_known_which_of_the_pages_with_cuts_are_feeds() -> None:
    """A feed as `model.feed` has it, wherever it stands in the batch."""
    some = [feed(2), drawn(random_page(np.random.default_rng(3), 10), 1), feed(7), feed(5), feed(6)]
    for order in (some, some[::-1]):
        _, cuts = cuts_of(order)
        assert cuts.feeds.dtype == bool
        found = [len(order[page].spans) for page in cuts.pages[cuts.feeds].tolist()]
        assert sorted(found) == [6, 7]


def test_some_cut_is_true_unless_all_are_false() -> None:
    some = pages()
    _, cuts = cuts_of(some)
    expected = [
        1.0 - math.prod(1.0 - span.probability for span in some[page].spans[1:])
        for page in cuts.pages
    ]
    np.testing.assert_allclose(cuts.any_chance, expected, atol=1e-6)


def test_a_certain_cut_is_no_trouble() -> None:
    page = random_page(np.random.default_rng(2), 9)
    proba = np.tile(np.array([0.0, 0.0, 1.0], np.float32), (9, 1))
    _, cuts = cuts_of([Drawn(page, proba, draw_spans([0, 3, 6], [1.0, 1.0, 1.0], proba))])
    assert np.isfinite(cuts.rows[:, : len(PAGE_COLUMNS)]).all()
    assert cuts.any_chance.tolist() == pytest.approx([1.0])


@pytest.mark.parametrize("bar", [LOW, 0.5])
def test_stories_are_those_of_each_page_by_one_bar(bar: float) -> None:
    some = pages()
    proba = np.concatenate([one.proba for one in some])
    look = look_at([one.page for one in some], proba)
    found = list_stories(look, proba, bar)
    assert len(found) == len(some)
    at = 0
    for one, spans in zip(some, found, strict=True):
        own = slice(at, at + len(one.page))
        at += len(one.page)
        expected = decode(one.proba, look.tokens[own], bar, look.headlines[own])
        if len(expected) == 1 and expected[0].probability < OPENING:
            expected = decode_whole(one.proba, look.tokens[own])
        assert [(s.first, s.last, s.probability) for s in spans] == [
            (s.first, s.last, s.probability) for s in expected
        ]


def test_a_page_is_as_unclear_as_its_least_clear_cut() -> None:
    some = pages()
    _, cuts = cuts_of(some)
    rng = np.random.default_rng(3)
    chances = rng.random(len(cuts.rows)).astype(np.float32)
    several = rng.random(len(cuts.pages)).astype(np.float32)
    found = doubts_of(cuts, chances, several, len(some))
    assert found.shape == (len(some),)
    for i, page in enumerate(cuts.pages.tolist()):
        own = chances[cuts.offsets[i] : cuts.offsets[i + 1]].tolist()
        true = [min(chance, float(several[i])) for chance in own]
        assert found[page] == pytest.approx(max(1 - abs(2 * one - 1) for one in true), abs=1e-6)
    assert not found[[i for i in range(len(some)) if i not in cuts.pages]].any()
    _, none = cuts_of([drawn(Page.from_text("w1 w2 w3\nw4"), 1)])
    assert doubts_of(none, chances[:0], several[:0], 1).tolist() == [0.0]
