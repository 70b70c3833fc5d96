"""Pairs of neighbours in scripts without spaces, which stand for words there.

In Chinese and Japanese they are characters. Thai, Lao, Khmer and Burmese are alphabets: few letters
make all words, and every pair of them comes back everywhere, so that syllables take their place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.characters import (
    CODE,
    LEANS_BACK,
    LEANS_ON,
    SYLLABIC,
    UNSPACED,
    Characters,
    traits,
)
from model.word_hashes import CHUNK, mixed, powers_for

__all__ = ["pairs_of"]

Ints = NDArray[np.int64]


def pairs_of(characters: Characters) -> tuple[Ints, Ints, NDArray[np.bool_]]:
    """Neighbours in scripts without spaces: where, their packed codes, whether of syllables."""
    codes = characters.codes
    ascii_ = characters.text.isascii()
    kinds = traits().take(codes[:0] if ascii_ else codes)
    places = np.flatnonzero(kinds & UNSPACED)
    kinds, units = kinds[places], codes[places].astype(np.int64)
    apart = np.diff(places) > 1
    if (kinds & SYLLABIC).any():
        begins = np.ones(len(places), bool)
        begins[1:] = apart | (kinds[1:] & LEANS_BACK | kinds[:-1] & LEANS_ON == 0)
        first = np.flatnonzero(begins)
        apart = apart[first[1:] - 1]
        places, kinds, units = places[first], kinds[first], _syllables(units, first)
    near = np.flatnonzero(~apart)
    packed = (units[near] << 21) | units[near + 1]
    return places[near], packed, kinds[near] & SYLLABIC > 0


def _syllables(codes: Ints, first: Ints) -> Ints:
    """One code for each syllable, given where they begin: that of a character alone is its own."""
    lengths = np.diff(first, append=len(codes))
    place = np.arange(len(codes)) - np.repeat(first, lengths)
    # No syllable is as long as the table; beyond it order counts no more.
    powers = powers_for(0)[0][np.minimum(place, CHUNK)]
    hashes = mixed(np.add.reduceat(codes.astype(np.uint64) * powers, first))
    return np.where(lengths == 1, codes[first], (hashes & np.uint64(CODE)).astype(np.int64))
