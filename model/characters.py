"""The characters of many blocks as one array, and what each of them is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CODE",
    "FULL_STOPS",
    "LEANS_BACK",
    "LEANS_ON",
    "LOWER",
    "SENTENCE_STOPS",
    "SYLLABIC",
    "TURNS",
    "UNSEEN",
    "UNSPACED",
    "UNSPACED_RANGES",
    "UNSPACED_STOPS",
    "UPPER",
    "WORD",
    "WORD_MARKS",
    "Characters",
    "traits",
]

# No script beyond has capitals, or marks of its own.
_CASED = 0x20000
# Marks of symbols and music, and variation selectors: they stand at emoji, and belong to no word.
_OF_SYMBOLS = (range(0x20D0, 0x2100), range(0xFE00, 0xFE10), range(0x1D100, 0x1D250))


def _marks() -> list[int]:
    """Vowel signs and points of all scripts."""
    return [
        code
        for code in range(0x300, _CASED)
        if unicodedata.category(chr(code)) in ("Mn", "Mc")
        and not any(code in other for other in _OF_SYMBOLS)
    ]


def _ranges(codes: Sequence[int]) -> str:
    """Ascending code points as what stands in a character class: the fewer ranges the faster."""
    ends = [i for i, code in enumerate(codes) if i + 1 == len(codes) or codes[i + 1] > code + 1]
    begins = [0, *(i + 1 for i in ends[:-1])]
    return "".join(f"{chr(codes[i])}-{chr(codes[j])}" for i, j in zip(begins, ends, strict=True))


# \w leaves them out, and without them words fall apart: Dhivehi has one after every letter. Indic
# blocks are taken whole.
WORD_MARKS = "\u0300-\u036f\u0900-\u0dff" + _ranges(_marks())
# Kana, bopomofo, Han (with extensions).
_KANA_AND_HAN = "\u3040-\u312f\u31f0-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Scripts written without spaces: those, and Thai, Lao, Burmese, Khmer, Tai Le, New Tai Lue,
# Tai Tham, Balinese, Yi, Javanese, and the letters of Shan.
UNSPACED_RANGES = _KANA_AND_HAN + (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aad\u1b00-\u1b7f"
    "\ua000-\ua4cf\ua980-\ua9ff\uaa60-\uaa7f"
)
#: What ends a sentence beside the signs of Latin, Arabic, Devanagari, Armenian and Chinese: signs
#: of Ethiopic (typed as two word spaces as well), Syriac, Tibetan, Mongolian, Santali, Meetei,
#: N'Ko, Cham and Hebrew.
FULL_STOPS = "።፧፨፡܀܁܂།༎᠃᠉᱾᱿꯫߹꩝꩞꩟׃"
#: And of scripts without spaces: Burmese, Khmer, Javanese and Balinese.
UNSPACED_STOPS = "။។៕꧉᭟"
#: All signs that end a sentence.
SENTENCE_STOPS = ".!?…。！？｡؟۔।॥։" + FULL_STOPS + UNSPACED_STOPS

#: What nobody sees: the byte order mark, characters of no width, marks and embeddings of direction,
#: soft hyphens, controls of both kinds, non-characters; and what is there to be blank, a joiner of
#: marks, the empty pattern of Braille, fillers of Hangul: letters have lines full of them behind
#: their preview. Inside words some of them matter: Persian, Hindi and emoji are joined by them.
UNSEEN = "".join(
    map(
        chr,
        (
            *range(0x09), *range(0x0E, 0x1C), *range(0x7F, 0x85), *range(0x86, 0xA0), 0xAD,
            0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F),
            *range(0x2060, 0x2070), 0x2800, 0x3164, *range(0xFDD0, 0xFDF0), 0xFEFF, 0xFFA0,
            *range(0xFFF9, 0xFFFC), 0xFFFE, 0xFFFF,
        ),
    )
)  # fmt: skip

# One number a character: the code point of its lower case if words are made of it, and these.
CODE = np.uint32(0x1FFFFF)
WORD, LOWER, UPPER, UNSPACED, TURNS = (np.uint32(1 << bit) for bit in (31, 30, 29, 28, 27))
# Letters of scripts without spaces that are alphabets; of one syllable with what stands before, and
# with what comes behind.
SYLLABIC, LEANS_BACK, LEANS_ON = (np.uint32(1 << bit) for bit in (26, 25, 24))
# Vowels that are letters of their own: Thai and Lao write some behind the consonant and some before
# it. Khmer and Burmese stack the consonant behind the sign below the one before.
_BEHIND, _BEFORE = "\u0e30\u0e32\u0e33\u0e45\u0eb0\u0eb2\u0eb3\u0ebd", "\u0e40-\u0e44\u0ec0-\u0ec4"
_STACKING = "\u17d2\u1039"
# Their lower case depends on their neighbours or is more than one character.
_TURNING = "\u03a3\u0130"


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
    ``UNSPACED``, ``TURNS``, ``SYLLABIC``, ``LEANS_BACK``, ``LEANS_ON``; shape (0x110000,)."""
    every = "".join(map(chr, range(0x110000)))
    out = np.zeros(0x110000, np.uint32)
    # By \w and the marks apart: one class of both is ten times as slow to look for.
    for start, end in (m.span() for m in re.finditer(r"\w+", every)):
        out[start:end] = np.arange(start, end, dtype=np.uint32) | WORD
    marks = np.array([*range(0x300, 0x370), *range(0x900, 0xE00), *_marks()], np.uint32)
    out[marks] = marks | WORD
    for code in range(_CASED):
        char = chr(code)
        if char.islower():
            out[code] |= LOWER
        elif char.isupper() or char.istitle():
            out[code] |= UPPER
        if out[code] & WORD and len(lower := char.lower()) == 1 and lower != char:
            out[code] = (out[code] & ~CODE) | np.uint32(ord(lower))
    for start, end in (m.span() for m in re.finditer(f"[{UNSPACED_RANGES}]+", every)):
        out[start:end] = UNSPACED | SYLLABIC
    for start, end in (m.span() for m in re.finditer(f"[{_KANA_AND_HAN}]+", every)):
        out[start:end] = UNSPACED
    before = [m.start() for m in re.finditer(f"[{_BEFORE}{_STACKING}]", every)]
    for leaning, flag in (([*_marks(), *map(ord, _BEHIND)], LEANS_BACK), (before, LEANS_ON)):
        at = np.array(leaning)
        out[at[out[at] & SYLLABIC > 0]] |= flag
    for char in _TURNING:
        out[ord(char)] |= TURNS
    return out
