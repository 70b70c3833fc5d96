"""What of a page's text is told of a story: not what nobody sees, nor what the page takes back.

The page's text keeps all of it, so that offsets mean the same to everybody. But a page may hide
what it is there to show: behind a paywall, until it is scrolled to, until a script has run. So what
would take most of a story away stays. On 1,364 real pages 60 stories hold hidden text: 8 of them
47 % of their text and more, which but for one or two is the story itself, the others up to 24 %,
which is buttons, notices and what stands on the page twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.marks import Marks
from model.page import Page

__all__ = ["Shown", "show"]

Ints = NDArray[np.int64]

# Share of a story's text that may be left out; a page that takes back more has left a <del> open.
MOST = 0.4


@dataclass(frozen=True, slots=True)
class Shown:
    """A page without some spans of its text.

    Attributes
    ----------
    page : Page
    marks : Marks
        The spans that are left out, those of the page's own marks among them.
    lines : sequence of str, optional
        What is read of each block of the page, where nothing else is left out. Nearly every page
        shows all of itself, and its blocks are asked for again and again.
    """

    page: Page
    marks: Marks
    lines: Sequence[str] | None = field(default=None, compare=False)

    def block(self, k: int) -> str:
        """What is shown of a block; empty where nothing is."""
        if self.lines is not None:
            return self.lines[k]
        return self.cut(int(self.page.starts[k]), int(self.page.ends[k]))

    def seen(self, blocks: Sequence[int]) -> Sequence[int]:
        """Those of some blocks of which anything is shown."""
        return [k for k in blocks if self.block(k)] if self.marks else blocks

    def cut(self, start: int, end: int) -> str:
        """What is shown between two offsets, in one line."""
        return self.marks.without(self.page.text, start, end)


def show(
    page: Page, first: int, last: int, own: Sequence[int], lines: Sequence[str] | None = None
) -> Shown:
    """Tell what of blocks ``first`` to ``last`` to leave out of the story of the blocks ``own``;
    ``lines`` are all blocks of the page, for whoever has them."""
    if (page.hidden is None and page.deleted is None) or not own:
        return Shown(page, page.marks, lines)
    begin, end = page.starts[np.asarray(own)], page.ends[np.asarray(own)]
    total = int((end - begin).sum())
    left_out: list[tuple[int, int]] = []
    for spans in (page.hidden, page.deleted):
        if spans is not None:
            near = _between(spans, int(page.starts[first]), int(page.ends[last - 1]))
            if _covered(near, begin, end) <= MOST * total:
                left_out += zip(*near.T.tolist(), strict=True)
    return Shown(page, Marks.joined([*page.marks.spans(), *left_out]))


def _between(spans: Ints, start: int, end: int) -> Ints:
    """Those of the spans that lie between two offsets, or partly so."""
    low = np.searchsorted(spans[:, 1], start, side="right")
    return spans[low : np.searchsorted(spans[:, 0], end)]


def _covered(spans: Ints, begin: Ints, end: Ints) -> int:
    """How many characters of some blocks lie in the spans."""
    edges = np.append(0, spans.ravel())
    inside = np.append(0, np.cumsum(np.diff(edges) * (np.arange(len(edges) - 1) % 2)))
    return int((np.interp(end, edges, inside) - np.interp(begin, edges, inside)).sum())
