"""What blocks are about, and how well the text before a gap belongs to the text after it.

Two witnesses, both read off cumulative sums so that a window costs the same whatever its length:

- *meaning*: every row of the word table has a vector (:mod:`training.vectors` learns them so that
  two pieces of one article point the same way and pieces of two do not); the cosine of the windows
  left and right of a gap;
- *repetition*: words that occur on both sides of a gap, as links between an occurrence and the
  next one (lexical chains, Morris and Hirst 1991). It needs no knowledge of the language.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from model.batch import Batch, depth
from model.chains import Links, link_words, measure_chains, share_segments
from model.words import WordTable

__all__ = ["Cohesion", "WordSpace", "compare_segments", "measure_cohesion"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# Windows in words: about one sentence, a short paragraph, a few paragraphs, most of a story.
WINDOWS = (20, 60, 150, 400)
# Gaps whose windows are compared at once.
_PIECE = 16_384


@dataclass(frozen=True)
class WordSpace:
    """What is known of each row of the word table.

    Attributes
    ----------
    table : WordTable
    vectors : int8 array, shape (n_rows, n_dims)
    scale : float32 array, shape (n_rows,)
        ``vectors * scale[:, None]`` are the vectors; their length says how much a word weighs.
    rarity : float32 array, shape (n_rows,)
        Inverse document frequency over the training articles, 1 for a word in a thousandth.
    """

    table: WordTable
    vectors: NDArray[np.int8]
    scale: Floats
    rarity: Floats
    _dense: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        dense = self.vectors.astype(np.float32) * self.scale[:, None]
        object.__setattr__(self, "_dense", dense)

    # The float32 copy is four times the size of what it is made of: it stays out of the file.
    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_dense"}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self.__post_init__()

    def block_vectors(self, batch: Batch) -> Floats:
        """Sum of the word vectors of each block, shape (n_blocks, n_dims)."""
        words = batch.words
        counts = csr_matrix(
            (words.row_share, (words.row_blocks, words.rows)),
            shape=(len(batch), len(self.vectors)),
            dtype=np.float32,
        )
        return np.asarray(counts @ self._dense, dtype=np.float32)

    def token_rarity(self, batch: Batch) -> Floats:
        """How rare each token is, shape (n_tokens,); unknown words count as rare as names."""
        rarity = np.full(len(batch.words.ids), 1.0, np.float32)
        known = batch.words.ids < len(self.table.vocabulary)
        rarity[known] = self.rarity[batch.words.ids[known]]
        return rarity


@dataclass(frozen=True)
class Cohesion:
    """Measured once a page and used by both looks."""

    vectors: Floats
    rarity: Floats
    links: Links

    @classmethod
    def read(cls, batch: Batch, space: WordSpace) -> Cohesion:
        rarity = space.token_rarity(batch)
        return cls(space.block_vectors(batch), rarity, link_words(batch, rarity))


def measure_cohesion(batch: Batch, cohesion: Cohesion, prose: Floats) -> dict[str, Floats]:
    """Columns by name, one value for the gap before each block.

    Parameters
    ----------
    prose : float32 array, shape (n_blocks,)
        How much each block counts, 0 (furniture) to 1 (story). What is not story must not fill
        the windows.
    """
    n = len(batch)
    if n == 0:
        return {}
    tokens = np.bincount(batch.words.blocks, minlength=n).astype(np.float64)
    ruler = np.concatenate([[0.0], np.cumsum(tokens * prose)])
    sums = np.zeros((n + 1, cohesion.vectors.shape[1]))
    np.cumsum(cohesion.vectors * prose[:, None], axis=0, out=sums[1:])
    out = _similarities(batch, cohesion, prose, ruler, sums)
    out |= measure_chains(batch, cohesion.links, cohesion.rarity, prose)
    return out


def compare_segments(
    batch: Batch, cohesion: Cohesion, prose: Floats, start: Floats
) -> dict[str, Floats]:
    """Compare whole segments, as a first look cut them, on both sides of each gap.

    A window is a sample of a story; the segment is all of it. Left of a gap lies what follows the
    last likely start before it, right what precedes the next likely start after it. How alike the
    two are says more beside how alike the halves of each are: a story on many things has halves
    that differ, and so has a gap in its middle.

    Parameters
    ----------
    start : float32 array, shape (n_blocks,)
        First look's probability of a start.
    """
    n = len(batch)
    sums = np.zeros((n + 1, cohesion.vectors.shape[1]))
    np.cumsum(cohesion.vectors * prose[:, None], axis=0, out=sums[1:])
    tokens = np.bincount(batch.words.blocks, minlength=n) * prose
    ruler = np.concatenate([[0.0], np.cumsum(tokens, dtype=np.float64)])
    gap = np.arange(n)
    out: dict[str, Floats] = {}
    for threshold in (0.15, 0.5):
        likely = start > threshold
        ago = np.maximum.accumulate(np.where(likely, gap, -1))
        left = np.maximum(np.concatenate([[-1], ago[:-1]]), batch.first)
        ahead = np.minimum.accumulate(np.where(likely, gap, n)[::-1])[::-1]
        right = np.minimum(np.concatenate([ahead[1:], [n]]), batch.last)
        # The segment before the last one: does the story go on after a foreign piece?
        further = np.where(left > batch.first, ago[np.maximum(left - 1, 0)], -1)
        further = np.clip(further, batch.first, left)
        # Where half of the words of the segment on either side have passed.
        half_left = _middle(ruler, left, gap)
        half_right = _middle(ruler, gap, right)
        beside, beyond, halves, near = [], [], [], []
        for low in range(0, n, _PIECE):
            some = slice(low, min(low + _PIECE, n))
            here = sums[gap[some]]
            after = sums[right[some]] - here
            before = here - sums[left[some]]
            beside.append(_cosine(before, after))
            beyond.append(_cosine(sums[left[some]] - sums[further[some]], after))
            inner_left, inner_right = sums[half_left[some]], sums[half_right[some]]
            within = np.fmin(
                _cosine(inner_left - sums[left[some]], here - inner_left),
                _cosine(inner_right - here, sums[right[some]] - inner_right),
            )
            across = _cosine(here - inner_left, inner_right - here)
            near.append(across)
            halves.append(across - within)
        out[f"segments_{threshold}"] = np.concatenate(beside)
        out[f"segments_skipping_{threshold}"] = np.concatenate(beyond)
        out[f"halves_{threshold}"] = np.concatenate(near)
        out[f"halves_relative_{threshold}"] = np.concatenate(halves)
        shared = share_segments(batch, cohesion.links, cohesion.rarity, prose, likely, left, right)
        for name, column in shared.items():
            out[f"{name}_{threshold}"] = column
    return out


def _middle(ruler: NDArray[np.float64], low: Ints, high: Ints) -> Ints:
    """The block where half of the words from ``low`` to ``high`` have passed."""
    at = np.searchsorted(ruler, (ruler[low] + ruler[high]) / 2)
    return np.clip(at, low, high)


def _cosine(a: NDArray[np.float64], b: NDArray[np.float64]) -> Floats:
    """Cosine of each pair of rows; NaN where either side is empty."""
    dot = np.einsum("ij,ij->i", a, b)
    norm = np.sqrt(np.einsum("ij,ij->i", a, a) * np.einsum("ij,ij->i", b, b))
    return np.where(norm > 1e-9, dot / np.maximum(norm, 1e-9), np.nan).astype(np.float32)


def _similarities(
    batch: Batch,
    cohesion: Cohesion,
    prose: Floats,
    ruler: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> dict[str, Floats]:
    n = len(batch)
    # In pieces, so that a page of a million blocks does not need a dozen arrays of its size.
    pieces = [
        _similarities_of(np.arange(low, min(low + _PIECE, n)), batch, cohesion, prose, ruler, sums)
        for low in range(0, n, _PIECE)
    ]
    out = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    for size in (20, 60, 150):
        out[f"depth_{size}"] = depth(out[f"similar_{size}"], batch)
    for size in (60, 150):
        out[f"relative_{size}"] = _relative(out[f"similar_{size}"], batch)
    gap = np.arange(n)
    out["words_before"] = np.log1p(ruler[gap] - ruler[batch.first]).astype(np.float32)
    out["words_after"] = np.log1p(ruler[batch.last] - ruler[gap]).astype(np.float32)
    return out


def _similarities_of(
    gap: Ints,
    batch: Batch,
    cohesion: Cohesion,
    prose: Floats,
    ruler: NDArray[np.float64],
    sums: NDArray[np.float64],
) -> dict[str, Floats]:
    """Cosines at some of the gaps."""
    first, last = batch.first[gap], batch.last[gap]
    at = ruler[gap]
    here = cohesion.vectors[gap].astype(np.float64)
    before = cohesion.vectors[np.maximum(gap - 1, 0)].astype(np.float64)
    out: dict[str, Floats] = {}

    def left_end(size: float) -> Ints:
        """The block from which on about ``size`` words stand before each gap."""
        low = np.searchsorted(ruler, at - size + 0.5, side="right") - 1
        return np.clip(low, first, gap)

    def right_end(size: float, begin: Ints = gap, within: int = 1) -> Ints:
        """The block up to which about ``size`` words stand from ``begin`` on."""
        high = np.searchsorted(ruler, ruler[begin] + size - 0.5, side="left")
        return np.clip(high, np.minimum(begin + within, last), last)

    def reach_left(size: float) -> NDArray[np.float64]:
        """Sum of about ``size`` words before each gap."""
        return sums[gap] - sums[left_end(size)]

    def reach_right(size: float, skip: int = 0, within: int = 1) -> NDArray[np.float64]:
        """Sum of about ``size`` words from ``skip`` blocks after each gap on."""
        begin = np.minimum(gap + skip, last)
        return sums[right_end(size, begin, within)] - sums[begin]

    for size in WINDOWS:
        out[f"similar_{size}"] = _cosine(reach_left(size), reach_right(size))
    # What sets the windows apart from the rest of the page: stories on one topic are alike, but
    # not in what makes each of them differ from their common mean.
    mean = (sums[last] - sums[first]) / np.maximum(ruler[last] - ruler[first], 1e-9)[:, None]
    for size in (60, 150):
        low = left_end(size)
        high = right_end(size)
        before_own = sums[gap] - sums[low] - mean * (at - ruler[low])[:, None]
        after_own = sums[high] - sums[gap] - mean * (ruler[high] - at)[:, None]
        out[f"centred_{size}"] = _cosine(before_own, after_own)
    left = reach_left(150)
    out["similar_page"] = _cosine(sums[gap] - sums[first], sums[last] - sums[gap])
    alone = _cosine(before, here)
    out["similar_block"] = np.where(gap > first, alone, np.nan).astype(np.float32)
    out["block_to_left"] = _cosine(left, here)
    out["block_to_right"] = _cosine(here, reach_right(150, skip=1, within=0))
    rest = sums[last] - sums[first] - here * prose[gap][:, None]
    # What is left of a page of one block is rounding noise.
    out["block_to_page"] = np.where(last - first > 1, _cosine(here, rest), np.nan).astype(
        np.float32
    )
    for skip in (2, 4):
        out[f"similar_skip_{skip}"] = _cosine(left, reach_right(150, skip=skip, within=0))
    return out


def _relative(similar: Floats, batch: Batch) -> Floats:
    """Similarity less the page's mean, in the page's standard deviations."""
    known = ~np.isnan(similar)
    page = batch.page_of
    pages = len(batch.pages)
    filled = np.where(known, similar, 0.0)
    count = np.maximum(np.bincount(page, known, minlength=pages), 1)
    mean = np.bincount(page, filled, minlength=pages) / count
    square = np.bincount(page, filled**2, minlength=pages) / count
    spread = np.sqrt(np.maximum(square - mean**2, 1e-4))
    return ((similar - mean[page]) / spread[page]).astype(np.float32)
