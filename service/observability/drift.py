"""How far the pages that this process sees are from those that its model is known on.

One page in some is counted in the bins that the model's card keeps; `Drift.numbers` gives the
population stability indexes, for metrics. Each worker counts its own pages. A new champion brings
its own reference, and the count begins anew. Where there is a database of corrections the counts
are kept there as well, those of all workers together, for the report of the next retraining.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from model.page import Page
    from service.corrections.writer import StoreWriter
    from training.drift import Profile

__all__ = ["Drift"]

_log = logging.getLogger("storyseam.drift")

# Pages that are measured together: one at a time costs three times as much.
_BATCH = 16


class Drift:
    """Counts some of the pages that come.

    Parameters
    ----------
    share : float
        Share of the pages to count, 0 to 1; measuring one costs about as much as segmenting it.
    told : callable, optional
        Called with the numbers whenever they are others; with zeros in their place when another
        model answers, of whose pages too few have been seen to say anything.
    writer : StoreWriter, optional
        Keeps the counts.
    """

    def __init__(
        self,
        share: float,
        *,
        told: Callable[[dict[str, float]], None] = lambda numbers: None,
        writer: StoreWriter | None = None,
    ) -> None:
        self._share = share
        self._told = told
        self._writer = writer if writer is not None and writer.on else None
        self._lock = threading.Lock()
        self._version: str | None = None
        self._reference: Profile | None = None
        self._seen: Profile | None = None
        self._unkept: Profile | None = None
        self._waiting: list[Page] = []
        self._last: dict[str, float] = {}

    def offer(self, model: Any, page: str | Page) -> None:
        """Perhaps count a page that ``model`` has answered; never raises.

        Nothing happens where the model is none with a profile on its card.
        """
        if self._share <= 0 or random.random() >= self._share:
            return
        if not self._lock.acquire(blocking=False):
            return  # another thread is measuring, and nobody waits for a figure
        try:
            self._count(model, page)
        except Exception:  # noqa: BLE001 - whoever sent the page has an answer, and keeps it
            _log.exception("a page could not be counted")
            self._share = 0.0
        finally:
            self._lock.release()

    def numbers(self) -> dict[str, float]:
        """Population stability index of the score and of every group of features.

        Returns
        -------
        dict
            Empty until a hundred pages were counted, since fewer are far from any reference.
        """
        with self._lock:
            return self._numbers()

    @property
    def pages(self) -> int:
        """Pages counted for the model that answers."""
        with self._lock:
            return 0 if self._seen is None else self._seen.pages

    def _count(self, model: Any, page: str | Page) -> None:
        # Imported here: scikit-learn must not start threads before a fork.
        from model.page import Page
        from training.drift import Profile

        if model.version != self._version:
            self._version = model.version
            self._reference = Profile.from_dict(model.card.get("profile"))
            self._seen = None if self._reference is None else self._reference.empty()
            self._unkept = (
                None if self._writer is None or self._seen is None else self._seen.empty()
            )
            self._waiting = []
            # What a model was too far from says nothing of the one that takes its place.
            if self._last:
                self._told(dict.fromkeys(self._last, 0.0))
                self._last = {}
        if self._seen is None:
            return
        self._waiting.append(page if isinstance(page, Page) else Page.from_text(page))
        if len(self._waiting) >= _BATCH:
            waiting, self._waiting = self._waiting, []
            now = self._seen.empty()
            now.add(model, waiting)
            self._seen.join(now)
            self._keep(model.version, now)
            if numbers := self._numbers():
                self._last = numbers
                self._told(numbers)

    def _keep(self, version: str, now: Profile) -> None:
        """Hand over what was counted; what the database has no time for waits for the next."""
        seen = self._unkept
        if seen is None or self._writer is None:
            return
        seen.join(now)
        if self._writer.offer(lambda store: store.count_seen(version, seen)):
            self._unkept = seen.empty()

    def _numbers(self) -> dict[str, float]:
        if self._reference is None or self._seen is None or not self._seen.enough:
            return {}
        from training.drift import drift

        return drift(self._reference, self._seen)
