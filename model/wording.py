"""What blocks read like: leads, closings and furniture have words of their own.

A linear model over the words of a block, over its opening and over its end. It is trained on other
articles than the trees that use its scores (:mod:`training.looks`), so that they learn how far to
trust it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from model.batch import Batch, running_sums

__all__ = ["ROLES", "Wording", "word_counts"]

Floats = NDArray[np.float32]

# What a block can be, as far as its wording tells.
ROLES = ("outside", "start", "lead", "body", "closing")
# Words that count as the opening or the end of a block.
_EDGE = 4


@dataclass(frozen=True)
class Wording:
    """Weights per section of the block (whole, opening, end), row of the word table and role.

    Attributes
    ----------
    weights : float16 array, shape (3 * n_rows, n_roles)
    bias : float32 array, shape (n_roles,)
    """

    weights: NDArray[np.float16]
    bias: Floats
    _dense: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_dense", self.weights.astype(np.float32))

    # As in a word space, the wider copy stays out of the file.
    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_dense"}

    def __setstate__(self, state: dict[str, object]) -> None:
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self.__post_init__()

    def scores(self, batch: Batch) -> Floats:
        """Log odds of each role, less their mean; shape (n_blocks, n_roles)."""
        n_rows = len(self._dense) // 3
        raw = self.bias + sum(
            section @ self._dense[i * n_rows : (i + 1) * n_rows]
            for i, section in enumerate(_sections(batch, n_rows))
        )
        return np.asarray(raw - raw.mean(axis=1, keepdims=True), dtype=np.float32)


def word_counts(batch: Batch, n_rows: int) -> csr_matrix:
    """Share of each word in each section of each block, shape (n_blocks, 3 * n_rows)."""
    return hstack(_sections(batch, n_rows), format="csr")


def _sections(batch: Batch, n_rows: int) -> list[csr_matrix]:
    """The same for whole blocks, their openings and their ends; equal words are not summed up."""
    words = batch.words
    n = len(batch)
    blocks = words.row_blocks
    sizes = batch.sizes
    begins = np.cumsum(sizes) - sizes
    place = words.row_tokens - begins[blocks]
    from_end = sizes[blocks] - 1 - place
    whole = words.row_share / np.sqrt(np.maximum(sizes, 1), dtype=np.float32)[blocks]
    edge = words.row_share / np.float32(2.0)
    sections = [csr_matrix((whole, words.rows, batch.row_offsets), shape=(n, n_rows))]
    for keep in (place < _EDGE, from_end < _EDGE):
        bounds = running_sums(np.bincount(blocks[keep], minlength=n))
        sections.append(csr_matrix((edge[keep], words.rows[keep], bounds), shape=(n, n_rows)))
    return sections
