"""What each block looks like, whatever its language: shape, header lines, repetition.

Character classes are counted over all blocks at once; regular expressions see short blocks and
the openings of long ones only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch
from model.characters import SENTENCE_STOPS, Characters
from model.vocabulary import BYLINE_OPENERS, MONTHS

__all__ = ["Layout", "looks_like_byline", "looks_like_date", "read_layout"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# A header line is seldom longer: 99 % of the lines between headline and first paragraph that hold
# a date or a byline on real pages are shorter.
SHORT = 160

_UPPER, _LOWER, _DIGIT, _SPACE, _STOP, _QUOTE, _BULLET, _OTHER, _UNCASED = range(9)
_KINDS = 9
_STOPS = SENTENCE_STOPS + ":;"
# Thai and Lao end sentences with nothing: there a line as long as this is text, as headlines are
# shorter.
_UNSTOPPED, _PROSE = (0x0E00, 0x0F00), 120
_QUOTES = "\"'“”„‟«»‘’‚‹›「」『』"
_BULLETS = "•‣◦▪●*·–—-►▶→»✔✓■□◆"

_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_OF_MONTHS = {end: "".join(sorted({re.escape(month[end]) for month in MONTHS})) for end in (0, -1)}
# Every date holds a figure, so that both patterns look at figures only: the second reads a line
# from its end, where the figure comes before the month. To try 150 months at every word is slow,
# and so it is behind every figure: first their next letter is looked at.
_DATE = re.compile(
    r"(?:\b(?:19|20)\d\d[-/.年]\s?\d{1,2}|\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d\d)\b"
    r"|\d{1,2}月\d{1,2}日"
    rf"|\d(?:st|nd|rd|th|º|er)?\.?\s*(?:de\s+)?(?=[{_OF_MONTHS[0]}])(?:{_MONTH})\b)",
    re.IGNORECASE,
)
_MONTH_FIRST = re.compile(
    rf"\d(?:\s+ed)?\s*,?\.?\b(?=[{_OF_MONTHS[-1]}])(?:"
    + "|".join(re.escape(month[::-1]) for month in sorted(MONTHS, key=len, reverse=True))
    + r")\b",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\b\d{1,2}[:.h]\d\d\b|\b\d{1,2}\s?[ap]\.?m\b"
    r"|\b\d+\s+(?:hours?|minutes?|mins?|days?)\b",
    re.IGNORECASE,
)
# Any case for the opener; the name may be glued to it ("ByAna Brook") where the case changes, and
# only there: "Bystanders", "Debate" and "DAMAGE" are no bylines.
_BYLINE = re.compile(
    r"(?i:" + "|".join(map(re.escape, sorted(BYLINE_OPENERS, key=len, reverse=True)))
    + r")(?:[:：\s]\s*|(?<=[a-zß-ÿ])(?=[A-ZÀ-Ý])|(?<=／))\S"
)  # fmt: skip
# "LONDON: ", "KYIV, Ukraine (AP) — ", "Jakarta, KOMPAS.com – ", "央视网消息（新闻联播）："
_DATELINE = re.compile(
    r"(?:[A-ZÀ-ÞĀ-ſА-Я][\w.’'-]*[ ,/]+){0,4}[A-ZÀ-ÞĀ-ſА-Я][\w.’'-]*:\s\S|"
    r"(?:[^\W\d_][\w.’'-]*[ ,/]+){0,5}(?:\([^)]{2,30}\)\s*)?(?:[—–:]|--| - )\s?\S"
    r"|[^\s。，]{2,10}（[^）]{2,12}）[：:]"
    r"|[^\W\d_]{2,}(?:[ ,]+[\w.]+){0,4}\s*\([^)]{2,40}\)\s*[-—–.:]"
)
_NUMBERED = re.compile(r"(?:\d{1,3}[.)]|[a-zA-Z][.)]|[（(]?[一二三四五六七八九十]+[、)）])\s?\S")


@dataclass(frozen=True)
class Layout:
    """One row a block; every array has the shape (n_blocks,).

    ``columns`` holds the measured cues by name, ``line`` a number that equal lines share,
    ``shape`` one that lines of equal look share.
    """

    columns: dict[str, Floats]
    line: Ints
    shape: Ints


@lru_cache(maxsize=1)
def _classes() -> NDArray[np.uint8]:
    """Character class by code point; beyond the basic plane all are others."""
    table = np.full(0x110000, _OTHER, np.uint8)
    for code in range(0x10000):
        category = unicodedata.category(chr(code))
        if category in ("Lu", "Lt"):
            table[code] = _UPPER
        elif category == "Ll":
            table[code] = _LOWER
        elif category.startswith("L"):
            table[code] = _UNCASED
        elif category == "Nd":
            table[code] = _DIGIT
        elif category.startswith("Z") or chr(code).isspace():
            table[code] = _SPACE
    for chars, kind in ((_BULLETS, _BULLET), (_QUOTES, _QUOTE), (_STOPS, _STOP)):
        for char in chars:
            table[ord(char)] = kind
    return table


def looks_like_date(line: str) -> bool:
    """A date stands in the line, in one of some twenty languages or in figures."""
    return _DATE.search(line) is not None or _MONTH_FIRST.search(line[::-1]) is not None


def looks_like_byline(line: str) -> bool:
    """The line opens as bylines do."""
    return _BYLINE.match(line) is not None


def read_layout(batch: Batch) -> Layout:
    """Look at every block of a batch."""
    blocks = batch.blocks
    n = len(blocks)
    if n == 0:
        empty = np.zeros(0, np.int64)
        return Layout({}, empty, empty)
    columns = _shape(batch.characters)
    columns |= {
        name: np.zeros(n, np.float32) for name in ("date", "time", "byline", "numbered", "dateline")
    }
    length = columns["length"]
    for i in np.flatnonzero((length <= SHORT) & (columns["digits"] > 0)).tolist():
        block = blocks[i]
        columns["date"][i] = looks_like_date(block)
        columns["time"][i] = _TIME.search(block) is not None
        columns["numbered"][i] = _NUMBERED.match(block) is not None
    for i in np.flatnonzero(length <= 90).tolist():
        if _BYLINE.match(blocks[i]) is not None:
            columns["byline"][i] = 1.0
    for i in np.flatnonzero(length > 60).tolist():
        if _DATELINE.match(blocks[i][:80]) is not None:
            columns["dateline"][i] = 1.0
    line = np.fromiter(map(_line_key, blocks), np.int64, n)
    return Layout(columns, line, _shape_code(columns))


def _shape(characters: Characters) -> dict[str, Floats]:
    """Character statistics of every block."""
    codes, begins, ends = characters.codes, characters.begins, characters.ends
    lengths = ends - begins
    kinds = _classes().take(codes)
    # One count a kind and block; the line feeds around blocks are spaces, which nobody counts.
    block = np.repeat(np.arange(len(begins)), lengths + 1)
    cells = np.bincount(block * _KINDS + kinds[begins[0] :], minlength=len(begins) * _KINDS)
    counts = cells.reshape(-1, _KINDS).astype(np.float32)
    letters = counts[:, _UPPER] + counts[:, _LOWER]
    space = kinds == _SPACE
    opening = np.flatnonzero(space[:-1] & ~space[1:]) + 1
    at = np.searchsorted(opening, begins)
    capital = kinds[opening] == _UPPER
    # Words that open with a capital, and among them those that follow another: full names, which
    # stories give when they bring somebody in.
    second = np.zeros(len(opening), bool)
    second[1:] = capital[1:] & capital[:-1]
    second[at] = False
    words = np.diff(at, append=len(opening)).astype(np.float32)
    capitals = np.add.reduceat(capital, at, dtype=np.int64).astype(np.float32)
    seconds = np.add.reduceat(second, at, dtype=np.int64).astype(np.float32)
    # The last character says whether a sentence ends here; a closing quote or bracket is looked
    # through.
    end_kind = kinds[ends - 1]
    before = kinds[np.maximum(ends - 2, begins)]
    stops = (end_kind == _STOP) | ((end_kind == _QUOTE) & (before == _STOP))
    last_code = codes[ends - 1]
    stops |= (last_code >= _UNSTOPPED[0]) & (last_code < _UNSTOPPED[1]) & (lengths >= _PROSE)
    first_kind = kinds[begins]
    return {
        "length": lengths.astype(np.float32),
        "words": words,
        "upper": counts[:, _UPPER] / np.maximum(letters, 1),
        "capitalised": capitals / np.maximum(words, 1),
        "name_runs": seconds / np.maximum(words, 1),
        "digits": counts[:, _DIGIT] / lengths,
        "punctuation": (counts[:, _STOP] + counts[:, _OTHER]) / lengths,
        "stops": counts[:, _STOP] / np.maximum(words, 1),
        "ends_stop": stops.astype(np.float32),
        "ends_colon": (last_code == ord(":")).astype(np.float32),
        "ends_ellipsis": (last_code == ord("…")).astype(np.float32),
        "opens_bullet": (first_kind == _BULLET).astype(np.float32),
        "opens_lower": (first_kind == _LOWER).astype(np.float32),
        "opens_digit": (first_kind == _DIGIT).astype(np.float32),
        "uncased": counts[:, _UNCASED] / lengths,
    }


def _line_key(block: str) -> int:
    """Equal for lines that a reader takes for the same, whatever their case and length beyond."""
    return crc32(block[:120].casefold().encode("utf-8", "surrogatepass"))


def _shape_code(columns: dict[str, Floats]) -> Ints:
    """A number for the look of a line: length class, case, date, byline, how it ends."""
    length = np.digitize(columns["length"], (4, 14, 40, 110, 280)).astype(np.int64)
    code = length
    for name in ("date", "byline", "ends_stop", "opens_bullet", "ends_colon"):
        code = code * 2 + (columns[name] > 0)
    return code * 2 + (columns["upper"] > 0.6)
