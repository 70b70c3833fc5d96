"""The output of a bulk run: one file, a folder of parts, or a pipe.

Output is written in pieces, one for each checkpoint, and a piece is a whole by itself: lines, a
gzip member, an xz stream, a zst frame or a Parquet file. So a run that was killed can be cut back
to its last checkpoint and go on, and the bytes are those of a run that was left alone.
"""

from __future__ import annotations

import gzip
import lzma
import os
import re
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import zstandard

from service.bulk.columns import parquet_bytes
from service.bulk.errors import OutputError
from service.bulk.files import PARALLEL, is_url
from service.bulk.store import LocalStore, Store, lock, open_store, writing

__all__ = [
    "OUT_FORMS",
    "FileSink",
    "PartsSink",
    "PipeSink",
    "Sink",
    "bad_pages",
    "encode_part",
    "open_sink",
    "part_names",
]

_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "jsonl": bytes,
    "jsonl.gz": lambda data: gzip.compress(data, 6, mtime=0),  # no date: same input, same bytes
    "jsonl.xz": lzma.compress,
    "jsonl.zst": lambda data: zstandard.ZstdCompressor(level=6).compress(data),
}
# The list of bad records in a folder; beside a file it has the name of the file before it.
_LISTED = "_errors.jsonl"
# A part or its list of bad records, as part_names() has them.
_PART = re.compile(r"(?:part|_errors)-(\d{5,})(?:-\d{3,})?\.[a-z.]+$")

OUT_FORMS = (*_ENCODERS, "parquet")


class Sink(Protocol):
    """Where the output goes."""

    form: str
    place: str  # for messages
    durable: bool  # whether a stopped run can go on
    store: Store
    checkpoint_name: str

    def exists(self) -> bool:
        """Whether there is output already."""

    def clear(self) -> None:
        """Begin anew."""

    def resume(self, state: dict[str, Any]) -> None:
        """Cut back to what :meth:`commit` returned."""

    def write(self, payload: bytes, errors: bytes) -> None:
        """Take the output of one batch, and its bad records."""

    def commit(self) -> dict[str, Any]:
        """Make everything written so far last; returns what :meth:`resume` needs."""

    def finish(self) -> None:
        """The run is complete and committed."""

    def close(self) -> None:
        """Let go of the output, complete or not."""


class _Buffer:
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


class FileSink(_Buffer):
    """One local file of lines; bad records are listed in ``OUT.errors.jsonl``."""

    durable = True

    def __init__(self, path: Path, form: str) -> None:
        super().__init__()
        self.form = form
        self.path = path
        self.place = str(path)
        self.errors_path = Path(bad_pages(str(path)))
        self.store: Store = LocalStore(path.parent)
        self.checkpoint_name = path.name + ".checkpoint.json"
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        self._lock = lock(path)

    def exists(self) -> bool:
        return self.path.stat().st_size > 0

    def clear(self) -> None:
        os.truncate(self.path, 0)
        self.errors_path.unlink(missing_ok=True)

    def resume(self, state: dict[str, Any]) -> None:
        for path, size in ((self.path, state["bytes"]), (self.errors_path, state["errors"])):
            found = path.stat().st_size if path.exists() else 0
            if found < size:
                raise OutputError(
                    f"{path} is shorter than its checkpoint says ({found:,} of {size:,} bytes): "
                    "something else has written to it. Begin anew with --restart."
                )
            if found > size:
                os.truncate(path, size)

    def commit(self) -> dict[str, Any]:
        payloads, errors = self.take()
        if payloads or not self.exists():
            # A file without any page is still a whole file of its form.
            self._append(self.path, _ENCODERS[self.form](b"".join(payloads)))
        if errors:
            self._append(self.errors_path, errors)
        listed = self.errors_path.stat().st_size if self.errors_path.exists() else 0
        return {"bytes": self.path.stat().st_size, "errors": listed}

    def finish(self) -> None:
        pass

    def close(self) -> None:
        os.close(self._lock)

    @staticmethod
    def _append(path: Path, data: bytes) -> None:
        with writing(path), path.open("ab") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())


class PartsSink(_Buffer):
    """A folder, here or behind a URL, with one file for each checkpoint.

    Parquet files and objects of a store cannot be appended to. Names that begin with ``_`` are
    passed over by whatever reads folders of parts (Spark, Dask, pyarrow).
    """

    durable = True
    checkpoint_name = "_checkpoint.json"

    def __init__(self, folder: str, form: str) -> None:
        super().__init__()
        self.form = form
        self.place = folder
        self.store = open_store(folder)
        self._parts = 0
        self._lock: int | None = None
        if isinstance(self.store, LocalStore):
            with writing(folder):
                self.store.folder.mkdir(parents=True, exist_ok=True)
            self._lock = lock(self.store.folder)

    def exists(self) -> bool:
        names = [name for name in self.store.names() if not name.startswith((".", "_"))]
        foreign = [name for name in names if not _PART.match(name)]
        if foreign:
            raise OutputError(
                f"{self.place} holds {foreign[0]}, which no bulk run has written, and readers of "
                "the folder would take it for a part. Choose an empty folder."
            )
        return bool(names)

    def clear(self) -> None:
        self._cut(0)
        self.store.delete(_LISTED)

    def resume(self, state: dict[str, Any]) -> None:
        self.require(part_names(f"{n:05d}", self.form)[0] for n in range(state["parts"]))
        self._cut(state["parts"])

    def require(self, parts: Iterable[str]) -> None:
        """Refuse to go on where somebody removed a part."""
        found = set(self.store.names())
        for part in parts:
            if part not in found:
                raise OutputError(
                    f"{self.place} lacks {part}, which its checkpoint names. "
                    "Begin anew with --restart."
                )

    def commit(self) -> dict[str, Any]:
        payloads, errors = self.take()
        if payloads or self._parts == 0:
            part, listed = part_names(f"{self._parts:05d}", self.form)
            if errors:
                self.store.put(listed, errors)
            self.store.put(part, encode_part(payloads, self.form))
            self._parts += 1
        return {"parts": self._parts}

    def finish(self) -> None:
        names = self.store.names()
        # A worker of a cluster that was killed while it wrote has left its draft.
        self._delete(filter(_is_draft, names))
        lists = [name for name in names if name.startswith("_errors-")]
        if lists:
            with ThreadPoolExecutor(PARALLEL) as pool, writing(self.place):
                listed = [data or b"" for data in pool.map(self.store.get, lists)]
            self.store.put(_LISTED, b"".join(listed))

    def close(self) -> None:
        if self._lock is not None:
            os.close(self._lock)

    def _cut(self, parts: int) -> None:
        """Remove what came after the first ``parts`` parts."""
        matches = [(name, _PART.match(name)) for name in self.store.names()]
        self._delete(
            name for name, part in matches if _is_draft(name) or (part and int(part[1]) >= parts)
        )
        self._parts = parts

    def _delete(self, names: Iterable[str]) -> None:
        with ThreadPoolExecutor(PARALLEL) as pool, writing(self.place):
            list(pool.map(self.store.delete, names))


def _is_draft(name: str) -> bool:
    return name.startswith(".") and name.endswith(".tmp")


class PipeSink:
    """Standard output, or a device: nothing to go on from."""

    durable = False
    checkpoint_name = ""
    store: Store

    def __init__(self, path: str, form: str) -> None:
        self.form = form
        self.place = path
        self._stream = sys.stdout.buffer if path == "-" else open(path, "wb")  # noqa: SIM115
        self._encode = _ENCODERS[form]

    def exists(self) -> bool:
        return False

    def clear(self) -> None:
        pass

    def resume(self, state: dict[str, Any]) -> None:
        raise NotImplementedError

    def write(self, payload: bytes, errors: bytes) -> None:
        # That whoever reads has read enough is no failure, and not for `writing` to explain.
        with writing("the output", but=BrokenPipeError):
            self._stream.write(self._encode(payload))

    def commit(self) -> dict[str, Any]:
        with writing("the output", but=BrokenPipeError):
            self._stream.flush()
        return {}

    def finish(self) -> None:
        pass

    def close(self) -> None:
        if self._stream is not sys.stdout.buffer:
            self._stream.close()


def open_sink(out: str, form: str | None = None) -> Sink:
    """The sink for a path: a file, a folder of parts (``OUT/``, ``OUT.parquet``, a URL), or ``-``.

    Raises
    ------
    OutputError
        The form does not go with the place.
    """
    if form is not None and form not in OUT_FORMS:
        raise OutputError(f"unknown form of output {form!r}; choose from {', '.join(OUT_FORMS)}")
    folder = out.endswith("/") or Path(out).is_dir() or is_url(out)
    form = form or _guess(out.rstrip("/"), folder)
    if out == "-" or (Path(out).exists() and not Path(out).is_file() and not folder):
        if form == "parquet":
            raise OutputError("Parquet cannot be written to a pipe; name a folder with --out")
        return PipeSink(out, form)
    if folder or form == "parquet":
        if Path(out).is_file():
            raise OutputError(f"{out} is a file, and Parquet is written as a folder of parts")
        return PartsSink(out, form)
    return FileSink(Path(out), form)


def bad_pages(out: str) -> str:
    """Where the bad pages of an output that was written are listed."""
    folder = out.endswith("/") or Path(out).is_dir() or is_url(out)
    return f"{out.rstrip('/')}/{_LISTED}" if folder else f"{out}.{_LISTED[1:]}"


def encode_part(payloads: list[bytes], form: str) -> bytes:
    """One part of the output from the payloads of its batches."""
    if form == "parquet":
        return parquet_bytes(payloads)
    return _ENCODERS[form](b"".join(payloads))


def part_names(index: str, form: str) -> tuple[str, str]:
    """Names of a part and of its list of bad records; they sort in the order of the input."""
    return f"part-{index}.{form}", f"_errors-{index}.jsonl"


def _guess(out: str, folder: bool) -> str:
    """Form by the ending; lines where the ending says nothing."""
    for form in ("parquet", "jsonl.gz", "jsonl.xz", "jsonl.zst"):
        if out.endswith("." + form.removeprefix("jsonl.")):
            return form
    return "jsonl"
