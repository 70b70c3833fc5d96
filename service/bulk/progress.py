"""How a bulk run is getting on: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from service.bulk.checkpoint import BulkSummary

__all__ = ["BulkProgress"]

# Seconds between two lines in a log.
_EVERY = 30.0


class BulkProgress:
    """Shows pages, rate and time left on standard error.

    Parameters
    ----------
    total : int or None
        Bytes (or files, on a cluster) that the run goes over; None where nobody knows.
    done : int
        How many of them an earlier sitting had done.
    show : bool or None
        None shows a bar on a terminal and lines elsewhere; False shows nothing.
    """

    def __init__(self, total: int | None, done: int = 0, show: bool | None = None) -> None:
        self._total = total
        self._begun_at = done
        self._shown = show is not False
        self._started = self._last = time.monotonic()
        console = Console(stderr=True)
        self._bar: Progress | None = None
        if self._shown and console.is_terminal:
            self._bar = Progress(
                TextColumn("{task.fields[pages]} pages"),
                BarColumn(),
                TextColumn("{task.fields[rate]} pages/s"),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=console,
            )
            self._task = self._bar.add_task("", total=total, completed=done, pages="0", rate="–")

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, summary: BulkSummary, consumed: int) -> None:
        """Show the counts of ``summary``, with ``consumed`` of the total behind us."""
        if not self._shown:
            return
        now = time.monotonic()
        seen = summary.pages + summary.errors
        rate = (seen - summary.resumed) / max(now - self._started, 1e-9)
        if self._bar is not None:
            self._bar.update(self._task, completed=consumed, pages=f"{seen:,}", rate=f"{rate:,.0f}")
        elif now - self._last >= _EVERY:
            self._last = now
            print(self._sentence(summary, consumed, rate, now), file=sys.stderr, flush=True)

    def _sentence(self, summary: BulkSummary, consumed: int, rate: float, now: float) -> str:
        """One line for a log."""
        seen = summary.pages + summary.errors
        text = f"{seen:,} pages, {summary.errors:,} bad, {rate:,.0f} pages/s"
        if self._total:
            share = consumed / self._total
            fresh = consumed - self._begun_at
            text += f", {share:.1%}"
            if fresh > 0:
                left = (self._total - consumed) * (now - self._started) / fresh
                text += f", {timedelta(seconds=round(left))} left"
        return text
