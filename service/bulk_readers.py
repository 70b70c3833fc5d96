"""One open file -> its records: JSON lines, Parquet rows, WARC and WET records, single documents.

A reader only cuts the file; decoding and parsing are left to the workers, which are many. Each
yields ``(record, offset)``; ``record.number`` counts what was passed, so that a run which was
stopped can be told to begin after that number, and ``offset`` is where the stream stands, or None
where a stream cannot be entered in the middle.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple, Protocol, cast

import zstandard

from service.bulk_errors import InputError, missing_extra

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

__all__ = [
    "MAX_RECORD",
    "Columns",
    "Kind",
    "Record",
    "read_document",
    "read_lines",
    "read_parquet",
    "read_warc",
]

# A line or document beyond this is no news page; it is listed as bad rather than held in memory.
MAX_RECORD = 50_000_000

# Rows of Parquet that are in memory at a time: at 8 kB a page 2 MB.
_ROWS = 256

# What the standard decompressors raise on a damaged or shortened file.
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError)

# What of a response may be decoded, the most first.
_CODINGS: tuple[Literal["all", "content", "transfer", "none"], ...] = (
    "all", "content", "transfer", "none",
)  # fmt: skip

Kind = Literal["json", "text", "html", "bad"]


class Columns(NamedTuple):
    """Where a Parquet file holds what; ``id`` may be missing in the file."""

    id: str = "id"
    text: str = "text"
    html: str = "html"


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
    except _DAMAGE as error:
        yield _broken(error, path, number + 1), None


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
        yield _broken(error, path, 1), None
        return
    names = set(file.schema_arrow.names)
    content = [name for name in (columns.text, columns.html) if name in names]
    if not content:
        raise InputError(
            f"{path} has neither a column {columns.text!r} nor {columns.html!r}; it has "
            f"{', '.join(sorted(names))}. Name yours with --text-column or --html-column."
        )
    url = "url" if "url" in names and columns.id != "url" else None
    wanted = [*content, *(name for name in (columns.id, url) if name in names)]
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
            yield _broken(error, path, number + 1), None
            return


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


def _plain(value: Any) -> str | int | None:
    """An id or URL as JSON can have it; Parquet may hold strings as bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if value is None or isinstance(value, (str, int)) else str(value)


def _row(row: dict[str, Any], path: str, number: int, columns: Columns) -> Record:
    """One row as a record; a row holds text or HTML."""
    ident, url = _plain(row.get(columns.id)), _plain(row.get("url"))
    if ident is None:
        ident = f"{path}:{number}"
    url = None if url is None else str(url)
    place: dict[str, Any] = {"path": path, "number": number, "id": ident, "url": url}
    kind: Kind
    for kind, name in (("text", columns.text), ("html", columns.html)):
        data = row.get(name)
        if isinstance(data, (str, bytes)):
            if len(data) > MAX_RECORD:
                return Record("bad", f"{kind} longer than {MAX_RECORD:,}", **place)
            return Record(kind, data, **place)
        if data is not None:
            return Record("bad", f"{name} must be a string", **place)
    return Record("bad", "neither text nor html", **place)


def read_warc(stream: BinaryIO, path: str, after: int) -> Iterator[tuple[Record, int | None]]:
    """HTML responses of a WARC and conversions of a WET file; everything else is passed over.

    ``stream`` is decompressed already: FastWARC would do that as well, but it takes a file that
    ends in the middle of a member for a whole one.
    """
    try:
        from fastwarc.warc import ArchiveIterator
    except ImportError as error:
        raise missing_extra("WARC", "fastwarc", "bulk") from error
    number = 0
    try:
        for raw in ArchiveIterator(cast(BinaryIO, _ShortReads(stream)), parse_http=False):
            number += 1
            if number <= after:
                continue
            record = _from_warc(raw, path, number)
            if record is not None:
                yield record, None
    except (*_DAMAGE, ValueError, RuntimeError) as error:
        yield _broken(error, path, number + 1), None


def _from_warc(raw: WarcRecord, path: str, number: int) -> Record | None:
    """A page, a bad page, or None for a record that is no page."""
    from fastwarc.warc import WarcRecord, conversion, response

    if raw.record_type not in (response, conversion):
        return None
    url = raw.headers.get("WARC-Target-URI")
    place: dict[str, Any] = {
        "path": path,
        "number": number,
        "id": url or raw.record_id or f"{path}:{number}",
        "url": url,
    }
    if raw.content_length > MAX_RECORD:
        return Record("bad", f"record longer than {MAX_RECORD:,} bytes", **place)
    # Read whole before it is decoded: what breaks off in a decoder that sits on the archive itself
    # takes the rest of the archive with it.
    whole = raw.reader.read()
    if len(whole) < raw.content_length:
        return Record("bad", "the file ends in the middle of this record", **place)
    if raw.record_type == conversion:
        return Record("text", whole, charset="utf-8", **place)
    problem: Exception | None = None
    # Crawlers keep the header of a coding that they have undone: then less is to be decoded.
    for coding in _CODINGS:
        try:
            page = WarcRecord()
            page.set_bytes_content(whole)
            page.is_http = raw.is_http
            page.parse_http(auto_decode=coding)
            if page.http_content_type not in ("text/html", "application/xhtml+xml"):
                return None
            if not 200 <= (page.http_headers.status_code or 0) < 300:
                return None
            data = page.reader.read(MAX_RECORD + 1)
        except (OSError, ValueError, RuntimeError) as error:
            problem = problem or error
            continue
        if len(data) > MAX_RECORD:
            return Record("bad", f"record longer than {MAX_RECORD:,} bytes", **place)
        return Record("html", data, charset=page.http_charset, **place)
    return Record("bad", f"unreadable HTTP response: {problem}", **place)


def read_document(
    stream: BinaryIO, path: str, after: int, kind: Literal["text", "html"]
) -> Iterator[tuple[Record, int | None]]:
    """A whole file as one page; its path is its id."""
    if after:
        return
    try:
        data = stream.read(MAX_RECORD + 1)
    except _DAMAGE as error:
        yield _broken(error, path, 1), None
        return
    if len(data) > MAX_RECORD:
        yield Record("bad", f"file longer than {MAX_RECORD:,} bytes", path, 1, path), None
    else:
        yield Record(kind, data, path, 1, path), None


class _ShortReads:
    """A stream whose reads give what is there; a full read loses it when the file ends early.

    It counts its position itself: FastWARC asks for it and panics, past every ``except``, where the
    stream beneath cannot tell, as zst streams cannot.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._read = getattr(stream, "read1", stream.read)
        self._position = 0

    def read(self, size: int = -1, /) -> bytes:
        data: bytes = self._read(size)
        self._position += len(data)
        return data

    def tell(self) -> int:
        return self._position


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


def _broken(error: Exception, path: str, number: int) -> Record:
    """The rest of a file that cannot be read, as one bad record."""
    return Record("bad", f"the file cannot be read from here on: {error}", path, number)
