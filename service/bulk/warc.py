"""WARC and WET files -> their pages: HTML responses and conversions.

Most of a crawl's archive is no page: requests, robots.txt, DNS, revisits, pictures, redirects. Such
records are passed over and are nobody's error.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

from service.bulk.errors import missing_extra
from service.bulk.readers import MAX_RECORD, Hash, Record, broken
from training.packed import DAMAGE

if TYPE_CHECKING:
    from fastwarc.warc import WarcRecord

__all__ = ["read_warc"]

# What of a response may be decoded, the most first.
_Coding = Literal["all", "content", "transfer", "none"]
_CODINGS: tuple[_Coding, ...] = ("all", "content", "transfer", "none")

# What of a record that is too long is looked at, to tell whether it is a page at all.
_HTTP_HEAD = 1 << 16


def read_warc(
    stream: BinaryIO, path: str, after: int, digest: Hash | None = None
) -> Iterator[tuple[Record, int | None]]:
    """HTML responses of a WARC and conversions of a WET file; everything else is passed over.

    ``stream`` is decompressed already: FastWARC would do that as well, but it takes a file that
    ends in the middle of a member for a whole one. ``digest`` is fed the id of every record, and
    the content of every page, up to the one that is given.
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
            if digest is not None:
                digest.update(str(raw.record_id).encode())
                if record is not None and isinstance(record.data, bytes):
                    digest.update(record.data)
            if record is not None:
                yield record, None
    except (*DAMAGE, ValueError, RuntimeError) as error:
        yield broken(error, path, number + 1), None


def _from_warc(raw: WarcRecord, path: str, number: int) -> Record | None:
    """A page, a bad page, or None for a record that is no page."""
    from fastwarc.warc import conversion, response

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
        if raw.record_type == response and _is_no_page(raw):
            return None  # a film, a disk image
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
            page = _response(raw, whole, coding)
            if not _is_page(raw, page):
                return None
            data = page.reader.read(MAX_RECORD + 1)
        except (OSError, ValueError, RuntimeError) as error:
            problem = problem or error
            continue
        if len(data) > MAX_RECORD:
            return Record("bad", f"record longer than {MAX_RECORD:,} bytes", **place)
        return Record("html", data, charset=page.http_charset, **place)
    return Record("bad", f"unreadable HTTP response: {problem}", **place)


def _response(raw: WarcRecord, content: bytes, coding: _Coding) -> WarcRecord:
    """The response that a record holds, decoded as far as ``coding`` says."""
    from fastwarc.warc import WarcRecord

    page = WarcRecord()
    page.set_bytes_content(content)
    page.is_http = raw.is_http
    page.parse_http(auto_decode=coding)
    return page


def _is_page(raw: WarcRecord, page: WarcRecord) -> bool:
    """Whether a response is HTML and a success; where the server named no type, the crawler may."""
    kind = page.http_content_type or raw.headers.get("WARC-Identified-Payload-Type") or ""
    status = (page.http_headers.status_code if page.http_headers else None) or 0
    # A media type is the same in capitals.
    return kind.strip().lower() in ("text/html", "application/xhtml+xml") and 200 <= status < 300


def _is_no_page(raw: WarcRecord) -> bool:
    """Whether the head of a response that is too long to be read shows that it is no page."""
    try:
        return not _is_page(raw, _response(raw, raw.reader.read(_HTTP_HEAD), "none"))
    except (OSError, ValueError, RuntimeError):
        return False


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
