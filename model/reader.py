"""Pages in, label probabilities out: all looks, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.bare import Reading, put_back, without_markup
from model.batch import Batch, running_sums
from model.decoder import MIN_BODY, OUTSIDE, START
from model.feature import feature_matrix
from model.features import FIRST_LOOK, SECOND_LOOK
from model.feed import (
    FEED_ROUNDS,
    FURTHER_ROUNDS,
    falls_apart,
    feeds_among,
    is_understood,
    likely_feeds,
    still_likely,
)
from model.look import Look, left_open
from model.page import Page
from model.stages import stage
from model.trees import Settled, Trees
from model.word_space import WordSpace
from model.wording import Wording

__all__ = ["Reader", "may_be_parted"]

Floats = NDArray[np.float32]

# Blocks that are looked at together: enough to make NumPy's overhead small, few enough for the
# arrays (about 2 kB a block) to stay in tens of megabytes.
BATCH_BLOCKS = 8192

# Outside, inside, start: what a block is thought to be that looks are to go by, and how often the
# later ones are taken then. With .15 and 3 they forget it, and with .6 also find headings inside
# one story.
_THOUGHT = np.array([0.05, 0.65, 0.3], np.float32)
_LED_ROUNDS = 4


# A later look is the mean of three fits. A block that the first of them is surer of than this, and
# gives next to no chance of a start, is left at that.
_SETTLED, _SETTLED_START = 0.9, 0.005
# What the second look is surer of than this, and is no start, the third is not taken of. With both,
# held-out pages take .95 times as long, and as many seams are right; with .8 and .75 .91 times, and
# 13 of 2,661 real pages of one story are cut for 9. Feeds are read without: belief has to travel.
_AGREED = 0.85
# Chance of a start, by the second look, that a line must have to begin a story of its own. Where no
# two such lines have a story's words between them, as on two real pages of three, the third look
# measures nothing anew and is asked of what is less clear than this, or may be a start, alone. Real
# pages in HTML take .87 of the time, composed text .96; all seams of held-out pages and of trials
# are the same, and main texts as good. With .05 one real page in a hundred begins a line off, and
# were the look not taken at all, main texts would lose .0015 of their F1.
_MAY_START, _CLEAR = 0.02, 0.7


def _settled(proba: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray((proba.max(axis=1) > _SETTLED) & (proba[:, START] < _SETTLED_START))


def may_be_parted(look: Look, proba: Floats) -> NDArray[np.bool_]:
    """Which pages of a batch have lines that may begin stories so far apart that one ends between
    them; shape (n_pages,)."""
    batch = look.batch
    mass = running_sums(look.tokens * (1.0 - proba[:, OUTSIDE]))
    at = np.flatnonzero(proba[:, START] >= _MAY_START)
    lines = np.searchsorted(at, batch.offsets)
    pages = np.flatnonzero(np.diff(lines))
    first, last = at[lines[pages]], at[lines[pages + 1] - 1]
    out = np.zeros(len(batch.pages), bool)
    out[pages] = mass[last] - mass[first] >= MIN_BODY
    return out


class Reader:
    """Says of every block how likely it is outside, inside, or the start of a story.

    Parameters
    ----------
    space, wording
        What is known of words.
    looks : sequence
        scikit-learn classifiers of the first look and of the later ones.
    read_on : bool
        Read feeds on, see :mod:`model.feed`.
    """

    def __init__(
        self, space: WordSpace, wording: Wording, looks: Sequence[Any], *, read_on: bool = True
    ) -> None:
        self._space, self._wording = space, wording
        self._first, *self._again = [Trees(classifier) for classifier in looks]
        # It is the later looks that are taken again.
        self._read_on = read_on and bool(self._again)

    @property
    def trees(self) -> tuple[Trees, ...]:
        """Those of all looks, in order, which evidence asks."""
        return (self._first, *self._again)

    def batches(self, pages: Sequence[str | Page]) -> Iterator[Batch]:
        """Pages in batches of about ``BATCH_BLOCKS`` blocks."""
        table = self._space.table
        ready: list[Page] = []
        blocks = 0
        for page in pages:
            page = page if isinstance(page, Page) else Page.from_text(page)
            ready.append(page)
            blocks += len(page)
            if blocks >= BATCH_BLOCKS:
                yield Batch.read(ready, table)
                ready, blocks = [], 0
        if ready:
            yield Batch.read(ready, table)

    @stage("features")
    def look(self, batch: Batch) -> tuple[Look, Floats]:
        """Look again and again; label probabilities of all blocks of a batch, and the last look."""
        look = Look.first(batch, self._space, self._wording)
        if len(batch) == 0:
            return look, np.zeros((0, 3), np.float32)
        look, proba = self._look_all(look)
        if self._read_on and (likely := _doubtful(look, proba)):
            return self._look_further(look, proba, likely)
        return look, proba

    def read(self, pages: Sequence[Page]) -> tuple[Look, Floats]:
        """Look at some pages, as one batch."""
        return self.look(Batch.read(pages, self._space.table))

    def led_by(
        self, look: Look, proba: Floats, rows: Sequence[tuple[int, NDArray[np.int64]]], least: float
    ) -> tuple[Look, Floats]:
        """Look at some pages of a batch again, as one, as if some lines of each had been thought to
        be starts.

        Parameters
        ----------
        rows : sequence of (int, int64 array)
            Number of a page, which may come more than once, and blocks of it.
        least : float
            Chance of a start that each of these blocks but the first must have come to after the
            first round, or the others are not taken.
        """
        last, proba = self._look_at(look, proba, [page for page, _ in rows])
        bounds = last.batch.offsets
        led = [low + blocks for low, (_, blocks) in zip(bounds.tolist(), rows, strict=False)]
        proba = proba.copy()
        proba[np.concatenate(led)] = _THOUGHT
        last, proba = self._look_again(last, proba)
        hopeful = np.array([proba[blocks[1:], START].min() >= least for blocks in led])
        if hopeful.any():
            for _ in range(_LED_ROUNDS - 1):
                last, proba = self._look_again(last, proba, hopeful)
        return last, proba

    def _look_all(self, look: Look) -> tuple[Look, Floats]:
        """Take each look once."""
        proba = self._first.predict_proba(feature_matrix(FIRST_LOOK, look))
        for at, trees in enumerate(self._again):
            unsure, pages = left_open(proba), None
            if at:
                pages = may_be_parted(look, proba)
                unclear = left_open(proba, _CLEAR)
                parted = pages[look.batch.page_of]
                unsure = np.where(parted, left_open(proba, _AGREED), unclear)
            look, proba = self._look_with(trees, look, proba, unsure, pages, settled=_settled)
        return look, proba

    def _look_at(
        self, look: Look, proba: Floats, numbers: Sequence[int], *, bare: bool = False
    ) -> tuple[Look, Floats]:
        """Some pages of a batch as a batch of their own, and what is said of it: of those without
        markup what was said before, and of others what their first reading says, with it or
        without (``bare``)."""
        pages = [look.batch.pages[number] for number in numbers]
        plain = np.array([page.markup is None for page in pages])
        if bare:
            pages = [without_markup(page) for page in pages]
        some = Look.first(Batch.read(pages, self._space.table), self._space, self._wording)
        bounds = look.batch.offsets
        blocks = np.concatenate([np.arange(bounds[n], bounds[n + 1]) for n in numbers])
        if plain.all():
            return some.knowing(look, blocks), proba[blocks]
        last, said = self._look_all(some)
        # Whatever other pages there are beside.
        return last, np.where(plain[last.batch.page_of, None], proba[blocks], said)

    def _look_again(
        self, look: Look, proba: Floats, pages: NDArray[np.bool_] | None = None
    ) -> tuple[Look, Floats]:
        """Take all later looks once more, at all pages or some."""
        for trees in self._again:
            unsure = left_open(proba)
            if pages is not None:
                unsure &= pages[look.batch.page_of]
            look, proba = self._look_with(trees, look, proba, unsure, pages)
        return look, proba

    def _look_with(
        self,
        trees: Trees,
        look: Look,
        proba: Floats,
        unsure: NDArray[np.bool_],
        pages: NDArray[np.bool_] | None = None,
        *,
        settled: Settled | None = None,
    ) -> tuple[Look, Floats]:
        """Look again by what was said before, and ask trees of the blocks that are unsure."""
        look = look.again(proba, pages)
        if unsure.any():
            rows = feature_matrix(SECOND_LOOK, look, unsure)
            proba = proba.copy()
            proba[unsure] = trees.predict_proba(rows, settled=settled)
        return look, proba

    def _look_further(
        self, look: Look, proba: Floats, likely: Sequence[int]
    ) -> tuple[Look, Floats]:
        """Read on those pages of a batch that turn out to be feeds; see `model.feed`.

        They are read as if they had no markup but their dress: a linked heading is a teaser on the
        pages of one story that markup was learned from, and a headline in a feed.
        """
        bounds = list(pairwise(look.batch.offsets.tolist()))
        last, found = self._look_at(look, proba, likely, bare=True)
        some = last.batch
        first = np.concatenate([proba[slice(*bounds[page])] for page in likely])
        open_ = np.ones(len(likely), bool)
        for _ in range(FURTHER_ROUNDS):
            last, found = self._look_again(last, found, open_)
            open_ &= still_likely(found, some.offsets)
            if not open_.any():
                return look, proba
        own_bounds = list(pairwise(some.offsets.tolist()))
        ready = _feeds(last, np.flatnonzero(open_).tolist(), found, first)
        if not ready:
            return look, proba
        further, more = last, found
        feeds = np.zeros(len(likely), bool)
        feeds[ready] = True
        for _ in range(FEED_ROUNDS):
            further, more = self._look_again(further, more, feeds)
        still = set(_feeds(further, ready, more, first))
        readings: dict[int, Reading] = {}
        for n in ready:
            there = slice(*own_bounds[n])
            best, said = (further, more) if n in still else (last, found)
            assert best.proba is not None
            readings[likely[n]] = best.proba[there], said[there]
        return put_back(look, proba, readings)


def _doubtful(look: Look, proba: Floats) -> list[int]:
    """The pages of a batch that may be feeds, and of which markup has not said enough."""
    likely = likely_feeds(proba, look.batch.offsets)
    if not likely:
        return []
    pages, bounds, lines = look.batch.pages, look.batch.offsets.tolist(), look.headlines
    own = {page: slice(bounds[page], bounds[page + 1]) for page in likely}
    return [
        page
        for page, at in own.items()
        if pages[page].markup is None or not is_understood(proba[at], look.tokens[at], lines[at])
    ]


def _feeds(look: Look, pages: Sequence[int], proba: Floats, before: Floats) -> list[int]:
    """Which of some pages of a batch are feeds by the further looks, and hold together as such."""
    tokens, lines, offsets = look.tokens, look.headlines, look.batch.offsets
    ends, bounds = look.layout.columns["ends_stop"], offsets.tolist()
    found = feeds_among(pages, proba, tokens, lines, offsets)
    own = {page: slice(bounds[page], bounds[page + 1]) for page in found}
    return [
        page
        for page, at in own.items()
        if not falls_apart(proba[at], before[at], tokens[at], ends[at], lines[at])
    ]
