"""What Markdown says of each block: headings, links, points of lists, quotations, bold lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.cues import CUES
from model.marks import Marks

__all__ = ["BOLD", "HEADING", "LINKED", "LIST", "QUOTED", "markdown_cues"]

Ints = NDArray[np.int64]

#: The columns that Markdown knows.
HEADING, LINKED, LIST, QUOTED, BOLD = map(
    CUES.index, ("heading_level", "link_density", "in_list", "in_blockquote", "in_bold")
)
# What stands in front of a block's words.
_OPENING = re.compile(r"(?:>[ \t]*+)*+(?:(#{1,6})[ \t]|[*+-][ \t]|\d{1,3}\.[ \t])?")
# A rule below a line makes a heading of it, of the first or second level.
_RULE = re.compile(r"[ \t]*\r?\n {0,3}(?:(=)=*|--+)[ \t]*\r?(?:\n|\Z)")
_BOLD_LINE = re.compile(r"(\*\*|__)(?=\S).+(?<=\S)\1", re.DOTALL)


def markdown_cues(
    text: str, starts: Ints, ends: Ints, marks: Marks, links: Sequence[tuple[int, int]]
) -> NDArray[np.float32]:
    """One row of :data:`CUES` a block, NaN where Markdown says nothing.

    Parameters
    ----------
    starts, ends : int64 arrays, shape (n_blocks,)
    marks : Marks
        What in the text is not read.
    links : sequence of (start, end)
        The words of its links, in any order.

    Returns
    -------
    float32 array, shape (n_blocks, n_cues)
        Links, lists and quotations are unknown, and not absent, on a page that has none: whoever
        saved it may have left them out.
    """
    out = np.full((len(starts), len(CUES)), np.nan, np.float32)
    if not len(starts):
        return out
    listed, quoted, bold = np.zeros((3, len(starts)), np.float32)
    for i, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        opening = _OPENING.match(text, start, end)
        signs = opening[0] if opening else ""
        if opening and opening[1]:
            out[i, HEADING] = len(opening[1])
        elif rule := _RULE.match(text, end):
            out[i, HEADING] = 1 if rule[1] else 2
        elif signs:
            quoted[i] = signs[0] == ">"
            listed[i] = signs.rstrip()[-1] != ">"
        begin = start + len(signs)
        bold[i] = text[begin] in "*_" and _BOLD_LINE.fullmatch(text, begin, end) is not None
    for column, values in ((LIST, listed), (QUOTED, quoted), (BOLD, bold)):
        if values.any():
            out[:, column] = values
    if links:
        out[:, LINKED] = _link_density(starts, ends, marks, np.array(sorted(links), np.int64))
    return out


def _link_density(starts: Ints, ends: Ints, marks: Marks, links: Ints) -> NDArray[np.float64]:
    """Share of a block's characters that are words of links, of those that are read."""
    begins, stops = np.asarray(marks.starts, np.int64), np.asarray(marks.ends, np.int64)
    before = np.concatenate([[0], np.cumsum(stops - begins), [0]])
    begins = np.append(begins, np.iinfo(np.int64).max)

    def read(at: Ints) -> Ints:
        """Characters that are read in front of a place."""
        i = np.searchsorted(stops, at, side="right")
        return np.asarray(at - before[i] - np.maximum(at - begins[i], 0), dtype=np.int64)

    block = np.searchsorted(starts, links[:, 0], side="right") - 1
    inside = (block >= 0) & (links[:, 0] < ends[block])
    words = read(links[:, 1]) - read(links[:, 0])
    linked = np.bincount(block[inside], words[inside], minlength=len(starts))
    share = linked / np.maximum(read(ends) - read(starts), 1)
    return np.asarray(np.minimum(share, 1.0), dtype=np.float64)
