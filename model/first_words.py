"""The words of a sentence that a story may begin with, and what they look like.

Which of them does is for :mod:`model.run_ons` to say.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

__all__ = ["WORD", "WRITTEN_COLUMNS", "Sentence", "written"]

# Words of a sentence that are looked at, from its first on, and characters: a longer one is a table
# or a list. Both parts of it are read at each candidate, so that without a bound on characters 120
# long tokens are read 120 times.
_MOST, _FARTHEST = 120, 1500
_TOKEN = re.compile(r"\S+")
WORD = re.compile(r"\w+")
_HANDLE = re.compile(r"[@#]\w|://|www\.|\w@\w|\w\.(?:com|net|org)\b")
# A place in capitals, and a dash soon after: "WELLEN, Sept. 3 (Agency) -".
_DATELINE = re.compile(r"[^\W\d_]{3,}[^\n—–-]{0,30}(?:[—–]|--|\s-\s)")
# What the word before a candidate ends with.
_NOTHING, _SMALL, _LARGE, _DIGIT, _COMMA, _COLON, _CLOSING, _OTHER = range(8)
_CLOSINGS = frozenset(")]»”\"’'")
# Capitals in a row that still say more.
_ROW = 8

#: Of a candidate; ``above`` is the word before it. Counts are of the page, as log1p.
WRITTEN_COLUMNS = (
    "chars_before", "chars_after", "words_before", "words_after",
    "above_end", "above_handle", "above_closes", "above_length", "above_small", "above_large",
    "case", "quoted", "small", "large", "smaller", "length", "next_case", "dateline",
    "capitals_before", "capitals_after",
)  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """The first words of a sentence.

    Attributes
    ----------
    text : str
        As far as it is looked at.
    begins, words, cases : list
        Where each word begins, itself, and of what kind its first letter or digit is.
    candidates : list of int
        The words that a story may begin with; the first is one of them.
    """

    text: str
    begins: list[int]
    words: list[str]
    cases: list[int]
    candidates: list[int]

    @classmethod
    def read(cls, text: str) -> Sentence:
        found = [*islice(_TOKEN.finditer(text, 0, _FARTHEST), _MOST)]
        words = [match[0] for match in found]
        cases = [_case(word) for word in words]
        # A story does not begin with a small letter, but for the sentence's own first word.
        candidates = [i for i, case in enumerate(cases) if i == 0 or case != _SMALL]
        begins = [match.start() for match in found]
        return cls(text[: found[-1].end()], begins, words, cases, candidates)


def _case(word: str) -> int:
    """Of the first letter or digit."""
    match = WORD.search(word)
    return _NOTHING if match is None else _kind(match[0][0])


def _kind(character: str) -> int:
    if character.islower():
        return _SMALL
    if character.isupper():
        return _LARGE
    return _DIGIT if character.isdigit() else _OTHER


def _end(word: str) -> int:
    last = word[-1:]
    if not last:
        return _NOTHING
    if last in ",:":
        return _COMMA if last == "," else _COLON
    return _CLOSING if last in _CLOSINGS else _kind(last)


def written(sentence: Sentence, counts: Counter[str]) -> list[list[float]]:
    """``WRITTEN_COLUMNS`` of each candidate; ``counts`` are of the words of its page."""
    text, words, cases = sentence.text, sentence.words, sentence.cases

    def seen(word: str) -> tuple[float, float]:
        """How often the page has a word in small letters, and with a capital."""
        found = WORD.findall(word)
        if not found:
            return 0.0, 0.0
        small = found[0].lower()
        return math.log1p(counts[small]), math.log1p(counts[small.capitalize()])

    rows = []
    for i in sentence.candidates:
        begin = sentence.begins[i]
        above = words[i - 1] if i else ""
        small, large = seen(words[i])
        above_small, above_large = seen(above)
        rows.append(
            [
                begin,
                len(text) - begin,
                i,
                len(words) - i,
                _end(above),
                _HANDLE.search(above) is not None,
                above[-1:] in (")", "]"),
                len(above),
                above_small,
                above_large,
                cases[i],
                words[i][0] in "\"“«'‘(",
                small,
                large,
                small - large,
                len(words[i]),
                cases[i + 1] if i + 1 < len(words) else -1,
                words[i].isupper() and _DATELINE.match(text, begin, begin + 60) is not None,
                _row(cases[i - 1 :: -1]) if i else 0,
                _row(cases[i:]),
            ]
        )
    return rows


def _row(cases: Sequence[int]) -> int:
    """Words with a capital in a row."""
    for count, case in enumerate(cases[:_ROW]):
        if case != _LARGE:
            return count
    return min(len(cases), _ROW)
