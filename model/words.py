"""Reading the words of a page once: tokens -> integer ids, with the block each stands in.

Three kinds of token, all integers from here on:

- a word of the vocabulary: its row in the word table;
- a word outside it: its own id (so that repetition is seen in any language), and rows of hashed
  beginnings and endings, so that it has some meaning still;
- a pair of neighbours in scripts without spaces: its own id and one hashed row. In Chinese and
  Japanese they are characters; in Thai, Lao, Khmer and Burmese, where few letters make all words
  and every pair of them comes back everywhere, syllables: a letter with its vowels and marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from model.characters import (
    CODE,
    LOWER,
    TURNS,
    UNSPACED_RANGES,
    UPPER,
    WORD,
    WORD_MARKS,
    Characters,
    traits,
)
from model.pairs import pairs_of
from model.word_hashes import CHUNK, LONGEST, hash_table, hashes_of, mixed, powers_for, slots

__all__ = ["WordTable", "Words", "read_words", "spaced_words"]

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]

# What :func:`read_words` takes for a word, as a pattern.
_WORD = re.compile(rf"[\w{WORD_MARKS}]{{2,}}")
_UNSPACED_RUN = re.compile(f"[{UNSPACED_RANGES}]+")

# Ids below this are rows of the vocabulary, which keeps it far from words of no row and from pairs.
_OWN_ID = 1 << 32
# Ids from here on are pairs of syllables; those of pairs of characters lie below.
_SYLLABLES = 1 << 44
# A word this long or shorter is looked up whole; of a longer one beginnings carry the stem in most
# languages and endings the rest.
_STEM = 5


@dataclass(frozen=True, slots=True)
class Words:
    """The tokens of a page (or of several pages one after another).

    Attributes
    ----------
    ids : int64 array, shape (n_tokens,)
        Equal words have equal ids, whatever their case.
    blocks : int64 array, shape (n_tokens,)
        The block of each token; never falls.
    capital : bool array, shape (n_tokens,)
        The token begins with a capital letter or a digit.
    rows : int64 array, shape (n_rows,)
        Rows of the word table, one or two for each token.
    row_blocks : int64 array, shape (n_rows,)
        The block of each row.
    row_share : float32 array, shape (n_rows,)
        What part of its token a row stands for: 1, or 1/2.
    row_tokens : int64 array, shape (n_rows,)
        The token of each row.
    """

    ids: NDArray[np.int64]
    blocks: NDArray[np.int64]
    capital: NDArray[np.bool_]
    rows: NDArray[np.int64]
    row_share: NDArray[np.float32]
    row_tokens: NDArray[np.int64]

    @property
    def unknown(self) -> NDArray[np.bool_]:
        """Which tokens are words that the vocabulary lacks; shape (n_tokens,)."""
        return (self.ids >= _OWN_ID) & (self.ids < 2 * _OWN_ID)

    @property
    def unlearned(self) -> NDArray[np.bool_]:
        """Which tokens have vectors that say nothing where all have: words that the vocabulary
        lacks, and pairs of syllables, as no corpus that models learn from has those scripts;
        shape (n_tokens,)."""
        return self.unknown | (self.ids >= _SYLLABLES)

    @property
    def row_blocks(self) -> NDArray[np.int64]:
        return self.blocks[self.row_tokens]


class WordTable:
    """Words -> rows: the vocabulary first, then the hashed buckets.

    Parameters
    ----------
    vocabulary : sequence of str
        Lower-case words; their order is their row.
    buckets : int
        Rows after the vocabulary, shared by hashed beginnings, endings and character pairs.
    """

    def __init__(self, vocabulary: Sequence[str], buckets: int) -> None:
        self.vocabulary = list(vocabulary)
        self.buckets = buckets
        self._keys, self._rows = hash_table(hashes_of(self.vocabulary))

    # The table of hashes is made anew, so that a model file holds the words alone.
    def __getstate__(self) -> dict[str, object]:
        return {"vocabulary": self.vocabulary, "buckets": self.buckets}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(state["vocabulary"], state["buckets"])  # type: ignore[misc]

    def __len__(self) -> int:
        return len(self.vocabulary) + self.buckets

    def rows(self, words: Sequence[str]) -> Ints:
        """Row of each word in lower case, -1 where the vocabulary has none."""
        return self.rows_of(hashes_of(words))

    def rows_of(self, hashes: Hashes) -> Ints:
        """The same by the hashes of words."""
        last = len(self._keys) - 1
        slot = slots(hashes, len(self._keys))
        key = self._keys[slot]
        out = np.where(key == hashes, self._rows[slot], -1)
        # On from an occupied slot to the next one, until the word is found or a slot is free.
        open_ = np.flatnonzero((key != hashes) & (key != 0))
        while len(open_):
            slot = (slot if len(slot) == len(open_) else slot[open_]) + 1 & last
            wanted, key = hashes[open_], self._keys[slot]
            hit = key == wanted
            out[open_[hit]] = self._rows[slot[hit]]
            on = ~hit & (key != 0)
            open_, slot = open_[on], slot[on]
        return out

    def buckets_of(self, words: list[str]) -> NDArray[np.int64]:
        """Two bucket rows for each word, shape (n_words, 2): of its beginning and of its end."""
        base, n = len(self.vocabulary), self.buckets
        flat = [
            base + crc32(piece.encode("utf-8", "surrogatepass")) % n
            for word in words
            for piece in ("^" + word[:_STEM], word[-_STEM + 1 :] + "$")
        ]
        return np.asarray(flat, dtype=np.int64).reshape(-1, 2)

    def pair_rows(self, codes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Bucket row of each character pair, packed as ``first << 21 | second``."""
        mixed = (codes.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(33)
        return len(self.vocabulary) + (mixed % np.uint64(self.buckets)).astype(np.int64)


def read_words(
    blocks: Sequence[str], table: WordTable, characters: Characters | None = None
) -> Words:
    """Read the words of blocks, in one pass; time linear in their characters.

    Parameters
    ----------
    characters : Characters, optional
        Those of the blocks, where the caller has them.
    """
    characters = characters or Characters.read(blocks)
    starts, ends, hashes, capital = _find(characters)
    rows = table.rows_of(hashes)
    ids = rows.copy()
    second = np.full(len(rows), -1)
    missing = np.flatnonzero(rows < 0)
    if len(missing):
        _, first, own = np.unique(hashes[missing], return_index=True, return_inverse=True)
        ids[missing] = own + _OWN_ID
        at = missing[first]
        spans = zip(starts[at].tolist(), ends[at].tolist(), strict=True)
        pairs = table.buckets_of([characters.text[low:high].lower() for low, high in spans])
        rows[missing], second[missing] = pairs[own].T
    share = np.where(second < 0, 1.0, 0.5).astype(np.float32)
    counts = np.diff(np.searchsorted(starts, characters.begins), append=len(starts))
    at = np.repeat(np.arange(len(counts)), counts)

    places, codes, syllabic = pairs_of(characters)
    if len(places):
        # Tokens by block, as the windows need them; pairs after the words of their block.
        at = np.concatenate([at, np.searchsorted(characters.begins, places, side="right") - 1])
        order = np.argsort(at, kind="stable")
        none = np.full(len(codes), -1)
        at = at[order]
        of_pairs = codes + np.where(syllabic, _SYLLABLES, 2 * _OWN_ID)
        ids = np.concatenate([ids, of_pairs])[order]
        capital = np.concatenate([capital, np.zeros(len(codes), np.bool_)])[order]
        rows = np.concatenate([rows, table.pair_rows(codes)])[order]
        second = np.concatenate([second, none])[order]
        # A pair says about half of what a word says.
        share = np.concatenate([share, np.full(len(codes), 0.5, np.float32)])[order]

    each = np.where(second < 0, 1, 2)
    all_rows = np.repeat(rows, each)
    double = np.flatnonzero(second >= 0)
    all_rows[np.cumsum(each)[double] - 1] = second[double]
    return Words(
        ids=ids,
        blocks=at,
        capital=capital,
        rows=all_rows,
        row_share=np.repeat(share, each),
        row_tokens=np.repeat(np.arange(len(ids)), each),
    )


def spaced_words(text: str) -> list[str]:
    """The words of a text, lower case, scripts without spaces left out."""
    return _WORD.findall(_UNSPACED_RUN.sub(" ", text).lower())


def _find(characters: Characters) -> tuple[Ints, Ints, Hashes, NDArray[np.bool_]]:
    """All words: where they start and end, their hashes, and whether they begin names.

    Without regular expressions or strings: a word is a run of characters that words are made of.
    """
    kinds = traits()
    found: list[tuple[Ints, Ints, Hashes, NDArray[np.uint32]]] = []
    for low, high in _chunks(characters.codes):
        kind = kinds.take(characters.codes[low:high])
        part = kind >= WORD
        # The chunk opens and ends with none (or cuts an endless one): starts and ends take turns.
        part[0] = part[-1] = False
        edges = np.flatnonzero(part[1:] != part[:-1]) + 1
        if len(edges) == 0:
            continue
        starts, ends = edges[::2], edges[1::2]
        long = np.flatnonzero(ends - starts > 1)
        powers, inverse = powers_for(len(kind))
        values = (kind & CODE) * powers[: len(kind)]
        sums = np.add.reduceat(values, edges)[::2][long]
        flags = np.bitwise_or.reduceat(kind, edges)[::2][long]
        starts, ends = starts[long], ends[long]
        found.append((starts + low, ends + low, sums * inverse[starts], flags))
    if not found:
        none = np.zeros(0, np.int64)
        return none, none, np.zeros(0, np.uint64), np.zeros(0, np.bool_)
    starts, ends, hashes, flags = (np.concatenate(part) for part in zip(*found, strict=True))
    hashes = mixed(hashes)
    turning = np.flatnonzero(flags & TURNS)
    if len(turning):
        spans = zip(starts[turning].tolist(), ends[turning].tolist(), strict=True)
        hashes[turning] = hashes_of([characters.text[a:b].lower() for a, b in spans])
    # A capital, or nothing that could be one: figures, and scripts without case.
    capital = (flags & UPPER > 0) | (flags & LOWER == 0)
    return starts, ends, hashes, capital


def _chunks(codes: NDArray[np.uint32]) -> Iterator[tuple[int, int]]:
    """Pieces of about `CHUNK` characters that share the one between them, which is of no word."""
    kinds = traits()
    low, last = 0, len(codes) - 1
    while low < last:
        high = min(low + CHUNK, last)
        while high < last and high - low < LONGEST:
            behind = codes[high : high + 256]
            gaps = np.flatnonzero(kinds.take(behind) < WORD)
            if len(gaps):
                high += int(gaps[0])
                break
            high += len(behind)
        high = min(high, last)
        yield low, high + 1
        low = high
