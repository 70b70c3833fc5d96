"""Hashes of words, of all words of a text at once, and the table that finds a word by its hash."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CHUNK",
    "LONGEST",
    "hash_table",
    "hashes_of",
    "mixed",
    "power_tables",
    "powers_for",
    "slots",
]

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

# A word's hash is a polynomial in this number, modulo 2**64, so that all words of a text are hashed
# by one product and one sum. Two of a billion words share a hash with a probability of 3 in 100.
_BASE = 0x9E3779B97F4A7C15
#: Characters that are read at once: their arrays stay in a core's cache.
CHUNK = 1 << 15
#: A longer word is read as several; the longest of languages have less than two hundred.
LONGEST = 1 << 16


@lru_cache(maxsize=2)
def power_tables(size: int) -> tuple[Hashes, Hashes]:
    """Powers of the base and of its inverse modulo 2**64, from the zeroth on."""
    out = []
    for base in (_BASE, pow(_BASE, -1, 1 << 64)):
        factors = np.full(size, base, np.uint64)
        factors[0] = 1
        out.append(np.cumprod(factors, dtype=np.uint64))
    return out[0], out[1]


def powers_for(length: int) -> tuple[Hashes, Hashes]:
    """Powers for a chunk of so many characters; they begin alike, whatever the length."""
    return power_tables(2 * CHUNK if length <= 2 * CHUNK else 2 * LONGEST)


def mixed(hashes: Hashes) -> Hashes:
    """Hashes whose upper bits depend on all of them, none of them 0."""
    hashes = (hashes ^ (hashes >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return np.maximum(hashes ^ (hashes >> np.uint64(32)), np.uint64(1))


def hashes_of(words: Sequence[str]) -> Hashes:
    """The same hashes for words one by one, as they are."""
    if len(words) == 0:
        return np.zeros(0, np.uint64)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype="<u4")
    begins = np.cumsum(lengths) - lengths
    place = np.arange(len(codes)) - np.repeat(begins, lengths)
    powers, _ = power_tables(2 * LONGEST) if lengths.max() > 2 * CHUNK else powers_for(0)
    values = codes * powers[place]
    return mixed(np.add.reduceat(values, begins))


def slots(hashes: Hashes, size: int) -> Ints:
    """Where in a table of ``size`` (a power of 2) each hash is looked for first."""
    return (hashes >> np.uint64(65 - size.bit_length())).astype(np.int64)


def hash_table(hashes: Hashes) -> tuple[Hashes, Ints]:
    """Keys and rows of an open table with every fourth slot at most in use; 0 is a free slot."""
    size = 1 << max(4, int(4 * len(hashes)).bit_length())
    keys, rows = np.zeros(size, np.uint64), np.full(size, -1)
    open_, slot = np.arange(len(hashes)), slots(hashes, size)
    while len(open_):
        free = np.flatnonzero(keys[slot] == 0)
        # Of those that want one free slot the first gets it.
        _, lucky = np.unique(slot[free], return_index=True)
        placed = free[lucky]
        keys[slot[placed]], rows[slot[placed]] = hashes[open_[placed]], open_[placed]
        left = np.ones(len(open_), bool)
        left[placed] = False
        open_, slot = open_[left], (slot[left] + 1) & (size - 1)
    return keys, rows
