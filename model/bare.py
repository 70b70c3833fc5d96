"""Pages that are read again, with or without their markup: which of HTML may be, and how any are
put back among the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.decoder import Span
from model.look import Look
from model.page import Page

__all__ = ["Reading", "left_whole", "put_back", "without_markup"]

Floats = NDArray[np.float32]

#: What the last look at a page was told by the one before, and what it said; (n_blocks, 3) each.
Reading = tuple[Floats, Floats]


def left_whole(look: Look, found: Sequence[Sequence[Span]]) -> list[int]:
    """Which pages of a batch were read with their markup and are one story.

    Parameters
    ----------
    look : Look
        The last one.
    found : sequence of sequence of Span
        The stories of each page as they are decided on.
    """
    bare = np.zeros(len(look.batch), bool) if look.bare is None else look.bare
    bounds = pairwise(look.batch.offsets.tolist())
    return [
        n
        for n, (page, spans, (low, high)) in enumerate(
            zip(look.batch.pages, found, bounds, strict=True)
        )
        if page.markup is not None and len(spans) == 1 and not bare[low:high].any()
    ]


def without_markup(page: Page) -> Page:
    """The page with nothing said of its blocks but what dress they wear."""
    return replace(page, markup=None)


def put_back(
    look: Look, proba: Floats, readings: Mapping[int, Reading], *, bare: bool = True
) -> tuple[Look, Floats]:
    """A look, and what it says, with some pages of its batch as they were read again.

    Parameters
    ----------
    look : Look
        A later one: it has been told something.
    readings : mapping
        By the number of the page in the batch.
    bare : bool
        Whether they were read without their markup.
    """
    assert look.proba is not None
    bounds = look.batch.offsets.tolist()
    before, after = look.proba.copy(), proba.copy()
    pages = np.zeros(len(look.batch.pages), bool)
    pages[[*readings]] = True
    without = np.zeros(len(look.batch), bool) if look.bare is None else look.bare.copy()
    for page, (told, said) in readings.items():
        here = slice(bounds[page], bounds[page + 1])
        before[here], after[here], without[here] = told, said, bare
    # The look that goes with the probabilities, for whoever asks what they came from.
    return replace(look.again(before, pages), bare=without), after
