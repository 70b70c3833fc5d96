"""Pages of many stories, which are read on until their starts have found each other.

What a header looks like on a page is known once some of its stories are: each look finds starts by
their likeness to those that the look before found, so that on a page of ten stories two sure starts
lead to four and these to ten. On a page of one or two stories there is nothing to be led to, and a
chance likeness would lead astray. So only what may be a feed is looked at further, and what comes
of it holds only if the page then has many stories.

What it brings on real pages is in docs/method.md; `python -m training.ablation` measures it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.batch import running_sums
from model.decoder import FLOOR, MANY, OUTSIDE, START, decode

__all__ = [
    "FEED_ROUNDS",
    "FURTHER_ROUNDS",
    "LONGEST",
    "PARAGRAPH",
    "falls_apart",
    "feeds_among",
    "is_feed",
    "is_understood",
    "likely_feeds",
    "still_likely",
]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

#: How often all the later looks are taken once more before it is said which pages are feeds, and
#: how often after that, of those that are. On measured real feeds six times in all find more than
#: three, and ten no more than six; but after six more pages of one story pass for feeds.
FURTHER_ROUNDS, FEED_ROUNDS = 3, 3
# A page as it is scraped has furniture between its stories and around them: no measured real feed
# has less outside its stories than this share of its blocks. Without furniture there are no headers
# to be found by their likeness, and plain text is read worse for it.
_FURNITURE = 0.3
# Starts that a page holds by the sum of their chances, for it to be looked at further. Most pages
# of one story hold less, and at 2.5 so do many real feeds, whose starts are doubtful at first; but
# after one round of further looks those that are none have no more, and can be left.
_STARTS = 2.0
_MORE_STARTS = 2.5
#: Blocks of a longer page are not read on, nor are its lines held against one another: no measured
#: real page of several stories has half as many, and a page of 10 MB would cost more for its length
#: than one of 1 MB.
LONGEST = 2048
#: Words of a line that is a story's text: a header's have fewer, most of them a dozen at most.
PARAGRAPH = 20.0
# What remains outside when its stories have been found, and the median of their words. Notes and
# descriptions that follow each other have nothing between them, and the comments of a forum are
# shorter; of real feeds the least are .27 and 49.
_BETWEEN = 0.2
_MEDIAN = 40.0
# Bar for counting them; see `model.decoder.decode`.
_EACH = 0.4
# A page of a few stories between furniture may fall apart at its paragraphs when it is read on. Of
# 756 invented HTML pages of two to four stories 44 did: 36 of these have more than this share of
# their starts at paragraphs that were none at first. Of 64 readings of real feeds and letters one
# has a third, one a fifth, and the others a ninth at most.
_AT_PARAGRAPHS = 0.35
_NONE_AT_FIRST = 0.3
# So sure of two stories and of more than half of all that it finds, markup has said what reading
# without it can only forget: 35 of the 44 were so, and of 14 real feeds two, the worse for it.
_SURE, _FEWEST_SURE = 0.9, 2


def likely_feeds(proba: Floats, offsets: Ints) -> list[int]:
    """Which pages of a batch may be feeds.

    Parameters
    ----------
    proba : float32 array, shape (n_blocks, 3)
        What the last look said.
    offsets : int64 array, shape (n_pages + 1,)
        First block of each page, and the end.
    """
    outside = running_sums(proba[:, OUTSIDE] > 0.5)
    starts = running_sums(proba[:, START])
    # As many lines must be possible starts as a feed has stories. With five in place of six more
    # real feeds are read, but also more stories cut that lists and quotes interrupt.
    lines = running_sums(proba[:, START] > FLOOR)
    sizes = np.diff(offsets)
    furniture = (_each(outside, offsets) >= _FURNITURE * sizes) & (sizes <= LONGEST)
    several = (_each(starts, offsets) >= _STARTS) & (_each(lines, offsets) >= MANY)
    return [int(page) for page in np.flatnonzero(furniture & several)]


def still_likely(proba: Floats, offsets: Ints) -> NDArray[np.bool_]:
    """Which of these pages may be feeds still, by one round of further looks; shape (n_pages,)."""
    return _each(running_sums(proba[:, START]), offsets) >= _MORE_STARTS


def feeds_among(
    pages: Iterable[int], proba: Floats, tokens: Floats, headlines: Ints, offsets: Ints
) -> list[int]:
    """Which of some pages of a batch are feeds, each by :func:`is_feed`."""
    bounds = offsets.tolist()
    own = {page: slice(bounds[page], bounds[page + 1]) for page in pages}
    return [p for p, at in own.items() if is_feed(proba[at], tokens[at], headlines[at])]


def is_feed(proba: Floats, tokens: Floats, headlines: Ints) -> bool:
    """Whether a page has many stories, by the probabilities of the further looks."""
    found = decode(proba, tokens, _EACH, headlines)
    if len(found) < MANY or (proba[:, OUTSIDE] > 0.5).mean() < _BETWEEN:
        return False
    words = [tokens[span.first : span.last][span.inside].sum() for span in found]
    return bool(np.median(words) >= _MEDIAN)


def is_understood(proba: Floats, tokens: Floats, headlines: Ints) -> bool:
    """Whether a page with markup has been read too surely to be read again without it."""
    found = decode(proba, tokens, _EACH, headlines)
    sure = sum(bool(proba[span.first, START] > _SURE) for span in found)
    return sure >= _FEWEST_SURE and 2 * sure > len(found)


def falls_apart(
    proba: Floats, before: Floats, tokens: Floats, ends: Floats, headlines: Ints
) -> bool:
    """Whether a page, being read on, has come to stories that begin with a paragraph.

    Parameters
    ----------
    proba, before : float32 array, shape (n_blocks, 3)
        What the further looks say, and what the ordinary ones said before them.
    ends : float32 array, shape (n_blocks,)
        1 for a line that ends a sentence.
    """
    firsts = [span.first for span in decode(proba, tokens, _EACH, headlines)]
    paragraphs = (tokens[firsts] >= PARAGRAPH) & (ends[firsts] > 0)
    new = paragraphs & (before[firsts, START] < _NONE_AT_FIRST)
    return bool(firsts) and bool(new.mean() > _AT_PARAGRAPHS)


def _each(sums: NDArray[Any], offsets: Ints) -> NDArray[Any]:
    """What each page adds to running sums over all blocks."""
    added: NDArray[Any] = sums[offsets[1:]] - sums[offsets[:-1]]
    return added
