"""Keeping a share of the pages that come in, so that people can look at the least certain first.

Off unless the settings say so. What is kept goes again after some days, also where sampling has
been turned off since.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING

from service.corrections.writer import StoreWriter

if TYPE_CHECKING:
    from model.stories import Segmentation
    from training.corrections import CorrectionStore

__all__ = ["Sampler", "doubt", "forgetting", "uncertainty"]

# Nobody reads a longer page to its end.
_LONGEST = 1_000_000


def uncertainty(answer: Segmentation) -> float:
    """How unsure a model is of a page: of its least sure seam or story, 0 to 1."""
    sure = [seam.probability for seam in answer.seams]
    sure += [story.confidence for story in answer.stories]
    return max((1 - abs(2 * chance - 1) for chance in sure), default=0.0)


def doubt(answer: Segmentation) -> float:
    """How much a person's look at a page would teach, 0 to 1: the model's doubt about its seams,
    those that it did not cut included; of a model that tells none, how unsure its answer is."""
    return uncertainty(answer) if answer.doubt is None else answer.doubt


def forgetting(days: int) -> Callable[[CorrectionStore], int]:
    """The chore of a `StoreWriter`: to remove what was sampled longer ago."""
    return lambda store: store.forget_samples(days)


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
        sample = Sample(answer.text, html, answer.model, starts, doubt(answer))
        return self.writer.offer(lambda store: store.sample(sample))
