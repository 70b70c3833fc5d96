"""Stories set into the HTML of real pages, so that the cues of markup are those that HTML gives.

`training.splice` copies the cues of the page's own lines, and a story that comes of it begins as
the page's own did. Pages that go on with another story have it in an element of its own or in none,
under a heading of another level or the same, with a header or without; so here elements are put
into the tree, and the page is read again. Not everything that is put in is a story: teasers in such
elements and headings inside the page's own story are none.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.decoder import INSIDE, OUTSIDE, START
from model.page import Page
from training.corpus import Article
from training.examples import block_labels
from training.labelled import LabelledPage
from training.markup_style import Lines, MarkupStyle, drawn
from training.pouring import pour
from training.reread import read_again, read_donated
from training.shells import Shells

__all__ = ["MarkupSplicer"]

Ints = NDArray[np.int64]
_BIGGEST = 600_000  # characters of HTML; the largest real page in twenty has more
_MOST_BLOCKS = 1_500
_STORIES = ((1, 0.6), (2, 0.2), (4, 0.12), (8, 0.08))
_LENGTHS = (0, 0, 0, 60, 120, 250)
_WHAT = (("stories", 0.74), ("teasers", 0.16), ("subhead", 0.1))
_DONATED = 0.35
# What boxes around a story, and its parts, are called.
_BOXES = ("post", "entry", "story-block", "stream-item", "news-item", "loaded", "next-post", "")
_TAGS = (("div", 0.5), ("article", 0.3), ("section", 0.2))
_FURNITURE = ("Share", "Read more", "Comments", "Tweet", "Save", "Follow us", "Print", "Top")


class MarkupSplicer:
    """Makes pages of several stories from the HTML of real pages of one.

    Parameters
    ----------
    pages : sequence of (Page, LabelledPage)
        Real pages, labelled block by block; those of HTML with one story are used.
    articles : sequence of Article
        What is poured into them.
    fixed : frozenset of str
        Lines that are furniture wherever they stand.
    """

    def __init__(
        self,
        pages: Sequence[tuple[Page, LabelledPage]],
        articles: Sequence[Article],
        fixed: frozenset[str],
        seed: int,
    ) -> None:
        self.hosts = [
            (page, truth)
            for page, truth in pages
            if truth.html and len(truth.starts) == 1
            if len(truth.html) <= _BIGGEST and len(page) <= _MOST_BLOCKS
        ]
        self.fixed = fixed
        self.seed = seed
        self.by_lang: dict[str, list[Article]] = defaultdict(list)
        for article in articles:
            if article.title:
                self.by_lang[article.lang].append(article)
        self.same_site: dict[str, list[int]] = defaultdict(list)
        for i, (_, truth) in enumerate(self.hosts):
            if truth.outlets:
                self.same_site[truth.outlets[0]].append(i)

    def pages(self, count: int, first: int = 0) -> Iterator[tuple[Page, LabelledPage]]:
        """So many pages, fewer where nothing can be set in; each depends on its number only."""
        for number in range(first, first + count if self.hosts else first):
            rng = random.Random(f"{self.seed}/markup/{number}")
            made = self._page(rng, f"set-in-{number}")
            if made is not None:
                yield made

    def _page(self, rng: random.Random, page_id: str) -> tuple[Page, LabelledPage] | None:
        index = rng.randrange(len(self.hosts))
        page, truth = self.hosts[index]
        labels = block_labels(page, truth)
        own = np.flatnonzero(labels != OUTSIDE)
        pool = self.by_lang.get(truth.lang) or self.by_lang.get("en")
        if len(own) < 4 or not pool or not truth.html:
            return None
        shells = Shells(page, truth.html)
        used = [_name(truth)]
        what = drawn(rng, _WHAT)
        donor = self._donor(index, rng) if rng.random() < _DONATED else None
        if what == "stories" and donor is not None:
            return self._donated(page, labels, truth, shells, donor, page_id)
        put: tuple[Any, list[Any], Lines] | None
        if what == "subhead":
            put = _subhead(page, own, shells, rng)
        else:
            put = self._items(page, labels, truth, shells, rng, pool, used, what == "stories")
        if put is None:
            return None
        place, elements, lines = put
        shells.put_behind(place, elements)
        return read_again(
            str(shells.tree), page, labels, lines, replace(truth, id=page_id, articles=tuple(used))
        )

    def _items(
        self,
        page: Page,
        labels: Ints,
        truth: LabelledPage,
        shells: Shells,
        rng: random.Random,
        pool: Sequence[Article],
        used: list[str],
        stories: bool,
    ) -> tuple[Any, list[Any], Lines] | None:
        """Stories or teasers behind the page's own, each in a box or none, and where they go."""
        own = np.flatnonzero(labels != OUTSIDE)
        levels = shells.levels(int(own[-1]))
        if not levels:
            return None
        around = shells.around(int(own[0]), int(own[-1]))
        inside = next((i for i, node in enumerate(levels) if node == around), None)
        boxed = rng.random()
        where = 0 if inside is None or boxed < 0.4 else inside
        if boxed > 0.85:
            where = rng.randrange(len(levels))
        box: tuple[str, str] | None = (drawn(rng, _TAGS), rng.choice(_BOXES))
        if rng.random() < (0.5 if where == 0 else 0.15):
            box = None
        alike = levels[where] if where and rng.random() < 0.4 else None
        count = int(drawn(rng, _STORIES)) if stories else rng.choice((2, 3, 4, 6))
        length = rng.choice(_LENGTHS)
        style = MarkupStyle.of(rng)
        elements: list[Any] = []
        lines: Lines = []
        for number in range(count):
            article = rng.choice(pool)
            if stories:
                made, said = self._story(page, labels, article, shells, rng, length, style)
            else:
                made, said = style.teaser(article, shells, int(own[0]))
            if not made:
                return None
            if number and rng.random() < 0.3:
                for text in rng.sample(_FURNITURE, rng.choice((1, 2))):
                    elements.append(shells.made("div", text))
                    lines.append((text, OUTSIDE))
            if alike is not None:
                made = [shells.boxed(shells.bare(alike), made)]
            elif box is not None:
                made = [shells.boxed(shells.made(box[0], name=box[1]), made)]
            elements += made
            lines += said
            if stories:
                used.append(article.id)
        return levels[where], elements, lines

    def _story(
        self,
        page: Page,
        labels: Ints,
        article: Article,
        shells: Shells,
        rng: random.Random,
        length: int,
        style: MarkupStyle,
    ) -> tuple[list[Any], Lines]:
        """An article with the page's own header, or with a headline and little else."""
        own = np.flatnonzero(labels != OUTSIDE)
        header, body = pour(page, labels, article, rng, length, self.fixed)
        elements: list[Any] = []
        lines: Lines = []
        if style.whole:
            body = [*header, *body]
        else:
            elements, lines = style.header(article, shells, int(own[0]), rng)
        for line in body:
            text = " ".join(line.text.split())
            if text:
                elements.append(
                    shells.made("p", text) if style.plain else shells.like(line.like, text)
                )
                lines.append((text, line.label))
        if len(lines) < 2:
            return [], []
        lines[0] = (lines[0][0], START)
        return elements, lines

    def _donor(self, index: int, rng: random.Random) -> int | None:
        page, truth = self.hosts[index]
        others = self.same_site[truth.outlets[0]] if truth.outlets else []
        others = [
            i
            for i in others
            if _name(self.hosts[i][1]) != _name(truth) and self.hosts[i][0].text != page.text
        ]
        return rng.choice(others) if others else None

    def _donated(
        self,
        page: Page,
        labels: Ints,
        truth: LabelledPage,
        shells: Shells,
        donor: int,
        page_id: str,
    ) -> tuple[Page, LabelledPage] | None:
        """Another page's story of the site, and all that is around it there."""
        other, told = self.hosts[donor]
        theirs = block_labels(other, told)
        place = _container(shells, labels)
        item = None if not told.html else _container(Shells(other, told.html), theirs)
        if place is None or item is None:
            return None
        mark = f"\u2063{page_id}\u2063"
        shells.put_behind(place, [shells.made("div", mark)])
        html = str(shells.tree).replace(f"<div>{mark}</div>", item.html, 1)
        named = replace(truth, id=page_id, articles=(_name(truth), _name(told)))
        return read_donated(html, page, labels, other, theirs, named)


def _subhead(
    page: Page, own: Ints, shells: Shells, rng: random.Random
) -> tuple[Any, list[Any], Lines] | None:
    """A heading inside the page's own story, in words of the paragraph below it."""
    body = [int(k) for k in own[2:-1] if page.ends[k] - page.starts[k] > 120]
    at = shells.pick(body, rng)
    if at is None or at + 1 >= len(page):
        return None
    words = page.block(at + 1).split()[: rng.randint(2, 7)]
    text = " ".join(words).strip(".,:;") if words else ""
    if len(text) < 4:
        return None
    text = text[0].upper() + text[1:]
    return (
        shells.levels(at)[0],
        [shells.made(rng.choice(("h2", "h3", "h4")), text)],
        [(text, INSIDE)],
    )


def _container(shells: Shells, labels: Ints) -> Any | None:
    """The element around a page's own story, unless that is the whole page."""
    own = np.flatnonzero(labels != OUTSIDE)
    node = shells.around(int(own[0]), int(own[-1]))
    return None if node is None or node.tag in ("body", "html") else node


def _name(truth: LabelledPage) -> str:
    return truth.articles[0] if truth.articles else truth.id
