"""What of a text is no words of its own: signs of Markdown, targets of links, wrapped line breaks.

It stays in the page's text, so that offsets mean the same to everybody, and is left out of what the
classifiers read and of what stories are told as.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape

__all__ = ["Marks"]

_CHARACTER = re.compile(r"&#?\w+;")
# Two signs of Chinese or Japanese, full stops and brackets among them.
_UNSPACED = re.compile("[\u2e80-\ua4cf\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]{2}")


@dataclass(frozen=True, slots=True)
class Marks:
    """Spans of a text that are left out of it.

    Of characters that are written by name or number, as ``&amp;``, the characters stay.

    Attributes
    ----------
    starts, ends : sequence of int
        ``text[starts[i]:ends[i]]`` is left out; ascending and disjoint.
    """

    starts: Sequence[int] = ()
    ends: Sequence[int] = ()

    @classmethod
    def joined(cls, spans: Iterable[tuple[int, int]]) -> Marks:
        """Of spans in any order, those that touch or overlap made one."""
        starts: list[int] = []
        ends: list[int] = []
        for start, end in sorted(spans):
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        return cls(starts, ends)

    def __bool__(self) -> bool:
        return bool(self.ends)

    def spans(self) -> Iterable[tuple[int, int]]:
        """All of them."""
        return zip(self.starts, self.ends, strict=True)

    def without(self, text: str, start: int, end: int) -> str:
        """``text[start:end]`` less the spans; in one line where there is one in it."""
        i = bisect_right(self.ends, start)
        if i == len(self.ends) or self.starts[i] >= end:
            return text[start:end]
        pieces = []
        while i < len(self.ends) and self.starts[i] < end:
            pieces.append(text[start : self.starts[i]])
            begin, start = self.starts[i], self.ends[i]
            # White space at its end parts what stands on either side.
            if text[start - 1].isspace() and not _joins(text, begin, start):
                pieces.append(" ")
            elif text[start - 1] == ";" and "&" in (span := text[begin:start]):
                pieces += map(unescape, _CHARACTER.findall(span))
            i += 1
        pieces.append(text[start:end])
        return " ".join("".join(pieces).split())

    def place(self, text: str, start: int, end: int, kept: int) -> int:
        """Where in ``text`` the word begins that has ``kept`` characters of `without` before it."""
        before = sum(not sign.isspace() for sign in self.without(text, start, end)[:kept])
        i = bisect_right(self.ends, start)
        while start < end:
            if i < len(self.ends) and self.starts[i] <= start:
                start = self.ends[i]
                i += 1
            elif text[start].isspace():
                start += 1
            elif before:
                before -= 1
                start += 1
            else:
                break
        return start


def _joins(text: str, start: int, end: int) -> bool:
    """Whether signs that are written without a space stand on both sides of a span."""
    return (
        start > 0 and end < len(text) and _UNSPACED.match(text[start - 1] + text[end]) is not None
    )
