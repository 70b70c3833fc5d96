"""Pages of text with empty lines here and there, which are read again as if they had none.

An empty line is a seam on one page, and on another stands around each heading, list and box, as in
what is copied out of a browser; of most pages that were learned from all lines are equally far
apart. So where a page has them unevenly and may hold a second story, it is read both ways. One of
the two must be all but certain, and the other hold it for likelier than not, or the page stays
whole; the surer one says where its seams are.

Of 1,325 real pages of one story, in the text that a browser shows of them, 13 are cut for 26, with
93 false seams for 197, and of 213 of sites that nothing was learned from 5 for 7. Of the 319 seams
of invented pages of text (``tests/blind``) 96 are right for 90, with 12 false for 16; of 275 in
what a browser shows of the HTML there 86 for 90, with 27 for 36. With .5 to .75 as the bar
of the less certain one 12 or 13 real pages are cut; the higher it is, the fewer blind seams are
found. (No command repeats this: no browser is among what training needs.)
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.bare import Reading, put_back
from model.judges import Draft, Judges
from model.page import Page
from model.reader import Reader

__all__ = ["is_uneven", "read_evenly"]

Floats = NDArray[np.float32]

# How likely the less certain reading must hold a second story for.
_LIKELY = 0.5


def read_evenly(reader: Reader, judges: Judges, draft: Draft) -> tuple[Draft, Floats]:
    """What is drafted for a batch, with some pages as they are read without their empty lines; and
    at most how likely each page is to hold a second story, shape (n_pages,)."""
    look, batch = draft.look, draft.look.batch
    at_most = np.ones(len(batch.pages), np.float32)
    uneven = np.array([n for n, page in enumerate(batch.pages) if is_uneven(page)], np.int64)
    if len(uneven) == 0:
        return draft, at_most
    several = draft.several_by_page()
    uneven = uneven[several[uneven] >= _LIKELY]
    if len(uneven) == 0:
        return draft, at_most
    even = judges.draft(*reader.read([_evened(batch.pages[n]) for n in uneven.tolist()]))
    told, there = even.look.proba, even.look.batch
    assert told is not None
    breaks = batch.breaks.copy()
    readings: dict[int, Reading] = {}
    others, bounds = even.several_by_page().tolist(), pairwise(there.offsets.tolist())
    for n, other, (a, b) in zip(uneven.tolist(), others, bounds, strict=True):
        if other < _LIKELY:
            # Its cuts stay as they stand, for callers with a threshold of their own.
            at_most[n] = other
        elif other > several[n]:
            readings[n] = told[a:b], even.proba[a:b]
            breaks[batch.offsets[n] : batch.offsets[n + 1]] = there.breaks[a:b]
    if not readings:
        return draft, at_most
    # What is measured of these pages from here on is measured as they were read; partings, which
    # know nothing of empty lines, stay those of the first look.
    memo: dict[Hashable, Any] = {k: v for k, v in look.memo.items() if k == "partings"}
    look = replace(look, batch=replace(batch, breaks=breaks), memo=memo)
    return judges.draft(*put_back(look, draft.proba, readings, bare=False)), at_most


def is_uneven(page: Page) -> bool:
    """Whether a page of text has empty lines between some of its lines and not between others."""
    if page.dress is not None:
        return False
    breaks = page.breaks[1:]
    breaks = breaks[breaks > 0]
    return len(breaks) > 0 and bool(breaks.min() < breaks.max())


def _evened(page: Page) -> Page:
    """The page with all of its lines equally far apart."""
    return replace(page, breaks=np.minimum(page.breaks, 1))
