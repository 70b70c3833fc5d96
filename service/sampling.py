"""Keeping a share of the pages that come in, so that people can look at the least certain first.

Off unless the settings say so. A page is written by a thread of its own, after the answer: neither
a slow database nor one that is away shows in the time of a request.
"""

from __future__ import annotations

import logging
import queue
import random
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from service.corrections_store import Corrections
from service.errors import Problem

if TYPE_CHECKING:
    from model.stories import Segmentation
    from training.corrections import Sample

__all__ = ["Sampler", "uncertainty"]

# Nobody reads a longer page to its end; with the length of the queue this bounds the memory.
_LONGEST = 1_000_000
_MOST_WAITING = 20

_log = logging.getLogger("storyseam.sampling")


def uncertainty(answer: Segmentation) -> float:
    """How unsure a model is of a page: of its least sure seam or story, 0 to 1."""
    sure = [seam.probability for seam in answer.seams]
    sure += [story.confidence for story in answer.stories]
    return max((1 - abs(2 * chance - 1) for chance in sure), default=0.0)


class Sampler:
    """Stores a share of the pages; what comes faster than it can be written is let go.

    Parameters
    ----------
    corrections : Corrections
    share : float
        Of the pages, 0 to 1.
    chance : callable
        Gives numbers from 0 to 1.
    """

    def __init__(
        self,
        corrections: Corrections,
        share: float,
        *,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._corrections = corrections
        self._share = share if corrections.on else 0.0
        self._chance = chance
        self._waiting: queue.Queue[Sample] = queue.Queue(_MOST_WAITING)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def offer(self, answer: Segmentation, html: str | None) -> bool:
        """Take a page, perhaps; True if it will be written."""
        if self._chance() >= self._share:
            return False
        if len(answer.text) + len(html or "") > _LONGEST:
            return False
        from training.corrections import Sample

        starts = [story.start for story in answer.stories]
        sample = Sample(answer.text, html, answer.model, starts, uncertainty(answer))
        try:
            self._waiting.put_nowait(sample)
        except queue.Full:
            return False
        self._start()
        return True

    def join(self) -> None:
        """Wait until all that was taken is written, or let go; for tests."""
        self._waiting.join()

    def _start(self) -> None:
        """Begin to write with the first page: a thread would not survive a fork before it."""
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="sampler", daemon=True)
                self._thread.start()

    def _write(self) -> None:
        while True:
            sample = self._waiting.get()
            try:
                with self._corrections.store() as store:
                    store.sample(sample)
            except Problem:
                pass  # away; it has said so in the log
            except Exception:  # noqa: BLE001 - this thread must outlive any page
                _log.exception("a page could not be kept")
            finally:
                self._waiting.task_done()
