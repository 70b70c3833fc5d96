"""What heads of text are told by, where no markup gives them a dress.

In plain text a headline is a short line without a stop, and often no more. Newsletters, letters
and digests have more: a rule above each story, capitals, or numbers and marks in front. Lines that
have one of these in common are a row, which may be the heads of a page's stories, or of the parts
of one; :mod:`model.heads` has the looks say which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from model.look import Look

__all__ = ["FEWEST", "rows_of"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

#: Heads of a row: two lines alike are on many a page.
FEWEST = 3
# Words of a head, at most.
_SHORT = 14.0
# Characters of the shortest line that is a rule: one or two are the sign of a button.
_RULE = 3
# Words that stand between two rules, at least, or the second is the other half of a frame.
_FRAMED = 25.0
# Share of capitals from which a line is in capitals, but for a name's "Mc" or an "of".
_CAPITALS = 0.8
# "3. ", "(3) ", "3: ", "* ", ">> ", "– "; a quotation mark or a bracket belongs to the words.
_MARK = re.compile(r"\(?(\d{1,3})[.):]\s*\S|([^\w\s\"'“”‘’«„¿¡(\[-]{1,3}|[-–—]{1,3})\s*\S")


def rows_of(look: Look, page: int, first: int) -> list[Ints]:
    """Rows of lines of a page of text, each in order; none twice.

    Parameters
    ----------
    look : Look
    page : int
        Its number in the batch.
    first : int
        The block that its first story was found to begin with.

    Returns
    -------
    list of int64 arrays
        Blocks of the page. Of a row that stands below rules the first may be ``first`` in place of
        one below a rule, where a story stands above them all.
    """
    own = slice(*look.batch.offsets[page : page + 2].tolist())
    columns, tokens = look.layout.columns, look.tokens[own]
    # Underscores are read as a word.
    signs = (tokens == 0) | (columns["punctuation"][own] == 1.0)
    words = ~signs
    short = words & (tokens <= _SHORT)
    unstopped = short & (columns["ends_stop"][own] == 0) & (columns["ends_ellipsis"][own] == 0)
    top = unstopped.copy()
    top[1:] &= ~unstopped[:-1]
    rows = [np.flatnonzero(top), np.flatnonzero(words & (columns["upper"][own] >= _CAPITALS))]
    rows += _marked(look, own, short)
    rules = signs & (columns["length"][own] >= _RULE)
    if rules.any():
        rows += _below(rules, look.layout.line[own], tokens, first)
    some = {row.tobytes(): row for row in rows if len(row) >= FEWEST}
    return list(some.values())


def _marked(look: Look, own: slice, short: Bools) -> Iterator[Ints]:
    """Short lines that begin with the same mark, or with a number each."""
    columns = look.layout.columns
    opens = (columns["punctuation"][own] > 0) | (columns["opens_bullet"][own] > 0)
    lines = np.flatnonzero(short & opens)
    if len(lines) < FEWEST:
        return
    found: dict[str, list[int]] = {}
    for at in lines.tolist():
        if (match := _MARK.match(look.batch.blocks[own.start + at])) is not None:
            found.setdefault("1" if match[1] else match[2], []).append(at)
    yield from (np.array(row, np.int64) for row in found.values())


def _below(rules: Bools, line: Ints, tokens: Floats, first: int) -> Iterator[Ints]:
    """Lines below equal rules, and the first story's where it stands above them."""
    below = np.flatnonzero(rules[:-1] & ~rules[1:]) + 1
    so_far = np.concatenate([[0.0], np.cumsum(tokens)])
    for rule in np.unique(line[below - 1]):
        row = below[line[below - 1] == rule]
        row = row[np.diff(np.append(so_far[row], so_far[-1])) >= _FRAMED]
        if len(row) and first < row[0] and so_far[row[0]] - so_far[first] >= _FRAMED:
            row = np.insert(row, 0, first)
        yield row
