"""Text -> the lines that a reader sees, before they become blocks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from model.characters import UNSEEN
from model.markdown import RULES, Signs, breaking_tags, named_characters, read_markdown
from model.marks import Marks
from model.wrapping import wrapped

__all__ = ["Lines"]

# Everything that str.splitlines() breaks at, less the separators (FS, GS, RS, US) that scraped
# pages hold inside sentences; "\r\n" is one break.
_LINE = re.compile(r"[^\n\r\x0b\x0c\x85\u2028\u2029]+")

# At a line's edge what nobody sees is no more than white space: as content it made a line of a
# blank one, and another line of each that it stood at.
_ODD = frozenset(UNSEEN)
_EDGES = UNSEEN + "".join(filter(str.isspace, map(chr, range(0x3001))))
_NO_WORDS = _EDGES + RULES


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a text that are not empty.

    Attributes
    ----------
    begins : list of int
        Where each begins, its white space included.
    starts, ends : list of int
        The same without white space around it, nor characters that nobody sees.
    breaks : list of int
        Line breaks before each.
    marks : Marks
        What in them is no words.
    links : sequence of (start, end), or None
        The words of links, where the text is Markdown.
    """

    begins: list[int]
    starts: list[int]
    ends: list[int]
    breaks: list[int]
    marks: Marks
    links: Sequence[tuple[int, int]] | None = None

    def __len__(self) -> int:
        return len(self.starts)

    @classmethod
    def read(cls, text: str, *, plain: bool, front: int = 0) -> Lines:
        """All of a text, in time linear in its length.

        Parameters
        ----------
        plain : bool
            As somebody saved it, so that it may hold signs of Markdown; not what came of HTML.
        front : int
            Where its front matter ends.
        """
        signs = read_markdown(text, front) if plain else Signs()
        marks = signs.marks
        if plain and (named := named_characters(text)):
            marks = Marks.joined([*marks.spans(), *named])
        lines = cls([], [], [], [], marks, signs.links)
        pairs = "\r\n" in text
        seen = above = 0
        for begin, end in _pieces(text, breaking_tags(text, signs.marks)):
            # Between two lines stand breaks alone.
            above += begin - seen
            if pairs:
                above -= text.count("\r\n", seen, begin)
            seen = end
            line = text[begin:end]
            stripped = line.lstrip()
            if not stripped:
                continue
            start = begin + len(line) - len(stripped)
            stripped = stripped.rstrip()
            if stripped[0] in _ODD or stripped[-1] in _ODD:
                inner = stripped.lstrip(_EDGES)
                if not inner:
                    continue
                start += len(stripped) - len(inner)
                stripped = inner.rstrip(_EDGES)
            end = start + len(stripped)
            # A picture, a rule, or a link without words.
            if marks and not marks.without(text, start, end).strip(_NO_WORDS):
                continue
            lines.begins.append(begin)
            lines.starts.append(start)
            lines.ends.append(end)
            lines.breaks.append(above)
            above = 0
        whole = lines._unwrapped(text)
        if not signs.marks and whole is lines:
            return lines
        # In Markdown, tags and wrapped text an empty line parts two paragraphs and says no more.
        return replace(whole, breaks=[min(n, 1) for n in whole.breaks[:1]] + [1] * (len(whole) - 1))

    def _unwrapped(self, text: str) -> Lines:
        """The same with lines made one where a break only wraps them."""
        soft = wrapped(text, self.begins, self.starts, self.ends, self.breaks).tolist()
        if not soft:
            return self
        spans = [(self.ends[i], self.starts[i + 1]) for i in soft]
        goes_on, is_rest = set(soft), {i + 1 for i in soft}
        first = [i for i in range(len(self.starts)) if i not in is_rest]
        last = [i for i in range(len(self.starts)) if i not in goes_on]
        return Lines(
            [self.begins[i] for i in first],
            [self.starts[i] for i in first],
            [self.ends[i] for i in last],
            [self.breaks[i] for i in first],
            Marks.joined([*self.marks.spans(), *spans]),
            self.links,
        )


def _pieces(text: str, cuts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Spans of the lines of a text, which end at the cuts, too."""
    spans = (match.span() for match in _LINE.finditer(text))
    if not cuts:
        yield from spans
        return
    i = 0
    for begin, end in spans:
        while i < len(cuts) and cuts[i] < end:
            if cuts[i] > begin:
                yield begin, cuts[i]
                begin = cuts[i]
            i += 1
        yield begin, end
