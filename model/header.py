"""The opening lines of a story: which is its headline, who wrote it, when it was published.

Read by the look of the lines, in any order: a date or byline may stand before the headline, the
section's name above it, the headline twice, share lines between.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.dates import find_date
from model.page import Page
from model.vocabulary import BYLINE_OPENERS

__all__ = ["Header", "read_header"]

Floats = NDArray[np.float32]

# Real headers have 0-3 lines mostly, up to 24; what stands further down is the story.
_DEEPEST = 14
# A line of more characters that ends a sentence is the story's text, not its header.
_PROSE = 120
# A headline has so many characters; shorter lines are section names, longer ones captions.
_LENGTHS = (8, 200)
_KICKER = 25
_OPENER = re.compile(
    r"(?:"
    + "|".join(map(re.escape, sorted(BYLINE_OPENERS, key=len, reverse=True)))
    + r")(?:[:：\s]\s*|(?=[^\W\d_a-z]))",
    re.IGNORECASE,
)
_UPDATED = re.compile(r"updat|aktualis|actuali[sz]|atualiz|modif|обновл|mis à jour", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """What the opening lines say.

    Attributes
    ----------
    headline : int or None
        Block of the headline; None where the story opens with its text.
    spent : frozenset of int
        Blocks that are headline, its repetition, byline or date: not the story's text.
    """

    headline: int | None
    byline: str | None
    published: str | None
    updated: str | None
    spent: frozenset[int]


def read_header(
    page: Page, first: int, last: int, own: Sequence[int], columns: dict[str, Floats], low: int
) -> Header:
    """Read the opening lines of the story in blocks ``first`` to ``last``.

    Parameters
    ----------
    own : sequence of int
        The story's own blocks.
    columns : dict
        Layout of a batch in which the page's blocks begin at ``low``.
    """
    lines = _opening(first, last, columns, low)
    mine = set(own)
    headline = _headline(page, [k for k in lines if k in mine], columns, low)
    spent: set[int] = set()
    if headline is not None:
        title = page.block(headline).casefold()
        spent |= {k for k in lines if page.block(k).casefold() == title}
        # What stands above the headline is a section's name, a date or a byline.
        spent |= {k for k in lines if k < headline}
    byline = published = updated = None
    for k in lines:
        at = low + k
        line = page.block(k)
        if columns["byline"][at] and k != headline:
            spent.add(k)
            byline = byline or _name(line)
        if columns["date"][at] and columns["length"][at] <= 100 and k != headline:
            spent.add(k)
            hit = find_date(line)
            if hit is not None and _UPDATED.search(line):
                updated = updated or hit.iso
            elif hit is not None:
                published = published or hit.iso
    return Header(headline, byline, published or updated, updated, frozenset(spent))


def _opening(first: int, last: int, columns: dict[str, Floats], low: int) -> list[int]:
    """Blocks before the first one that is plainly the story's text."""
    lines = []
    for k in range(first, min(first + _DEEPEST, last)):
        at = low + k
        if columns["dateline"][at] or (columns["ends_stop"][at] and columns["length"][at] > _PROSE):
            break
        lines.append(k)
    return lines


def _headline(page: Page, lines: Sequence[int], columns: dict[str, Floats], low: int) -> int | None:
    """The headline: the line that metadata names, else the one said twice, else the first that
    is long enough."""
    shortest, longest = _LENGTHS
    candidates = []
    for k in lines:
        at = low + k
        length = columns["length"][at]
        if not shortest <= length <= longest or columns["opens_bullet"][at]:
            continue
        if columns["byline"][at] or (columns["date"][at] and length < 60):
            continue
        if columns["ends_stop"][at] and length > 90:
            continue
        candidates.append(k)
    if not candidates:
        return None
    texts = [page.block(k).casefold() for k in candidates]
    if page.metadata.headline and page.metadata.headline.casefold() in texts:
        return candidates[texts.index(page.metadata.headline.casefold())]
    # A sign of an uncased script, Chinese above all, says what two letters say.
    lengths = {
        k: columns["length"][low + k] * (1 + columns["uncased"][low + k]) for k in candidates
    }
    for k, text in zip(candidates, texts, strict=True):
        if lengths[k] > _KICKER and texts.count(text) > 1:
            return k
    long_enough = [k for k in candidates[:4] if lengths[k] > _KICKER]
    return long_enough[0] if long_enough else candidates[0]


def _name(line: str) -> str | None:
    """The name in a byline, without what announces it."""
    name = _OPENER.sub("", line, count=1).strip(" :,|/·•-–—")
    return name or None
