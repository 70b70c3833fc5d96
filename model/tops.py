"""At which line exactly a story begins: at its headline, or at the section's name above that?

That a story begins around here is what the looks say; at which line is a matter of what the tops of
this page are like. All stories of a page wear one dress: a line belongs to this story's top if its
like stands at the top of the others, and to the end of the story before if not. Trees that look at
one block cannot make the stories agree. So the blocks around each start that was found are
candidates, measured beside one another and beside those of the page's other stories, and one more
classifier says which of them is the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.batch import running_sums
from model.decoder import OUTSIDE, START, Span, draw_spans
from model.look import Look
from model.top_columns import TOP_COLUMNS, Found, top_columns

__all__ = ["Tops", "begin_at", "list_tops"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Blocks above and below a start that may be the true one, and the words of body between the two at
# most: a longer header is rare, and further off it is another story.
_ABOVE, _BELOW = 4, 3
_BODY = 60.0
# A page's only story that starts as surely as that is left where it is: there is nothing to agree
# with, and this is what nearly all pages are.
_SURE = 0.95
_STEPS = np.arange(-_ABOVE, _BELOW + 1)


@dataclass(frozen=True)
class Tops:
    """The blocks that may be the first of a story, story by story.

    Attributes
    ----------
    rows : float32 array, shape (n_candidates, n_columns)
        ``TOP_COLUMNS`` of each.
    story : int64 array, shape (n_candidates,)
        The story of each, counted over the batch; not every story has candidates.
    block : int64 array, shape (n_candidates,)
        Within the batch.
    """

    rows: Floats
    story: Ints
    block: Ints


def list_tops(look: Look, proba: Floats, found: Sequence[Sequence[Span]]) -> Tops:
    """What there is to know of the candidates.

    Parameters
    ----------
    look : Look
        The last one.
    proba : float32 array, shape (n_blocks, 3)
        What it said.
    found : sequence of sequence of Span
        The stories of each page of the batch.
    """
    stories = Found.of(look, found)
    mass = running_sums(look.tokens * (1.0 - proba[:, OUTSIDE]))
    start = proba[:, START].astype(np.float64)
    story, block = _candidates(stories, look, mass, start[stories.start] >= _SURE)
    if len(story) == 0:
        none = np.zeros((0, len(TOP_COLUMNS)), np.float32)
        return Tops(none, story, block)
    rows = top_columns(look, proba, mass, stories, story, block)
    return Tops(rows, story, block)


def begin_at(
    tops: Tops,
    chances: Floats,
    found: Sequence[Sequence[Span]],
    proba: Floats,
    offsets: Ints,
) -> list[list[Span]]:
    """The same stories, each from its likeliest candidate on; of equal ones the upper.

    Parameters
    ----------
    tops : Tops
    chances : float array, shape (n_candidates,)
        That each candidate is the first of its story.
    found : sequence of sequence of Span
        What ``tops`` were listed of.
    proba : float32 array, shape (n_blocks, 3)
    offsets : int64 array, shape (n_pages + 1,)
        Of the batch.
    """
    order = np.lexsort((-chances.astype(np.float64), tops.story))
    stories, first = np.unique(tops.story[order], return_index=True)
    best = dict(zip(stories.tolist(), tops.block[order[first]].tolist(), strict=True))
    placed = []
    story = 0
    for spans, (low, high) in zip(found, pairwise(offsets.tolist()), strict=True):
        firsts = [best.get(story + i, low + span.first) - low for i, span in enumerate(spans)]
        story += len(spans)
        if firsts == [span.first for span in spans]:
            placed.append([*spans])
        else:
            sure = [span.probability for span in spans]
            placed.append(draw_spans(firsts, sure, proba[low:high]))
    return placed


def _candidates(stories: Found, look: Look, mass: Doubles, sure: Bools) -> tuple[Ints, Ints]:
    """Story and block of each candidate, in order."""
    offsets = look.batch.offsets
    low, high = offsets[stories.page].copy(), offsets[stories.page + 1].copy()
    # Of the blocks between two starts each has its half, or the two could cross.
    later = np.flatnonzero(~stories.opens)
    half = (stories.start[later] - stories.start[later - 1] + 1) // 2
    low[later] = high[later - 1] = stories.start[later - 1] + half
    block = stories.start[:, None] + _STEPS
    may = (block >= low[:, None]) & (block < high[:, None])
    at = np.clip(block, 0, len(look.batch) - 1)
    may &= np.abs(mass[at] - mass[stories.start][:, None]) <= _BODY
    may[sure & (stories.counts == 1)] = False
    story, place = np.nonzero(may)
    return story, block[story, place]
