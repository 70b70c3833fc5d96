"""Pages of requests that wait for each other anyway are segmented in one go.

One page costs two to three times as much alone as in a batch of eight; `service.trials.load`
measures it. Nobody waits for a batch to fill: the first request begins at once; those that come
while it works are the next batch, and the first of them works for all. A service that is not busy
answers as before, a busy one does more. Whoever waits much longer than a batch takes goes alone:
one page that hangs must not hang all.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from model.granularity import Granularity
from model.stages import Stopwatch, running
from service.predictor import Predictor

if TYPE_CHECKING:
    from model.page import Page
    from model.stories import Segmentation

__all__ = ["Together"]

# A longer page gains little from company, which would have to wait for it.
_LONGEST = 40_000
# In one batch; more than this gains nothing, and delays whoever came first.
_MOST_CHARACTERS = 200_000
# A batch of the longest pages takes a second, and at most one is before another.
_PATIENCE_SECONDS = 5.0


@dataclass(slots=True, eq=False)
class _Job:
    """One page, and the thread that waits for it."""

    model: Predictor
    page: str | Page
    size: int
    threshold: float | None
    explain: bool
    granularity: Granularity
    # Set when there is an answer, or when it is this job's turn to work for the others.
    woken: threading.Event = field(default_factory=threading.Event)
    answer: Segmentation | None = None
    # Its share of the time of the batch, by stage.
    seconds: dict[str, float] = field(default_factory=dict)
    error: BaseException | None = None

    def agrees(self, other: _Job) -> bool:
        """Whether one call can segment both; around a swap, each has the model it began with."""
        return (
            self.model is other.model
            and self.threshold == other.threshold
            and self.explain == other.explain
            and self.granularity == other.granularity
        )


class Together:
    """Segments the pages of concurrent requests; safe for threads.

    Parameters
    ----------
    most : int
        Pages in one batch; 1, every page is segmented alone.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._working = False

    def segment(
        self,
        model: Predictor,
        page: str | Page,
        *,
        threshold: float | None = None,
        explain: bool = False,
        blocks: bool = False,
        granularity: Granularity = "story",
    ) -> Segmentation:
        """What `model.segment` gives, in company if there is some."""
        size = len(page if isinstance(page, str) else page.text)
        if self._most == 1 or blocks or size > _LONGEST:
            return model.segment(
                page, threshold=threshold, explain=explain, blocks=blocks, granularity=granularity
            )
        job = _Job(model, page, size, threshold, explain, granularity)
        with self._lock:
            self._waiting.append(job)
            first, self._working = not self._working, True
        if not first and not job.woken.wait(_PATIENCE_SECONDS) and self._leaves(job):
            return model.segment(
                page, threshold=threshold, explain=explain, granularity=granularity
            )
        if job.answer is None and job.error is None:
            self._work()
        if (watch := running()) is not None:
            watch.add(job.seconds)
        if job.error is not None:
            raise job.error
        assert job.answer is not None
        return job.answer

    def _leaves(self, job: _Job) -> bool:
        """Take a job out, whoever has it; False if it has just been answered or given the work."""
        with self._lock:
            if job.woken.is_set():
                return False
            if job in self._waiting:
                self._waiting.remove(job)
            return True

    def _work(self) -> None:
        """Segment a batch, the oldest job among it, and hand the work on."""
        with self._lock:
            batch = self._batch()
        watch = Stopwatch()
        try:
            with watch.running():
                _segment(batch)
        finally:
            share = {name: spent / len(batch) for name, spent in watch.take().items()}
            for job in batch:
                job.seconds = share
            with self._lock:
                heir = self._waiting[0] if self._waiting else None
                self._working = heir is not None
                for job in batch:
                    job.woken.set()
                if heir is not None:
                    heir.woken.set()

    def _batch(self) -> list[_Job]:
        """Take the oldest job and those that agree with it; the others keep their order."""
        batch = [self._waiting.popleft()]
        left, characters = [], batch[0].size
        while self._waiting and len(batch) < self._most:
            job = self._waiting.popleft()
            if job.agrees(batch[0]) and characters + job.size <= _MOST_CHARACTERS:
                batch.append(job)
                characters += job.size
            else:
                left.append(job)
        self._waiting.extendleft(reversed(left))
        return batch


def _segment(batch: list[_Job]) -> None:
    """Give every job its answer, or the error that it would have had alone."""
    first = batch[0]
    if len(batch) > 1:
        try:
            pages = [job.page for job in batch]
            answers = first.model.segment_many(
                pages,
                threshold=first.threshold,
                explain=first.explain,
                granularity=first.granularity,
            )
            for job, answer in zip(batch, answers, strict=True):
                job.answer = answer
            return
        except Exception:  # noqa: BLE001, S110 - the page at fault is found below
            pass
    for job in batch:
        try:
            job.answer = job.model.segment(
                job.page,
                threshold=job.threshold,
                explain=job.explain,
                granularity=job.granularity,
            )
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that waits
            job.error = error
