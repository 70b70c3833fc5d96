"""How much memory a training takes, stage by stage, with its worker processes; Linux alone.

    python -m training.memory --articles 200000 [--from FILES...] [--real DIR]

Trains on that many articles in few steps, as more of them take time and no memory. With files the
articles are theirs and, where these do not suffice, copies in exchanged letters, which have words
and outlets of their own (see `training.foreign`); without, they are invented.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
from functools import reduce
from pathlib import Path
from typing import NamedTuple

from training.invented import write_articles
from training.plan import Plan
from training.train import train

__all__ = ["Memory", "measure", "tree_memory"]

# What memory does not depend on is cut short; pages are as many as ever.
_PLAN = Plan(vector_steps=120, rounds=12, first_rounds=8)


class Memory(NamedTuple):
    """Bytes that a process has resident, that its descendants have, that all have together, what
    they share counted once, and what of that no file backs: all else the kernel takes where there
    is too little."""

    first: int = 0
    others: int = 0
    together: int = 0
    held: int = 0

    def most(self, other: Memory) -> Memory:
        return Memory(*map(max, self, other))


def measure(
    articles: Path, *, real: Path | None = None, plan: Plan = _PLAN, every: float = 1.0
) -> dict[str, Memory]:
    """Train, look at the memory every so many seconds, and give the peaks of each stage."""
    peaks: dict[str, Memory] = {}
    stage = "start"
    over = threading.Event()

    def tell(name: str, done: int, total: int) -> None:
        nonlocal stage
        stage = name

    def watch() -> None:
        while not over.wait(every):
            of, now = stage, tree_memory(os.getpid())
            peaks[of] = peaks.get(of, now).most(now)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            train([articles], Path(folder) / "model", real=real, plan=plan, progress=tell)
    finally:
        over.set()
        watcher.join()
    return peaks


def tree_memory(process: int) -> Memory:
    """What a process and its descendants have in memory now."""
    first = others = together = held = 0
    waiting = [process]
    while waiting:
        one = waiting.pop()
        try:
            rows = Path(f"/proc/{one}/smaps_rollup").read_text("ascii").splitlines()
            for thread in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (thread / "children").read_text("ascii").split())
        except OSError:  # it has ended
            continue
        fields = (row.split() for row in rows if row.endswith(" kB"))
        sizes = {name: 1024 * int(size) for name, size, _ in fields}
        if one == process:
            first = sizes["Rss:"]
        else:
            others += sizes["Rss:"]
        together += sizes["Pss:"]
        held += sizes["Pss_Anon:"] + sizes["Pss_Shmem:"]
    return Memory(first, others, together, held)


def main() -> None:
    """Print the peaks."""
    parser = argparse.ArgumentParser(prog="python -m training.memory", description=__doc__)
    parser.add_argument("--articles", type=int, default=200_000)
    parser.add_argument("--from", dest="files", type=Path, nargs="*", default=())
    parser.add_argument("--real", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "articles.jsonl"
        write_articles(path, asked.articles, asked.files)
        peaks = measure(path, real=asked.real)
    peaks["the most"] = reduce(Memory.most, peaks.values())
    print(f"{'MB':34}" + "".join(f"{name:>10}" for name in Memory._fields))
    for stage, sizes in peaks.items():
        print(f"{stage:34}" + "".join(f"{size // 1_000_000:10,}" for size in sizes))


if __name__ == "__main__":
    main()
