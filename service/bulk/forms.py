"""The forms that output is written in, and what of it waits for the next checkpoint."""

from __future__ import annotations

import gzip
import lzma
from collections.abc import Callable

import zstandard

from service.bulk.columns import parquet_bytes

__all__ = ["OUT_FORMS", "Buffer", "encode_part"]

_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "jsonl": bytes,
    "jsonl.gz": lambda data: gzip.compress(data, 6, mtime=0),  # no date: same input, same bytes
    "jsonl.xz": lzma.compress,
    "jsonl.zst": lambda data: zstandard.ZstdCompressor(level=6).compress(data),
}

#: What output can be written as.
OUT_FORMS = (*_ENCODERS, "parquet")


class Buffer:
    """Output since the last checkpoint."""

    def __init__(self) -> None:
        self._payloads: list[bytes] = []
        self._errors: list[bytes] = []

    def write(self, payload: bytes, errors: bytes) -> None:
        self._payloads.append(payload)
        self._errors.append(errors)

    def take(self) -> tuple[list[bytes], bytes]:
        """What was written since the last call."""
        payloads, errors = self._payloads, b"".join(self._errors)
        self._payloads, self._errors = [], []
        return payloads, errors


def encode_part(payloads: list[bytes], form: str) -> bytes:
    """One piece of the output, whole by itself, from the payloads of its batches."""
    if form == "parquet":
        return parquet_bytes(payloads)
    return _ENCODERS[form](b"".join(payloads))
