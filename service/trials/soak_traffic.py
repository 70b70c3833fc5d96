"""Those who use a service while it is soaked: readers, correctors, and a watch on its memory.

Readers know the right answers: the same model has given them in this process before. What the
service refuses (429, 503, no connection) is counted; what it answers must be right.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from model.segmenter import Segmenter
from service.client import Backoff, ClientError, Refused, Storyseam
from service.trials.load_pages import pages_of_text
from service.trials.load_servers import process_memory
from service.trials.soak_target import Target

__all__ = ["Traffic"]

# Short pauses: a soak asks on while the service is down, to see when it is back.
_BACKOFF = Backoff(retries=2, first=0.1, longest=1.0)
_CHARACTERS = 3000
_PAGES = 12


@dataclass
class Traffic:
    """Runs from `start` to `stop`, and keeps what it saw.

    Attributes
    ----------
    answered, wrong : int
        Pages that were segmented, and how many of the answers were not the model's.
    refused : Counter
        What else came, by kind.
    acknowledged : dict
        Page name to starts, of every correction that the service said it had stored.
    memory : list of (float, int)
        Seconds since the start, and bytes: the largest resident memory of a worker.
    """

    target: Target
    model: Path
    readers: int = 4
    answered: int = 0
    wrong: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    acknowledged: dict[str, list[int]] = field(default_factory=dict)
    memory: list[tuple[float, int]] = field(default_factory=list)
    last_right: float = 0.0
    last_stored: float = 0.0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._threads: list[threading.Thread] = []
        segmenter = Segmenter.load(self.model)
        pages = [page.decode() for page in pages_of_text(_PAGES, _CHARACTERS, seed=7)]
        self._known = [(page, _shape(segmenter.segment(page).to_dict())) for page in pages]

    def start(self) -> None:
        """Begin to ask."""
        jobs = [self._read] * self.readers + [self._correct, self._watch]
        self._began = time.monotonic()
        self._threads = [
            threading.Thread(target=job, args=(number,), daemon=True)
            for number, job in enumerate(jobs)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, when every request that is under way has."""
        self._done.set()
        for thread in self._threads:
            thread.join(60)

    def missing(self) -> int:
        """Corrections that were acknowledged and are not in the export."""
        with Storyseam(self.target.url) as storyseam:
            stored = {line.id: line.starts for line in storyseam.corrections()}
        return sum(stored.get(page) != starts for page, starts in self.acknowledged.items())

    def recovered(self, since: float, *, database: bool, patience: float = 60.0) -> float | None:
        """Seconds from a moment until a right answer, and a correction; None, it never came."""
        while time.monotonic() - since < patience:
            last = min(self.last_right, self.last_stored) if database else self.last_right
            if last > since:
                return last - since
            time.sleep(0.05)
        return None

    def _read(self, number: int) -> None:
        turn = number
        with Storyseam(self.target.url, backoff=_BACKOFF, timeout=60) as storyseam:
            while not self._done.is_set():
                page, known = self._known[turn % len(self._known)]
                turn += 1
                try:
                    answer = storyseam.segment(page)
                except ClientError as error:
                    self._refuse(error)
                    continue
                right = _shape(answer.model_dump()) == known
                with self._lock:
                    self.answered += 1
                    self.wrong += not right
                    if right:
                        self.last_right = time.monotonic()

    def _correct(self, _number: int) -> None:
        turn = 0
        with Storyseam(self.target.url, backoff=_BACKOFF, timeout=60) as storyseam:
            while not self._done.wait(0.1):
                turn += 1
                page = f"Headline {turn}\nA body of its own.\nAnother headline\nIts body.\n"
                starts = [0, page.index("Another")]
                try:
                    saved = storyseam.correct(page, starts, who="soak")
                except ClientError as error:
                    self._refuse(error)
                    continue
                self.acknowledged[saved.page] = starts
                self.last_stored = time.monotonic()

    def _watch(self, _number: int) -> None:
        while not self._done.wait(1.0):
            sizes = process_memory(self.target.process)
            sizes.pop(self.target.process, None)
            if sizes:
                largest = max(resident for resident, _ in sizes.values())
                self.memory.append((time.monotonic() - self._began, largest))

    def _refuse(self, error: ClientError) -> None:
        kind = f"{error.status} {error.kind}" if isinstance(error, Refused) else "no answer"
        with self._lock:
            self.refused[kind] += 1
        time.sleep(0.05)


def _shape(answer: dict[str, Any]) -> object:
    """What of an answer must be the same."""
    stories = [(story["start"], story["end"], story["text"]) for story in answer["stories"]]
    return stories, [seam["offset"] for seam in answer["seams"]]
