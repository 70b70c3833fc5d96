"""How far a long job is: a bar a stage on a terminal, a line a stage elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import Progress, TaskID, TimeElapsedColumn

__all__ = ["Stages"]


class Stages:
    """Call it with a stage's name, steps done and steps in all.

    Parameters
    ----------
    stream : text file, optional
        By default standard error.
    clock : callable
        Gives seconds, for tests.
    """

    def __init__(
        self, stream: TextIO | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._clock = clock
        self._began = clock()
        self._stage: str | None = None
        self._task: TaskID | None = None
        self._bars: Progress | None = None
        if self._stream.isatty():
            console = Console(file=self._stream)
            self._bars = Progress(
                *Progress.get_default_columns(),
                TimeElapsedColumn(),
                console=console,
                get_time=clock,
            )

    def __enter__(self) -> Stages:
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` steps of a stage are done; 0 where nobody knows."""
        if stage != self._stage:
            self._stage = stage
            if self._bars is not None:
                if self._task is not None:
                    # A stage that never said that it was done is done when the next one begins.
                    self._bars.update(self._task, completed=self._bars.tasks[self._task].total)
                self._task = self._bars.add_task(stage, total=total or None)
            else:
                seconds = self._clock() - self._began
                print(f"{seconds:7.1f} s  {stage}", file=self._stream, flush=True)
        if self._bars is not None and self._task is not None:
            self._bars.update(self._task, completed=done, total=total or None)
