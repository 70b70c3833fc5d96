"""Invented pages of any size for measuring speed: as many words, lines and stories as real ones.

Words come from the model's own vocabulary as often as words of a language do (Zipf's law), some
are in no vocabulary, and lines have the lengths of headlines and paragraphs. What they say is
nonsense, so that only speed can be measured with them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import orjson

__all__ = ["Pages", "write_lines"]

# A paragraph of a news page, and stories of seven of them: about 3 kB.
_WORDS = (25, 75)
_PARAGRAPHS = 7
# One word in twenty is a name that no vocabulary has.
_NAMES = 0.05


class Pages:
    """Makes pages; the same seed and vocabulary give the same ones."""

    def __init__(self, vocabulary: Sequence[str], seed: int = 1) -> None:
        self._rng = random.Random(seed)
        words = [word for word in vocabulary if word.isalpha() and word.isascii()] or ["word"]
        self._words = words[:20_000]
        self._weights = list(accumulate(1 / (rank + 3) for rank in range(len(self._words))))
        # Drawn once: drawing every word anew would take longer than the model does.
        self._lines = [self._line() for _ in range(2_000)]

    def text(self, size: int) -> str:
        """A page of about ``size`` bytes, cut at the end of a word."""
        lines: list[str] = []
        length = 0
        while length < size:
            if len(lines) % (_PARAGRAPHS + 2) == 0:
                new = [self._rng.choice(self._lines)[:60].strip().title(), "12 March 2031"]
            else:
                new = [self._rng.choice(self._lines)]
            lines += new
            length += sum(len(line) + 1 for line in new)
        text = "\n".join(lines)
        end = text.rfind(" ", 0, size)
        return text[: end if end > size // 2 else size]

    def texts(self, count: int, size: int) -> Iterator[str]:
        """So many pages."""
        for _ in range(count):
            yield self.text(size)

    def _line(self) -> str:
        words = self._rng.choices(
            self._words, cum_weights=self._weights, k=self._rng.randint(*_WORDS)
        )
        for at, word in enumerate(words):
            if self._rng.random() < _NAMES:
                words[at] = word.title() + self._rng.choice(("ska", "mor", "vin", "dell"))
        return " ".join(words).capitalize() + "."


def write_lines(path: Path, pages: Pages, count: int, size: int) -> int:
    """Pages as JSONL, as `storyseam bulk` reads them; how many bytes they are."""
    total = 0
    with path.open("wb") as out:
        for number, text in enumerate(pages.texts(count, size)):
            line = orjson.dumps({"id": number, "text": text}) + b"\n"
            out.write(line)
            total += len(line)
    return total
