"""What blocks are about, and how well the text before a gap belongs to the text after it.

Three witnesses, all read off running sums so that a window costs the same whatever its length:

- *meaning*: every row of the word table has a vector (:mod:`training.vectors` learns them so that
  two pieces of one article point the same way and pieces of two do not); the cosine of the windows
  left and right of a gap;
- *recurrence*: the words that come back on this page (:mod:`model.recurrence`), in the same cosine:
  vectors of both stand side by side, so that their products add up;
- *chains*: words that occur on both sides of a gap, as links between an occurrence and the next one
  (lexical chains, Morris and Hirst 1991).

The last two need no knowledge of the language, and where there is none the first counts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch, depth, running_sums
from model.chains import Links, link_words, measure_chains
from model.recurrence import Recurrence
from model.runs import Products, Runs, both
from model.word_space import WordSpace

__all__ = ["Cohesion", "cosine", "measure_cohesion"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

# Windows in words: about one sentence, a short paragraph, a few paragraphs, most of a story.
WINDOWS = (20, 60, 150, 400)
# How long the vectors of what comes back are beside those of meaning. Of 0, 8, 12 and 16 windows of
# 150 words tell seams of held-out English pages best with 16, and windows of 20 with 8.
_RECURRENCE = 12.0


@dataclass(frozen=True)
class Cohesion:
    """Measured once a page and used by all looks.

    Attributes
    ----------
    meaning : float32 array, shape (n_blocks, n_dims)
        Sum of the word vectors of each block.
    known : float32 array, shape (n_blocks,)
        See `WordSpace.known_share`.
    links : Links
    products : Products
        Of meaning, as far as it is to be believed, and of what comes back.
    """

    meaning: Floats
    known: Floats
    links: Links
    products: Products

    @classmethod
    def read(cls, batch: Batch, space: WordSpace) -> Cohesion:
        meaning = space.block_vectors(batch)
        recurrence = Recurrence.read(batch, space.token_rarity(batch))
        believed = meaning * space.trust(batch)[:, None]
        return cls(
            meaning,
            space.known_share(batch),
            link_words(batch, recurrence.weight, recurrence.order),
            Products.read(batch, believed, _RECURRENCE * recurrence.vectors),
        )


def measure_cohesion(
    batch: Batch, cohesion: Cohesion, prose: Floats, runs: Runs | None = None
) -> dict[str, Floats]:
    """Columns by name, one value for the gap before each block.

    Parameters
    ----------
    prose : float32 array, shape (n_blocks,)
        How much each block counts, from near 0 (furniture) to 1 (story). What is not story must not
        fill the windows.
    runs : Runs, optional
        Made of ``prose``, where the caller has them.
    """
    if len(batch) == 0:
        return {}
    runs = runs or Runs(cohesion.products, prose)
    out = _similarities(batch, prose, runs)
    out |= measure_chains(batch, cohesion.links, prose)
    return out


def cosine(dot: Doubles, one: Doubles, other: Doubles) -> Floats:
    """Cosine from a product and two squares; NaN where either is next to nothing."""
    norm = np.sqrt(np.maximum(one * other, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(norm > 1e-9, dot / norm, np.nan).astype(np.float32)


def _similarities(batch: Batch, prose: Floats, runs: Runs) -> dict[str, Floats]:
    n = len(batch)
    ruler = running_sums(batch.sizes * prose.astype(np.float64))
    found = np.full((len(_SIMILARITIES), n), np.nan, np.float32)
    for gap in runs.pieces():
        found[:, gap] = _similarities_of(gap, batch, ruler, runs)
    out = dict(zip(_SIMILARITIES, found, strict=True))
    out["depth_20"] = depth(out["similar_20"], batch)
    out["relative_150"] = _relative(out["similar_150"], batch)
    gap = np.arange(n)
    out["words_before"] = np.log1p(ruler[gap] - ruler[batch.first]).astype(np.float32)
    out["words_after"] = np.log1p(ruler[batch.last] - ruler[gap]).astype(np.float32)
    return out


# Windows of a gap by number: those left of it, those right of it, those that leave out the next
# blocks, the block itself, the one before, and the page.
_SKIPS = (1, 2, 4)
_LEFT, _RIGHT = 0, len(WINDOWS)
_SKIPPING = 2 * len(WINDOWS)
_BEFORE, _AFTER, _HERE, _LAST, _PAGE = range(_SKIPPING + len(_SKIPS), _SKIPPING + len(_SKIPS) + 5)
_MIDDLE = WINDOWS.index(150)
_PAIRS: dict[str, tuple[int, int]] = {
    **{f"similar_{size}": (_LEFT + i, _RIGHT + i) for i, size in enumerate(WINDOWS)},
    "similar_page": (_BEFORE, _AFTER),
    "similar_block": (_LAST, _HERE),
    "block_to_left": (_LEFT + _MIDDLE, _HERE),
    "block_to_right": (_HERE, _SKIPPING),
    "similar_skip_2": (_LEFT + _MIDDLE, _SKIPPING + 1),
    "similar_skip_4": (_LEFT + _MIDDLE, _SKIPPING + 2),
}
# Windows that are compared in what sets them apart from the page.
_CENTRED = (60, 150)
_OWN = [WINDOWS.index(size) for size in _CENTRED]
# What is compared by meaning alone, too.
_BY_MEANING = (*(f"similar_{size}" for size in WINDOWS), "similar_block")
_MEANT = [list(_PAIRS).index(name) for name in _BY_MEANING]
_SIMILARITIES = (
    *_PAIRS,
    "block_to_page",
    *(f"centred_{size}" for size in _CENTRED),
    *(f"{name}_by_meaning" for name in _BY_MEANING),
)
_ALL = np.array(
    [
        *_PAIRS.values(),
        (_HERE, _PAGE),
        *((_LEFT + i, _PAGE) for i in _OWN),
        *((_RIGHT + i, _PAGE) for i in _OWN),
    ]
).T


def _similarities_of(gap: Ints, batch: Batch, ruler: Doubles, runs: Runs) -> Floats:
    """Cosines at some of the gaps, shape (n_similarities, n_gaps)."""
    first, last = batch.first[gap], batch.last[gap]
    sizes = np.array(WINDOWS, np.float64)[:, None]
    at = ruler[gap]
    # About so many words before each gap, and after.
    left = np.searchsorted(ruler, at - sizes + 0.5, side="right") - 1
    right = np.searchsorted(ruler, at + sizes - 0.5, side="left")
    begin = np.minimum(gap + np.array(_SKIPS)[:, None], last)
    ahead = np.searchsorted(ruler, ruler[begin] + sizes[_MIDDLE] - 0.5, side="left")
    low = np.vstack(
        [
            np.clip(left, first, gap),
            np.broadcast_to(gap, right.shape),
            begin,
            [first, gap, gap, np.maximum(gap - 1, first), first],
        ]
    )
    high = np.vstack(
        [
            np.broadcast_to(gap, left.shape),
            np.clip(right, np.minimum(gap + 1, last), last),
            np.clip(ahead, begin, last),
            [gap, last, gap + 1, gap, last],
        ]
    )
    each = np.arange(len(low))
    apart = runs.dots(gap, low, high, np.hstack([_ALL, [each, each]]))
    meant, dots = apart.real, both(apart)
    dot, square = dots[: _ALL.shape[1]], dots[_ALL.shape[1] :]
    # The rest of the page is the page less the block.
    many = len(_PAIRS)
    here, page = square[_HERE], square[_PAGE]
    to_page = dot[many] - here
    rest = page - 2.0 * dot[many] + here
    alone = cosine(to_page, here, rest)
    # What is left of a page of one block is rounding noise.
    alone[last - first < 2] = np.nan
    out = np.vstack(
        [
            cosine(dot[:many], square[_ALL[0, :many]], square[_ALL[1, :many]]),
            [alone],
            _centred(ruler, dot, square, low, high),
            cosine(
                meant[_MEANT],
                meant[_ALL.shape[1] + _ALL[0, _MEANT]],
                meant[_ALL.shape[1] + _ALL[1, _MEANT]],
            ),
        ]
    )
    return np.asarray(out, dtype=np.float32)


def _centred(ruler: Doubles, dot: Doubles, square: Doubles, low: Ints, high: Ints) -> Floats:
    """Cosines of windows less the page's mean, shape (n_windows, n_gaps).

    Stories on one topic are alike, but not in what sets each of them apart from their mean.
    """
    own = np.array(_OWN)
    left, right = _LEFT + own, _RIGHT + own
    words = ruler[high[_PAGE]] - ruler[low[_PAGE]]
    share_left = (ruler[high[left]] - ruler[low[left]]) / np.maximum(words, 1e-9)
    share_right = (ruler[high[right]] - ruler[low[right]]) / np.maximum(words, 1e-9)
    to_left = dot[-2 * len(own) : -len(own)]
    to_right = dot[-len(own) :]
    page = square[_PAGE]
    both = dot[own] - share_right * to_left - share_left * to_right
    both += share_left * share_right * page
    one = square[left] - 2 * share_left * to_left + share_left**2 * page
    other = square[right] - 2 * share_right * to_right + share_right**2 * page
    # A window that is the whole page has nothing of its own, but for rounding.
    near = np.minimum(one, other) < 1e-6 * page
    return np.where(near, np.nan, cosine(both, one, other)).astype(np.float32)


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
