"""`python -m service.trials.soak`: ten minutes of load and of faults, and what became of them.

Readers ask all the time and know the right answers; a corrector keeps what was acknowledged. Every
fault comes in turn, again and again until the time is over. In the end: was any answer wrong, did
memory grow, is every acknowledged correction stored, was the service back each time by itself?
The table goes into a Markdown file with `--into docs/reliability.md`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

from model.errors import StoryseamError
from model.segmenter import DEFAULT
from service.marked import write_between
from service.observability.stages import Stages
from service.trials.soak_faults import FAULTS, Fault, Violated
from service.trials.soak_target import started
from service.trials.soak_traffic import Traffic

__all__ = ["NAME", "Row", "flat", "main", "report", "soak"]

#: Of the marks that the table stands between.
NAME = "soak"

# Between two faults, so that each is seen by itself.
_CALM_SECONDS = 2.0
# Of the first third, when caches fill, and the noise of an allocator.
_GROWTH = 1.15
_NOISE_BYTES = 20_000_000


@dataclass
class Row:
    """What came of one fault.

    Attributes
    ----------
    recovery : list of float
        Seconds from the end of the fault to the next right answer, and, where corrections could be
        refused, to the next correction stored.
    """

    name: str
    times: int = 0
    seen: str = ""
    recovery: list[float] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def main(argv: Sequence[str] | None = None) -> int:
    """Soak, print the table; 0 if all held, 1 if not."""
    parser = argparse.ArgumentParser(prog="python -m service.trials.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="in all (default 10)")
    parser.add_argument("--fault-seconds", type=float, default=8.0, help="of one (default 8)")
    parser.add_argument("--workers", type=int, default=2, help="processes (default 2)")
    parser.add_argument("--readers", type=int, default=4, help="clients that segment (default 4)")
    parser.add_argument("--model", type=Path, default=DEFAULT, help="directory of a model version")
    parser.add_argument("--into", type=Path, metavar="FILE", help="write the table into this file")
    options = parser.parse_args(argv)
    try:
        with Stages() as stages:
            rows, traffic, missing = soak(
                60 * options.minutes,
                options.fault_seconds,
                workers=options.workers,
                readers=options.readers,
                model=options.model,
                progress=stages,
            )
        lines, held = report(rows, traffic, missing, options.minutes)
        print("\n".join(lines))
        if options.into is not None:
            write_between(options.into, NAME, lines)
    except (StoryseamError, OSError) as error:
        print(f"storyseam: {error}", file=sys.stderr)
        return 1
    return 0 if held else 1


def soak(
    seconds: float,
    fault_seconds: float,
    *,
    workers: int = 2,
    readers: int = 4,
    model: Path = DEFAULT,
    faults: Sequence[Fault] = FAULTS,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> tuple[list[Row], Traffic, int]:
    """Run it; gives a row a fault, the traffic, and how many corrections are missing.

    Every fault comes once at least, however short the time.
    """
    rows = {fault.name: Row(fault.name) for fault in faults}
    # Not in the system's folder for such: the path of PostgreSQL's socket must be short.
    with (
        tempfile.TemporaryDirectory(prefix="soak-", dir="/tmp") as folder,
        started(Path(folder), workers, model) as target,
    ):
        traffic = Traffic(target, model, readers=readers)
        traffic.start()
        try:
            began = time.monotonic()
            for number, fault in enumerate(cycle(faults)):
                passed = time.monotonic() - began
                if number >= len(faults) and passed >= seconds:
                    break
                progress("soak", int(passed), int(seconds))
                _make(fault, rows[fault.name], traffic, fault_seconds)
                time.sleep(_CALM_SECONDS)
        finally:
            traffic.stop()
        missing = traffic.missing()
    return list(rows.values()), traffic, missing


def _make(fault: Fault, row: Row, traffic: Traffic, seconds: float) -> None:
    row.times += 1
    try:
        row.seen = fault.make(traffic.target, seconds)
    except Violated as error:
        row.violations.append(str(error))
    recovery = traffic.recovered(time.monotonic(), database=fault.database)
    if recovery is None:
        row.violations.append("the service did not come back within a minute")
    else:
        row.recovery.append(recovery)


def flat(memory: Sequence[tuple[float, int]]) -> tuple[int, int, bool]:
    """Largest memory of the first third and of the last, in bytes, and whether it is flat."""
    if len(memory) < 3:
        return 0, 0, True
    third = len(memory) // 3
    first = max(size for _, size in memory[:third])
    last = max(size for _, size in memory[-third:])
    return first, last, last <= first * _GROWTH + _NOISE_BYTES


def report(
    rows: Sequence[Row], traffic: Traffic, missing: int, minutes: float
) -> tuple[list[str], bool]:
    """The table as Markdown, and whether all held."""
    lines = [
        "| fault | times | what was done | right answers again after | held |",
        "|---|---:|---|---:|---|",
    ]
    for row in rows:
        back = f"{max(row.recovery):.1f} s" if row.recovery else ""
        held = "; ".join(dict.fromkeys(row.violations)) or "yes"
        lines.append(f"| {row.name} | {row.times} | {row.seen} | {back} | {held} |")
    first, last, is_flat = flat(traffic.memory)
    refused = ", ".join(f"{count} × {kind}" for kind, count in sorted(traffic.refused.items()))
    lines += [
        "",
        "| in all | |",
        "|---|---|",
        f"| time | {minutes:g} minutes |",
        f"| pages answered | {traffic.answered}, of them wrong: {traffic.wrong} |",
        f"| refused, after retries | {refused or 'none'} |",
        f"| corrections acknowledged | {len(traffic.acknowledged)}, of them missing: {missing} |",
        f"| largest worker, first and last third | {first / 1e6:.0f} MB, {last / 1e6:.0f} MB: "
        f"{'flat' if is_flat else 'it grew'} |",
    ]
    held_all = not (traffic.wrong or missing or any(row.violations for row in rows))
    return lines, held_all and is_flat and traffic.answered > 0


if __name__ == "__main__":
    sys.exit(main())
