"""Stories set into real pages, in the page's own dress.

On a real page of several stories all of them wear one dress, so a story of another site would be
told by its clothes and teach nothing. What is set in is either a story of another page of the same
site, or an article poured into the host's own header and paragraphs: the same lines in the same
order, with the same markup, and other words.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.cues import CUES
from model.decoder import INSIDE, OUTSIDE, START
from model.page import Page
from training.chance import drawn
from training.corpus import Article
from training.examples import block_labels
from training.labelled import LabelledPage
from training.pouring import Pool, pour

__all__ = ["Splicer", "site_of"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_STORIES = ((1, 0.5), (2, 0.2), (3, 0.12), (5, 0.1), (9, 0.08))
# Feeds of short pieces hold more of them.
_BRIEFS = ((2, 0.2), (4, 0.25), (7, 0.25), (11, 0.2), (18, 0.1))
# What the page's metadata says of its own story is not true of a story that was set in.
_OWN_STORY = [CUES.index("jsonld_headline_match"), CUES.index("jsonld_body")]
_ELSEWHERE = -7


@dataclass
class _Rows:
    """Blocks in the making: text, label, line breaks before, and the row of the host they copy."""

    texts: list[str]
    labels: list[int]
    breaks: list[int]
    source: list[int]
    """Block of the host page whose markup the block wears; negative for the donor page's."""

    def add(self, text: str, label: int, breaks: int, source: int) -> None:
        self.texts.append(text)
        self.labels.append(label)
        self.breaks.append(max(1, breaks))
        self.source.append(source)


class Splicer:
    """Makes pages of several stories from real pages of one.

    Parameters
    ----------
    pages : sequence of (Page, LabelledPage)
        Real pages with one story each, labelled block by block.
    articles : sequence of Article
        What is poured into them.
    """

    def __init__(
        self,
        pages: Sequence[tuple[Page, LabelledPage]],
        articles: Sequence[Article],
        fixed: frozenset[str],
        seed: int,
    ) -> None:
        self.hosts = [(p, t, block_labels(p, t)) for p, t in pages if len(t.starts) == 1]
        self.fixed = fixed
        self.seed = seed
        self.pool = Pool(articles)
        self.same_site: dict[tuple[str, bool], list[int]] = defaultdict(list)
        for i, (page, truth, _) in enumerate(self.hosts):
            self.same_site[site_of(truth), page.dress is None].append(i)

    def pages(self, count: int, first: int = 0) -> Iterator[tuple[Page, LabelledPage]]:
        """So many pages, fewer where nothing can be set in; each depends on its number only."""
        for number in range(first, first + count if self.hosts else first):
            rng = random.Random(f"{self.seed}/splice/{number}")
            made = self._page(rng, f"spliced-{number}")
            if made is not None:
                yield made

    def _page(self, rng: random.Random, page_id: str) -> tuple[Page, LabelledPage] | None:
        index = rng.randrange(len(self.hosts))
        page, truth, labels = self.hosts[index]
        own = np.flatnonzero(labels != OUTSIDE)
        if len(own) < 3 or len(page) > 1500:
            return None
        end = int(own[-1]) + 1
        rows = _Rows([], [], [], [])
        blocks = page.blocks()
        breaks = page.breaks.tolist()
        for i in range(end):
            rows.add(blocks[i], int(labels[i]), breaks[i], i)
        # The next story follows at once in two cases of three; else after a part of the furniture.
        after = list(range(end, len(page)))
        gap = 0 if rng.random() < 0.6 else rng.choice((1, 2, 3, 6, 12, 30))
        for i in after[:gap]:
            rows.add(blocks[i], OUTSIDE, breaks[i], i)
        after = after[gap:]
        length = rng.choice((0, 0, 40, 60, 120, 250))
        counts = _BRIEFS if 0 < length <= 60 else _STORIES
        stories = drawn(rng, counts)
        between = after[: rng.choice((0, 0, 0, 1, 2, 5))]
        donors: list[Page] = []
        used = [truth.sources[0]]
        for number in range(stories):
            if number:
                for i in between:
                    rows.add(blocks[i], OUTSIDE, breaks[i], i)
            name = self._samesite_of(rows, index, rng, donors, length) if not number else None
            name = name or self._poured(rows, page, labels, truth, rng, length)
            if name is None:
                return None
            used.append(name)
        for i in after:
            rows.add(blocks[i], OUTSIDE, breaks[i], i)
        return _joined(rows, page, donors, replace(truth, id=page_id, articles=tuple(used)))

    def _samesite_of(
        self, rows: _Rows, index: int, rng: random.Random, donors: list[Page], length: int
    ) -> str | None:
        """The story of another page of the site, header and interruptions and all."""
        page, truth, _ = self.hosts[index]
        others = self.same_site[site_of(truth), page.dress is None]
        others = [i for i in others if self.hosts[i][1].sources[0] != truth.sources[0]]
        if not others:
            return None
        donor, label, labels = self.hosts[rng.choice(others)]
        if donor.text == page.text:
            return None
        own = np.flatnonzero(labels != OUTSIDE)
        blocks = donor.blocks()
        donors.append(donor)
        room = length * 6 if length else 10**9
        for i in range(int(own[0]), int(own[-1]) + 1):
            rows.add(blocks[i], int(labels[i]), int(donor.breaks[i]), _ELSEWHERE - i)
            room -= len(blocks[i]) if labels[i] == INSIDE else 0
            if room < 0 and i > own[0] + 3:
                break
        return label.sources[0]

    def _poured(
        self,
        rows: _Rows,
        page: Page,
        labels: Ints,
        truth: LabelledPage,
        rng: random.Random,
        length: int,
    ) -> str | None:
        """An article in the host's header and paragraphs."""
        pool = self.pool.of(truth.lang)
        if not pool:
            return None
        article = rng.choice(pool)
        first = len(rows.texts)
        header, paragraphs = pour(page, labels, article, rng, length, self.fixed)
        for line in (*header, *paragraphs):
            rows.add(line.text, line.label, int(page.breaks[line.like]), line.like)
        if len(rows.texts) == first:
            return None
        rows.labels[first] = START
        return article.id


def site_of(truth: LabelledPage) -> str:
    """A page that nobody said the site of (a correction) is a site of its own."""
    return truth.outlets[0] if truth.outlets else f"page {truth.id}"


def _joined(
    rows: _Rows, page: Page, donors: Sequence[Page], truth: LabelledPage
) -> tuple[Page, LabelledPage]:
    """Rows -> a page with its markup, and its labels."""
    parts: list[str] = []
    starts: list[int] = []
    outside: list[tuple[int, int]] = []
    begins: list[int] = []
    ends: list[int] = []
    at = 0
    for i, text in enumerate(rows.texts):
        text = " ".join(text.split())
        gap = "\n" * rows.breaks[i] if i else ""
        at += len(gap)
        parts += [gap, text]
        begins.append(at)
        ends.append(at + len(text))
        if rows.labels[i] == START:
            starts.append(at)
        elif rows.labels[i] == OUTSIDE:
            outside.append((at, at + len(text)))
        at += len(text)
    text = "".join(parts)
    label = replace(truth, text=text, starts=starts, outside=outside, kind="spliced", html=None)
    if page.markup is None or page.dress is None:
        return Page.from_text(text), label
    donor = donors[0] if donors else page
    assert donor.markup is not None
    assert donor.dress is not None
    foreign = np.array([s <= _ELSEWHERE for s in rows.source])
    source = np.array([s if s >= 0 else _ELSEWHERE - s for s in rows.source])
    markup = np.where(
        foreign[:, None],
        donor.markup[np.where(foreign, source, 0)],
        page.markup[np.where(foreign, 0, source)],
    )
    dress = np.where(
        foreign, donor.dress[np.where(foreign, source, 0)], page.dress[np.where(foreign, 0, source)]
    )
    second = starts[1] if len(starts) > 1 else at
    later = np.array(begins) >= second
    for cue in _OWN_STORY:
        known = later & ~np.isnan(markup[:, cue])
        markup[known, cue] = 0.0
    made = Page(
        text=text,
        starts=np.array(begins, np.int64),
        ends=np.array(ends, np.int64),
        breaks=np.array([0, *rows.breaks[1:]], np.int64),
        markup=markup.astype(np.float32),
        dress=dress,
    )
    return made, label
