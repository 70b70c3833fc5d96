"""What is known of words: where their vectors point, and how rare they are."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from model.batch import Batch, running_sums
from model.words import WordTable

__all__ = ["WordSpace"]

Floats = NDArray[np.float32]

# Pages with a larger share of unknown words than the one are in a language that the vectors were
# not learned from, those with a smaller one than the other in one that they were. Of held-out pages
# in languages that they were learned from, one in twenty in Xhosa and Russian has more than .59,
# and none more than .71.
_FOREIGN, _FAMILIAR = 0.85, 0.55


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
            (words.row_share, words.rows, batch.row_offsets),
            shape=(len(batch), len(self.vectors)),
            dtype=np.float32,
        )
        return np.asarray(counts @ self._dense, dtype=np.float32)

    def known_share(self, batch: Batch) -> Floats:
        """Share of the words of each block's page that are in the vocabulary, shape (n_blocks,).

        In a language that the vectors were not learned from it is small, and they say little.
        """
        return _share(batch.words.ids < len(self.table.vocabulary), batch).astype(np.float32)

    def trust(self, batch: Batch) -> Floats:
        """How far the vectors are to be believed in each block's page, 0 to 1, shape (n_blocks,).

        What they say of words that the vocabulary lacks is a guess from beginnings and ends, and
        where nearly all words are of that kind, noise. So it is in Thai and Khmer.
        """
        unlearned = _share(batch.words.unlearned, batch)
        trust = np.clip((_FOREIGN - unlearned) / (_FOREIGN - _FAMILIAR), 0.0, 1.0)
        return np.asarray(trust, dtype=np.float32)

    def token_rarity(self, batch: Batch) -> Floats:
        """How rare each token is, shape (n_tokens,); unknown words count as rare as names."""
        rarity = np.full(len(batch.words.ids), 1.0, np.float32)
        known = batch.words.ids < len(self.table.vocabulary)
        rarity[known] = self.rarity[batch.words.ids[known]]
        return rarity


def _share(tokens: NDArray[np.bool_], batch: Batch) -> NDArray[np.float64]:
    """What share of the words of each block's page these tokens are; shape (n_blocks,)."""
    some = running_sums(np.bincount(batch.words.blocks, tokens, minlength=len(batch)))
    words = running_sums(batch.sizes)
    many = np.maximum(words[batch.last] - words[batch.first], 1)
    return np.asarray((some[batch.last] - some[batch.first]) / many)
