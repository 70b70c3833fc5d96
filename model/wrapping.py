"""Line breaks that only wrap a line, as mail, wires and dumps of pages have them every 72 or so.

Such a break stands where the next word would not have fitted. So the width of a page is the one
that explains most of its breaks, and what it does not explain is where a line was meant to end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["wrapped"]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Widths that text is wrapped at: a narrow column of a newspaper, a landscape page of a terminal.
_NARROWEST, _WIDEST = 40, 160
# What a page that is wrapped looks like, of 209 real ones in the hands of three programs that wrap
# and 7,000 others: breaks that one width explains, at least; of the lines from half of it on, what
# share ends there; of those that run on in lower case, too.
_LEAST, _EXPLAINED, _EXPLAINED_ON = 5, 0.5, 0.5
# Of the explained ones, how many run on so: German nouns have capitals, links begin with a bracket.
_RUNS_ON = 0.1
# Of the explained ones, how many are equally wide: words do not come out even. Signs of two columns
# do; text of those runs on as columns do.
_EVEN = 0.5
# How many lines are a little longer, for each explained break, and which share of the text stands
# in longer ones: such as lists, and what cannot be wrapped.
_OVER, _NEAR, _LONGER = 0.1, 12, 0.75
# The same for columns, since menus are as wide as they are.
_NARROW, _RUNS_ON_NARROW, _LONGER_NARROW = 60, 0.6, 0.4

# Paragraphs that end without an empty line behind them, for each empty line.
_PARTED = 0.2

_STOPS = frozenset(".!?…。！？:;\"'”’»)]")
_ITEM = re.compile(r"(?:[*+•·▪◦#|-]|\d{1,3}[.)]|\[\d+\])\s")
_POINT = re.compile(r"(?:(?:[*+•·▪◦-]|\d{1,3}[.)])[ \t]+)?")
_WORD = re.compile(r"\S+")
# Two columns each; lines between them break anywhere but before a full stop or two.
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]"
)
_NEXT_WIDE = 4


def wrapped(
    text: str,
    begins: Sequence[int],
    starts: Sequence[int],
    ends: Sequence[int],
    breaks: Sequence[int],
) -> Ints:
    """The lines whose break was made by wrapping, so that they go on in the next.

    Parameters
    ----------
    begins : sequence of int
        Where each line begins, its white space included.
    starts, ends : sequences of int
        The lines that are not empty, without white space around them.
    breaks : sequence of int
        Line breaks before each.

    Returns
    -------
    int64 array
        Ascending; empty for a page that is not wrapped.
    """
    none = np.zeros(0, np.int64)
    if _running_on(text, starts, ends, breaks) < _LEAST:
        return none
    at, width, word, on, closed = _pairs(text, begins, starts, ends, breaks)
    if len(at) < _LEAST:
        return none
    # How many breaks each width explains: those from a line's own width up to where the next word
    # would have fitted.
    edges = np.zeros(_WIDEST + 2, np.int64)
    np.add.at(edges, np.clip(width, 0, _WIDEST + 1), 1)
    np.add.at(edges, np.clip(width + word, 0, _WIDEST + 1), -1)
    counts = np.cumsum(edges)[: _WIDEST + 1]
    counts[:_NARROWEST] = 0
    best = int(counts.argmax())
    fits = (width <= best) & (best < width + word)
    explained = int(fits.sum())
    wide = (width >= best / 2) & (width <= best)
    over = (width > best) & (width <= best + _NEAR)
    lengths = np.asarray(ends, np.int64) - np.asarray(begins, np.int64)
    runs_on, longer = _RUNS_ON, _LONGER
    even = np.bincount(width[fits]).max(initial=0) > _EVEN * explained
    if best < _NARROW or even:
        runs_on, longer = _RUNS_ON_NARROW, _LONGER_NARROW
    if (
        explained < max(_LEAST, _EXPLAINED * wide.sum())
        or (on & fits).sum() < _EXPLAINED_ON * (on & wide).sum()
        or (on & fits).sum() < runs_on * explained
        or (even and not _WIDE.search(text, starts[at[fits][0]], ends[at[fits][0]]))
        or over.sum() > _OVER * explained
        or lengths[lengths > best].sum() > longer * lengths.sum()
    ):
        return none
    # Where nothing parts the paragraphs, one of them may end at a full line: a sentence that does
    # is better left to end a block than two paragraphs, or stories, made one.
    if (closed & ~fits).sum() > _PARTED * sum(above > 1 for above in breaks):
        fits &= ~closed
    return at[fits]


def _running_on(
    text: str, starts: Sequence[int], ends: Sequence[int], breaks: Sequence[int]
) -> int:
    """How many lines go on in the next, as far as their edges tell; counts to what is enough."""
    found = 0
    for end, start, above in zip(ends, starts[1:], breaks[1:], strict=False):
        if above == 1 and _runs_on(text, end, start):
            found += 1
            if found == _LEAST:
                break
    return found


def _runs_on(text: str, end: int, start: int) -> bool:
    """No sentence ends at the one, and none begins at the other, unless nothing has capitals."""
    sign = text[start]
    return text[end - 1] not in _STOPS and sign.isalpha() and not sign.isupper()


def _pairs(
    text: str,
    begins: Sequence[int],
    starts: Sequence[int],
    ends: Sequence[int],
    breaks: Sequence[int],
) -> tuple[Ints, Ints, Ints, Bools, Bools]:
    """The lines that may go on in the next; how wide they are, what the next word needs, whether
    they run on, and whether a sentence ends with them and one begins there."""
    rows: list[tuple[int, int, int, bool, bool]] = []
    for i in range(len(starts) - 1):
        if breaks[i + 1] != 1 or ends[i] - begins[i] > _WIDEST:
            continue
        start = starts[i + 1]
        # A point of a list has its text further in than its sign; so has what goes on there.
        point = _POINT.match(text, starts[i])
        within = (point.end() if point else starts[i]) - begins[i]
        if start - begins[i + 1] > within or _ITEM.match(text, start):
            continue
        word = _WORD.match(text, start)
        needs = 1 + len(word[0]) if word else 1
        if _WIDE.match(text, start):
            needs = _NEXT_WIDE
        double = len(_WIDE.findall(text, begins[i], ends[i]))
        if not double and len(text[starts[i] : ends[i]].split(None, 1)) < 2:
            continue
        columns = ends[i] - begins[i] + double
        closed = text[ends[i] - 1] in _STOPS and not text[start].islower()
        rows.append((i, columns, needs, _runs_on(text, ends[i], start), closed))
    table = np.asarray(rows, np.int64).reshape(-1, 5)
    return table[:, 0], table[:, 1], table[:, 2], table[:, 3] > 0, table[:, 4] > 0
