"""How much faster two workers are than one, on the same pages, in turns.

    python -m service.scale.workers --doc docs/scale.md

runs `storyseam bulk` with one worker and with more, alternately. Two figures come out: wall time,
which is right on a machine that has nothing else to do; and what the processor time alone allows,
if every worker had a core to itself, which other jobs disturb little.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from training.figures import fill_document

__all__ = ["section", "speed_up"]


def speed_up(pages: int, size: int, workers: int, rounds: int) -> dict[str, Any]:
    """Times of runs with 1 worker and with ``workers``, start and model loading included.

    Returns
    -------
    dict
        ``wall`` and ``processor``: ratio of each round, ascending. The second is the processor
        time of one worker over that of all processes of the other run, shared by its workers.
        ``load``: how busy the machine was before, and its cores.
    """
    from model.segmenter import Segmenter
    from service.scale.pages import Pages, write_lines

    load = (os.getloadavg()[0], os.cpu_count())
    ratios: dict[str, list[float]] = {"wall": [], "processor": []}
    with tempfile.TemporaryDirectory() as name:
        source = Path(name) / "pages.jsonl"
        vocabulary = Segmenter.load().classifiers.space.table.vocabulary
        write_lines(source, Pages(vocabulary), pages, size)
        for number in range(rounds):
            order = (1, workers) if number % 2 else (workers, 1)
            took = {n: _run(source, Path(name) / f"out{n}.jsonl", n) for n in order}
            ratios["wall"].append(took[1][0] / took[workers][0])
            ratios["processor"].append(took[1][1] / (took[workers][1] / workers))
    found: dict[str, Any] = {"pages": pages, "size": size, "workers": workers, "load": load}
    found |= {key: [round(value, 3) for value in sorted(each)] for key, each in ratios.items()}
    return found


def _run(source: Path, out: Path, workers: int) -> tuple[float, float]:
    """Wall and processor seconds of one run, all its processes together."""
    command = [sys.executable, "-m", "service.cli", "bulk", str(source), "--out", str(out)]
    command += ["--workers", str(workers), "--restart", "--quiet"]
    before, begun = _children(), time.perf_counter()
    subprocess.run(command, check=True)  # noqa: S603 - this program itself
    return time.perf_counter() - begun, _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def section(found: dict[str, Any]) -> str:
    """What was found, as Markdown."""
    lines = [
        f"{found['workers']} workers beside 1, over {found['pages']:,} pages of {found['size']:,} "
        "bytes, start and loading included, median (least to most):",
        "",
    ]
    names = {"wall": "by wall time", "processor": "by processor time"}
    for key, name in names.items():
        each = found[key]
        middle = statistics.median(each)
        lines.append(f"- {name} {middle:.2f} times as fast ({each[0]:.2f} to {each[-1]:.2f})")
    load = found["load"]
    lines += [
        "",
        f"Other jobs on the machine meanwhile: load {load[0]:.1f} on {load[1]} cores.",
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(prog="python -m service.scale.workers", description=__doc__)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--size", type=int, default=8_000, help="bytes of each")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--doc", type=Path, help="document whose section is written")
    asked = parser.parse_args()
    text = section(speed_up(asked.pages, asked.size, asked.workers, asked.rounds))
    print(text)
    if asked.doc:
        fill_document(asked.doc, "workers", text)


if __name__ == "__main__":
    main()
