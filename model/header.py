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

from model.bylines import announced, announces_next, looks_like_name, name_beside_date
from model.dates import DateHit, find_date
from model.page import Page

__all__ = ["Header", "read_header"]

Floats = NDArray[np.float32]

# Real headers have 0-3 lines mostly, up to 24; what stands further down is the story.
_DEEPEST = 14
# A lead of one paragraph may come before the byline or the date: on one real page in six it does.
_BEHIND_LEAD = 10
# How far above the first block a header goes on that was taken for furniture.
_ABOVE = 4
# A line of more characters that ends a sentence is the story's text, not its header.
_PROSE = 120
# A headline has so many characters; shorter lines are section names, longer ones captions.
_LENGTHS = (8, 200)
_KICKER = 25
_SIGNED = 40  # a longer line that opens like a byline may be one: "From Munich to Aachen …"
_DATED = 110  # characters; a longer line with a date in it is a caption or a paragraph
_UPDATED = re.compile(
    r"updat|aktualis|actuali[sz]|atualiz|modif|обновл|mis à jour|revis|edited|stand:", re.IGNORECASE
)
_PUBLISHED = re.compile(
    r"publi[sc]|post|created|erstellt|veröffentlicht|erschien|issued", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Header:
    """What the opening lines say.

    Attributes
    ----------
    headline : int or None
        Block of the headline; None where the story opens with its text.
    published, updated : DateHit or None
    spent : frozenset of int
        Blocks that are headline, its repetition, byline or date: not the story's text.
    """

    headline: int | None = None
    byline: str | None = None
    published: DateHit | None = None
    updated: DateHit | None = None
    spent: frozenset[int] = field(default_factory=frozenset)


def read_header(
    page: Page,
    first: int,
    last: int,
    own: Sequence[int],
    columns: dict[str, Floats],
    low: int,
    *,
    floor: int = 0,
) -> Header:
    """Read the opening lines of the story in blocks ``first`` to ``last``.

    Parameters
    ----------
    own : sequence of int
        The story's own blocks.
    columns : dict
        Layout of a batch in which the page's blocks begin at ``low``.
    floor : int
        Where the story before ends; nothing above it is looked at.
    """
    view = _View(page, columns, low)
    lines = _opening(view, first, last, set(own))
    above = list(range(max(floor, first - _ABOVE), first))
    mine = set(own)
    headline = _headline(view, [k for k in lines if k in mine], above)
    spent: set[int] = set()
    if headline is not None:
        title = page.block(headline).casefold()
        spent |= {k for k in lines if page.block(k).casefold() == title}
        # What stands above the headline is a section's name, a date or a byline.
        spent |= {k for k in lines if k < headline}
    rest = [k for k in lines if k != headline]
    published, updated, dated = _dates(view, rest)
    byline, signed = _byline(view, rest, dated)
    spent |= dated | signed
    if published is None and updated is None:
        published, updated, dated = _dates(view, above)
    if byline is None:
        byline, _ = _byline(view, above, dated)
    return Header(headline, byline, published or updated, updated, frozenset(spent))


@dataclass(frozen=True, slots=True)
class _View:
    """A page's blocks with the layout of the batch that they are in."""

    page: Page
    columns: dict[str, Floats]
    low: int

    def of(self, name: str, k: int) -> float:
        return float(self.columns[name][self.low + k])

    def prose(self, k: int) -> bool:
        return bool(self.of("ends_stop", k)) and self.of("length", k) > _PROSE

    def body(self, k: int) -> bool:
        """Whether the text begins here as agencies begin it; "Kyiv: a headline" looks alike."""
        opens = bool(self.of("dateline", k))
        return opens and (bool(self.of("ends_stop", k)) or self.of("length", k) > _LENGTHS[1])

    def dates(self, k: int) -> bool:
        """Whether the block is a line with a date, and no sentence."""
        if self.of("length", k) > _DATED or not self.of("digits", k):
            return False
        return bool(self.of("date", k)) or not self.of("ends_stop", k)

    def mark(self, k: int) -> bool:
        """Whether the block is a line that only headers have."""
        if self.of("byline", k) or announces_next(self.page.block(k)):
            return not self.of("ends_stop", k)
        return bool(self.of("date", k)) and not self.prose(k) and self.of("length", k) <= _DATED


def _opening(view: _View, first: int, last: int, own: set[int]) -> list[int]:
    """Blocks before the first one that is plainly the story's text.

    The lead may be among them where a byline or a date follows it, and the text after that.
    """
    lines: list[int] = []
    lead: int | None = None
    for k in range(first, min(first + _DEEPEST + _BEHIND_LEAD, last)):
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


def _headline(view: _View, lines: Sequence[int], above: Sequence[int]) -> int | None:
    """The headline: the line that metadata names, else a heading of the markup, else the line said
    twice, else the first that is long enough."""
    page = view.page
    candidates = [k for k in lines if _may_be_headline(view, k)]
    higher = [k for k in above if _may_be_headline(view, k)]
    wanted = (page.metadata.headline or "").casefold()
    named = [k for k in (*candidates, *reversed(higher)) if page.block(k).casefold() == wanted]
    if named:
        return named[0]
    headings = _headings(page, candidates) or _headings(page, higher)
    if headings:
        return headings[0]
    if not candidates:
        return None
    texts = [page.block(k).casefold() for k in candidates]
    # A sign of an uncased script, Chinese above all, says what two letters say.
    lengths = {k: view.of("length", k) * (1 + view.of("uncased", k)) for k in candidates}
    for k, text in zip(candidates, texts, strict=True):
        if lengths[k] > _KICKER and texts.count(text) > 1:
            return k
    long_enough = [k for k in candidates[:4] if lengths[k] > _KICKER]
    # What ends in a full stop is rather a remark ("We may earn a commission.").
    titles = [k for k in long_enough if page.block(k)[-1] not in ".。"]
    return (titles or long_enough or candidates)[0]


def _may_be_headline(view: _View, k: int) -> bool:
    length = view.of("length", k)
    shortest, longest = _LENGTHS
    if not shortest <= length <= longest or view.of("opens_bullet", k):
        return False
    if view.of("byline", k) and (length < _SIGNED or looks_like_name(view.page.block(k))):
        return False
    if view.of("date", k) and length < 60:
        return False
    return not (view.of("ends_stop", k) and length > 90)


def _headings(page: Page, lines: Iterable[int]) -> list[int]:
    """Those of the lines that the markup calls headings, the highest level first."""
    if page.markup is None:
        return []
    level = page.markup[:, 0]  # model.html.CUES begins with it
    found = [k for k in lines if not np.isnan(level[k])]
    return sorted(found, key=lambda k: float(level[k]))


def _dates(view: _View, lines: Sequence[int]) -> tuple[DateHit | None, DateHit | None, set[int]]:
    """The first date of publication and of update, and the lines that are there to name them."""
    published: DateHit | None = None
    updated: DateHit | None = None
    spent: set[int] = set()
    for k in lines:
        if not view.dates(k):
            continue
        for part in _parts(view.page.block(k)):
            hit = find_date(part)
            if hit is None:
                continue
            if _UPDATED.search(part):
                updated = updated or hit
            else:
                published = published or hit
            spent.add(k)
        if view.of("date", k) and not view.of("ends_stop", k):
            spent.add(k)
    return published, updated, spent


def _parts(line: str) -> list[str]:
    """A line that names two dates as two: "Published 12 March 2021 | Updated 14 March 2021"."""
    update, publication = _UPDATED.search(line), _PUBLISHED.search(line)
    if update is None:
        return [line]
    if publication is not None and publication.start() > update.start():
        return [line[: publication.start()], line[publication.start() :]]
    return [line[: update.start()], line[update.start() :]]


def _byline(view: _View, lines: Sequence[int], dated: set[int]) -> tuple[str | None, set[int]]:
    """Who wrote it, and the lines that are there to say so."""
    page = view.page
    name: str | None = None
    spent: set[int] = set()
    for k in lines:
        line = page.block(k)
        if announces_next(line) and k + 1 < len(page):
            following = page.block(k + 1)
            if looks_like_name(following, fewest=1):
                name = name or following
                spent |= {k, k + 1}
        elif view.of("byline", k):
            spent.add(k)
            name = name or announced(line)
    for k in sorted(dated) if name is None else ():
        name = name or name_beside_date(page.block(k))
    if name is None:
        beside = [k for k in lines if k - 1 in dated or k + 1 in dated]
        for k in [k for k in beside if looks_like_name(page.block(k))][:1]:
            name = page.block(k)
            spent.add(k)
    return name, spent
