"""The words of blocks by regular expressions and dictionaries: the oracle of model.words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from model.words import WordTable

# Vowel signs and points, but for those of symbols; Indic blocks whole.
MARKS = "\u0300-\u036f\u0900-\u0dff" + "".join(
    char
    for char in map(chr, range(0x20000))
    if unicodedata.category(char) in ("Mn", "Mc")
    and not re.match("[\u20d0-\u20ff\ufe00-\ufe0f\U0001d100-\U0001d24f]", char)
)
HAN = "\u3040-\u312f\u31f0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
SYLLABIC = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aad\u1b00-\u1b7f"
    "\ua000-\ua4cf\ua980-\ua9ff\uaa60-\uaa7f"
)
UNSPACED = HAN + SYLLABIC
# Vowels of Thai and Lao before their letter and behind it, and signs that stack the next.
BEFORE, BEHIND = (
    "[\u0e40-\u0e44\u0ec0-\u0ec4]",
    "[\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3\u0ebd]",
)
STACKING = "[\u17d2\u1039]"


@dataclass(frozen=True)
class SlowToken:
    """A token: what it is equal to, where it stands, and its rows with their share."""

    key: str
    block: int
    capital: bool
    rows: tuple[int, ...]
    share: float
    syllables: bool = False


def slow_words(blocks: Sequence[str], table: WordTable) -> list[SlowToken]:
    """Tokens by block; in a block words first, then pairs."""
    row = {word: i for i, word in enumerate(table.vocabulary)}
    out: list[SlowToken] = []
    for at, block in enumerate(blocks):
        runs = re.findall(f"[{UNSPACED}]+", block)
        for word in re.findall(rf"[\w{MARKS}]{{2,}}", re.sub(f"[{UNSPACED}]+", " ", block)):
            key = word.lower()
            if key in row:
                rows, share = (row[key],), 1.0
            else:
                first, last = table.buckets_of([key])[0].tolist()
                rows, share = (first, last), 0.5
            out.append(SlowToken(key, at, not word.islower(), rows, share))
        for run in runs:
            for one, other in pairwise(_syllables(run)):
                bucket = _pair_row(_code(one) << 21 | _code(other), table)
                key = f"{one} {other}"
                out.append(SlowToken(key, at, False, (bucket,), 0.5, _syllabic(one)))
    return out


def _syllabic(unit: str) -> bool:
    return re.match(f"[{SYLLABIC}]", unit) is not None


def _syllables(run: str) -> list[str]:
    """Kana and Han one by one, other letters with their vowels and marks."""
    out: list[str] = []
    for char in run:
        mark = unicodedata.category(char) in ("Mn", "Mc") or re.match(BEHIND, char)
        if out and ((_syllabic(char) and mark) or re.match(f"{BEFORE}|{STACKING}", out[-1][-1])):
            out[-1] += char
        else:
            out.append(char)
    return out


def _code(unit: str) -> int:
    """A character's own number, and a hash of several."""
    if len(unit) == 1:
        return ord(unit)
    value = sum(ord(c) * pow(0x9E3779B97F4A7C15, i, 2**64) for i, c in enumerate(unit)) % 2**64
    value = (value ^ value >> 32) * 0xD6E8FEB86659FD93 % 2**64
    return (value ^ value >> 32) & 0x1FFFFF


def _pair_row(code: int, table: WordTable) -> int:
    mixed = (code * 0x9E3779B97F4A7C15 % 2**64) >> 33
    return len(table.vocabulary) + mixed % table.buckets
