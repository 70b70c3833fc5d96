"""Storyseam on Ray Data: actors that load the model once, fed with batches of rows.

    pip install storyseam 'ray[data]'
    python docs/examples/ray_data.py pages.jsonl out/ [MODEL] [ACTORS]

``pages.jsonl`` has lines of ``{"id", "text"}``; the output is a folder of Parquet files with one
row a page. Paths may be URLs that pyarrow or fsspec can open.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import ray

from model.segmenter import Segmenter


class Segment:
    """An actor: one process, one model."""

    def __init__(self, model: str | None) -> None:
        self._segmenter = Segmenter.load(model)

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        answers = self._segmenter.segment_many([str(text) for text in batch["text"]])
        rows = [answer.to_dict() for answer in answers]
        # As JSON, because a column of lists that are all empty has no type to agree on.
        return {
            "id": batch["id"],
            "stories": [json.dumps(row["stories"]) for row in rows],
            "seams": [json.dumps(row["seams"]) for row in rows],
        }


def main(source: str, out: str, model: str | None = None, actors: int = 0) -> None:
    """Read lines, segment, write Parquet."""
    # An actor for each core, each on one thread.
    ray.init(runtime_env={"env_vars": {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}})
    try:
        # One core is left for the tasks that read and write; without it, Ray waits for ever.
        actors = actors or max(1, int(ray.cluster_resources()["CPU"]) - 1)
        answered = ray.data.read_json(source).map_batches(
            Segment,
            fn_constructor_args=[model],
            batch_size=256,
            compute=ray.data.ActorPoolStrategy(size=actors),
            num_cpus=1,
        )
        answered.write_parquet(out)
        print(ray.data.read_parquet(out).count(), "pages")
    finally:
        ray.shutdown()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    pages, folder, *rest = sys.argv[1:5]
    main(
        str(Path(pages).resolve()) if "://" not in pages else pages,
        str(Path(folder).resolve()) if "://" not in folder else folder,
        rest[0] if rest else None,
        int(rest[1]) if len(rest) > 1 else 0,
    )
