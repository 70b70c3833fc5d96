"""Storyseam on Spark: a pandas UDF that loads the model once in each Python worker.

    pip install storyseam pyspark pyarrow pandas
    python docs/examples/spark_pandas_udf.py pages.jsonl out.parquet [MODEL]

``pages.jsonl`` has lines of ``{"id", "text"}``; the output has one row a page with its stories and
seams. On a cluster, submit with ``spark-submit`` and install Storyseam on every node.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql.functions import pandas_udf

from service.bulk.work import load_segmenter, shared_segmenter

ROW = """
stories array<struct<start: bigint, end: bigint, main: boolean, headline: string, byline: string,
                     published: string, updated: string, confidence: double, relatedness: double,
                     text: string, published_words: string, updated_words: string>>,
seams array<struct<offset: bigint, probability: double>>
"""


def segment_with(model: Path | None):  # type: ignore[no-untyped-def]
    """The UDF; its batches come as an iterator, so that it asks for the model once a partition."""

    @pandas_udf(ROW)
    def segment(batches: Iterator[pd.Series]) -> Iterator[pd.DataFrame]:
        # Loaded once in each Python worker, which Spark keeps from task to task. The cache must
        # live in a module that is installed: what stands in this file is sent anew with each task.
        segmenter = shared_segmenter(load_segmenter, model)
        for texts in batches:
            # A page that is missing becomes a page without stories: Spark wants a row for a row.
            answers = segmenter.segment_many(["" if t is None else t for t in texts])
            rows = [answer.to_dict() for answer in answers]
            for row in rows:
                for seam in row["seams"]:
                    del seam["evidence"]
            yield pd.DataFrame([{"stories": r["stories"], "seams": r["seams"]} for r in rows])

    return segment


def main(source: str, out: str, model: str | None = None) -> None:
    """Read lines, segment, write Parquet."""
    spark = (
        SparkSession.builder.appName("storyseam")
        # Pages are long: a batch of Arrow rows should be one batch of the classifier, not more.
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "256")
        # One thread of BLAS and OpenMP for each Python worker, as there is a worker for each core.
        .config("spark.executorEnv.OMP_NUM_THREADS", "1")
        .getOrCreate()
    )
    try:
        pages = spark.read.schema("id string, text string").json(source)
        answered = pages.select(
            "id", segment_with(Path(model) if model else None)("text").alias("answer")
        )
        answered.select("id", "answer.*").write.mode("overwrite").parquet(out)
        done = spark.read.parquet(out).selectExpr(
            "count(*) as pages", "sum(size(stories)) as stories", "sum(size(seams)) as seams"
        )
        print(done.first())
    finally:
        spark.stop()


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*(str(Path(name).resolve()) for name in sys.argv[1:4]))
