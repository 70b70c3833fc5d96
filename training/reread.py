"""Pages that something was put into, read again: the labels of what they were, and of what is new.

Nothing is searched for: the blocks of before must all be there, in order, and what is new among
them must be what was put in, or the page is given up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from model.decoder import OUTSIDE, START
from model.html import page_from_html
from model.page import Page
from training.labelled import LabelledPage

__all__ = ["read_again", "read_donated"]

Ints = NDArray[np.int64]


def read_again(
    html: str, page: Page, labels: Ints, put_in: Sequence[tuple[str, int]], truth: LabelledPage
) -> tuple[Page, LabelledPage] | None:
    """Read a page that some lines were put into, all at one place.

    Parameters
    ----------
    html : str
        With what was put in.
    page : Page
        Without it.
    labels : int64 array, shape (n_blocks,)
        Of ``page``.
    put_in : sequence of (str, int)
        Text and label of each line.
    truth : LabelledPage
        What else is known of the page that comes of it.

    Returns
    -------
    (Page, LabelledPage) or None
        None where the page did not come out as it went in.
    """
    made = page_from_html(html)
    found, mine = _lines(made), _lines(page)
    texts = [text for text, _ in put_in]
    said = np.array([label for _, label in put_in], np.int64)
    for at in _places(found, mine):
        if found[at : at + len(found) - len(mine)] == texts:
            return made, _labelled(made, np.insert(labels, at, said), truth)
    return None


def read_donated(
    html: str, page: Page, labels: Ints, donor: Page, theirs: Ints, truth: LabelledPage
) -> tuple[Page, LabelledPage] | None:
    """The same where a part of another page was put in, with the labels that it has there."""
    made = page_from_html(html)
    found, mine, donated = _lines(made), _lines(page), _lines(donor)
    count = len(found) - len(mine)
    for at in _places(found, mine):
        part = found[at : at + count]
        for low in range(len(donated) - count + 1):
            if donated[low : low + count] == part and (theirs[low : low + count] == START).any():
                said = theirs[low : low + count]
                return made, _labelled(made, np.insert(labels, at, said), truth)
    return None


def _lines(page: Page) -> list[str]:
    return [" ".join(block.split()) for block in page.blocks()]


def _places(found: Sequence[str], before: Sequence[str]) -> list[int]:
    """Where something may have been put in so that ``before`` became ``found``, the last first."""
    more = len(found) - len(before)
    if more < 1:
        return []
    pairs = enumerate(zip(found, before, strict=False))
    shared = next((i for i, (a, b) in pairs if a != b), len(before))
    # Its lines end as those of before do, so that what is new cannot lie further up than this.
    back = enumerate(zip(reversed(found), reversed(before), strict=False))
    alike = next((i for i, (a, b) in back if a != b), len(before))
    return list(range(shared, len(before) - alike - 1, -1))


def _labelled(page: Page, labels: Ints, truth: LabelledPage) -> LabelledPage:
    spans = list(zip(page.starts.tolist(), page.ends.tolist(), labels.tolist(), strict=True))
    return replace(
        truth,
        text=page.text,
        html=None,
        kind="spliced",
        starts=[start for start, _, label in spans if label == START],
        outside=[(start, end) for start, end, label in spans if label == OUTSIDE],
    )
