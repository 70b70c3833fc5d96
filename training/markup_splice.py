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
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.decoder import INSIDE, OUTSIDE, START
from model.page import Page
from training.chance import drawn
from training.corpus import Article
from training.examples import block_labels
from training.labelled import LabelledPage
from training.markup_style import Lines, MarkupStyle
from training.pouring import Pool, pour
from training.reread import read_again, read_donated
from training.shells import Shells, boxed, put_behind
from training.splice import site_of

__all__ = ["MarkupSplicer"]

Ints = NDArray[np.int64]

# Of 1,128 real pages of HTML with one story 18 are larger.
_BIGGEST, _MOST_BLOCKS = 600_000, 1_500  # characters of HTML, blocks
_FEWEST = 4  # blocks of the page's own story
_PARAGRAPH = 120  # characters; a shorter block has no heading above it
# All weights below are by judgement, as those of `training.splice` are: what real pages do most
# comes most, and nothing is certain.
_WHAT = (("stories", 0.74), ("teasers", 0.16), ("subhead", 0.1))
_STORIES = ((1, 0.6), (2, 0.2), (4, 0.12), (8, 0.08))
_LENGTHS = (0, 0, 0, 60, 120, 250)  # words of each story; 0 for all
_DONATED = 0.35  # of the stories, where the site has other pages
_INSIDE, _ANYWHERE = 0.4, 0.15  # behind the last paragraph, behind any element around it
_BARE_INSIDE, _BARE_BEHIND = 0.5, 0.15  # in no box
_ALIKE = 0.4  # in a box like the element that it stands behind
_BETWEEN = 0.3  # with furniture in between
# What boxes around a story are called.
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
        self.pool = Pool(article for article in articles if article.title)
        self.same_site: dict[str, list[int]] = defaultdict(list)
        for i, (_, truth) in enumerate(self.hosts):
            self.same_site[site_of(truth)].append(i)

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
        pool = self.pool.of(truth.lang)
        host = _Host.read(page, truth)
        if len(host.own) < _FEWEST or not pool:
            return None
        what = drawn(rng, _WHAT)
        donor = self._donor(index, rng) if rng.random() < _DONATED else None
        if what == "stories" and donor is not None:
            return self._donated(host, _Host.read(*self.hosts[donor]), page_id)
        if what == "subhead":
            put = _subhead(host, rng)
        else:
            put = self._items(host, rng, pool, stories=what == "stories")
        if put is None:
            return None
        put_behind(put.place, put.elements)
        named = replace(truth, id=page_id, articles=(truth.sources[0], *put.articles))
        return read_again(str(host.shells.tree), page, host.labels, put.lines, named)

    def _items(
        self, host: _Host, rng: random.Random, pool: Sequence[Article], *, stories: bool
    ) -> _Put | None:
        """Stories or teasers behind the page's own, each in a box or none."""
        shells = host.shells
        levels = shells.levels(int(host.own[-1]))
        if not levels:
            return None
        where = _level(levels, shells.around(int(host.own[0]), int(host.own[-1])), rng)
        box: tuple[str, str] | None = (drawn(rng, _TAGS), rng.choice(_BOXES))
        if rng.random() < (_BARE_INSIDE if where == 0 else _BARE_BEHIND):
            box = None
        alike = levels[where] if where and rng.random() < _ALIKE else None
        count = int(drawn(rng, _STORIES)) if stories else rng.choice((2, 3, 4, 6))
        length = rng.choice(_LENGTHS)
        style = MarkupStyle.of(rng)
        put = _Put(levels[where], [], [], [])
        for number in range(count):
            article = rng.choice(pool)
            if stories:
                made, said = self._story(host, article, rng, length, style)
                put.articles.append(article.id)
            else:
                made, said = style.teaser(article, shells, int(host.own[0]))
            if not made:
                return None
            if number and rng.random() < _BETWEEN:
                for text in rng.sample(_FURNITURE, rng.choice((1, 2))):
                    put.elements.append(shells.made("div", text))
                    put.lines.append((text, OUTSIDE))
            if alike is not None:
                made = [boxed(shells.bare(alike), made)]
            elif box is not None:
                made = [boxed(shells.made(box[0], name=box[1]), made)]
            put.elements.extend(made)
            put.lines.extend(said)
        return put

    def _story(
        self, host: _Host, article: Article, rng: random.Random, length: int, style: MarkupStyle
    ) -> tuple[list[Any], Lines]:
        """An article with the page's own header, or with a headline and little else."""
        shells = host.shells
        header, body = pour(host.page, host.labels, article, rng, length, self.fixed)
        elements: list[Any] = []
        lines: Lines = []
        if style.whole:
            body = [*header, *body]
        else:
            elements, lines = style.header(article, shells, int(host.own[0]), rng)
        for line in body:
            text = " ".join(line.text.split())
            if text:
                made = shells.made("p", text) if style.plain else shells.like(line.like, text)
                elements.append(made)
                lines.append((text, line.label))
        if len(lines) < 2:
            return [], []
        lines[0] = (lines[0][0], START)
        return elements, lines

    def _donor(self, index: int, rng: random.Random) -> int | None:
        page, truth = self.hosts[index]
        others = [
            i
            for i in self.same_site[site_of(truth)]
            if self.hosts[i][1].sources[0] != truth.sources[0]
            and self.hosts[i][0].text != page.text
        ]
        return rng.choice(others) if others else None

    def _donated(self, host: _Host, donor: _Host, page_id: str) -> tuple[Page, LabelledPage] | None:
        """Another page's story of the site, and all that is around it there."""
        place, item = _container(host), _container(donor)
        if place is None or item is None:
            return None
        mark = f"\u2063{page_id}\u2063"
        put_behind(place, [host.shells.made("div", mark)])
        html = str(host.shells.tree).replace(f"<div>{mark}</div>", item.html, 1)
        names = (host.truth.sources[0], donor.truth.sources[0])
        named = replace(host.truth, id=page_id, articles=names)
        return read_donated(html, host.page, host.labels, donor.page, donor.labels, named)


@dataclass(frozen=True)
class _Host:
    """A page of one story: ``own`` are its blocks that are not outside."""

    page: Page
    truth: LabelledPage
    labels: Ints
    own: Ints
    shells: Shells

    @classmethod
    def read(cls, page: Page, truth: LabelledPage) -> _Host:
        labels = block_labels(page, truth)
        own = np.flatnonzero(labels != OUTSIDE)
        return cls(page, truth, labels, own, Shells(page, truth.html or ""))


@dataclass(frozen=True)
class _Put:
    """What goes behind which element, its lines as they will be read, and whose stories it is."""

    place: Any
    elements: list[Any]
    lines: Lines
    articles: list[str]


def _level(levels: Sequence[Any], around: Any | None, rng: random.Random) -> int:
    """Behind which element: the last paragraph's, that around the story, or any of those around."""
    story = next((i for i, node in enumerate(levels) if node == around), None)
    drawn_at = rng.random()
    if drawn_at > 1 - _ANYWHERE:
        return rng.randrange(len(levels))
    return 0 if story is None or drawn_at < _INSIDE else story


def _subhead(host: _Host, rng: random.Random) -> _Put | None:
    """A heading inside the page's own story, in words of the paragraph below it."""
    page, shells = host.page, host.shells
    body = [int(k) for k in host.own[2:-1] if page.ends[k] - page.starts[k] > _PARAGRAPH]
    at = shells.pick(body, rng)
    if at is None or at + 1 >= len(page):
        return None
    words = page.block(at + 1).split()[: rng.randint(2, 7)]
    text = " ".join(words).strip(".,:;")
    if len(text) < 4:
        return None
    text = text[0].upper() + text[1:]
    heading = shells.made(rng.choice(("h2", "h3", "h4")), text)
    return _Put(shells.levels(at)[0], [heading], [(text, INSIDE)], [])


def _container(host: _Host) -> Any | None:
    """The element around a page's own story, unless that is the whole page."""
    if not len(host.own):
        return None
    node = host.shells.around(int(host.own[0]), int(host.own[-1]))
    return None if node is None or node.tag in ("body", "html") else node
