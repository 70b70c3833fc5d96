"""Output as a folder of parts, one for each checkpoint."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from service.bulk.errors import OutputError
from service.bulk.files import PARALLEL
from service.bulk.forms import Buffer, encode_part
from service.bulk.store import LocalStore, lock, open_store, writing

__all__ = ["GROUPS", "GROUP_BYTES", "LISTED", "PartsSink", "is_ours", "part_names"]

# Where a cluster reads the files and writes the parts: bytes on disk of the files of one task,
# least and most. The least is worth the scheduler's millisecond; the most is minutes of work, which
# is what is lost with a worker. In between it is a 256th of the input, so that a few hundred cores
# share it evenly.
GROUP_BYTES = (4_000_000, 128_000_000)
GROUPS = 256

#: The list of bad records in a folder; beside a file it has the name of the file before it.
LISTED = "_errors.jsonl"
# A part or its list of bad records, as part_names() has them.
_PART = re.compile(r"(?:part|_errors)-(\d{5,})(?:-\d{3,})?\.[a-z.]+$")


class PartsSink(Buffer):
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
        self.store.delete(LISTED)

    def listed(self) -> str | None:
        names = [name for name in self.store.names() if name == LISTED or _PART.match(name)]
        return f"{self.place.rstrip('/')}/{names[0]}" if names else None

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
            self.store.put(LISTED, b"".join(listed))

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


def is_ours(name: str) -> bool:
    """Whether a run writes, or removes, a file of this name in the folder of its output."""
    return (
        name in (LISTED, PartsSink.checkpoint_name)
        or _is_draft(name)
        or _PART.match(name) is not None
    )


def part_names(index: str, form: str) -> tuple[str, str]:
    """Names of a part and of its list of bad records; they sort in the order of the input."""
    return f"part-{index}.{form}", f"_errors-{index}.jsonl"
