"""What blocks read like: leads, closings and furniture have words of their own.

A linear model over the words of a block, over its opening and over its end. It is trained on other
articles than the trees that use its scores (:mod:`training.fit`), so that they learn how far to
trust it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from model.batch import Batch

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

    def scores(self, batch: Batch) -> Floats:
        """Log odds of each role, less their mean; shape (n_blocks, n_roles)."""
        counts = word_counts(batch, len(self.weights) // 3)
        used = np.unique(counts.indices)
        # Only the rows that occur are widened to float32.
        slim = counts[:, used]
        raw = np.asarray(slim @ self.weights[used].astype(np.float32)) + self.bias
        return np.asarray(raw - raw.mean(axis=1, keepdims=True), dtype=np.float32)


def word_counts(batch: Batch, n_rows: int) -> csr_matrix:
    """Share of each word in each section of each block, shape (n_blocks, 3 * n_rows)."""
    words = batch.words
    n = len(batch)
    sizes = np.bincount(words.blocks, minlength=n)
    begins = np.cumsum(sizes) - sizes
    place = words.row_tokens - begins[words.row_blocks]
    from_end = sizes[words.row_blocks] - 1 - place
    whole = words.row_share / np.sqrt(np.maximum(sizes, 1))[words.row_blocks]
    edge = words.row_share / 2.0
    sections = []
    for share in (whole, edge * (place < _EDGE), edge * (from_end < _EDGE)):
        keep = share > 0
        sections.append(
            csr_matrix(
                (share[keep], (words.row_blocks[keep], words.rows[keep])),
                shape=(n, n_rows),
                dtype=np.float32,
            )
        )
    return hstack(sections, format="csr")
