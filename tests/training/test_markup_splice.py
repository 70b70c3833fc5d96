"""Stories put into HTML: exact labels, the cues of the tree as it then is, what is no story."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from model.cues import CUES
from model.decoder import INSIDE, OUTSIDE, START
from model.html import page_from_html
from model.page import Page
from tests.model.tiny import article
from training.examples import block_labels
from training.labelled import LabelledPage
from training.markup_splice import MarkupSplicer
from training.reread import read_again, read_donated
from training.shells import Shells

Pair = tuple[Page, LabelledPage]


def host(number: int, site: str = "heron.example") -> Pair:
    """A page of one story in an element of its own: menu, header, body, footer."""
    made = article(700 + number)
    body = "\n".join(f'<p class="text">{paragraph}</p>' for paragraph in made.paragraphs[:6])
    html = (
        "<body><nav><ul><li>Home<li>Sport pages</ul></nav><main><article class=story>"
        f'<h1 class="title">{made.title}</h1><div class="who"><span>By {made.byline}</span></div>'
        f"{body}</article><aside><h3>More of it</h3></aside></main>"
        "<footer><p>About us</p><p>Contact</p></footer></body>"
    )
    page = page_from_html(html)
    blocks = page.blocks()
    first = blocks.index(made.title)
    outside = [
        (int(page.starts[k]), int(page.ends[k]))
        for k, block in enumerate(blocks)
        if k < first or block in ("More of it", "About us", "Contact")
    ]
    truth = LabelledPage(
        f"real-{number}/html",
        page.text,
        [int(page.starts[first])],
        outside,
        kind="real",
        lang="en",
        outlets=(site,),
        articles=(f"real-{number}",),
        html=html,
    )
    return page, truth.check()


def splicer(pairs: list[Pair], seed: int = 1) -> MarkupSplicer:
    return MarkupSplicer(pairs, [article(n) for n in range(40)], frozenset(), seed)


@cache
def hosts() -> dict[str, Pair]:
    pairs = [host(number, f"site{number % 4}.example") for number in range(12)]
    return {truth.articles[0]: (page, truth) for page, truth in pairs}


@cache
def made() -> list[Pair]:
    return list(splicer(list(hosts().values())).pages(300))


def test_pages_are_the_same_for_a_seed_and_a_number() -> None:
    pairs = list(hosts().values())
    one = [truth for _, truth in splicer(pairs).pages(12)]
    assert one == [truth for _, truth in splicer(pairs).pages(12)]
    assert one[-1] == [truth for _, truth in splicer(pairs).pages(4, 8)][-1]
    assert one != [truth for _, truth in splicer(pairs, seed=2).pages(12)]
    assert len({truth.id for truth in one}) == len(one)


def test_labels_are_sound_and_those_of_the_host_stay() -> None:
    assert len(made()) > 270
    for page, truth in made():
        assert page.text == truth.check().text
        assert truth.kind == "spliced"
        before, told = hosts()[truth.articles[0]]
        blocks, labels = page.blocks(), block_labels(page, truth)
        assert set(truth.starts) <= set(page.starts.tolist())
        was, were = before.blocks(), block_labels(before, told)
        more = len(blocks) - len(was)
        assert more > 0
        at = next(k for k in range(len(was), -1, -1) if blocks[:k] + blocks[k + more :] == was)
        np.testing.assert_array_equal(np.delete(labels, range(at, at + more)), were)


def test_stories_stand_in_elements_and_in_none_and_teasers_are_no_stories() -> None:
    new_article, level = CUES.index("new_article"), CUES.index("heading_level")
    starts: Counter[tuple[float, float]] = Counter()
    counts: Counter[int] = Counter()
    boxed_teasers = subheads = 0
    for page, truth in made():
        assert page.markup is not None
        labels = block_labels(page, truth)
        counts[len(truth.starts)] += 1
        for k in np.flatnonzero(labels == START)[1:]:
            row = page.markup[k]
            starts[float(row[new_article]), float(np.nan_to_num(row[level]))] += 1
        if len(truth.starts) == 1:
            own = np.flatnonzero(labels != OUTSIDE)
            headed = ~np.isnan(page.markup[:, level])
            boxed_teasers += bool((labels[headed] == OUTSIDE).sum() > 2)
            subheads += bool((headed[own[1:]]).any())
    assert counts[1] > 40
    assert counts[2] > 80
    assert counts[9] > 2
    assert {level for _, level in starts} >= {0.0, 1.0, 2.0, 3.0}
    in_articles = sum(n for (begins, _), n in starts.items() if begins)
    assert 0.15 < in_articles / starts.total() < 0.85
    assert boxed_teasers > 10
    assert subheads > 8


def test_a_story_of_the_site_comes_with_what_is_around_it_there() -> None:
    pairs = hosts()
    given = [truth for _, truth in made() if truth.articles[-1] in pairs and truth.articles[1:]]
    assert len(given) > 30
    for truth in given:
        mine, theirs = (pairs[name][1] for name in truth.articles)
        assert mine.outlets == theirs.outlets
        assert mine.articles != theirs.articles
        assert truth.text.count("\nBy ") >= 2


def test_without_html_of_one_story_there_is_nothing_to_put_into() -> None:
    page, truth = host(1)
    bare = (Page.from_text(page.text), replace(truth, html=None))
    assert list(splicer([bare]).pages(5)) == []
    assert list(splicer([]).pages(5)) == []


def test_a_page_that_does_not_come_out_as_it_went_in_is_given_up() -> None:
    page = page_from_html("<p>One<p>Two<p>Three")
    truth = LabelledPage("p", page.text, [0])
    labels = np.array([START, INSIDE, INSIDE])
    put_in = [("New", START), ("Text", OUTSIDE)]
    found = read_again("<p>One<p>New<p>Text<p>Two<p>Three", page, labels, put_in, truth)
    assert found is not None
    assert block_labels(*found).tolist() == [START, START, OUTSIDE, INSIDE, INSIDE]
    for html in ("<p>One<p>New<p>Other<p>Two<p>Three", "<p>One<p>New<p>Text<p>Three", "<p>One"):
        assert read_again(html, page, labels, put_in, truth) is None
    # Of lines that are there already it does not matter which is the new one.
    again = read_again("<p>One<p>Two<p>Two<p>Three", page, labels, [("Two", OUTSIDE)], truth)
    assert again is not None
    assert sorted(block_labels(*again).tolist()) == sorted([START, INSIDE, OUTSIDE, INSIDE])
    donor = page_from_html("<p>Menu<p>New<p>Text<p>End")
    theirs = np.array([OUTSIDE, START, INSIDE, OUTSIDE])
    html = "<p>One<p>Two<p>Three<p>New<p>Text"
    given = read_donated(html, page, labels, donor, theirs, truth)
    assert given is not None
    assert block_labels(*given).tolist() == [START, INSIDE, INSIDE, START, INSIDE]
    assert read_donated(html, page, labels, donor, np.full(4, OUTSIDE), truth) is None


def test_new_elements_are_nested_and_called_like_those_of_a_block() -> None:
    html = (
        "<body><p>Quay</p><div class='a b' id=x><h1 itemprop=headline><a href=/q>Quay</a></h1>"
        "<p class=text>It opened.</p></div></body>"
    )
    page = page_from_html(html)
    shells = Shells(page, html)
    assert page.blocks() == ["Quay", "Quay", "It opened."]
    like = shells.like(1, "Goats")
    assert like.html == '<h1 itemprop="headline"><a href="#">Goats</a></h1>'
    assert shells.like(2, "Won.").html == '<p class="text">Won.</p>'
    around = shells.around(1, 2)
    assert around is not None
    assert around["id"] == "x"
    assert shells.bare(around).html == '<div class="a b"></div>'
    assert [node.tag for node in shells.levels(2)] == ["p", "div"]


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 60_000 + "<p>Quay</p><p>It opened.</p>",
        "<p><b>" * 20_000 + "Quay",
        "<body><p>Quay \ud800\U000f0001 opens</p></body>",
    ],
    ids=["deep", "formatting", "surrogate"],
)
def test_a_hostile_page_is_read_within_bounds(html: str) -> None:
    page = page_from_html(html)
    began = time.process_time()
    shells = Shells(page, html)
    assert time.process_time() - began < 5
    assert shells.chain(0)
    assert shells.like(0, "Goats").text == "Goats"


@pytest.mark.parametrize("html", ["", "<p>", "plain", "<frameset><frame></frameset>"])
def test_a_page_without_elements_has_no_chains(html: str) -> None:
    page = page_from_html(html)
    shells = Shells(page, html)
    assert all(shells.chain(k) == [] for k in range(len(page)))
