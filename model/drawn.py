"""The stories that a page would be cut into, and what there is to know of each cut.

All of it is measured at once for the stories of all pages of a batch, laid end to end. The columns
stand in the order in which they are computed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from model.batch import running_sums
from model.decoder import OUTSIDE, START, Span
from model.look import Look

__all__ = ["CUT_COLUMNS", "PAGE_COLUMNS", "Drawn"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# What the last look measured at a cut.
_MEASURED = (
    "similar_20", "similar_60", "similar_150", "similar_400", "similar_page", "segments_0.15",
    "segments_0.5", "halves_0.15", "halves_relative_0.15", "shared_names_0.15",
    "shared_words_0.15", "chains_120", "chains_400", "names_400", "centred_150",
    "introduces_names", "relative_150", "parts", "parts_long", "parts_best",
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
    "place", "place_words", "inside_own", "inside_before", "outside_after", "outside_above",
    "outside_own", "gap", "number", "left", "chance_before", "chance_after", "near_above",
    "near_below", "shapes_first", "shapes_before", "lines_first", "lines_before", *_MEASURED,
)  # fmt: skip
# Blocks above and below a cut that may be its header.
_HEADER = 6
_NEAR = 3
# Blocks of a story's top that are held against other tops.
_TOP = 7


@dataclass(frozen=True)
class Drawn:
    """The stories of these pages, end to end.

    Attributes
    ----------
    pages : pages of the batch that have several
    offsets : first story of each page, and the end
    low, high : first block of each story's page, and one past its last
    first, last : first block of each story and one past its last
    chance : that it starts there
    words : of body
    alike : cosine with the story before; NaN for a page's first
    sums : float64 array, shape (n_stories, n_dims)
    blocks, owner : the stories' own blocks, and whose they are
    mass : words of body before each block of the batch
    """

    pages: Ints
    offsets: Ints
    low: Ints
    high: Ints
    first: Ints
    last: Ints
    chance: NDArray[np.float64]
    words: NDArray[np.float64]
    alike: NDArray[np.float64]
    sums: NDArray[np.float64]
    blocks: Ints
    owner: Ints
    mass: NDArray[np.float64]

    @classmethod
    def of(cls, look: Look, proba: Floats, pages: Ints, found: Sequence[Sequence[Span]]) -> Drawn:
        bounds = look.batch.offsets
        mine = [found[page] for page in pages.tolist()]
        counts = [len(spans) for spans in mine]
        low = np.repeat(bounds[pages], counts)
        first = low + [span.first for spans in mine for span in spans]
        last = low + [span.last for spans in mine for span in spans]
        inside = [span.inside for spans in mine for span in spans]
        owner = np.repeat(np.arange(len(first)), [len(own) for own in inside])
        starts = np.cumsum([0, *(len(own) for own in inside)])[:-1]
        blocks = np.arange(len(owner)) - starts[owner] + first[owner]
        own = np.concatenate(inside)
        owner, blocks = owner[own], blocks[own]
        mass = running_sums(look.tokens * (1.0 - proba[:, OUTSIDE]))
        shape = (len(first), len(look.batch))
        vectors = look.cohesion.vectors
        sums = csr_matrix((np.ones(len(blocks), np.float32), (owner, blocks)), shape) @ vectors
        sums = np.asarray(sums, dtype=np.float64)
        alike = np.full(len(first), np.nan)
        alike[1:] = _cosine(sums[:-1], sums[1:])
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        alike[offsets[:-1]] = np.nan
        chance = np.array([span.probability for spans in mine for span in spans])
        return cls(
            pages=pages,
            offsets=offsets,
            low=low,
            high=np.repeat(bounds[pages + 1], counts),
            first=first,
            last=last,
            chance=chance,
            words=mass[last] - mass[first],
            alike=alike,
            sums=sums,
            blocks=blocks,
            owner=owner,
            mass=mass,
        )

    @property
    def cuts(self) -> Ints:
        """The stories that a cut stands before: all but the first of each page."""
        opens = np.ones(len(self.first), bool)
        opens[self.offsets[:-1]] = False
        return np.flatnonzero(opens)

    def of_pages(self, look: Look, proba: Floats) -> NDArray[np.float64]:
        """Shape (n_cuts, n_page_columns): every cut has what is known of its page."""
        at, bounds = self.offsets[:-1], look.batch.offsets
        cuts = self.cuts
        begin = at - np.arange(len(at))
        chance, alike = self.chance[cuts], self.alike[cuts]
        many = np.diff(self.offsets) - 1.0
        doubt = np.log(np.maximum(1.0 - chance, 1e-9))
        none = np.add.reduceat(doubt, begin)
        words = np.log1p(np.maximum(self.words, 0.0))
        low, high = bounds[self.pages], bounds[self.pages + 1]

        def mean(values: NDArray[Any]) -> NDArray[np.float64]:
            total = running_sums(values)
            return np.asarray((total[high] - total[low]) / (high - low))

        outside = proba[:, OUTSIDE]
        body = self.mass[high] - self.mass[low]
        tokens = running_sums(look.tokens)
        marked = np.zeros(len(at)) if look.markup is None else ~np.isnan(look.markup[low, 1])
        columns = [
            np.log1p(-np.minimum(np.exp(none), 1 - 1e-9)) - none,
            np.maximum.reduceat(chance, begin),
            np.add.reduceat(chance, begin),
            many,
            np.add.reduceat((chance > 0.5).astype(np.float64), begin),
            proba[self.first[at], START],
            np.log1p(np.add.reduceat(np.maximum(self.words, 0.0), at)),
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
        return np.repeat(table, np.diff(self.offsets) - 1, axis=0)

    def of_cuts(self, look: Look, proba: Floats) -> NDArray[np.float64]:
        """Shape (n_cuts, n_cut_columns)."""
        cut = self.cuts
        page = np.searchsorted(self.offsets, cut, side="right") - 1
        number = cut - self.offsets[page]
        left = self.offsets[page + 1] - 1 - cut
        f, low, high = self.first[cut], self.low[cut], self.high[cut]
        chance = self.chance[cut]
        counts = np.diff(self.offsets) - 1
        begin = np.concatenate([[0], np.cumsum(counts)])
        mean = (np.add.reduceat(chance, begin[:-1]) / counts)[page]
        order = np.lexsort((-chance, page))
        rank = np.empty(len(cut))
        rank[order] = np.arange(len(cut)) - begin[page]
        words = np.log1p(np.maximum(self.words, 0.0))
        usual = (np.add.reduceat(words, self.offsets[:-1]) / (counts + 1.0))[page]
        after = np.minimum(cut + 1, len(self.first) - 1)
        has_after, has_before = left > 0, number > 1
        total = np.add.reduceat(self.sums, self.offsets[:-1], axis=0)[page]
        start, outside = proba[:, START], running_sums(proba[:, OUTSIDE])
        own_outside = np.bincount(self.owner, proba[self.blocks, OUTSIDE], len(self.first))
        own_blocks = np.maximum(np.bincount(self.owner, minlength=len(self.first)), 1)
        inside = own_blocks / np.maximum(self.last - self.first, 1)

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
            self.alike[cut],
            np.where(has_after, self.alike[after], np.nan),
            np.where(has_after, _cosine(self.sums[cut - 1], self.sums[after]), np.nan),
            _cosine(self.sums[cut], total - self.sums[cut]),
            self._sides(look, proba, cut, page),
            (f - low) / (high - low),
            (self.mass[f] - self.mass[low]) / np.maximum(self.mass[high] - self.mass[low], 1.0),
            inside[cut],
            inside[cut - 1],
            share(f, np.minimum(f + _HEADER, high)),
            share(np.maximum(f - _HEADER, low), f),
            (own_outside / own_blocks)[cut],
            f - self.last[cut - 1],
            number,
            left,
            np.where(has_before, self.chance[cut - 1], np.nan),
            np.where(has_after, self.chance[after], np.nan),
            near(range(-_NEAR, 0)),
            near(range(1, _NEAR + 1)),
            *self._dress(look, cut, page),
            *(look.columns[name][f] if name in look.columns else unknown for name in _MEASURED),
        ]
        return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)

    def _dress(self, look: Look, cut: Ints, page: Ints) -> list[NDArray[np.float64]]:
        """How many of a story's first blocks look like those of the page's first story, and of the
        story before, one by one; and how many of their lines stand there as well."""
        step = np.arange(_TOP)
        beyond = -1 - np.arange(3)
        out: list[NDArray[np.float64]] = []
        for code, alike in ((look.layout.shape, False), (look.layout.line, True)):
            tops = [
                np.where(
                    at[:, None] + step < self.high[cut][:, None],
                    code[np.minimum(at[:, None] + step, len(code) - 1)],
                    none,
                )
                for at, none in zip(
                    (self.first[cut], self.first[self.offsets[page]], self.first[cut - 1]),
                    beyond,
                    strict=True,
                )
            ]
            for other in tops[1:]:
                same = tops[0][:, :, None] == other[:, None, :]
                found = same.any(axis=2) if alike else same.diagonal(axis1=1, axis2=2)
                out.append(found.sum(axis=1).astype(np.float64))
        return out

    def _sides(self, look: Look, proba: Floats, cut: Ints, page: Ints) -> NDArray[np.float64]:
        """Cosine of all that stands above each cut with all that stands below it."""
        bounds = look.batch.offsets
        low, high = bounds[self.pages], bounds[self.pages + 1]
        # From the page's beginning to its first cut, from there to the next one, and so on.
        begins = self.first.copy()
        begins[self.offsets[:-1]] = low
        ends = np.append(begins[1:], 0)
        ends[self.offsets[1:] - 1] = high
        sizes = ends - begins
        piece = np.repeat(np.arange(len(begins)), sizes)
        blocks = np.arange(len(piece)) - np.repeat(np.cumsum(sizes) - sizes, sizes) + begins[piece]
        weight = 1.0 - proba[blocks, OUTSIDE]
        shape = (len(begins), len(look.batch))
        sums = np.asarray(csr_matrix((weight, (piece, blocks)), shape) @ look.cohesion.vectors)
        sums = sums.astype(np.float64)
        so_far = np.cumsum(sums, axis=0) - sums
        above = so_far[cut] - so_far[self.offsets[page]]
        whole = np.add.reduceat(sums, self.offsets[:-1], axis=0)[page]
        return _cosine(above, whole - above)


def _cosine(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosine of each row with its like; NaN where one is nothing."""
    norm = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(norm > 1e-9, np.einsum("ij,ij->i", one, other) / norm, np.nan)
