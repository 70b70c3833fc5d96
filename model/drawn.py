"""The stories that a page would be cut into, of all pages of a batch, laid end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from model.batch import running_sums
from model.decoder import OUTSIDE, Span
from model.look import Look
from model.subject import one_subject

__all__ = ["Drawn", "cosines"]

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


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
    apart : by how much likelier these two are about two subjects than about one; so is that
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
    apart: NDArray[np.float64]
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
        products = look.cohesion.products
        belongs = csr_matrix((np.ones(len(blocks), np.float32), (owner, blocks)), shape)
        sums = np.asarray(belongs @ products.vectors, dtype=np.float64)
        alike = np.full(len(first), np.nan)
        alike[1:] = cosines(sums[:-1], sums[1:])
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        apart = np.full(len(first), np.nan)
        apart[1:] = _apart(sums, products.split, belongs @ products.lengths)
        alike[offsets[:-1]] = apart[offsets[:-1]] = np.nan
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
            apart=apart,
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


def _apart(
    sums: NDArray[np.float64], split: int, lengths: NDArray[np.complex128]
) -> NDArray[np.float64]:
    """By how much likelier each story and the next are about two subjects than about one."""

    def squares(sums: NDArray[np.float64]) -> NDArray[np.complex128]:
        kinds = sums[:, :split], sums[:, split:]
        meaning, recurrence = (np.einsum("sd,sd->s", kind, kind) for kind in kinds)
        return np.asarray(meaning + 1j * recurrence)

    alone = one_subject(squares(sums), lengths)
    joined = one_subject(squares(sums[:-1] + sums[1:]), lengths[:-1] + lengths[1:])
    return np.asarray(alone[:-1] + alone[1:] - joined)


def cosines(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """Cosine of each row with its like; NaN where one is nothing."""
    norm = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(norm > 1e-9, np.einsum("ij,ij->i", one, other) / norm, np.nan)
