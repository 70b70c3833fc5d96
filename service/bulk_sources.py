"""The input of a bulk run: which files, in which order, whether they changed, and their records.

A position is (file, number, offset): the records of ``files[:file]`` and the first ``number`` of
``files[file]`` have been passed. It is all that a checkpoint has to say of the input.
"""

from __future__ import annotations

import glob
import hashlib
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple, cast

from service.bulk_compression import COMPRESSIONS, decompressed, sniff
from service.bulk_errors import InputError, missing_extra
from service.bulk_readers import (
    Columns,
    Record,
    read_document,
    read_lines,
    read_parquet,
    read_warc,
)

__all__ = ["FORMS", "InputFile", "Position", "Source", "is_url", "open_source"]

# Endings of each form of input; the ending of the compression comes after it.
FORMS: dict[str, tuple[str, ...]] = {
    "jsonl": (".jsonl", ".ndjson"),
    "parquet": (".parquet", ".pq"),
    "warc": (".warc", ".wet"),
    "text": (".txt",),
    "html": (".html", ".htm", ".xhtml"),
}

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

    def __init__(self, files: Sequence[InputFile], columns: Columns, *, piped: bool = False):
        self.files = files
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
        for file in self.files:
            total.update(f"{file.name}\0{file.form}\0{file.size}\0{file.stamp}\0".encode())
            if not (is_url(file.path) and file.stamp):  # a store's ETag says as much for less
                with _open(file.path) as stream:
                    total.update(stream.read(_HEAD))
        return {
            "files": len(self.files),
            "bytes": self.total_bytes,
            "columns": list(self.columns),
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
                raw = sys.stdin.buffer if self.piped else stack.enter_context(_open(file.path))
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
        compression = sniff(raw) if self.piped else file.compression
        stream = decompressed(raw, compression)
        if file.form == "warc":
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


def is_url(path: str) -> bool:
    """Whether fsspec and not the file system has to open it."""
    return "://" in path


def open_source(source: str, *, form: str | None = None, columns: Columns | None = None) -> Source:
    """The files that ``source`` stands for: a file, a folder, a pattern, a URL, or ``-``.

    Files of a folder come in the order of their names, those of unknown endings are passed over.

    Raises
    ------
    InputError
        Nothing is there, or its form cannot be told from its name.
    """
    if form is not None and form not in FORMS:
        raise InputError(f"unknown form of input {form!r}; choose from {', '.join(FORMS)}")
    columns = columns or Columns()
    if source == "-":
        if form in ("parquet", "warc"):
            raise InputError(f"{form} cannot be read from a pipe; name a file")
        return Source([InputFile("-", "-", form or "jsonl", "", 0, "")], columns, piped=True)
    found = _list_url(source) if is_url(source) else _list_local(source)
    files = []
    for path, name, size, stamp in found:
        guessed, compression = _form(path)
        chosen = form or guessed
        if chosen is not None:
            files.append(InputFile(path, name, chosen, compression, size, stamp))
    if not files:
        endings = " ".join(ending for group in FORMS.values() for ending in group)
        what = "is of no known form" if len(found) == 1 else "holds no file of a known form"
        raise InputError(
            f"{source} {what} ({endings}, each also {' '.join(COMPRESSIONS)}); "
            "name the form with --input-format"
        )
    return Source(files, columns)


def _form(path: str) -> tuple[str | None, str]:
    """Form and compression by the ending; ``x.warc.wet.gz`` is a WET file, and so is ``x.wet``."""
    name = path.lower()
    compression = next((end for end in COMPRESSIONS if name.endswith(end)), "")
    name = name.removesuffix(compression)
    for form, endings in FORMS.items():
        if name.endswith(endings):
            return form, compression
    return None, compression


_Found = tuple[str, str, int, str]


def _list_local(source: str) -> list[_Found]:
    """Path, name, size and date of every file, in the order of names."""
    path = Path(source)
    if path.is_file():
        names = {path.name: path}
    elif path.is_dir():
        names = {
            file.relative_to(path).as_posix(): file
            for file in path.rglob("*")
            if file.is_file() and not _hidden(file.relative_to(path).parts)
        }
    else:
        names = {name: Path(name) for name in glob.glob(source, recursive=True)}
        names = {name: file for name, file in names.items() if file.is_file()}
        if not names:
            raise InputError(f"{source}: no such file, folder or pattern")
    found = []
    for name in sorted(names):
        status = names[name].stat()
        # A name in an old encoding holds what no JSON can; the path keeps it, the listing does not.
        shown = os.fsencode(name).decode("utf-8", "replace")
        found.append((str(names[name]), shown, status.st_size, str(status.st_mtime_ns)))
    return found


def _list_url(source: str) -> list[_Found]:
    """The same through fsspec."""
    filesystem, root = _filesystem(source)
    try:
        if filesystem.isdir(root):
            infos = filesystem.find(root, detail=True)
        elif glob.has_magic(root):
            infos = filesystem.glob(root, detail=True)
        else:
            infos = {root: filesystem.info(root)}
    except FileNotFoundError:
        infos = {}
    except (OSError, ValueError) as error:
        raise InputError(f"{source} cannot be listed: {error}") from error
    found = []
    for path in sorted(infos):
        info = infos[path]
        name = os.path.relpath(path, root) if path != root else os.path.basename(path)
        if info.get("type") == "directory" or _hidden(tuple(name.split("/"))):
            continue
        marks = (info.get(key) for key in ("ETag", "etag", "md5Hash", "mtime", "LastModified"))
        stamp = next((str(mark) for mark in marks if mark is not None), "")
        found.append((filesystem.unstrip_protocol(path), name, int(info["size"] or 0), stamp))
    if not found:
        raise InputError(f"{source}: no such file, folder or pattern")
    return found


def _hidden(parts: tuple[str, ...]) -> bool:
    """Whether a path is nobody's input: ``.git``, ``_checkpoint.json``."""
    return any(part.startswith((".", "_")) and part != ".." for part in parts)


def _open(path: str) -> BinaryIO:
    """A local file or a URL, to be read."""
    try:
        if is_url(path):
            filesystem, root = _filesystem(path)
            return cast(BinaryIO, filesystem.open(root, "rb"))
        return open(path, "rb")
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror or error}") from error


def _filesystem(url: str) -> tuple[Any, str]:
    """The fsspec file system of a URL, and the path in it."""
    try:
        import fsspec
    except ImportError as error:
        raise missing_extra(url, "fsspec", "dask") from error
    try:
        filesystem, root = fsspec.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise InputError(f"{url} cannot be opened: {error}") from error
    return filesystem, root
