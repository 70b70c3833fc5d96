"""The input of a bulk run: which files, in which order, whether they changed, and their records.

A position is (file, number, offset): the records of ``files[:file]`` and the first ``number`` of
``files[file]`` have been passed. It is all that a checkpoint has to say of the input.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, NamedTuple

from service.bulk.compression import COMPRESSIONS, decompressed, sniff, told
from service.bulk.errors import InputError
from service.bulk.files import PARALLEL, find_files, is_url, open_file
from service.bulk.readers import (
    Columns,
    Record,
    read_document,
    read_lines,
    read_parquet,
)
from service.bulk.warc import read_warc

__all__ = ["FORMS", "InputFile", "Position", "Source", "open_source"]

# Endings of each form of input; the ending of the compression comes after it.
FORMS: dict[str, tuple[str, ...]] = {
    "jsonl": (".jsonl", ".ndjson"),
    "parquet": (".parquet", ".pq"),
    "warc": (".warc", ".wet"),
    "text": (".txt", ".md", ".markdown"),
    "html": (".html", ".htm", ".xhtml"),
}

# What files of a form begin with; plain text may begin with anything.
_BEGINS = {"jsonl": b"{", "warc": b"WARC/", "html": b"<"}

# Files that an error names, of those that it is about.
_SHOWN = 3

# Enough to tell two inputs of the same size and date apart, and little enough for 10^5 files.
_HEAD = 1 << 16


class Position(NamedTuple):
    """How far the input has been read."""

    file: int = 0
    number: int = 0
    offset: int | None = None


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file of the input. ``name`` is what its records are listed under."""

    path: str
    name: str
    form: str
    compression: str
    size: int
    stamp: str


class Source:
    """The records of the input from a position on, and how far they have been read."""

    def __init__(
        self,
        files: Sequence[InputFile],
        columns: Columns,
        *,
        piped: bool = False,
        unread: int = 0,
    ) -> None:
        self.files = files
        self.unread = unread  # files of unknown endings beside them
        self.piped = piped
        self.columns = columns
        self._digest = hashlib.blake2b(digest_size=16) if piped else None
        self._raw: BinaryIO | None = None
        self._passed = 0

    @property
    def total_bytes(self) -> int | None:
        """Size of all files as they lie on disk; None for a pipe."""
        return None if self.piped else sum(file.size for file in self.files)

    @property
    def consumed(self) -> int:
        """Bytes on disk that were read so far."""
        if self.piped or self._raw is None or self._raw.closed:
            return self._passed
        return self._passed + self._raw.tell()

    def digest(self) -> str | None:
        """Hash of everything that came through the pipe so far; None for files."""
        return self._digest.hexdigest() if self._digest else None

    def identity(self) -> dict[str, Any]:
        """What must be the same for a stopped run to go on."""
        if self.piped:
            return {"pipe": self.files[0].form}
        total = hashlib.blake2b(digest_size=16)
        with ThreadPoolExecutor(PARALLEL) as pool:
            for file, head in zip(self.files, pool.map(_head, self.files), strict=True):
                total.update(f"{file.name}\0{file.form}\0{file.size}\0{file.stamp}\0".encode())
                total.update(head)
        return {
            "files": len(self.files),
            "bytes": self.total_bytes,
            "columns": list(self.columns.names),
            "digest": total.hexdigest(),
        }

    def records(self, start: Position, digest: str | None) -> Iterator[tuple[Record, Position]]:
        """Every record after ``start``, each with the position behind it."""
        self._passed = sum(file.size for file in self.files[: start.file])
        for index in range(start.file, len(self.files)):
            file = self.files[index]
            after, offset = (start.number, start.offset) if index == start.file else (0, None)
            with ExitStack() as stack:
                if self.piped and sys.stdin is None:
                    raise InputError("standard input is closed")
                raw = sys.stdin.buffer if self.piped else stack.enter_context(open_file(file.path))
                self._raw = raw
                for record, at in self._read(file, raw, after, offset, digest):
                    # A damaged place is met again by whoever reads up to it again.
                    if record.number > after:
                        yield record, Position(index, record.number, at)
            self._passed += file.size

    def _read(
        self, file: InputFile, raw: BinaryIO, after: int, offset: int | None, digest: str | None
    ) -> Iterator[tuple[Record, int | None]]:
        """The reader that fits the file."""
        if file.form == "parquet":
            return read_parquet(raw, file.name, after, self.columns)
        begins = _BEGINS.get(file.form, b"")
        compression = sniff(raw) if self.piped else told(raw, file.compression, begins)
        stream = decompressed(raw, compression)
        if file.form == "warc":
            if self.piped:
                records = read_warc(stream, file.name, 0, self._digest)
                return self._after(records, after, digest)
            return read_warc(stream, file.name, after)
        if file.form in ("text", "html"):
            kind: Literal["text", "html"] = "html" if file.form == "html" else "text"
            return read_document(stream, file.name, after, kind)
        lines = read_lines(
            stream,
            file.name,
            after if not self.piped else 0,
            offset,
            seekable=not compression and not self.piped,
            digest=self._digest,
        )
        return self._after(lines, after, digest) if self.piped else lines

    def _after(
        self, lines: Iterator[tuple[Record, int | None]], after: int, digest: str | None
    ) -> Iterator[tuple[Record, int | None]]:
        """Pass over what the stopped run had read of the pipe, and see that it is the same."""
        number = 0
        if after:
            for record, _ in lines:
                number = record.number
                if number >= after:
                    break
            if number != after or self.digest() != digest:
                raise InputError(
                    "what comes through the pipe is not what the stopped run had read. Send the "
                    "same pages again to go on, or begin anew with --restart."
                )
        yield from lines


def _head(file: InputFile) -> bytes:
    """Hash of what tells a file from another of its name, size and date."""
    if is_url(file.path) and file.stamp:  # a store's ETag says as much for less
        return b""
    with open_file(file.path) as stream:
        return hashlib.blake2b(stream.read(_HEAD), digest_size=16).digest()


def open_source(
    source: str,
    *,
    form: str | None = None,
    columns: Columns | None = None,
    base: str | None = None,
) -> Source:
    """The files that ``source`` stands for: a file, folder, pattern, URL, ``@LIST`` or ``-``.

    Files of a folder come in the order of their names, those of unknown endings are passed over
    and counted.

    Raises
    ------
    InputError
        Nothing is there, or its form cannot be told from its name. Of a list, no name may be so.
    """
    if form is not None and form not in FORMS:
        raise InputError(f"unknown form of input {form!r}; choose from {', '.join(FORMS)}")
    columns = columns or Columns()
    if source == "-":
        if form == "parquet":
            raise InputError("Parquet cannot be read from a pipe; name a file")
        return Source([InputFile("-", "-", form or "jsonl", "", 0, "")], columns, piped=True)
    found = find_files(source, base)
    files, unknown = [], []
    for path, name, size, stamp in found:
        guessed, compression = _form(path)
        chosen = form or guessed
        if chosen is None:
            unknown.append(name)
        else:
            files.append(InputFile(path, name, chosen, compression, size, stamp))
    if unknown and source.startswith("@"):  # whoever names a file wants it read
        raise _no_form(f"{source} names {_some(unknown)}, which", len(unknown))
    if not files:
        single = len(found) == 1
        raise _no_form(source if single else f"{source} holds files that", len(found))
    return Source(files, columns, unread=len(unknown))


def _no_form(what: str, count: int) -> InputError:
    endings = " ".join(ending for group in FORMS.values() for ending in group)
    verb = "is" if count == 1 else "are"
    return InputError(
        f"{what} {verb} of no known form ({endings}, each also {' '.join(COMPRESSIONS)}); "
        "name the form with --input-format"
    )


def _some(names: Sequence[str]) -> str:
    """A few of many names."""
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _form(path: str) -> tuple[str | None, str]:
    """Form and compression by the ending; ``x.warc.wet.gz`` is a WET file, and so is ``x.wet``."""
    name = path.lower()
    compression = next((end for end in COMPRESSIONS if name.endswith(end)), "")
    name = name.removesuffix(compression)
    for form, endings in FORMS.items():
        if name.endswith(endings):
            return form, compression
    return None, compression
