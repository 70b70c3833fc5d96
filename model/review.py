"""A second opinion on each cut, from what its stories turn out to be.

Trees that look at a block see what stands around it. They cannot see the stories that come of it:
how long each is and how alike its neighbours are, what else was found on the page and how surely,
how much of the page is furniture. So the stories are drawn up once with a bar that is too low, and
two more classifiers judge: whether the page holds a second story at all, which must be all but
certain, and which of the cuts are true.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from model.batch import running_sums
from model.cut_columns import CUT_COLUMNS, PAGE_COLUMNS, cut_columns, page_columns
from model.decoder import (
    MANY,
    MIN_BODY,
    OPENING,
    OUTSIDE,
    Span,
    decode,
    decode_whole,
    draw_spans,
)
from model.drawn import Drawn
from model.feed import feeds_among
from model.look import Look

__all__ = [
    "LOW",
    "UNLIKELY",
    "Cuts",
    "Reviewers",
    "cut_further",
    "doubts_of",
    "list_cuts",
    "list_stories",
    "recut",
]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

#: Bar of the cuts that are judged: what is less likely than that is hardly ever true.
LOW = 0.15
#: What a caller who wants less likely cuts as well gets them for, at most.
UNLIKELY = LOW - 1e-4


@dataclass(frozen=True)
class Reviewers:
    """Four scikit-learn classifiers; classes no and yes.

    Attributes
    ----------
    page
        Does the page hold a second story? Asked with its likeliest cut.
    cut
        Is this cut true? Over the columns of cuts, as the first.
    top
        Is this the first block of a story? Over the columns of :mod:`model.top_columns`; None
        leaves stories where they were found.
    run_on
        Is this the first word of a story? Over the columns of :mod:`model.run_ons`; None has every
        story begin with a sentence.
    """

    page: Any
    cut: Any
    top: Any | None
    run_on: Any | None = None


@dataclass(frozen=True)
class Cuts:
    """The cuts that some pages may have.

    Attributes
    ----------
    rows : float32 array, shape (n_cuts, n_columns)
        ``PAGE_COLUMNS`` and ``CUT_COLUMNS`` of each.
    pages : int64 array, shape (n_pages,)
        The pages of the batch that have any.
    offsets : int64 array, shape (n_pages + 1,)
        First cut of each of these pages, and the end.
    feeds : bool array, shape (n_pages,)
        Which of these pages are feeds by :func:`model.feed.is_feed`. The real ones to learn from
        are few, and composed pages are none: reviewers would keep most of them whole.
    """

    rows: Floats
    pages: Ints
    offsets: Ints
    feeds: NDArray[np.bool_]

    @property
    def chances(self) -> Floats:
        """What the last look said of each cut, shape (n_cuts,)."""
        return self.rows[:, len(PAGE_COLUMNS)]

    @property
    def any_chance(self) -> Floats:
        """That one cut of a page at least is true, if they were independent; shape (n_pages,)."""
        return np.asarray(expit(self.rows[self.offsets[:-1], 0]), dtype=np.float32)

    def likeliest(self) -> Ints:
        """Of each page, the cut with the greatest chance; shape (n_pages,)."""
        chance = self.chances.astype(np.float64)
        page = np.repeat(np.arange(len(self.pages)), np.diff(self.offsets))
        order = np.lexsort((-chance, page))
        return np.asarray(order[self.offsets[:-1]], dtype=np.int64)


def list_stories(look: Look, proba: Floats, bar: float) -> list[list[Span]]:
    """Stories of each page of a batch, by one bar for each seam."""
    lines, tokens = look.headlines, look.tokens
    found = []
    for a, b in pairwise(look.batch.offsets.tolist()):
        spans = decode(proba[a:b], tokens[a:b], bar, lines[a:b])
        if len(spans) == 1 and spans[0].probability < OPENING:
            # Where only one story is left, the lowest bar is not what says where it begins.
            spans = decode_whole(proba[a:b], tokens[a:b])
        found.append(spans)
    return found


def cut_further(look: Look, proba: Floats, found: Sequence[Sequence[Span]]) -> list[list[Span]]:
    """The stories by the bar ``LOW``, cut wherever else one may start.

    The cuts that there were stay as they are, or a page would lose some of them, and others change
    their chance, for a caller who asks for more.
    """
    out: list[list[Span]] = []
    bounds = pairwise(look.batch.offsets.tolist())
    for spans, more, (a, b) in zip(found, list_stories(look, proba, 0.0), bounds, strict=True):
        sure = {span.first: span.probability for span in spans}
        mass = running_sums(look.tokens[a:b] * (1.0 - proba[a:b, OUTSIDE]))
        taken = mass[[*sure]]
        for span in more:
            if spans and span.first > spans[0].first:
                apart = np.abs(mass[span.first] - taken) >= MIN_BODY
                if apart.all():
                    sure[span.first] = span.probability
        starts = sorted(sure)
        out.append(draw_spans(starts, [sure[start] for start in starts], proba[a:b]))
    return out


def list_cuts(look: Look, proba: Floats, found: Sequence[Sequence[Span]]) -> Cuts:
    """What there is to know of each cut.

    Parameters
    ----------
    look : Look
        The last one.
    proba : float32 array, shape (n_blocks, 3)
        What it said.
    found : sequence of sequence of Span
        Of each page of the batch, its stories by the bar ``LOW``.
    """
    pages = np.array([i for i, spans in enumerate(found) if len(spans) > 1], np.int64)
    if len(pages) == 0:
        width = len(PAGE_COLUMNS) + len(CUT_COLUMNS)
        none = np.zeros(0, bool)
        return Cuts(np.zeros((0, width), np.float32), pages, np.zeros(1, np.int64), none)
    drawn = Drawn.of(look, proba, pages, found)
    columns = [page_columns(drawn, look, proba), cut_columns(drawn, look, proba)]
    rows = np.concatenate(columns, axis=1)
    counts = np.diff(drawn.offsets) - 1
    offsets = np.concatenate([[0], np.cumsum(counts)])
    many = pages[counts + 1 >= MANY].tolist()
    feeds = feeds_among(many, proba, look.tokens, look.headlines, look.batch.offsets)
    return Cuts(rows.astype(np.float32), pages, offsets, np.isin(pages, feeds))


def doubts_of(cuts: Cuts, chances: Floats, several: Floats, n_pages: int) -> Floats:
    """How unsure each page's least clear cut is, kept or not: 0 to 1, 0 where no cut was drawn up.

    Of 936 composed pages of held-out outlets a fifth were wrong, of the 100 least clear ones 73; by
    the seams and stories that were told, 51, as most of what goes wrong is a seam that is lacking.

    Parameters
    ----------
    chances : float32 array, shape (n_cuts,)
    several : float32 array, shape (n_pages with cuts,)
        What `model.segmenter.Segmenter.judge` says of the cuts.
    n_pages : int
        Of the batch.
    """
    out = np.zeros(n_pages, np.float32)
    if len(cuts.pages):
        true = np.minimum(chances, np.repeat(several, np.diff(cuts.offsets)))
        unsure = 1.0 - np.abs(2.0 * true - 1.0)
        out[cuts.pages] = np.maximum.reduceat(unsure, cuts.offsets[:-1])
    return out


def recut(
    spans: Sequence[Span], kept: NDArray[np.bool_], chances: Floats, proba: Floats, tokens: Floats
) -> list[Span]:
    """A page's stories with the cuts that are kept.

    Parameters
    ----------
    spans : sequence of Span
        The stories with all cuts.
    kept : bool array, shape (n_cuts,)
    chances : float32 array, shape (n_cuts,)
        What the stories between the cuts that are kept are as sure as.
    proba : float32 array, shape (n_blocks, 3)
    tokens : float32 array, shape (n_blocks,)
    """
    if not kept.any():
        return decode_whole(proba, tokens)
    starts = [spans[0].first, *(s.first for s, k in zip(spans[1:], kept, strict=True) if k)]
    return draw_spans(starts, [spans[0].probability, *chances[kept].tolist()], proba)
