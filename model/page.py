"""A page as the rest of Storyseam sees it: text, and the blocks that it is made of.

A block is one non-empty line, or one sentence where a line is so long that its breaks were lost.
Offsets are Unicode code points into ``Page.text``, which is never altered: what comes in is what
the offsets refer to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from model.characters import FULL_STOPS, UNSPACED_STOPS
from model.front_matter import read_front_matter
from model.lines import Lines
from model.markdown_cues import markdown_cues
from model.marks import Marks
from model.stages import stage

__all__ = ["Metadata", "Page", "Stamp", "sentence_spans"]

# A line longer than this is cut into sentences. 99.5 % of the paragraphs of the training corpora
# that kept their line breaks are shorter, and a story never starts inside a paragraph.
LONG_LINE = 1200
# Where the lines with more than a sentence are longer than this on average, the page has lost its
# line breaks, and a line longer than ``LOST_LINE`` may hold a seam.
LOST_MEAN = 900
LOST_LINE = 240

# A sentence ends at a terminator with its closing quotes, followed by space or, in scripts without
# spaces, by anything. Offsets must be exact and a page may be in any language or none, so this is
# a rule on characters and not a language model. A capital with up to two letters after it before a
# full stop is a title, an initial or a month ("Mr.", "Sen.", "R.", "Jan."): nothing ends there.
_SENTENCE_END = re.compile(
    rf"(?:(?:[!?…؟۔।॥։{FULL_STOPS}]|(?<!\b[A-Z])(?<!\b[A-Z][a-z])(?<!\b[A-Z][a-z]{{2}})(?<!\bProf)(?<!\bSept)\.)"
    r"[\"'”’»)\]]*(?=\s+(?:[■□●•▪*]\s?)?[\"'“‘«¿¡(\[—–-]*[^\Wa-z\d_а-я])"
    rf"|[。！？｡{UNSPACED_STOPS}][”’」』）]*)\s*"
)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the page says of its own story, outside the visible text (JSON-LD, ``meta``, the front
    matter of Markdown)."""

    headline: str | None = None
    byline: str | None = None
    published: str | None = None
    updated: str | None = None
    site: str | None = None  # what the site calls itself


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a ``<time>`` says to machines beside its words, ``text[start:end]`` of the page.

    Attributes
    ----------
    iso : str
        ISO 8601: ``2024-10-18``, ``2024-10-18T14:05`` or ``2024-10-18T14:05+02:00``.
    called : {"published", "updated"} or None
        What its class or its ``itemprop`` calls it.
    """

    start: int
    end: int
    iso: str
    called: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Text with its blocks.

    What is known of characters and not of blocks is given by offsets into ``text``, which hold
    however it is cut into blocks.

    Attributes
    ----------
    text : str
        The page as the offsets see it.
    starts, ends : int64 arrays, shape (n_blocks,)
        ``text[starts[i]:ends[i]]`` is block ``i``, without white space around it, nor characters
        that nobody sees.
    breaks : int64 array, shape (n_blocks,)
        Line breaks between the block before and this one; 0 inside one line.
    markup : float32 array, shape (n_blocks, n_cues), or None
        One row of :data:`model.cues.CUES` a block; None where there was no markup.
    dress : int64 array, shape (n_blocks,), or None
        Hash of the element that a block stands in (tags and classes); equal dress, equal role.
    metadata : Metadata
    stamps : tuple of Stamp
        Ascending and disjoint.
    hidden, deleted : int64 arrays, shape (n, 2), or None
        Spans of ``text``, ascending and disjoint, that a browser does not show, and that the page
        takes back (:mod:`model.telling.deleted`); None where there are none.
    authors : int64 array, shape (n, 2), or None
        Spans of links that lead to who wrote it, ``<a rel="author">``; None where there are none.
    marks : Marks
        What of the text is no words of its own, and is not read.
    """

    text: str
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    breaks: NDArray[np.int64]
    markup: NDArray[np.float32] | None = None
    dress: NDArray[np.int64] | None = None
    metadata: Metadata = field(default_factory=Metadata)
    stamps: tuple[Stamp, ...] = ()
    hidden: NDArray[np.int64] | None = None
    deleted: NDArray[np.int64] | None = None
    authors: NDArray[np.int64] | None = None
    marks: Marks = field(default_factory=Marks)

    def __len__(self) -> int:
        return len(self.starts)

    def block(self, index: int) -> str:
        """What is read of one block."""
        start, end = int(self.starts[index]), int(self.ends[index])
        return self.marks.without(self.text, start, end) if self.marks else self.text[start:end]

    def blocks(self) -> list[str]:
        """What is read of every block, in order."""
        text = self.text
        if self.marks:
            return [self.block(index) for index in range(len(self))]
        return [text[s:e] for s, e in zip(self.starts.tolist(), self.ends.tolist(), strict=True)]

    def parted(self, cuts: dict[int, int]) -> Page:
        """The same text with some blocks made two.

        Parameters
        ----------
        cuts : dict
            Block -> the characters of it that come to be a block of their own, with white space
            behind them; at least one, and not all.
        """
        at = np.array(sorted(cuts), np.int64)
        begin = np.array([self._place(block, cuts[block]) for block in at.tolist()], np.int64)
        left = [self.text[a:b].rstrip() for a, b in zip(self.starts[at], begin, strict=True)]
        ends = self.starts[at] + [len(text) for text in left]
        starts = np.insert(self.starts, at + 1, begin)
        return replace(
            self,
            starts=starts,
            ends=np.insert(self.ends, at, ends),
            breaks=np.insert(self.breaks, at + 1, 0),
            markup=None if self.markup is None else np.insert(self.markup, at, self.markup[at], 0),
            dress=None if self.dress is None else np.insert(self.dress, at, self.dress[at]),
        )

    def _place(self, block: int, kept: int) -> int:
        """Where the word begins that has so many characters of what is read before it."""
        start, end = int(self.starts[block]), int(self.ends[block])
        return self.marks.place(self.text, start, end, kept) if self.marks else start + kept

    @classmethod
    @stage("parse")
    def from_text(cls, text: str, *, plain: bool = True) -> Page:
        """Cut text into blocks, in time linear in its length.

        Parameters
        ----------
        plain : bool
            As somebody saved it; not what came of HTML.
        """
        front, fields = read_front_matter(text) if plain else (0, {})
        lines = Lines.read(text, plain=plain, front=front)
        limit = _longest_line(lines)
        starts: list[int] = []
        ends: list[int] = []
        breaks: list[int] = []
        for start, end, above in zip(lines.starts, lines.ends, lines.breaks, strict=True):
            if end - start <= limit:
                starts.append(start)
                ends.append(end)
                breaks.append(above)
            else:
                for cut in sentence_spans(text, start, end):
                    if lines.marks and not lines.marks.without(text, *cut):
                        continue
                    starts.append(cut[0])
                    ends.append(cut[1])
                    breaks.append(above)
                    above = 0
        page = cls(
            text=text,
            starts=np.asarray(starts, dtype=np.int64),
            ends=np.asarray(ends, dtype=np.int64),
            breaks=np.asarray(breaks, dtype=np.int64),
            metadata=Metadata(**fields),
            marks=lines.marks,
        )
        if lines.links is None:
            return page
        markup = markdown_cues(text, page.starts, page.ends, page.marks, lines.links)
        return replace(page, markup=markup)


def _longest_line(lines: Lines) -> int:
    """From what length on a line is cut into sentences on this page."""
    long = [b - a for a, b in zip(lines.starts, lines.ends, strict=True) if b - a > LOST_LINE]
    return LOST_LINE if long and sum(long) > LOST_MEAN * len(long) else LONG_LINE


def sentence_spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Spans of the sentences of ``text[start:end]``, white space left out."""
    spans = []
    left = start
    for match in _SENTENCE_END.finditer(text, start, end):
        right = match.end()
        stop = left + len(text[left:right].rstrip())
        if stop > left:
            spans.append((left, stop))
        left = right
    if left < end:
        spans.append((left, end))
    return spans
