"""Times the ways of running a bulk job on Dask, side by side: what docs/bulk.md reports.

    python docs/examples/dask_ways.py --pages 4000 --rounds 3
    python docs/examples/dask_ways.py --stand-in 1.0      # 1 ms a page instead of the model

Starts a scheduler and two worker processes of one thread each on this machine. Every way does the
same batches in every round; the order of the ways changes from round to round.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Unpack

from model.page import Page
from model.stories import Segmentation, Story
from service.bulk import run_bulk
from service.bulk.engine import Batch, cut
from service.bulk.sources import Position, open_source
from service.bulk.work import Loader, Work, load_segmenter, segment_batch
from service.predictor import Options

WORDS = ["council", "voted", "bridge", "river", "months", "debate", "delay", "mayor", "opened"]


class StandIn:
    """Takes a fixed time for each page and no core, so that only the cost of the way shows."""

    version = "stand-in"

    def __init__(self, milliseconds: float) -> None:
        self._seconds = milliseconds / 1000

    def segment_many(self, pages: Sequence[str | Page], **_: Unpack[Options]) -> list[Segmentation]:
        time.sleep(self._seconds * len(pages))
        return [self._one_story(str(page)) for page in pages]

    def _one_story(self, text: str) -> Segmentation:
        story = Story(0, len(text), True, text[:60], None, None, None, 1.0, 1.0, text)
        return Segmentation(self.version, text, (story,), ())


def stand_in(model: Path | None, milliseconds: float) -> StandIn:
    return StandIn(milliseconds)


def write_pages(folder: Path, count: int, files: int) -> None:
    """``count`` invented pages of 8 kB in ``files`` files."""
    chance = random.Random(1)
    for number in range(files):
        with (folder / f"{number:02d}.jsonl").open("w", encoding="utf-8") as stream:
            for page in range(count // files):
                text = " ".join(chance.choices(WORDS, k=1250))
                stream.write(json.dumps({"id": f"{number}-{page}", "text": text}) + "\n")


def batches(source: str) -> list[Batch]:
    return list(cut(open_source(source), Position(), None, 256, 4_000_000))


def by_joblib(source: str, work: Work) -> None:
    """joblib's Dask backend; its results come all together, at the end."""
    from joblib import Parallel, delayed, parallel_config

    with parallel_config("dask"):
        Parallel()(delayed(segment_batch)(batch.records, work) for batch in batches(source))


def by_bag(source: str, work: Work) -> None:
    """A bag with one batch to a partition."""
    import dask.bag

    held = [batch.records for batch in batches(source)]
    dask.bag.from_sequence(held, npartitions=len(held)).map(segment_batch, work).compute()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--stand-in", type=float, metavar="MS")
    asked = parser.parse_args()
    loader: Loader = load_segmenter
    if asked.stand_in is not None:
        loader = partial(stand_in, milliseconds=asked.stand_in)

    from distributed import Client, LocalCluster

    work = Work(loader=loader)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = str(folder / "in")
        (folder / "in").mkdir()
        write_pages(folder / "in", asked.pages, 8)
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            Client(cluster),
        ):
            address = cluster.scheduler_address
            bulk = partial(run_bulk, source, loader=loader, progress=False, restart=True)
            out = f"{folder}/out"
            ways: dict[str, Callable[[], Any]] = {
                "one process": lambda: bulk(f"{out}.jsonl"),
                "two processes (loky)": lambda: bulk(f"{out}2.jsonl", workers=2),
                "joblib's Dask backend": lambda: by_joblib(source, work),
                "Dask bag": lambda: by_bag(source, work),
                "futures, batches": lambda: bulk(f"{out}3.jsonl", dask=address),
                "futures, groups of files": lambda: bulk(f"{out}4/", dask=address),
            }
            times: dict[str, list[float]] = {way: [] for way in ways}
            for turn in range(asked.rounds + 1):
                order = list(ways)
                random.Random(turn).shuffle(order)
                for way in order:
                    begun = time.perf_counter()
                    ways[way]()
                    if turn:  # the first round loads the model everywhere
                        times[way].append(time.perf_counter() - begun)
    print(f"{asked.pages} pages of 8 kB, {asked.rounds} rounds; pages/s, median (worst to best)")
    for way, seconds in times.items():
        rates = sorted(asked.pages / value for value in seconds)
        print(f"{way:26} {statistics.median(rates):6.0f} ({rates[0]:.0f} to {rates[-1]:.0f})")


if __name__ == "__main__":
    main()
