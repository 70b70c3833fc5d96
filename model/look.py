"""Everything that the feature table reads of a batch, each part measured once."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.batch import Batch
from model.cohesion import Cohesion, measure_cohesion
from model.layout import Layout, read_layout
from model.partings import PARTINGS, measure_partings
from model.places import measure_places
from model.runs import Runs
from model.segments import compare_segments
from model.word_space import WordSpace
from model.wording import Wording

__all__ = ["NO_START", "Look", "left_open"]

Floats = NDArray[np.float32]


# A block that the first look is surer of than this, and gives next to no chance of a start, is
# not looked at again: two thirds of all blocks, and hardly a start among them. At .97 and at .90
# fewer seams of held-out pages are right.
_SURE = 0.93
#: A block with no more chance of a start than this is taken for none.
NO_START = 0.01
# Words of the shortest line that is taken for the same headline again where it comes back.
_HEADLINE = 5


def left_open(proba: Floats, sure: float = _SURE) -> NDArray[np.bool_]:
    """Which blocks a look leaves to the next one, from their label probabilities."""
    return np.asarray((proba.max(axis=1) < sure) | (proba[:, 2] > NO_START), dtype=bool)


@dataclass(frozen=True)
class Look:
    """One look at a batch of pages.

    Attributes
    ----------
    tokens : float32 array, shape (n_blocks,)
        Words of each block (character pairs in scripts without spaces).
    columns : dict
        The cohesion of this look, by name.
    wording : float32 array, shape (n_blocks, n_roles)
    markup : float32 array, shape (n_blocks, n_cues), or None
    proba : float32 array, shape (n_blocks, 3), or None
        What the look before said of each block (outside, inside, start); None in the first look.
    bare : bool array, shape (n_blocks,), or None
        The blocks that ``proba`` was told of without their markup, as feeds are; None: of none.
    """

    batch: Batch
    layout: Layout
    tokens: Floats
    cohesion: Cohesion
    columns: dict[str, Floats]
    wording: Floats
    markup: Floats | None = None
    dress: Floats | None = None
    proba: Floats | None = None
    bare: NDArray[np.bool_] | None = None
    memo: dict[Hashable, Any] = field(default_factory=dict, repr=False)

    def once(self, key: Hashable, measure: Callable[[], Any]) -> Any:
        """What several features share, measured at the first call only."""
        if key not in self.memo:
            self.memo[key] = measure()
        return self.memo[key]

    def as_read(self) -> Look:
        """This look without the markup that was not read: what the probabilities came from."""
        if self.bare is None or self.markup is None:
            return self
        markup = np.where(self.bare[:, None], np.float32(np.nan), self.markup)
        return replace(self, markup=markup, bare=None, memo={})

    @property
    def headlines(self) -> NDArray[np.int64]:
        """Equal numbers for equal lines; -1 for what is too short for a headline, dates, bylines.

        Shape (n_blocks,). A section's name stands over many stories, and so does a date.
        """
        columns = self.layout.columns
        if len(self.batch) == 0:
            return self.layout.line
        own = (self.tokens >= _HEADLINE) & (columns["date"] == 0) & (columns["byline"] == 0)
        return np.where(own, self.layout.line, -1)

    @classmethod
    def first(cls, batch: Batch, space: WordSpace, wording: Wording) -> Look:
        """The look that knows nothing yet of what is furniture: it guesses by length."""
        layout = read_layout(batch)
        tokens = batch.sizes.astype(np.float32)
        cohesion = Cohesion.read(batch, space)
        # A line of a dozen words or with an end of sentence is likely prose. Anything counts a
        # little, or a page of short lines would have no windows.
        prose = np.clip(tokens / 12.0, 0.1, 1.0)
        if len(batch):
            prose = np.maximum(prose, 0.8 * layout.columns["ends_stop"] * (tokens > 3))
        return cls(
            batch=batch,
            layout=layout,
            tokens=tokens,
            cohesion=cohesion,
            columns=measure_cohesion(batch, cohesion, prose.astype(np.float32)),
            wording=wording.scores(batch),
            markup=batch.gather(lambda page: page.markup),
            dress=_dress(batch),
        )

    def knowing(self, other: Look, blocks: NDArray[np.int64]) -> Look:
        """This first look at some ``blocks`` of another batch, with what later looks at that one
        have measured once for all."""
        partings = {name: other.columns[name][blocks] for name in PARTINGS}
        return replace(self, memo=self.memo | {"partings": partings})

    def again(self, proba: Floats, pages: NDArray[np.bool_] | None = None) -> Look:
        """Look again, with what this look took for furniture left out of the windows.

        Parameters
        ----------
        proba : float32 array, shape (n_blocks, 3)
            What this look said.
        pages : bool array, shape (n_pages,), optional
            The pages that are measured again; of others this look's columns stay. A first look has
            too few for that: after it all are measured.
        """
        if pages is not None and (self.proba is None or pages.all()):
            pages = None
        prose = np.clip(1.0 - proba[:, 0], 0.02, 1.0).astype(np.float32)
        runs = Runs(self.cohesion.products, prose, pages)
        columns = measure_cohesion(self.batch, self.cohesion, prose, runs)
        columns |= compare_segments(self.batch, self.cohesion, prose, proba[:, 2], runs)
        columns |= measure_places(self.batch, prose, proba[:, 2], runs)
        # By what the first look took for furniture: later ones know it better, and gaps no better.
        columns |= self.once(
            "partings", lambda: measure_partings(self.batch, self.cohesion.products, prose)
        )
        if pages is not None:
            own = pages[self.batch.page_of]
            columns = {name: np.where(own, c, self.columns[name]) for name, c in columns.items()}
        # What else the memo holds depends on no probabilities, so it serves this look too.
        return replace(self, columns=columns, proba=proba)


def _dress(batch: Batch) -> Floats | None:
    """A small number for each dress, -1 where there is none; None if no page has markup."""
    if all(page.dress is None for page in batch.pages):
        return None
    parts = [
        np.zeros(len(page), np.int64) if page.dress is None else page.dress for page in batch.pages
    ]
    _, code = np.unique(np.concatenate(parts), return_inverse=True)
    known = np.concatenate([np.full(len(p), p.dress is not None) for p in batch.pages])
    return np.where(known, code, -1).astype(np.float32)
