"""The characters of many blocks as one array, and what each of them is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CODE",
    "LOWER",
    "TURNS",
    "UNSPACED",
    "UNSPACED_RANGES",
    "UPPER",
    "WORD",
    "WORD_MARKS",
    "Characters",
    "traits",
]

# \w leaves out the vowel signs of Indic scripts and Arabic points; without them words fall apart.
WORD_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff\u0f71-\u0f87"
# Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, bopomofo, Han (with extensions).
UNSPACED_RANGES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u312f\u31f0-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)

# One number a character: the code point of its lower case if words are made of it, and these.
CODE = np.uint32(0x1FFFFF)
WORD, LOWER, UPPER, UNSPACED, TURNS = (np.uint32(1 << bit) for bit in (31, 30, 29, 28, 27))
# Their lower case depends on their neighbours or is more than one character.
_TURNING = "\u03a3\u0130"
# No script beyond has capitals.
_CASED = 0x20000


@dataclass(frozen=True)
class Characters:
    """Blocks with a line feed before the first and after each.

    Attributes
    ----------
    text : str
    codes : uint32 array, shape (n_characters,)
        Code points of ``text``.
    begins, ends : int64 arrays, shape (n_blocks,)
        ``codes[begins[i]:ends[i]]`` is block ``i``.
    """

    text: str
    codes: NDArray[np.uint32]
    begins: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def read(cls, blocks: Sequence[str]) -> Characters:
        text = "\n".join(["", *blocks, ""])
        lengths = np.fromiter(map(len, blocks), np.int64, len(blocks))
        ends = np.cumsum(lengths + 1)
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        return cls(text, codes, ends - lengths, ends)


@lru_cache(maxsize=1)
def traits() -> NDArray[np.uint32]:
    """What each code point is: ``CODE`` of its lower case, ``WORD``, ``LOWER``, ``UPPER``,
    ``UNSPACED``, ``TURNS``; shape (0x110000,)."""
    every = "".join(map(chr, range(0x110000)))
    out = np.zeros(0x110000, np.uint32)
    for start, end in (m.span() for m in re.finditer(rf"[\w{WORD_MARKS}]+", every)):
        out[start:end] = np.arange(start, end, dtype=np.uint32) | WORD
    for code in range(_CASED):
        char = chr(code)
        if char.islower():
            out[code] |= LOWER
        elif char.isupper() or char.istitle():
            out[code] |= UPPER
        if out[code] & WORD and len(lower := char.lower()) == 1 and lower != char:
            out[code] = (out[code] & ~CODE) | np.uint32(ord(lower))
    for start, end in (m.span() for m in re.finditer(f"[{UNSPACED_RANGES}]+", every)):
        out[start:end] = UNSPACED
    for char in _TURNING:
        out[ord(char)] |= TURNS
    return out
