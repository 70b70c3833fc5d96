"""Where the subject changes, all ways to part a page considered.

Windows left and right of a gap know nothing of where else the page may be parted. Here every way
to part a page into runs about one subject each is weighed by its likelihood (:mod:`model.subject`),
and a gap's chance is the weight of those that part it: the forward-backward algorithm of
semi-Markov chains. Furniture is passed over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch, running_sums
from model.runs import Products
from model.subject import one_subject

__all__ = ["PARTINGS", "measure_partings"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Columns of :func:`measure_partings`.
PARTINGS = ("parting", "partings")

# Blocks that count for less are furniture, and parted from nothing.
_LEAST = 0.1
# What one more run costs, by the same fit as the numbers of `model.subject`.
_RUN = 2.74
# Blocks of the longest piece that is parted at once, and how far neighbouring pieces overlap: a
# longer page costs by its length, and what is beyond hardly changes a gap's chance.
_LONGEST = 256
_OVERLAP = 48
# Numbers in the tables of the pieces that are parted side by side: a few megabytes.
_AT_ONCE = 200_000
# Logarithm of no chance at all.
_NEVER = -1e30


def measure_partings(batch: Batch, products: Products, prose: Floats) -> dict[str, Floats]:
    """Chances that the subject changes at the gap before each block.

    Parameters
    ----------
    products : Products
        Those of the batch.
    prose : float32 array, shape (n_blocks,)
        How much each block counts.

    Returns
    -------
    dict of float32 arrays, shape (n_blocks,)
        ``parting``: the chance, 0 before furniture; ``partings``: the logarithm of one and the sum
        of the page's, the same for all its blocks.
    """
    parting = np.zeros(len(batch))
    counted = np.flatnonzero(prose > _LEAST)
    weight = prose[counted].astype(np.float64)
    mass = running_sums(products.lengths[counted] * weight)
    pieces = sorted(_pieces(counted, batch.offsets), key=len)
    for some in _side_by_side(pieces):
        # The longest is the last one.
        square = np.zeros((len(some), len(some[-1]) + 1, len(some[-1]) + 1), np.complex128)
        for table, piece in zip(square, some, strict=True):
            here = slice(piece.first, piece.last)
            inner = table[1 : len(piece) + 1, 1 : len(piece) + 1]
            own = weight[here]
            np.multiply(products.among(counted[here]), own[:, None] * own, out=inner)
        for piece, found in zip(some, _chances(some, square, mass), strict=True):
            asked = counted[piece.begin : piece.end]
            parting[asked] = found[piece.begin - piece.first :][: len(asked)]
    # Nothing is parted from what stands before a page.
    total = running_sums(parting)
    sums = total[batch.last] - total[batch.first]
    return {
        "parting": parting.astype(np.float32),
        "partings": np.log1p(sums).astype(np.float32),
    }


@dataclass(frozen=True)
class _Piece:
    """Blocks ``first`` to ``last`` of those that count are parted together; asked for are the gaps
    before those from ``begin`` to ``end``."""

    first: int
    begin: int
    end: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first


def _pieces(counted: Ints, offsets: Ints) -> Iterator[_Piece]:
    """Page by page, long pages in pieces that overlap."""
    for low, high in pairwise(np.searchsorted(counted, offsets).tolist()):
        step = high - low if high - low <= _LONGEST else _LONGEST - 2 * _OVERLAP
        for begin in range(low, high, max(step, 1)):
            end = min(begin + step, high)
            yield _Piece(max(begin - _OVERLAP, low), begin, end, min(end + _OVERLAP, high))


def _side_by_side(pieces: list[_Piece]) -> Iterator[list[_Piece]]:
    """Pieces of about one length, as many as fit."""
    some: list[_Piece] = []
    for piece in pieces:
        if some and (len(some) + 1) * (len(piece) + 1) ** 2 > _AT_ONCE:
            yield some
            some = []
        some.append(piece)
    if some:
        yield some


def _chances(
    pieces: list[_Piece], square: NDArray[np.complex128], mass: NDArray[np.complex128]
) -> Doubles:
    """Chance of a parting before each block of each piece, shape (n_pieces, longest + 1).

    Parameters
    ----------
    square : complex128 array, shape (n_pieces, longest + 1, longest + 1)
        Products of the weighted blocks of each piece, behind a row and a column of nothing;
        overwritten.
    mass : complex128 array, shape (n_counted + 1,)
        Running sums of their lengths.
    """
    sizes = np.array([len(piece) for piece in pieces])
    first = np.array([piece.first for piece in pieces])
    # Gaps of a shorter piece past its end are its end again.
    at = np.minimum(np.arange(sizes.max() + 1), sizes[:, None]) + first[:, None]
    # From the products of blocks to those of all that stands before two gaps, and from these to
    # those of what stands between them.
    np.add.accumulate(square, axis=1, out=square)
    np.add.accumulate(square, axis=2, out=square)
    own = square.diagonal(axis1=1, axis2=2).copy()
    square *= -2.0
    square += own[:, :, None]
    square += own[:, None, :]
    passed = mass[at]
    passed = passed[:, :, None] - passed[:, None, :]
    for part in (square.real, square.imag):
        np.maximum(part, 0.0, out=part)
    # Runs from one gap to another, whichever comes first.
    for part in (passed.real, passed.imag):
        np.abs(part, out=part)
    runs = one_subject(square, passed) - _RUN
    many, gaps = at.shape
    before = np.zeros(at.shape)
    after = np.where(np.arange(gaps) > sizes[:, None], _NEVER, 0.0)
    # Both ways at once: from the first gap on, and from the last one back.
    for step in range(1, gaps):
        gap = gaps - 1 - step
        ways = np.empty((2, many, step))
        np.add(before[:, :step], runs[:, step, :step], out=ways[0])
        np.add(after[:, gap + 1 :], runs[:, gap, gap + 1 :], out=ways[1])
        before[:, step], found = _log_sum(ways)
        np.copyto(after[:, gap], found, where=gap < sizes)
    whole = before[np.arange(len(pieces)), sizes]
    chances = np.exp(np.minimum(before + after - whole[:, None], 0.0))
    chances[:, 0] = 0.0
    return np.asarray(chances)


def _log_sum(values: Doubles) -> Doubles:
    """Logarithm of the sum of the exponentials along the last axis; overwrites them."""
    most = np.maximum.reduce(values, axis=-1)
    values -= most[..., None]
    np.exp(values, out=values)
    return np.asarray(np.log(np.add.reduce(values, axis=-1)) + most)
