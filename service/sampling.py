"""Keeping a share of the pages that come in, so that people can look at the least certain first.

Off unless the settings say so.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from service.store_writer import StoreWriter

if TYPE_CHECKING:
    from model.stories import Segmentation

__all__ = ["Sampler", "uncertainty"]

# Nobody reads a longer page to its end.
_LONGEST = 1_000_000


def uncertainty(answer: Segmentation) -> float:
    """How unsure a model is of a page: of its least sure seam or story, 0 to 1."""
    sure = [seam.probability for seam in answer.seams]
    sure += [story.confidence for story in answer.stories]
    return max((1 - abs(2 * chance - 1) for chance in sure), default=0.0)


class Sampler:
    """Stores a share of the pages; what comes faster than it can be written is let go.

    Parameters
    ----------
    writer : StoreWriter
    share : float
        Of the pages, 0 to 1.
    chance : callable
        Gives numbers from 0 to 1.
    """

    def __init__(
        self,
        writer: StoreWriter,
        share: float,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.writer = writer
        self._share = share if writer.on else 0.0
        self._chance = chance

    def offer(self, answer: Segmentation, html: str | None) -> bool:
        """Take a page, perhaps; True if it will be written."""
        if self._chance() >= self._share:
            return False
        if len(answer.text) + len(html or "") > _LONGEST:
            return False
        from training.corrections import Sample

        starts = [story.start for story in answer.stories]
        sample = Sample(answer.text, html, answer.model, starts, uncertainty(answer))
        return self.writer.offer(lambda store: store.sample(sample))
