"""Pages of HTML that markup leaves in doubt: they are read again without it.

Markup was learned from pages of a few hundred sites, and of those of others it says that a headline
is a subheading, for what its element is called. A reader who does not see the source takes it for
what it looks like. So where some line may begin a second story and none is likely enough to, the
page is read as if it were text, and cut as that says if markup holds these cuts for possible.

Of 75 seams of invented pages in HTML (``tests/blind``) that finds 50 for 38, with 10 false for 4;
of 186 second stories set into real pages 172 for 168, with none more false. None of 1,331 real
pages of one story is cut more, where reading all pages without markup cuts five more of 205. (No
command repeats what was before, nor what the 1,331 say.)
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.bare import Reading, left_whole, put_back, without_markup
from model.decoder import START, Span
from model.heads import read_by_heads
from model.judges import Draft, Judges
from model.look import Look
from model.reader import Reader

__all__ = ["agrees", "left_in_doubt", "read_again"]

Floats = NDArray[np.float32]

# Chance of a start, by markup, from which a line may begin a second story. Of the lines that
# reading without it finds, the median is at most .01 on real pages of one story, and .14 to .5 on
# invented ones of several; the figures above are the same from .1 to .05, and .03 cuts a page.
_POSSIBLE = 0.1
# Words between a story's first line and where another may begin: before, it is its own header.
_BODY = 40.0


def read_again(reader: Reader, judges: Judges, draft: Draft, own: tuple[float, float]) -> Draft:
    """What is drafted for a batch, with those pages read again that are better for it: doubtful
    ones without their markup, others by their heads (:mod:`model.heads`).

    Parameters
    ----------
    own : (float, float)
        The model's own bars, as for `Judges.decide`: what is read again is the same by any other.
    """
    look, proba = draft.look, draft.proba
    if look.proba is None:
        return draft
    found, _ = judges.decide(draft, None, own)
    if look.markup is not None:
        look, proba = _read_bare(reader, judges, look, proba, found, own)
    look, proba = read_by_heads(reader, look, proba, found)
    return draft if look is draft.look else judges.draft(look, proba)


def _read_bare(
    reader: Reader,
    judges: Judges,
    look: Look,
    proba: Floats,
    found: Sequence[Sequence[Span]],
    own: tuple[float, float],
) -> tuple[Look, Floats]:
    """The look, and what it says, with doubtful pages read without their markup."""
    doubtful = left_in_doubt(look, proba, found)
    if not doubtful:
        return look, proba
    batch = look.batch
    bare = judges.draft(*reader.read([without_markup(batch.pages[page]) for page in doubtful]))
    cut, _ = judges.decide(bare, None, own)
    told = bare.look.proba
    assert told is not None
    readings: dict[int, Reading] = {}
    there = pairwise(bare.look.batch.offsets.tolist())
    for page, spans, (a, b) in zip(doubtful, cut, there, strict=True):
        low, high = batch.offsets[page], batch.offsets[page + 1]
        if agrees(proba[low:high], spans):
            readings[page] = told[a:b], bare.proba[a:b]
    return put_back(look, proba, readings) if readings else (look, proba)


def left_in_doubt(look: Look, proba: Floats, found: Sequence[Sequence[Span]]) -> list[int]:
    """Which pages of a batch have markup, one story, and a line in it that may begin another.

    Parameters
    ----------
    proba : float32 array, shape (n_blocks, 3)
        What the last look said.
    found : sequence of sequences of Span
        The stories of each page as they are decided on.
    """
    out = []
    bounds = look.batch.offsets.tolist()
    for n in left_whole(look, found):
        rest = slice(bounds[n] + found[n][0].first, bounds[n + 1])
        behind = np.cumsum(look.tokens[rest]) - look.tokens[rest] >= _BODY
        if (behind & (proba[rest, START] >= _POSSIBLE)).any():
            out.append(n)
    return out


def agrees(proba: Floats, spans: Sequence[Span]) -> bool:
    """Whether markup holds the cuts that reading without it makes for possible.

    Parameters
    ----------
    proba : float32 array, shape (n_blocks_of_page, 3)
        What was said of the page with its markup.
    spans : sequence of Span
        Its stories without it.
    """
    firsts = [span.first for span in spans[1:]]
    return bool(firsts) and bool(np.median(proba[firsts, START]) >= _POSSIBLE)
