"""Line breaks that only wrap a line, as mail, wires and dumps of pages have them every 72 or so.

Such a break stands where the next word would not have fitted. So the width of a page is the one
that explains most of its breaks, and what it does not explain is where a line was meant to end. Of
print, whose letters are not equally wide, only about so much is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

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

# Where letters are as wide as print has them: what a full line is, as shares of the width that nine
# in ten of those that run on stay below;
_SHORTEST, _LONGEST = 0.7, 1.15
# lines that run on, at least, the share of them that is full, and of full ones that run on;
_LEAST_ON, _FULL, _RUNS_ON_PRINT = 8, 0.85, 0.4
# and the share of the text that stands in longer ones.
_LONGER_PRINT = 0.15
# Share of the lines that run on which a width of columns explains, if it is one.
_SURE = 0.9
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


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Lines that may go on in the next.

    Attributes
    ----------
    at : int64 array, shape (n,)
        Which.
    width : int64 array, shape (n,)
        Columns.
    word : int64 array, shape (n,)
        What the next word would have needed.
    on : bool array, shape (n,)
        Whether they run on, as far as their edges tell.
    closed : bool array, shape (n,)
        Whether a sentence ends with them and another begins.
    """

    at: Ints
    width: Ints
    word: Ints
    on: Bools
    closed: Bools

    @classmethod
    def read(
        cls,
        text: str,
        begins: Sequence[int],
        starts: Sequence[int],
        ends: Sequence[int],
        breaks: Sequence[int],
    ) -> _Pairs:
        """Of all lines."""
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
            double = len(_WIDE.findall(text, begins[i], ends[i]))
            if not double and len(text[starts[i] : ends[i]].split(None, 1)) < 2:
                continue
            word = _WORD.match(text, start)
            need = 1 + len(word[0]) if word else 1
            if _WIDE.match(text, start):
                need = _NEXT_WIDE
            width = ends[i] - begins[i] + double
            ends_here = text[ends[i] - 1] in _STOPS and not text[start].islower()
            rows.append((i, width, need, _runs_on(text, ends[i], start), ends_here))
        table = np.asarray(rows, np.int64).reshape(-1, 5)
        at, columns, needs, on, closed = table.T
        return cls(at, columns, needs, on > 0, closed > 0)


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
    pairs = _Pairs.read(text, begins, starts, ends, breaks)
    if len(pairs.at) < _LEAST:
        return none
    lengths = np.asarray(ends, np.int64) - np.asarray(begins, np.int64)
    fits = _in_columns(text, starts, ends, pairs, lengths)
    letters = None
    # Of print one width explains the half by chance; of columns it explains all but lists.
    if fits is None or (pairs.on & fits).sum() < _SURE * pairs.on.sum():
        letters = _by_letters(pairs, lengths)
    fits = fits if letters is None else letters
    if fits is None:
        return none
    # Where nothing parts the paragraphs, one of them may end at a full line: a sentence that does
    # is better left to end a block than two paragraphs, or stories, made one.
    if (pairs.closed & ~fits).sum() > _PARTED * sum(above > 1 for above in breaks):
        fits &= ~pairs.closed
        if letters is not None:
            fits &= pairs.on | _goes_on(pairs.at, fits)
    return pairs.at[fits]


def _in_columns(
    text: str, starts: Sequence[int], ends: Sequence[int], pairs: _Pairs, lengths: Ints
) -> Bools | None:
    """The breaks of a page whose signs are equally wide; None if it is not wrapped like that."""
    width, on = pairs.width, pairs.on
    # How many breaks each width explains: those from a line's own width up to where the next word
    # would have fitted.
    edges = np.zeros(_WIDEST + 2, np.int64)
    np.add.at(edges, np.clip(width, 0, _WIDEST + 1), 1)
    np.add.at(edges, np.clip(width + pairs.word, 0, _WIDEST + 1), -1)
    counts = np.cumsum(edges)[: _WIDEST + 1]
    counts[:_NARROWEST] = 0
    best = int(counts.argmax())
    fits: Bools = (width <= best) & (best < width + pairs.word)
    explained = int(fits.sum())
    wide = (width >= best / 2) & (width <= best)
    over = (width > best) & (width <= best + _NEAR)
    runs_on, longer = _RUNS_ON, _LONGER
    even = np.bincount(width[fits]).max(initial=0) > _EVEN * explained
    if best < _NARROW or even:
        runs_on, longer = _RUNS_ON_NARROW, _LONGER_NARROW
    if (
        explained < max(_LEAST, _EXPLAINED * wide.sum())
        or (on & fits).sum() < _EXPLAINED_ON * (on & wide).sum()
        or (on & fits).sum() < runs_on * explained
        or (even and not _WIDE.search(text, starts[first := pairs.at[fits][0]], ends[first]))
        or over.sum() > _OVER * explained
        or lengths[lengths > best].sum() > longer * lengths.sum()
    ):
        return None
    return fits


def _by_letters(pairs: _Pairs, lengths: Ints) -> Bools | None:
    """The breaks of a page whose signs are as wide as print has them, so that its lines are about
    equally long; None if it is not wrapped like that."""
    width, on = pairs.width, pairs.on
    if on.sum() < _LEAST_ON:
        return None
    full = float(np.quantile(width[on], 0.9))
    fits: Bools = (width >= _SHORTEST * full) & (width <= _LONGEST * full)
    if (
        full < _NARROWEST
        or (on & fits).sum() < _FULL * on.sum()
        or on[fits].sum() < _RUNS_ON_PRINT * fits.sum()
        or lengths[lengths > _LONGEST * full].sum() > _LONGER_PRINT * lengths.sum()
        or np.bincount(width[fits]).max(initial=0) > _EVEN * fits.sum()
    ):
        return None
    return fits


def _goes_on(at: Ints, fits: Bools) -> Bools:
    """The lines that one before goes on in."""
    out = np.zeros(len(at), np.bool_)
    out[1:] = fits[:-1] & (at[1:] == at[:-1] + 1)
    return out


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
