"""Stories set into real pages: the host's own dress, exact labels, pages without known sources."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from model.cues import CUES
from model.decoder import OUTSIDE, START
from model.page import Page
from tests.model.tiny import article
from training.examples import block_labels
from training.labelled import LabelledPage
from training.splice import Splicer

Pair = tuple[Page, LabelledPage]
DRESSES = {"menu": 11, "title": 22, "byline": 33, "text": 44, "foot": 55}


def host(number: int, *, site: str = "heron.example", markup: bool = True) -> Pair:
    """A page of one story: menu, title, byline, date, five paragraphs, footer."""
    made = article(500 + number)
    lines = [("Home", "menu"), ("Sport pages", "menu"), (made.title, "title")]
    lines += [(f"By {made.byline}", "byline"), ("3 May 2024", "byline")]
    lines += [(paragraph, "text") for paragraph in made.paragraphs[:5]]
    lines += [("Comments", "foot"), ("About us", "foot"), ("Contact", "foot")]
    text = "\n".join(line for line, _ in lines)
    page = Page.from_text(text)
    assert len(page) == len(lines)
    outside = [
        (int(page.starts[i]), int(page.ends[i]))
        for i, (_, kind) in enumerate(lines)
        if kind in ("menu", "foot")
    ]
    if markup:
        cues = np.ones((len(page), len(CUES)), np.float32)
        dress = np.array([DRESSES[kind] for _, kind in lines])
        page = replace(page, markup=cues, dress=dress)
    truth = LabelledPage(
        f"real-{number}",
        text,
        [int(page.starts[2])],
        outside,
        kind="real",
        lang="en",
        outlets=(site,) if site else (),
        articles=(f"real-{number}",) if site else (),
    )
    return page, truth.check()


def splicer(pairs: list[Pair], seed: int = 1) -> Splicer:
    return Splicer(pairs, [article(n) for n in range(30)], frozenset(), seed)


@cache
def spliced() -> list[Pair]:
    pairs = [host(n, site=f"site{n % 3}.example", markup=n % 2 == 0) for n in range(12)]
    return list(splicer(pairs).pages(80))


def test_pages_are_the_same_for_a_seed_and_a_number() -> None:
    pairs = [host(n) for n in range(4)]
    one = [truth for _, truth in splicer(pairs).pages(10)]
    assert one == [truth for _, truth in splicer(pairs).pages(10)]
    assert one[-1] == [truth for _, truth in splicer(pairs).pages(4, 6)][-1]
    assert one != [truth for _, truth in splicer(pairs, seed=2).pages(10)]
    assert len({truth.id for truth in one}) == len(one)


def test_labels_are_sound_and_lie_on_blocks() -> None:
    assert len(spliced()) > 60
    for page, truth in spliced():
        truth.check()
        assert truth.kind == "spliced"
        assert page.text == truth.text
        assert len(truth.starts) >= 2
        assert len(truth.articles) == len(truth.starts)
        assert set(truth.starts) <= set(page.starts.tolist())
        assert np.all(page.ends[:-1] <= page.starts[1:])
        labels = block_labels(page, truth)
        assert int((labels == START).sum()) == len(truth.starts)
        for i, block in enumerate(page.blocks()):
            assert block == block.strip()
            if block in ("Home", "Sport pages", "Comments", "About us", "Contact"):
                assert labels[i] == OUTSIDE
            elif labels[i] == OUTSIDE:
                raise AssertionError(f"{block!r} is a part of a story")


def test_a_page_keeps_its_own_story_first() -> None:
    for _, truth in spliced():
        number = int(truth.articles[0].removeprefix("real-"))
        own = article(500 + number)
        assert truth.text[truth.starts[0] :].startswith(" ".join(own.title.split()))
        assert own.paragraphs[4][:40] in truth.text


def test_stories_set_in_wear_the_dress_of_the_page() -> None:
    """Headline in the headline's element, paragraphs in the paragraphs', and so no tell-tale."""
    seen = 0
    for page, truth in spliced():
        assert (page.markup is None) == (page.dress is None)
        if page.dress is None:
            continue
        seen += 1
        labels = block_labels(page, truth)
        assert set(page.dress[labels == START].tolist()) <= {DRESSES["title"]}
        story = {DRESSES[kind] for kind in ("title", "byline", "text")}
        assert set(page.dress[labels != OUTSIDE].tolist()) <= story
        assert set(page.dress[labels == OUTSIDE].tolist()) <= {DRESSES["menu"], DRESSES["foot"]}
        assert page.markup is not None
        assert page.markup.shape == (len(page), len(CUES))
    assert seen > 15


def test_where_a_page_has_its_headline_a_poured_article_has_its_own() -> None:
    titles = {article(n).id: article(n).title for n in range(30)}
    poured = 0
    for page, truth in spliced():
        for start, name in zip(truth.starts[1:], truth.articles[1:], strict=True):
            if not name.startswith("real-"):
                block = page.block(int(np.searchsorted(page.starts, start)))
                assert block == " ".join(titles[name].split())
                poured += 1
    assert poured > 20


def test_metadata_says_nothing_of_the_stories_that_were_set_in() -> None:
    own = [CUES.index("jsonld_headline_match"), CUES.index("jsonld_body")]
    for page, truth in spliced():
        if page.markup is not None:
            later = page.starts >= truth.starts[1]
            assert np.all(page.markup[later][:, own] == 0.0)
            assert np.all(page.markup[~later][:, own] == 1.0)


def test_other_stories_of_the_site_and_poured_articles_both_occur() -> None:
    names = [name for _, truth in spliced() for name in truth.articles[1:]]
    assert any(name.startswith("real-") for name in names)
    assert any(name.startswith("en-") for name in names)
    for _, truth in spliced():
        number = int(truth.articles[0].removeprefix("real-"))
        for name in truth.articles[1:]:
            if name.startswith("real-"):
                assert int(name.removeprefix("real-")) % 3 == number % 3
                assert name != truth.articles[0]


def test_pages_that_nobody_named_the_source_of_are_hosts_like_others() -> None:
    """Corrections: no outlet, no article."""
    pairs = [host(n, site="", markup=False) for n in range(3)]
    made = list(splicer(pairs).pages(12))
    assert made
    assert all(len(truth.starts) > 1 for _, truth in made)


def test_corrections_of_one_site_lend_each_other_their_stories() -> None:
    """They have a site, and no articles that they could be told apart by."""
    pairs = [host(n, site="heron.example", markup=False) for n in range(4)]
    pairs = [(page, replace(truth, articles=(), kind="corrected")) for page, truth in pairs]
    lent = 0
    for _, truth in splicer(pairs).pages(20):
        assert truth.articles[0] not in truth.articles[1:]
        lent += truth.articles[1].startswith("real-")
    assert lent > 5


def test_without_pages_of_one_story_there_is_nothing_to_splice() -> None:
    page, truth = host(1)
    several = replace(truth, starts=[*truth.starts, int(page.starts[6])])
    assert list(splicer([(page, several)]).pages(3)) == []
    assert list(splicer([]).pages(3)) == []


def test_html_borrows_no_story_from_text_with_signs_of_markdown() -> None:
    html, other = host(1), host(2)
    page, truth = host(3, markup=False)
    signed = replace(page, markup=other[0].markup)  # a text that has cues, and no classes
    made = list(splicer([html, other, (signed, truth)]).pages(60))
    assert len(made) > 40
    names = {name for page, truth in made if page.dress is not None for name in truth.articles}
    assert {"real-1", "real-2"} <= names
    assert "real-3" not in names
