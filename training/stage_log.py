"""What a batch job says of itself: one record a stage, when it ends or fails."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

__all__ = ["Log", "Stages", "json_lines"]

Log = Callable[[dict[str, Any]], None]


def json_lines(stream: IO[str] | None = None) -> Log:
    """A log that writes one line of JSON a stage, by default to standard error."""
    out = sys.stderr if stream is None else stream

    def write(record: dict[str, Any]) -> None:
        print(json.dumps(record, ensure_ascii=False), file=out, flush=True)

    return write


class Stages:
    """Times stages and logs each when it ends, or fails."""

    def __init__(self, log: Log | None) -> None:
        self.log = log or (lambda record: None)

    @contextmanager
    def __call__(self, stage: str) -> Iterator[dict[str, Any]]:
        record: dict[str, Any] = {}
        began = time.perf_counter()
        error: BaseException | None = None
        try:
            yield record
        except BaseException as raised:
            error = raised
            raise
        finally:
            seconds = round(time.perf_counter() - began, 3)
            now = datetime.now(UTC).isoformat(timespec="seconds")
            line = {"time": now, "stage": stage, "seconds": seconds} | record
            self.log(line if error is None else line | {"error": str(error) or repr(error)})
