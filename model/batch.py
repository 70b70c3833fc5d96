"""Many pages as one set of arrays, so that nothing is done once per word or once per page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.page import Page
from model.stages import stage
from model.words import Words, WordTable, read_words

__all__ = ["Batch", "depth", "shift"]

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
    first, last : int64 arrays, shape (n_blocks,)
        First block of the block's page, and one past its last.
    offsets : int64 array, shape (n_pages + 1,)
        ``offsets[i]:offsets[i + 1]`` are the blocks of page ``i``.
    words : Words
        ``words.blocks`` index into ``blocks``.
    """

    pages: tuple[Page, ...]
    blocks: list[str]
    first: Ints
    last: Ints
    offsets: Ints
    breaks: Ints
    words: Words

    @classmethod
    @stage("features")
    def read(cls, pages: Sequence[Page], table: WordTable) -> Batch:
        """Read the words of pages, once."""
        blocks: list[str] = []
        for page in pages:
            blocks += page.blocks()
        sizes = np.fromiter((len(page) for page in pages), np.int64, len(pages))
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        empty: list[Ints] = [np.zeros(0, np.int64)]
        return cls(
            pages=tuple(pages),
            blocks=blocks,
            first=np.repeat(offsets[:-1], sizes),
            last=np.repeat(offsets[1:], sizes),
            offsets=offsets,
            breaks=np.concatenate([page.breaks for page in pages] or empty),
            words=read_words(blocks, table),
        )

    def __len__(self) -> int:
        return len(self.blocks)

    @property
    def page_of(self) -> Ints:
        """The page of each block."""
        return np.repeat(np.arange(len(self.pages)), np.diff(self.offsets))

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


def shift(values: Floats, by: int, batch: Batch, missing: float = np.nan) -> Floats:
    """``values`` of the block ``by`` places on; ``missing`` beyond the page's ends."""
    n = len(values)
    at = np.arange(n) + by
    inside = (at >= batch.first) & (at < batch.last)
    return np.where(inside, values[np.clip(at, 0, max(n - 1, 0))], missing).astype(np.float32)


def depth(similar: Floats, batch: Batch) -> Floats:
    """How far the similarity lies under the lower of its two neighbouring peaks (Hearst 1997)."""
    filled = np.nan_to_num(similar, nan=-1.0)
    left = filled.copy()
    right = filled.copy()
    for step in range(1, _NEIGHBOURS + 1):
        np.maximum(left, shift(filled, -step, batch, -1.0), out=left)
        np.maximum(right, shift(filled, step, batch, -1.0), out=right)
    return (np.minimum(left, right) - filled).astype(np.float32)
