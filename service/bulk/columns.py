"""Output as Parquet: the schema, and the way of rows from a worker into a file."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from service.bulk.errors import missing_extra

__all__ = ["encode_rows", "parquet_bytes"]


@lru_cache(maxsize=1)
def _schema() -> Any:
    """Columns of the output; the same as the keys of a JSON line."""
    pa = _arrow()
    text, number = pa.string(), pa.float64()
    story = pa.struct(
        [
            ("start", pa.int64()),
            ("end", pa.int64()),
            ("main", pa.bool_()),
            ("headline", text),
            ("byline", text),
            ("published", text),
            ("updated", text),
            ("confidence", number),
            ("relatedness", number),
            ("text", text),
            ("published_words", text),
            ("updated_words", text),
        ]
    )
    seam = pa.struct(
        [("offset", pa.int64()), ("probability", number), ("evidence", pa.list_(text))]
    )
    return pa.schema(
        [
            ("id", text),
            ("url", text),
            ("text", text),
            ("stories", pa.list_(story)),
            ("seams", pa.list_(seam)),
            ("error", text),
        ]
    )


def encode_rows(rows: Sequence[dict[str, Any]]) -> bytes:
    """Rows as one Arrow stream, to be sent from a worker."""
    pa = _arrow()
    for row in rows:
        row["id"] = None if row["id"] is None else str(row["id"])
    batch = pa.RecordBatch.from_pylist(list(rows), schema=_schema())
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def parquet_bytes(streams: Sequence[bytes]) -> bytes:
    """One Parquet file with the rows of all streams, in order."""
    pa = _arrow()
    from pyarrow import parquet

    batches = [batch for stream in streams for batch in pa.ipc.open_stream(stream)]
    table = pa.Table.from_batches(batches, schema=_schema())
    sink = io.BytesIO()
    parquet.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _arrow() -> Any:
    """pyarrow, which is an extra."""
    try:
        import pyarrow
        import pyarrow.ipc
    except ImportError as error:
        raise missing_extra("Parquet", "pyarrow", "bulk") from error
    return pyarrow
