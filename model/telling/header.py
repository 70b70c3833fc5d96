"""The opening lines of a story: which is its headline, who wrote it, when it was published.

Read by the look of the lines, in any order: a date or byline may stand before the headline, the
section's name above it, the headline twice, share lines between, the lead before the byline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.telling.dates import DateHit
from model.telling.header_byline import read_byline
from model.telling.header_dates import read_dates
from model.telling.header_view import View
from model.telling.headlines import find_headline, further_lines
from model.telling.run_on import RunOn, read_run_on
from model.telling.shown import Shown

__all__ = ["Header", "read_header"]

Floats = NDArray[np.float32]

# Real headers have 0-3 lines mostly, up to 24; what stands further down is the story.
_DEEPEST = 14
# A lead of one paragraph may come before the byline or the date: on one real page in six it does.
_BEHIND_LEAD = 10
# How far above the first block a header goes on that was taken for furniture.
_ABOVE = 4


@dataclass(frozen=True, slots=True)
class Header:
    """What the opening lines say.

    Attributes
    ----------
    headline : int or None
        Block of the headline; None where the story opens with its text.
    more : tuple of int
        The blocks in which it goes on, where the markup breaks it into several lines.
    announced : bool
        Whether the page says that these are authors; else a name stands beside a date.
    published, updated : DateHit or None
    spent : frozenset of int
        Blocks that are headline, its repetition, byline or date: not the story's text.
    run_on : RunOn or None
        What stands in the story's first sentence, where line breaks are lost and no block is the
        headline.
    """

    headline: int | None = None
    more: tuple[int, ...] = ()
    byline: str | None = None
    announced: bool = False
    published: DateHit | None = None
    updated: DateHit | None = None
    spent: frozenset[int] = field(default_factory=frozenset)
    run_on: RunOn | None = None


def read_header(
    shown: Shown,
    first: int,
    last: int,
    own: Sequence[int],
    columns: dict[str, Floats],
    low: int,
    *,
    floor: int = 0,
    unsigned: bool = False,
) -> Header:
    """Read the opening lines of the story in blocks ``first`` to ``last``.

    Parameters
    ----------
    shown : Shown
        The page, and what of it a reader sees.
    own : sequence of int
        The story's own blocks, none of them hidden.
    columns : dict
        Layout of a batch in which the page's blocks begin at ``low``.
    floor : int
        Where the story before ends; nothing above it is looked at.
    unsigned : bool
        Whether that story names nobody at its top: a name right below it is then rather its own,
        as blogs sign their posts at the end.
    """
    view = View.of_story(shown, columns, low, own or [first])
    mine = set(own)
    lines = _opening(view, first, last, mine)
    above = [k for k in range(max(floor, first - _ABOVE), first) if view.text(k)]
    headline = find_headline(view, lines, mine, above)
    spent: set[int] = set()
    if headline is not None:
        title = view.text(headline).casefold()
        spent |= {k for k in lines if view.text(k).casefold() == title}
        # What stands above the headline is a section's name, a date or a byline.
        spent |= {k for k in lines if k < headline}
    more = () if headline is None else further_lines(view, headline, lines)
    spent.update(more)
    rest = [k for k in lines if k != headline and k not in more]
    published, updated, dated = read_dates(view, rest)
    byline, announced, signed = read_byline(view, rest, dated, headline)
    spent |= dated | signed
    if published is None and updated is None:
        published, updated, dated = read_dates(view, above)
    if byline is None:
        named = above[1:] if unsigned and above[:1] == [floor] else above
        byline, announced, _ = read_byline(view, named, dated, None)
    published = published or updated
    run_on = _run_on(shown, first, last) if headline is None else None
    if run_on is not None:
        announced = announced or run_on.byline is not None
        byline, published = byline or run_on.byline, published or run_on.published
    return Header(headline, more, byline, announced, published, updated, frozenset(spent), run_on)


def _run_on(shown: Shown, first: int, last: int) -> RunOn | None:
    """Of a story whose second sentence is on the line of its first."""
    if first + 1 >= last or shown.page.breaks[first + 1]:
        return None
    return read_run_on(shown.block(first))


def _opening(view: View, first: int, last: int, own: set[int]) -> list[int]:
    """Blocks before the first one that is plainly the story's text.

    The lead may be among them where a byline or a date follows it, and the text after that.
    """
    lines: list[int] = []
    lead: int | None = None
    for k in range(first, min(first + _DEEPEST + _BEHIND_LEAD, last)):
        if not view.text(k):
            continue
        if view.body(k) or (view.prose(k) and lead is not None):
            break
        if view.prose(k):
            lead = k
        if lead is None and k >= first + _DEEPEST:
            break
        if lead is not None and k > lead + _BEHIND_LEAD:
            break
        lines.append(k)
    if lead is None:
        return lines
    last_mark = max((k for k in lines if k > lead and view.mark(k)), default=None)
    if last_mark is None or not any(k in own and view.prose(k) for k in range(last_mark, last)):
        return [k for k in lines if k < lead]
    return [k for k in lines if k <= last_mark and k != lead]
