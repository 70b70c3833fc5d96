"""One open file -> its records: JSON lines, Parquet rows, single documents (WARC: `bulk_warc`).

A reader only cuts the file; decoding and parsing are left to the workers, which are many. Each
yields ``(record, offset)``; ``record.number`` counts what was passed, so that a run which was
stopped can be told to begin after that number, and ``offset`` is where the stream stands, or None
where a stream cannot be entered in the middle.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO, Literal, NamedTuple, Protocol

from service.bulk.errors import InputError, missing_extra
from service.identifiers import identifier
from training.packed import DAMAGE

__all__ = [
    "MAX_RECORD",
    "Columns",
    "Hash",
    "Kind",
    "Record",
    "broken",
    "read_document",
    "read_lines",
    "read_parquet",
]

# A line or document beyond this is no news page; it is listed as bad rather than held in memory.
MAX_RECORD = 50_000_000

# Rows of Parquet that are in memory at a time: at 8 kB a page 2 MB.
_ROWS = 256

Kind = Literal["json", "text", "html", "bad"]


class Columns(NamedTuple):
    """Where a Parquet file holds what.

    A name that is given must be in every file; None stands for the usual one, which may be missing.
    An empty name is that of no column.
    """

    id: str | None = None
    text: str | None = None
    html: str | None = None

    @property
    def names(self) -> tuple[str, str, str]:
        """The names that are looked for, usual ones in place of None."""
        id_, text, html = (
            usual if name is None else name for name, usual in zip(self, self._fields, strict=True)
        )
        return id_, text, html


class Record(NamedTuple):
    """One page as it lies in its file, not yet parsed.

    ``data`` is the raw line (json), the document (text, html) as str or undecoded bytes, or the
    reason (bad). ``charset`` is what the server declared.
    """

    kind: Kind
    data: bytes | str
    path: str
    number: int
    id: str | int | None = None
    url: str | None = None
    charset: str | None = None

    @property
    def size(self) -> int:
        """Length of the data, in bytes where it is bytes."""
        return len(self.data)


class Hash(Protocol):
    """What a reader needs of a hashlib object."""

    def update(self, data: bytes, /) -> None: ...


def read_lines(
    stream: BinaryIO,
    path: str,
    after: int = 0,
    offset: int | None = None,
    *,
    seekable: bool = False,
    digest: Hash | None = None,
) -> Iterator[tuple[Record, int | None]]:
    """Lines of JSON; blank ones are passed over.

    ``digest`` is fed every byte up to the record that is given, passed lines included: a pipe has
    no size and no date to be known by.
    """
    number = position = 0
    blank: list[bytes] = []
    if after and seekable and offset is not None:
        stream.seek(offset)
        number, position = after, offset
    try:
        while True:
            line = stream.readline(MAX_RECORD + 1)
            if not line:
                return
            number += 1
            position += len(line)
            too_long = len(line) > MAX_RECORD and not line.endswith(b"\n")
            if digest is not None:
                # Those at the very end follow no record, and whoever reads up to it sees none.
                if line.isspace() and not too_long:
                    blank.append(line)
                else:
                    digest.update(b"".join([*blank, line]))
                    blank.clear()
            if too_long:
                position += _drain(stream, digest)
            if number <= after or line.isspace():
                continue
            if too_long:
                record = Record("bad", f"line longer than {MAX_RECORD:,} bytes", path, number)
            else:
                record = Record("json", line, path, number)
            yield record, position if seekable else None
    except DAMAGE as error:
        yield broken(error, path, number + 1), None


def read_parquet(
    stream: BinaryIO, path: str, after: int, columns: Columns
) -> Iterator[tuple[Record, int | None]]:
    """Rows of a Parquet file, of the named columns only."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise missing_extra("Parquet", "pyarrow", "bulk") from error
    try:
        file = parquet.ParquetFile(stream)
    except (pa.ArrowInvalid, OSError) as error:
        yield broken(error, path, 1), None
        return
    wanted = _wanted(set(file.schema_arrow.names), path, columns)
    number = 0
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if number + rows <= after:
            number += rows
            continue
        try:
            for batch in file.iter_batches(_ROWS, row_groups=[group], columns=wanted):
                for row in _rows(batch):
                    number += 1
                    if number > after:
                        yield _row(row, path, number, columns), None
        except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
            yield broken(error, path, number + 1), None
            return


def _wanted(names: set[str], path: str, columns: Columns) -> list[str]:
    """Which columns of a file are read."""
    has = f"it has {', '.join(sorted(names))}"
    for what, given in columns._asdict().items():
        if given and given not in names:
            raise InputError(f"{path} has no column {given!r}, as --{what}-column says; {has}.")
    ident, *content = columns.names
    if names.isdisjoint(content):
        raise InputError(
            f"{path} has neither a column {content[0]!r} nor {content[1]!r}; {has}. "
            "Name yours with --text-column or --html-column."
        )
    # Once each, though a URL be the id as well.
    return [name for name in dict.fromkeys((*content, ident, "url")) if name in names]


def _rows(batch: Any) -> list[dict[str, Any]]:
    """The rows of a batch; strings as bytes where one of them is no UTF-8, as nobody checks it."""
    try:
        rows: list[dict[str, Any]] = batch.to_pylist()
    except UnicodeDecodeError:
        import pyarrow as pa

        kinds = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}
        fields = [pa.field(f.name, kinds.get(f.type, f.type)) for f in batch.schema]
        rows = batch.cast(pa.schema(fields)).to_pylist()
    return rows


def _plain(value: Any) -> Any:
    """An id or URL as JSON can have it; Parquet may hold strings as bytes, and has dates."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if value is None or isinstance(value, (str, int, float)) else str(value)


def _row(row: dict[str, Any], path: str, number: int, columns: Columns) -> Record:
    """One row as a record; a row holds text or HTML."""
    ident_column, text, html = columns.names
    url = _plain(row.get("url"))
    place: dict[str, Any] = {"path": path, "number": number, "id": None}
    place["url"] = None if url is None else str(url)
    try:
        ident = identifier(_plain(row.get(ident_column)))
    except ValueError as error:
        return Record("bad", str(error), **place)
    place["id"] = f"{path}:{number}" if ident is None else ident
    kinds: tuple[tuple[Kind, str], ...] = (("text", text), ("html", html))
    given = [(kind, name, row[name]) for kind, name in kinds if row.get(name) is not None]
    # Where a column has no null, an empty string stands for it.
    full = [each for each in given if not isinstance(each[2], (str, bytes)) or each[2]]
    if len(full) > 1:
        return Record("bad", "both text and html", **place)
    for kind, name, data in full or given:
        if not isinstance(data, (str, bytes)):
            return Record("bad", f"{name} must be a string", **place)
        if len(data) > MAX_RECORD:
            return Record("bad", f"{kind} longer than {MAX_RECORD:,}", **place)
        return Record(kind, data, **place)
    return Record("bad", "neither text nor html", **place)


def read_document(
    stream: BinaryIO, path: str, after: int, kind: Literal["text", "html"]
) -> Iterator[tuple[Record, int | None]]:
    """A whole file as one page; its path is its id."""
    if after:
        return
    try:
        data = stream.read(MAX_RECORD + 1)
    except DAMAGE as error:
        yield broken(error, path, 1), None
        return
    if len(data) > MAX_RECORD:
        yield Record("bad", f"file longer than {MAX_RECORD:,} bytes", path, 1, path), None
    else:
        yield Record(kind, data, path, 1, path), None


def _drain(stream: BinaryIO, digest: Hash | None) -> int:
    """Read on to the end of the line; how many bytes that was."""
    length = 0
    while True:
        piece = stream.readline(1 << 20)
        length += len(piece)
        if digest is not None:
            digest.update(piece)
        if not piece or piece.endswith(b"\n"):
            return length


def broken(error: Exception, path: str, number: int) -> Record:
    """The rest of a file that cannot be read, as one bad record."""
    return Record("bad", f"the file cannot be read from here on: {error}", path, number)
