"""Reading the words of a page once: tokens -> integer ids, with the block each stands in.

Three kinds of token, all integers from here on:

- a word of the vocabulary: its row in the word table;
- a word outside it: its own id (so that repetition is seen in any language), and rows of hashed
  beginnings and endings, so that it has some meaning still;
- a pair of neighbouring characters in scripts without spaces (Chinese, Japanese, Thai, Khmer, Lao,
  Burmese): its own id and one hashed row.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

__all__ = ["WordTable", "Words", "read_words", "spaced_words"]

# \w leaves out the vowel signs of Indic scripts and Arabic points; without them words fall apart.
_MARKS = "\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0dff\u0f71-\u0f87"
_WORD = re.compile(rf"[\w{_MARKS}]{{2,}}")
# Scripts written without spaces: Thai, Lao, Burmese, Khmer, kana, bopomofo, Han (with extensions).
_UNSPACED_RANGES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u312f\u31f0-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
_UNSPACED_RUN = re.compile(f"[{_UNSPACED_RANGES}]+")

# Ids below this are rows of the vocabulary, which keeps it far from hashes.
_OWN_ID = 1 << 32
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
        self._row = {word: i for i, word in enumerate(self.vocabulary)}

    def __len__(self) -> int:
        return len(self.vocabulary) + self.buckets

    def rows(self, tokens: list[str]) -> NDArray[np.int64]:
        """Row of each token, -1 where the vocabulary has none."""
        return np.fromiter(map(self._row.get, tokens, repeat(-1)), np.int64, len(tokens))

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


def read_words(blocks: Sequence[str], table: WordTable) -> Words:
    """Read the words of blocks, in one pass; time linear in their characters."""
    tokens: list[str] = []
    counts: list[int] = []
    unspaced: list[int] = []
    find = _WORD.findall
    for i, block in enumerate(blocks):
        if not block.isascii() and _UNSPACED.search(block):
            unspaced.append(i)
            block = _UNSPACED_RUN.sub(" ", block)
        found = find(block)
        tokens += found
        counts.append(len(found))
    lower = "\n".join(tokens).lower().split("\n") if tokens else []
    at = np.repeat(np.arange(len(counts)), counts)
    capital = ~np.fromiter(map(str.islower, tokens), np.bool_, len(tokens))
    rows = table.rows(lower)
    ids = rows.copy()

    missing = np.flatnonzero(rows < 0)
    index: dict[str, int] = {}
    own = np.fromiter(
        (index.setdefault(lower[i], len(index)) for i in missing.tolist()), np.int64, len(missing)
    )
    ids[missing] = own + _OWN_ID
    known = np.flatnonzero(rows >= 0)
    all_rows = [rows[known]]
    shares = [np.ones(len(known), np.float32)]
    owners = [known]
    if index:
        pairs = table.buckets_of(list(index))
        all_rows.append(pairs[own].ravel())
        shares.append(np.full(2 * len(missing), 0.5, np.float32))
        owners.append(np.repeat(missing, 2))
    if unspaced:
        codes, where = _pairs(blocks, unspaced)
        n = len(ids)
        all_rows.append(table.pair_rows(codes))
        # A pair says about half of what a word says.
        shares.append(np.full(len(codes), 0.5, np.float32))
        owners.append(np.arange(n, n + len(codes)))
        ids = np.concatenate([ids, codes + 2 * _OWN_ID])
        at = np.concatenate([at, where])
        capital = np.concatenate([capital, np.zeros(len(codes), np.bool_)])
    words = Words(
        ids=ids,
        blocks=at,
        capital=capital,
        rows=np.concatenate(all_rows),
        row_share=np.concatenate(shares),
        row_tokens=np.concatenate(owners),
    )
    return _in_order(words) if unspaced else words


def spaced_words(text: str) -> list[str]:
    """The words of a text, lower case, scripts without spaces left out."""
    return _WORD.findall(_UNSPACED_RUN.sub(" ", text).lower())


def _pairs(
    blocks: Sequence[str], indices: list[int]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Neighbouring characters of unspaced runs: packed codes and their blocks."""
    runs: list[str] = []
    lengths: list[int] = []
    for i in indices:
        # A break between runs keeps pairs from spanning them.
        joined = "\n".join(_UNSPACED_RUN.findall(blocks[i])) + "\n"
        runs.append(joined)
        lengths.append(len(joined))
    data = "".join(runs).encode("utf-32-le", "surrogatepass")
    chars = np.frombuffer(data, dtype="<u4").astype(np.int64)
    where = np.repeat(np.asarray(indices, dtype=np.int64), lengths)
    both = (chars[:-1] != 10) & (chars[1:] != 10)
    codes = (chars[:-1] << 21) | chars[1:]
    return codes[both], where[:-1][both]


def _in_order(words: Words) -> Words:
    """Tokens sorted by block, as the windows need them."""
    order = np.argsort(words.blocks, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    return Words(
        ids=words.ids[order],
        blocks=words.blocks[order],
        capital=words.capital[order],
        rows=words.rows,
        row_share=words.row_share,
        row_tokens=place[words.row_tokens],
    )
