"""Dot products of what runs of blocks are about: a look-up each, however long the runs.

Of two kinds, which are kept apart in one array of complex numbers, since they are wanted at the
same places: the real part is of meaning, the imaginary one of the words that come back.

The sum of the vectors of a run of blocks, times that of another run, is the sum of a rectangle of
the products of all pairs of blocks. So a page's products are taken once, by one matrix product,
and summed once a look over both axes; from then on every window of every gap costs four numbers of
that table (a summed-area table, Crow 1984) instead of hundreds. The table grows with the square of
a page's blocks: pages longer than ``LONGEST`` take differences of running sums instead.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch, running_sums
from model.recurrence import dimensions

__all__ = ["LONGEST", "Products", "Runs", "both"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Pairs = NDArray[np.complex128]
Ints = NDArray[np.int64]

# Blocks of the longest page with a table: 16 MB, and 8 pages of that length fill a batch. Without
# one a page of 600 costs four times as much, and one real page in thirty has more than 512.
LONGEST = 1024
# Gaps of a longer page that are measured together: a dozen windows of each stay in the cache.
PIECE = 256
# Rows of a table from which on it is faster to add them one by one.
_MANY_ROWS = 200


@dataclass(frozen=True)
class Products:
    """The products of all pairs of blocks of each page that is short enough, taken once.

    Attributes
    ----------
    offsets : int64 array, shape (n_pages + 1,)
        Of the batch.
    vectors : float32 array, shape (n_blocks, n_dims)
        Those of meaning, and behind them those of what comes back.
    split : int
        Where the ones end and the others begin.
    lengths : complex128 array, shape (n_blocks,)
        Of the vectors of both kinds.
    pages : list of complex128 array, shape (n_blocks, n_blocks) each, or None
    """

    offsets: Ints
    vectors: Floats
    split: int
    lengths: Pairs
    pages: list[Pairs | None]

    @classmethod
    def read(cls, batch: Batch, meaning: Floats, recurrence: Floats) -> Products:
        """Multiply the blocks of each page.

        Parameters
        ----------
        meaning, recurrence : float32 arrays, shape (n_blocks, n_dims)
            Of each page the recurrence has something in its first :func:`dimensions` only.
        """
        vectors, split = np.hstack([meaning, recurrence]), meaning.shape[1]
        pages: list[Pairs | None] = []
        for low, high in pairwise(batch.offsets.tolist()):
            wide = split + dimensions(high - low)
            short = high - low <= LONGEST
            pages.append(_products(vectors[low:high, :wide], split) if short else None)
        squares = np.empty(len(batch), np.complex128)
        for part, kind in ((squares.real, meaning), (squares.imag, recurrence)):
            np.einsum("bd,bd->b", kind, kind, out=part, dtype=np.float64)
        lengths = np.sqrt(squares.real) + 1j * np.sqrt(squares.imag)
        return cls(batch.offsets, vectors, split, lengths, pages)

    def among(self, blocks: Ints) -> Pairs:
        """The products of these blocks of one page, shape (n_some, n_some)."""
        page = int(np.searchsorted(self.offsets, blocks[0], side="right")) - 1
        table = self.pages[page]
        if table is None:
            return _products(self.vectors[blocks], self.split)
        own = blocks - self.offsets[page]
        return np.asarray(table[own[:, None], own])


def _products(vectors: Floats, split: int) -> Pairs:
    out = np.empty((len(vectors), len(vectors)), np.complex128)
    for part, kind in ((out.real, vectors[:, :split]), (out.imag, vectors[:, split:])):
        some = kind.astype(np.float64)
        np.copyto(part, some @ some.T)
    return out


def _accumulate_rows(table: Pairs) -> None:
    """``np.add.accumulate`` over the rows of a table, in place.

    NumPy goes down one column after the other, which for many rows takes up to four times as long
    as to add whole rows.
    """
    if len(table) < _MANY_ROWS:
        np.add.accumulate(table, axis=0, out=table)
        return
    for above, row in pairwise(table):
        np.add(above, row, out=row)


def both(apart: Pairs) -> Doubles:
    """Products of meaning and of what comes back, taken together."""
    return np.asarray(apart.real + apart.imag)


class Runs:
    """Runs of weighted blocks.

    Parameters
    ----------
    products : Products
    prose : float32 array, shape (n_blocks,)
        Weight of each block; more than 0, or what is asked of that block alone is nothing.
    pages : bool array, shape (n_pages,), optional
        The pages that are asked about; without, all.
    """

    def __init__(
        self, products: Products, prose: Floats, pages: NDArray[np.bool_] | None = None
    ) -> None:
        self._products = products
        self._weight = prose.astype(np.float64)
        #: Running sums of the lengths of the weighted vectors, shape (n_blocks + 1,).
        self.mass: Pairs = running_sums(products.lengths * self._weight)
        self._last: tuple[int, Doubles] = (-1, np.zeros((0, 0)))
        sizes = np.diff(products.offsets)
        tabled = np.fromiter((page is not None for page in products.pages), bool, len(sizes))
        self._asked = np.ones(len(sizes), bool) if pages is None else pages
        tabled &= self._asked
        sides = np.where(tabled, sizes + 1, 0)
        ends = np.cumsum(sides**2)
        self._table = np.zeros(int(ends[-1]) if len(ends) else 0, np.complex128)
        # Gap ``i`` of a page and gap ``j`` share the number at ``origin + i * side + j``.
        begins = ends - sides**2
        self._side = np.repeat(sides, sizes)
        self._origin = np.repeat(begins - products.offsets[:-1] * (sides + 1), sizes)
        bounds = pairwise(products.offsets.tolist())
        places = zip(products.pages, bounds, begins.tolist(), ends.tolist(), strict=True)
        for page, (low, high), begin, end in places:
            if page is None or begin == end:
                continue
            own = self._weight[low:high]
            inner = self._table[begin:end].reshape(high - low + 1, -1)[1:, 1:]
            np.multiply(page, own[:, None] * own, out=inner)
            _accumulate_rows(inner)
            np.add.accumulate(inner, axis=1, out=inner)

    def pieces(self) -> Iterator[Ints]:
        """The gaps of the pages that are asked about, in pieces that :meth:`dots` takes: those of
        all tabled pages, then of each longer one."""
        tabled = np.flatnonzero(self._side)
        if len(tabled):
            yield tabled
        bounds = pairwise(self._products.offsets.tolist())
        for page, asked, (low, high) in zip(
            self._products.pages, self._asked.tolist(), bounds, strict=True
        ):
            if page is None and asked:
                for begin in range(low, high, PIECE):
                    yield np.arange(begin, min(begin + PIECE, high))

    def dots(self, gap: Ints, low: Ints, high: Ints, pairs: Ints) -> Pairs:
        """Products of pairs of windows.

        Parameters
        ----------
        gap : int64 array, shape (n_gaps,)
            One of the :meth:`pieces`.
        low, high : int64 arrays, shape (n_windows, n_gaps)
            First block of each window and one past its last, all within the gap's page.
        pairs : int64 array, shape (2, n_pairs)
            The windows that are multiplied.

        Returns
        -------
        complex128 array, shape (n_pairs, n_gaps)
        """
        one, other = pairs
        side = self._side[gap]
        if side[0] == 0:
            return self._long_dots(gap, low, high, pairs)
        origin = self._origin[gap]
        top, bottom = origin + low * side, origin + high * side
        left, right, table = low[other], high[other], self._table.take
        top, bottom = top[one], bottom[one]
        # In this order what is empty is exactly nothing.
        return np.asarray(
            (table(bottom + right) - table(top + right))
            - (table(bottom + left) - table(top + left))
        )

    def _long_dots(self, gap: Ints, low: Ints, high: Ints, pairs: Ints) -> Pairs:
        """The same by running sums of the vectors."""
        first, sums = self._sums(int(gap[0]))
        windows = sums[high - first]
        windows -= sums[low - first]
        out = np.empty((pairs.shape[1], len(gap)), np.complex128)
        split = self._products.split
        for part, kind in ((out.real, windows[..., :split]), (out.imag, windows[..., split:])):
            # Pair by pair: all at once would be copies of the windows, several of each.
            for dots, one, other in zip(part, *pairs.tolist(), strict=True):
                np.einsum("gd,gd->g", kind[one], kind[other], out=dots)
        return out

    def _sums(self, block: int) -> tuple[int, Doubles]:
        """First block of a long page, and its running sums; those of the last one asked for."""
        offsets = self._products.offsets
        page = int(np.searchsorted(offsets, block, side="right")) - 1
        first, last = int(offsets[page]), int(offsets[page + 1])
        if self._last[0] != first:
            wide = self._products.split + dimensions(last - first)
            own = self._products.vectors[first:last, :wide] * self._weight[first:last, None]
            sums = np.zeros((last - first + 1, own.shape[1]))
            np.cumsum(own, axis=0, out=sums[1:])
            self._last = (first, sums)
        return self._last
