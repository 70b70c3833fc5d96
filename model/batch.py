"""Many pages as one set of arrays, so that nothing is done once per word or once per page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.characters import Characters
from model.page import Page
from model.stages import stage
from model.words import Words, WordTable, read_words

__all__ = ["Batch", "depth", "running_sums", "shift"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# How many gaps on either side a similarity is compared with for its depth.
_NEIGHBOURS = 5


@dataclass(frozen=True)
class Batch:
    """Pages laid end to end.

    Attributes
    ----------
    pages : tuple of Page
    blocks : list of str
        The blocks of all pages.
    characters : Characters
        Those of the blocks.
    first, last : int64 arrays, shape (n_blocks,)
        First block of the block's page, and one past its last.
    offsets : int64 array, shape (n_pages + 1,)
        ``offsets[i]:offsets[i + 1]`` are the blocks of page ``i``.
    words : Words
        ``words.blocks`` index into ``blocks``.
    """

    pages: tuple[Page, ...]
    blocks: list[str]
    characters: Characters
    first: Ints
    last: Ints
    offsets: Ints
    breaks: Ints
    words: Words
    _places: dict[int, Ints] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    @stage("features")
    def read(cls, pages: Sequence[Page], table: WordTable) -> Batch:
        """Read the words of pages, once."""
        blocks: list[str] = []
        for page in pages:
            blocks += page.blocks()
        characters = Characters.read(blocks)
        sizes = np.fromiter((len(page) for page in pages), np.int64, len(pages))
        offsets = running_sums(sizes)
        empty: list[Ints] = [np.zeros(0, np.int64)]
        return cls(
            pages=tuple(pages),
            blocks=blocks,
            characters=characters,
            first=np.repeat(offsets[:-1], sizes),
            last=np.repeat(offsets[1:], sizes),
            offsets=offsets,
            breaks=np.concatenate([page.breaks for page in pages] or empty),
            words=read_words(blocks, table, characters),
        )

    def __len__(self) -> int:
        return len(self.blocks)

    @cached_property
    def page_of(self) -> Ints:
        """The page of each block."""
        return np.repeat(np.arange(len(self.pages)), np.diff(self.offsets))

    @cached_property
    def row_offsets(self) -> Ints:
        """``words.rows[row_offsets[i]:row_offsets[i + 1]]`` are the rows of block ``i``."""
        return running_sums(np.bincount(self.words.row_blocks, minlength=len(self)))

    @cached_property
    def sizes(self) -> Ints:
        """Words of each block (character pairs in scripts without spaces)."""
        return np.bincount(self.words.blocks, minlength=len(self))

    def places(self, by: int) -> Ints:
        """For each block the block ``by`` places on; one past the last where its page has none."""
        if by not in self._places:
            at = np.arange(by, len(self) + by)
            inside = (at >= self.first) & (at < self.last)
            self._places[by] = np.where(inside, at, len(self))
        return self._places[by]

    def gather(self, pick: Callable[[Page], NDArray[np.generic] | None]) -> Floats | None:
        """One optional array of the pages end to end, NaN where a page has none.

        None if no page has it.
        """
        found = [pick(page) for page in self.pages]
        known = [f for f in found if f is not None]
        if not known:
            return None
        tail = known[0].shape[1:]
        return np.concatenate(
            [
                np.full((len(page), *tail), np.nan, np.float32)
                if f is None
                else f.astype(np.float32)
                for page, f in zip(self.pages, found, strict=True)
            ]
        )


def running_sums(values: NDArray[Any]) -> NDArray[Any]:
    """0, and the sum of the values up to each of them: ``[j] - [i]`` is the sum from i to j.

    Of float32 values as float64, of counts and truth values as int64, of complex ones as such.
    """
    kind = {"f": np.float64, "c": np.complex128}.get(values.dtype.kind, np.int64)
    out: NDArray[Any] = np.empty(len(values) + 1, kind)
    out[0] = 0
    np.add.accumulate(values, out=out[1:], dtype=kind)
    return out


def shift(values: Floats, by: int, batch: Batch, missing: float = np.nan) -> Floats:
    """``values`` of the block ``by`` places on; ``missing`` beyond the page's ends.

    The blocks lie along the last axis.
    """
    beyond = np.full((*values.shape[:-1], 1), missing, np.float32)
    padded = np.concatenate([values, beyond], axis=-1, dtype=np.float32)
    return np.take(padded, batch.places(by), axis=-1)


def depth(similar: Floats, batch: Batch) -> Floats:
    """How far the similarity lies under the lower of its two neighbouring peaks (Hearst 1997).

    The blocks lie along the last axis.
    """
    filled = np.where(np.isnan(similar), np.float32(-1.0), similar)
    padded = np.concatenate([filled, np.full((*filled.shape[:-1], 1), -1.0, np.float32)], axis=-1)
    left = filled.copy()
    right = filled.copy()
    for step in range(1, _NEIGHBOURS + 1):
        np.maximum(left, padded[..., batch.places(-step)], out=left)
        np.maximum(right, padded[..., batch.places(step)], out=right)
    return (np.minimum(left, right) - filled).astype(np.float32)
