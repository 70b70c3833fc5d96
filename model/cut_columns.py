"""What there is to know of each cut, for the reviewers.

The columns stand in the order in which they are computed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from model.batch import running_sums
from model.decoder import OUTSIDE, START
from model.drawn import Drawn, cosines
from model.look import Look

__all__ = ["CUT_COLUMNS", "PAGE_COLUMNS", "cut_columns", "page_columns"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# What the last look measured at a cut.
_MEASURED = (
    "similar_20", "similar_60", "similar_150", "similar_400", "similar_page", "segments_0.15",
    "segments_0.5", "halves_0.15", "halves_relative_0.15", "shared_names_0.15",
    "shared_words_0.15", "chains_120", "chains_400", "names_400", "centred_150",
    "introduces_names", "relative_150", "parts", "parts_surely", "parts_best", "parting",
    "partings",
)  # fmt: skip
#: Of the page, the same for each of its cuts.
PAGE_COLUMNS = (
    "page_odds", "page_most", "page_sum", "page_cuts", "page_likely", "page_first",
    "page_words", "page_words_mean", "page_words_least", "page_words_most",
    "page_alike_least", "page_alike_most", "page_alike_mean",
    "page_blocks", "page_outside", "page_story", "page_doubt_outside", "page_doubt",
    "page_known", "page_stops", "page_markup",
)  # fmt: skip
#: Of the cut. ``before`` is the story that it ends, ``own`` the one that it opens.
CUT_COLUMNS = (
    "chance", "start", "rank", "above_mean", "words_own", "words_before", "ratio_own",
    "ratio_before", "alike_before", "alike_after", "alike_across", "alike_rest", "alike_sides",
    "apart", "place", "place_words", "inside_own", "inside_before", "outside_after",
    "outside_above", "outside_own", "gap", "number", "left", "chance_before", "chance_after",
    "near_above", "near_below", "shapes_first", "shapes_before", "lines_first", "lines_before",
    *_MEASURED,
)  # fmt: skip
# Blocks above and below a cut that may be its header.
_HEADER = 6
_NEAR = 3
# Blocks of a story's top that are held against other tops.
_TOP = 7


def page_columns(drawn: Drawn, look: Look, proba: Floats) -> NDArray[np.float64]:
    """Shape (n_cuts, n_page_columns): every cut has what is known of its page."""
    at, bounds = drawn.offsets[:-1], look.batch.offsets
    cuts = drawn.cuts
    begin = at - np.arange(len(at))
    chance, alike = drawn.chance[cuts], drawn.alike[cuts]
    many = np.diff(drawn.offsets) - 1.0
    doubt = np.log(np.maximum(1.0 - chance, 1e-9))
    none = np.add.reduceat(doubt, begin)
    words = np.log1p(np.maximum(drawn.words, 0.0))
    low, high = bounds[drawn.pages], bounds[drawn.pages + 1]

    def mean(values: NDArray[Any]) -> NDArray[np.float64]:
        total = running_sums(values)
        return np.asarray((total[high] - total[low]) / (high - low))

    outside = proba[:, OUTSIDE]
    body = drawn.mass[high] - drawn.mass[low]
    tokens = running_sums(look.tokens)
    marked = np.zeros(len(at)) if look.markup is None else ~np.isnan(look.markup[low, 1])
    columns = [
        np.log1p(-np.minimum(np.exp(none), 1 - 1e-9)) - none,
        np.maximum.reduceat(chance, begin),
        np.add.reduceat(chance, begin),
        many,
        np.add.reduceat((chance > 0.5).astype(np.float64), begin),
        proba[drawn.first[at], START],
        np.log1p(np.add.reduceat(np.maximum(drawn.words, 0.0), at)),
        np.add.reduceat(words, at) / (many + 1.0),
        np.minimum.reduceat(words, at),
        np.maximum.reduceat(words, at),
        np.fmin.reduceat(alike, begin),
        np.fmax.reduceat(alike, begin),
        np.add.reduceat(np.nan_to_num(alike), begin) / many,
        high - low,
        mean(outside),
        body / np.maximum(tokens[high] - tokens[low], 1.0),
        mean(np.minimum(outside, 1.0 - outside)),
        mean(1.0 - proba.max(axis=1)),
        look.cohesion.known[low],
        mean(look.layout.columns["ends_stop"]),
        marked,
    ]
    table = np.stack([np.asarray(column, np.float64) for column in columns], axis=1)
    return np.repeat(table, np.diff(drawn.offsets) - 1, axis=0)


def cut_columns(drawn: Drawn, look: Look, proba: Floats) -> NDArray[np.float64]:
    """Shape (n_cuts, n_cut_columns)."""
    cut = drawn.cuts
    page = np.searchsorted(drawn.offsets, cut, side="right") - 1
    number = cut - drawn.offsets[page]
    left = drawn.offsets[page + 1] - 1 - cut
    f, low, high = drawn.first[cut], drawn.low[cut], drawn.high[cut]
    chance = drawn.chance[cut]
    counts = np.diff(drawn.offsets) - 1
    begin = np.concatenate([[0], np.cumsum(counts)])
    mean = (np.add.reduceat(chance, begin[:-1]) / counts)[page]
    order = np.lexsort((-chance, page))
    rank = np.empty(len(cut))
    rank[order] = np.arange(len(cut)) - begin[page]
    words = np.log1p(np.maximum(drawn.words, 0.0))
    usual = (np.add.reduceat(words, drawn.offsets[:-1]) / (counts + 1.0))[page]
    after = np.minimum(cut + 1, len(drawn.first) - 1)
    has_after, has_before = left > 0, number > 1
    total = np.add.reduceat(drawn.sums, drawn.offsets[:-1], axis=0)[page]
    start, outside = proba[:, START], running_sums(proba[:, OUTSIDE])
    own_outside = np.bincount(drawn.owner, proba[drawn.blocks, OUTSIDE], len(drawn.first))
    own_blocks = np.maximum(np.bincount(drawn.owner, minlength=len(drawn.first)), 1)
    inside = own_blocks / np.maximum(drawn.last - drawn.first, 1)

    def share(a: Ints, b: Ints) -> NDArray[np.float64]:
        return np.asarray((outside[b] - outside[a]) / np.maximum(b - a, 1))

    def near(steps: range) -> NDArray[np.float64]:
        places = [f + step for step in steps]
        kept = [
            np.where((at >= low) & (at < high), start[np.clip(at, low, high - 1)], 0.0)
            for at in places
        ]
        return np.asarray(np.max(kept, axis=0))

    # The first look alone compares no segments.
    unknown = np.full(len(cut), np.nan)
    columns = [
        chance,
        start[f],
        rank,
        chance - mean,
        words[cut],
        words[cut - 1],
        words[cut] - usual,
        words[cut - 1] - usual,
        drawn.alike[cut],
        np.where(has_after, drawn.alike[after], np.nan),
        np.where(has_after, cosines(drawn.sums[cut - 1], drawn.sums[after]), np.nan),
        cosines(drawn.sums[cut], total - drawn.sums[cut]),
        _sides(drawn, look, proba, cut, page),
        drawn.apart[cut],
        (f - low) / (high - low),
        (drawn.mass[f] - drawn.mass[low]) / np.maximum(drawn.mass[high] - drawn.mass[low], 1.0),
        inside[cut],
        inside[cut - 1],
        share(f, np.minimum(f + _HEADER, high)),
        share(np.maximum(f - _HEADER, low), f),
        (own_outside / own_blocks)[cut],
        f - drawn.last[cut - 1],
        number,
        left,
        np.where(has_before, drawn.chance[cut - 1], np.nan),
        np.where(has_after, drawn.chance[after], np.nan),
        near(range(-_NEAR, 0)),
        near(range(1, _NEAR + 1)),
        *_dress(drawn, look, cut, page),
        *(look.columns[name][f] if name in look.columns else unknown for name in _MEASURED),
    ]
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def _dress(drawn: Drawn, look: Look, cut: Ints, page: Ints) -> list[NDArray[np.float64]]:
    """How many of a story's first blocks look like those of the page's first story, and of the
    story before, one by one; and how many of their lines stand there as well."""
    step = np.arange(_TOP)
    beyond = -1 - np.arange(3)
    out: list[NDArray[np.float64]] = []
    for code, alike in ((look.layout.shape, False), (look.layout.line, True)):
        tops = [
            np.where(
                at[:, None] + step < drawn.high[cut][:, None],
                code[np.minimum(at[:, None] + step, len(code) - 1)],
                none,
            )
            for at, none in zip(
                (drawn.first[cut], drawn.first[drawn.offsets[page]], drawn.first[cut - 1]),
                beyond,
                strict=True,
            )
        ]
        for other in tops[1:]:
            same = tops[0][:, :, None] == other[:, None, :]
            found = same.any(axis=2) if alike else same.diagonal(axis1=1, axis2=2)
            out.append(found.sum(axis=1).astype(np.float64))
    return out


def _sides(drawn: Drawn, look: Look, proba: Floats, cut: Ints, page: Ints) -> NDArray[np.float64]:
    """Cosine of all that stands above each cut with all that stands below it."""
    bounds = look.batch.offsets
    low, high = bounds[drawn.pages], bounds[drawn.pages + 1]
    # From the page's beginning to its first cut, from there to the next one, and so on.
    begins = drawn.first.copy()
    begins[drawn.offsets[:-1]] = low
    ends = np.append(begins[1:], 0)
    ends[drawn.offsets[1:] - 1] = high
    sizes = ends - begins
    piece = np.repeat(np.arange(len(begins)), sizes)
    blocks = np.arange(len(piece)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + begins[piece]
    weight = 1.0 - proba[blocks, OUTSIDE]
    shape = (len(begins), len(look.batch))
    sums = np.asarray(csr_matrix((weight, (piece, blocks)), shape) @ look.cohesion.products.vectors)
    sums = sums.astype(np.float64)
    so_far = np.cumsum(sums, axis=0) - sums
    above = so_far[cut] - so_far[drawn.offsets[page]]
    whole = np.add.reduceat(sums, drawn.offsets[:-1], axis=0)[page]
    return cosines(above, whole - above)
