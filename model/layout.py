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
from model.vocabulary import BYLINE_OPENERS, MONTHS

__all__ = ["Layout", "looks_like_byline", "looks_like_date", "read_layout"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# A header line is seldom longer: 99 % of the lines between headline and first paragraph that hold
# a date or a byline on real pages are shorter.
SHORT = 160

_UPPER, _LOWER, _DIGIT, _SPACE, _STOP, _QUOTE, _BULLET, _OTHER, _UNCASED = range(9)
_STOPS = ".!?…。！？｡؟۔।॥։:;"
_QUOTES = "\"'“”„‟«»‘’‚‹›「」『』"
_BULLETS = "•‣◦▪●*·–—-►▶→»✔✓■□◆"

_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_DATE = re.compile(
    r"(?:\b(?:19|20)\d\d[-/.年]\s?\d{1,2}|\b\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d\d)\b"
    r"|\d{1,2}月\d{1,2}日"
    rf"|\b(?:{_MONTH})\b\.?,?\s*(?:de\s+)?\d"
    rf"|\d(?:st|nd|rd|th|º|er)?\.?\s*(?:de\s+)?(?:{_MONTH})\b)",
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
    """Character class by code point of the basic plane."""
    table = np.full(0x10000, _OTHER, np.uint8)
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
    return _DATE.search(line) is not None


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
    columns = _shape(blocks)
    short = np.flatnonzero(columns["length"] <= SHORT)
    date = np.zeros(n, np.float32)
    time = np.zeros(n, np.float32)
    byline = np.zeros(n, np.float32)
    numbered = np.zeros(n, np.float32)
    dateline = np.zeros(n, np.float32)
    has_digit = columns["digits"] > 0
    for i in short.tolist():
        block = blocks[i]
        if has_digit[i]:
            date[i] = looks_like_date(block)
            time[i] = _TIME.search(block) is not None
            numbered[i] = _NUMBERED.match(block) is not None
        byline[i] = len(block) <= 90 and looks_like_byline(block)
    for i in np.flatnonzero(columns["length"] > 60).tolist():
        dateline[i] = _DATELINE.match(blocks[i][:80]) is not None
    columns |= {
        "date": date,
        "time": time,
        "byline": byline,
        "numbered": numbered,
        "dateline": dateline,
    }
    line = np.fromiter((_line_key(b) for b in blocks), np.int64, n)
    return Layout(columns, line, _shape_code(columns))


def _shape(blocks: list[str]) -> dict[str, Floats]:
    """Character statistics of every block."""
    lengths = np.fromiter(map(len, blocks), np.int64, len(blocks))
    ends = np.cumsum(lengths)
    begins = ends - lengths
    codes = np.frombuffer("".join(blocks).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    kinds = _classes()[np.minimum(codes, 0xFFFF)]
    kinds[codes > 0xFFFF] = _OTHER

    def count(mask: NDArray[np.bool_]) -> Floats:
        total = np.add.reduceat(mask, begins, dtype=np.int64)
        return total.astype(np.float32)

    after_space = np.ones(len(kinds), bool)
    after_space[1:] = kinds[:-1] == _SPACE
    after_space[begins] = True
    upper = kinds == _UPPER
    lower = kinds == _LOWER
    words = count(after_space & (kinds != _SPACE))
    letters = count(upper) + count(lower)
    # Words that open with a capital, and among them those that follow another: full names, which
    # stories give when they bring somebody in.
    opening = np.flatnonzero(after_space & (kinds != _SPACE))
    capital = upper[opening]
    second = np.zeros(len(kinds), bool)
    second[opening[1:]] = capital[1:] & capital[:-1]
    second[begins] = False
    # The last character says whether a sentence ends here; a closing quote or bracket is looked
    # through.
    end_kind = kinds[ends - 1]
    before = kinds[np.maximum(ends - 2, begins)]
    stops = (end_kind == _STOP) | ((end_kind == _QUOTE) & (before == _STOP))
    last_code = codes[ends - 1]
    first_kind = kinds[begins]
    return {
        "length": lengths.astype(np.float32),
        "words": words,
        "upper": count(upper) / np.maximum(letters, 1),
        "capitalised": count(upper & after_space) / np.maximum(words, 1),
        "name_runs": count(second) / np.maximum(words, 1),
        "digits": count(kinds == _DIGIT) / lengths,
        "punctuation": count((kinds == _STOP) | (kinds == _OTHER)) / lengths,
        "stops": count(kinds == _STOP) / np.maximum(words, 1),
        "ends_stop": stops.astype(np.float32),
        "ends_colon": (last_code == ord(":")).astype(np.float32),
        "ends_question": ((last_code == ord("?")) | (last_code == ord("？"))).astype(np.float32),
        "ends_ellipsis": (last_code == ord("…")).astype(np.float32),
        "opens_quote": (first_kind == _QUOTE).astype(np.float32),
        "opens_bullet": (first_kind == _BULLET).astype(np.float32),
        "opens_lower": (first_kind == _LOWER).astype(np.float32),
        "opens_digit": (first_kind == _DIGIT).astype(np.float32),
        "uncased": count(kinds == _UNCASED) / lengths,
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
