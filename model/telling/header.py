"""The opening lines of a story: which is its headline, who wrote it, when it was published.

Read by the look of the lines, in any order: a date or byline may stand before the headline, the
section's name above it, the headline twice, share lines between, the lead before the byline.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.telling.bylines import looks_like_name, name_with_role, without_opener
from model.telling.date_words import PASSING, PUBLISHED
from model.telling.dates import DateHit, find_date
from model.telling.header_byline import read_byline
from model.telling.header_dates import read_dates
from model.telling.header_view import LENGTHS, View
from model.telling.inline_names import name_beside_date
from model.telling.run_on import RunOn, read_run_on
from model.telling.shown import Shown
from model.telling.titles import letters_of

__all__ = ["Header", "read_header"]

Floats = NDArray[np.float32]

# Real headers have 0-3 lines mostly, up to 24; what stands further down is the story.
_DEEPEST = 14
# A lead of one paragraph may come before the byline or the date: on one real page in six it does.
_BEHIND_LEAD = 10
# How far above the first block a header goes on that was taken for furniture.
_ABOVE = 4
_KICKER = 25
_LABEL = 16  # letters beside a date that are its day of the week and its label
_CRUMB = re.compile(r"\s[»›>→]\s")
_SIBLING = 3  # of model.cues.CUES: same_parent_as_previous
_SIGNED = 40  # a longer line that opens like a byline may be one: "From Munich to Aachen …"


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
    headline = _headline(view, [k for k in lines if k in mine], above)
    spent: set[int] = set()
    if headline is not None:
        title = view.text(headline).casefold()
        spent |= {k for k in lines if view.text(k).casefold() == title}
        # What stands above the headline is a section's name, a date or a byline.
        spent |= {k for k in lines if k < headline}
    more = () if headline is None else _further(view, headline, lines)
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


def _headline(view: View, lines: Sequence[int], above: Sequence[int]) -> int | None:
    """The headline: the line that metadata names, else a heading of the markup, else the line said
    twice, else the first that is long enough."""
    candidates = [k for k in lines if _may_be_headline(view, k)]
    higher = [k for k in above if _may_be_headline(view, k)]
    wanted = letters_of(view.page.metadata.headline or "")
    either = (*candidates, *reversed(higher))
    named = [k for k in either if wanted and letters_of(view.text(k)) == wanted]
    # og:title and <title> often go on with " | Name of the site".
    named = named or [k for k in either if view.level(k) <= 3 and view.begins_named(k)]
    if named:
        return named[0]
    headings = _headings(view, candidates)
    if not headings:
        # Behind a heading of a form or a list above it, the story's first line is its headline.
        begins = bool(candidates) and candidates[0] == lines[0] and _is_long(view, lines[0])
        headings = _headings(view, [k for k in higher if not begins or view.level(k) == 1])
    if headings:
        return headings[0]
    told = [k for k in candidates if not _is_header_line(view, k)]
    # Where such a line is all that could be one, the headline stands above what was found.
    only = len(told) < len(candidates)
    candidates = told
    if not candidates:
        return None
    texts = [view.text(k).casefold() for k in candidates]
    for k, text in zip(candidates, texts, strict=True):
        if _is_long(view, k) and texts.count(text) > 1:
            return k
    long_enough = [k for k in candidates[:4] if _is_long(view, k)]
    # What ends in a full stop is rather a remark ("We may earn a commission.").
    titles = [k for k in long_enough if view.text(k)[-1] not in ".。"]
    return next(iter(titles or (() if only else long_enough or candidates)), None)


def _is_long(view: View, k: int) -> bool:
    """Whether a line has more to say than a section's name.

    A sign of an uncased script, Chinese above all, says what two letters say.
    """
    return view.of("length", k) * (1 + view.of("uncased", k)) > _KICKER


def _further(view: View, headline: int, lines: Sequence[int]) -> tuple[int, ...]:
    """The lines behind the headline in the same heading: ``<h1>A headline<br>in two lines</h1>``.

    White space parts one heading from another by more than a break.
    """
    markup, breaks, level = view.page.markup, view.page.breaks, view.level(headline)
    found: list[int] = []
    k = headline + 1
    while (
        markup is not None
        and k in lines
        and view.level(k) == level
        and breaks[k] == 1
        and markup[k, _SIBLING] == 1
        and not (view.of("date", k) or view.of("byline", k))
        and len(found) < 3
    ):
        found.append(k)
        k += 1
    return tuple(found)


def _may_be_headline(view: View, k: int) -> bool:
    length = view.of("length", k)
    if view.text(k).startswith(("http://", "https://", "www.")):
        return False
    shortest, longest = LENGTHS
    if not shortest <= length <= longest or view.of("opens_bullet", k):
        return False
    if view.signed(k) and (length < _SIGNED or looks_like_name(view.text(k))):
        return False
    if length < 60 and view.level(k) != 1 and (view.of("date", k) or _is_date(view.text(k))):
        return False
    if PASSING.fullmatch(view.text(k).strip(" |·•")):
        return False
    if not (view.of("ends_stop", k) and length > 90):
        return True
    # A question or a call may be as long as any headline, where the markup says that it is one.
    return view.level(k) <= 2 and (view.level(k) == 1 or view.text(k)[-1] not in ".。")


def _is_date(line: str) -> bool:
    """Whether a line is a date with little beside it, in whatever language."""
    date = find_date(line)
    rest = line.replace(date.words, "") if date else line
    return date is not None and sum(c.isalpha() for c in rest) < _LABEL


def _is_header_line(view: View, k: int) -> bool:
    """Whether a line as long as a headline says who wrote it and when, or where on the site it is:
    "By Ana Brook - Daily Pier - Thursday, March 12, 2021", "Home » Town » Council votes …"."""
    line = view.text(k)
    if len(_CRUMB.findall(line)) > 1:
        return True
    if view.signed(k) and name_with_role(without_opener(line)) is not None:
        return True
    date = find_date(line)
    if date is None:
        return False
    at = line.find(date.words)
    return view.signed(k) or bool(PUBLISHED.search(line, 0, at)) or bool(name_beside_date(line))


def _headings(view: View, lines: Iterable[int]) -> list[int]:
    """Those of the lines that the markup calls headings, the highest level first."""
    return sorted((k for k in lines if not np.isnan(view.level(k))), key=view.level)
