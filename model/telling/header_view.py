"""The lines at a story's top, each by what is known of it: layout, markup, what it opens like."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.cues import CUES
from model.page import Page, Stamp
from model.telling.bylines import (
    announces_next,
    is_sentence,
    opens_at_length,
    without_opener,
)
from model.telling.date_words import PUBLISHED, UPDATED
from model.telling.dates import find_date
from model.telling.shown import Shown

__all__ = ["LENGTHS", "View"]

Floats = NDArray[np.float32]

# A line of more characters that ends a sentence is the story's text, not its header.
_PROSE = 120
#: A headline has so many characters; shorter lines are section names, longer ones captions.
LENGTHS = (8, 200)
_NAMED = 5  # of model.cues.CUES: jsonld_headline_match
_DATED = 110  # characters; a longer line with a date in it is a caption or a paragraph
# How agencies begin: a place in capitals, or an agency in brackets. In a short line the same signs
# stand behind a speaker or a section: "Marit Oslund: The town has waited long enough."
_AGENCY = re.compile(r"[^a-zß-ÿ]{3,}[—–:-]|.{0,60}\([^)]{2,40}\)\s*[-—–.:]")
# Words without a capital beside a <time> that labels do not have: "The match was played on …".
_SENTENCE = 4
# Where a page puts what belongs to readers and to other stories.
_ELSEWHERE = [
    CUES.index(cue)
    for cue in (
        "in_nav",
        "in_aside",
        "in_footer",
        "role_complementary",
        "role_navigation",
        "role_contentinfo",
        "role_dialog",
        "hint_comment",
        "hint_related",
        "hint_menu",
        "hint_side",
    )
]
# Other stories, too, stand in these; but so do byline and date.
_LISTS = [CUES.index(cue) for cue in ("in_list", "hint_card")]
_NEW_ARTICLE, _LINKS = CUES.index("new_article"), CUES.index("link_density")
_AUTHORS = [CUES.index(cue) for cue in ("own_hint_byline", "itemprop_author")]
_TITLE = 30  # characters; a longer link is no name but another story's headline


@dataclass(frozen=True, slots=True)
class View:
    """A page's blocks with the layout of the batch that they are in.

    Attributes
    ----------
    shown : Shown
    columns : dict
        Layout of a batch in which the page's blocks begin at ``low``.
    top, anchor : int
        The story's first block, and one that is surely its text: what stands in other parts of the
        page than that is not the story's.
    """

    shown: Shown
    columns: dict[str, Floats]
    low: int
    top: int
    anchor: int

    @classmethod
    def of_story(
        cls, shown: Shown, columns: dict[str, Floats], low: int, own: Sequence[int]
    ) -> View:
        """The view of the story of the blocks ``own``, at least one."""
        view = cls(shown, columns, low, own[0], own[0])
        return replace(view, anchor=next((k for k in own if view.prose(k)), own[0]))

    @property
    def page(self) -> Page:
        """The page with all of its text."""
        return self.shown.page

    def text(self, k: int) -> str:
        """What a reader sees of a block; empty where it is hidden."""
        return self.shown.block(k)

    def of(self, name: str, k: int) -> float:
        """A column of the layout at a block."""
        return float(self.columns[name][self.low + k])

    def prose(self, k: int) -> bool:
        """Whether the block is text and no line of a header."""
        return bool(self.of("ends_stop", k)) and self.of("length", k) > _PROSE

    def body(self, k: int) -> bool:
        """Whether the text begins here as agencies begin it; "Kyiv: a headline" looks alike."""
        if not self.of("dateline", k) or not np.isnan(self.level(k)):
            return False
        if not self.of("ends_stop", k) and self.of("length", k) <= LENGTHS[1]:
            return False
        line = self.text(k)
        # "PUBLISHED: March 14, 2025 at 8:48 p.m."
        if self.dates(k) and (PUBLISHED.search(line) or UPDATED.search(line)):
            return False
        return len(line) > _PROSE or _AGENCY.match(line) is not None

    def dates(self, k: int) -> bool:
        """Whether the block is a line with a date, and no sentence."""
        if self.of("length", k) > _DATED or not self.of("digits", k):
            return False
        line = self.text(k)
        if not self.of("ends_stop", k):
            # "The pier closed on 3 May 2019 after an inspection" is the lead of another day.
            return find_date(line) is None or not self._tells(line)
        return bool(self.of("date", k)) and not self._tells(line)

    def signed(self, k: int) -> bool:
        """Whether the block opens like a byline and does not go on like a headline."""
        line = self.text(k)
        opens = bool(self.of("byline", k)) or opens_at_length(line)
        return opens and without_opener(line) != line and not is_sentence(line)

    def stamps(self, k: int) -> Sequence[Stamp]:
        """What ``<time>`` says in the block, where that is a line with a date and no sentence, and
        stands where the story does."""
        stamps = self.page.stamps
        if not stamps or self.of("length", k) > _DATED:
            return ()
        start, end = int(self.page.starts[k]), int(self.page.ends[k])
        low = bisect_left(stamps, start, key=lambda stamp: stamp.start)
        high = bisect_left(stamps, end, key=lambda stamp: stamp.start)
        # The words of a <time> over several lines are none of a date.
        own = [stamp for stamp in stamps[low:high] if stamp.end <= end and self._seen(stamp)]
        if not own or self._elsewhere(k) or self._is_sentence(self._without(k, own)):
            return ()
        return own

    def undated(self, k: int) -> str:
        """The line with a bar in place of the words of each ``<time>``."""
        stamps = self.stamps(k)
        return self._without(k, stamps) if stamps else self.text(k)

    def _seen(self, stamp: Stamp) -> bool:
        return bool(self.shown.cut(stamp.start, stamp.end))

    def _without(self, k: int, stamps: Sequence[Stamp]) -> str:
        pieces, start = [], int(self.page.starts[k])
        for stamp in stamps:
            pieces.append(self.shown.cut(start, stamp.start))
            start = stamp.end
        return " | ".join([*pieces, self.shown.cut(start, int(self.page.ends[k]))])

    def _elsewhere(self, k: int) -> bool:
        """Whether the block belongs to a part of the page that the story's text is not in."""
        if self._apart(k, _ELSEWHERE):
            return True
        if k < self.top:
            markup = self.page.markup
            begun = markup is not None and (markup[k + 1 : self.top + 1, _NEW_ARTICLE] == 1).any()
            return bool(begun) or self._apart(k, _LISTS)
        return self._apart(k, _LISTS) and (self._is_title(k) or self._is_title(k - 1))

    def _apart(self, k: int, cues: Sequence[int]) -> bool:
        """Whether one of the cues holds for most of the block and not of the story's text."""
        markup = self.page.markup
        if markup is None:
            return False
        return bool(((markup[k, cues] > 0.5) & ~(markup[self.anchor, cues] > 0.5)).any())

    def _is_title(self, k: int) -> bool:
        """Whether the block holds a link to what is no person and no section."""
        markup = self.page.markup
        if markup is None or k < self.top:
            return False
        return float(markup[k, _LINKS]) * self.of("length", k) > _TITLE

    @staticmethod
    def _tells(line: str) -> bool:
        """Whether a line with a date tells something: "The dress was worn in Florence on 23 April
        1985." """
        date = find_date(line)
        rest = line
        if date is not None:
            # What stands behind a bar is another part of a header.
            words = date.words.rpartition("|")[2]
            part = next((part for part in line.split("|") if words in part), line)
            rest = part.replace(words, "")
        lower = sum(word[0].islower() for word in rest.split())
        return lower >= _SENTENCE and not (PUBLISHED.search(line) or UPDATED.search(line))

    @staticmethod
    def _is_sentence(rest: str) -> bool:
        """Whether what stands beside a date is more than a label and a name."""
        words = [word for word in rest.split() if word[0].isalpha()]
        lower = sum(word[0].islower() for word in words)
        if PUBLISHED.search(rest) or UPDATED.search(rest):
            return lower >= 2 * _SENTENCE
        return lower >= _SENTENCE or (bool(words) and rest.rstrip()[-1:] in ".!?。")

    def byline(self, k: int) -> bool:
        """Whether the markup calls the line a byline, and nothing that readers said or may read."""
        markup = self.page.markup
        if markup is None or not (markup[k, _AUTHORS] > 0.5).any() or self._elsewhere(k):
            return False
        return not self.of("ends_stop", k)

    def authors(self, k: int) -> list[str]:
        """The words of links in the block that lead to who wrote the story."""
        spans = self.page.authors
        if spans is None or self._elsewhere(k):
            return []
        start, end = int(self.page.starts[k]), int(self.page.ends[k])
        low = int(np.searchsorted(spans[:, 1], start, side="right"))
        high = int(np.searchsorted(spans[:, 0], end))
        own = [(max(a, start), min(b, end)) for a, b in spans[low:high].tolist()]
        return [words for a, b in own if (words := self.shown.cut(a, b).strip())]

    def level(self, k: int) -> float:
        """The level of the heading that the block is in; NaN where it is in none."""
        markup = self.page.markup  # model.cues.CUES begins with it
        return float("nan") if markup is None else float(markup[k, 0])

    def begins_named(self, k: int) -> bool:
        """Whether the headline of the metadata is the block, or begins with it."""
        markup = self.page.markup
        return markup is not None and markup[k, _NAMED] == 1

    def mark(self, k: int) -> bool:
        """Whether the block is a line that only headers have."""
        if self.stamps(k):
            return True
        if self.signed(k) or announces_next(self.text(k)):
            return not self.of("ends_stop", k)
        if self.prose(k) or self.of("length", k) > _DATED:
            return False
        # The layout knows the months of fewer languages than dates are told in.
        return bool(self.of("date", k)) or (
            not self.of("ends_stop", k) and find_date(self.text(k)) is not None
        )
