"""What a worker does: a batch of raw records in, finished lines of output back.

Everything that costs time happens here (parsing, decoding, HTML, segmentation, encoding), so that
the process which reads and writes can keep many workers busy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
from threadpoolctl import threadpool_limits

from model.errors import StoryseamError
from model.granularity import Granularity
from model.page import Page
from model.stories import Segmentation
from service.bulk.columns import encode_rows
from service.bulk.errors import BulkError
from service.bulk.readers import Record
from service.identifiers import identifier
from service.predictor import Options, PageSegmenter

__all__ = [
    "Loader",
    "Outcome",
    "Work",
    "load_segmenter",
    "model_version",
    "segment_batch",
    "segment_records",
    "shared_segmenter",
]

Loader = Callable[[Path | None], PageSegmenter]


def load_segmenter(model: Path | None) -> PageSegmenter:
    """The model of a directory, or the shipped one."""
    from model.segmenter import Segmenter

    return Segmenter.load(model)


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done with every batch; hashable, and small enough to go with each."""

    model: Path | None = None
    threshold: float | None = None
    explain: bool = False
    granularity: Granularity = "story"
    columnar: bool = False
    loader: Loader = load_segmenter

    @property
    def options(self) -> Options:
        """What the model is asked for."""
        return {
            "threshold": self.threshold,
            "explain": self.explain,
            "granularity": self.granularity,
        }


@dataclass(slots=True)
class Outcome:
    """What became of a batch: output as bytes, the bad records as JSON lines, and counts."""

    payload: bytes = b""
    errors: bytes = b""
    pages: int = 0
    stories: int = 0
    seams: int = 0
    bad: int = 0
    bytes: int = 0

    def add(self, other: Outcome) -> None:
        """Add the counts of another batch."""
        self.pages += other.pages
        self.stories += other.stories
        self.seams += other.seams
        self.bad += other.bad
        self.bytes += other.bytes


@dataclass(slots=True)
class _Item:
    """One record on its way; ``reason`` is set as soon as it turns out to be bad."""

    record: Record
    id: str | int | None
    page: str | Page = ""
    markup: bool = False
    reason: str | None = None
    result: Segmentation | None = field(default=None)


@lru_cache(maxsize=2)
def shared_segmenter(loader: Loader, model: Path | None) -> PageSegmenter:
    """The model of this process, loaded by the first call."""
    return loader(model)


def model_version(work: Work) -> str:
    """Version of the model that this process works with; loads it."""
    return shared_segmenter(work.loader, work.model).version


def segment_batch(records: Sequence[Record], work: Work) -> Outcome:
    """Segment a batch with this process's model, on one thread.

    One thread keeps workers from fighting over cores, and keeps sums in one order: the output
    must not depend on how many workers there are.
    """
    segmenter = shared_segmenter(work.loader, work.model)
    with threadpool_limits(1):
        return segment_records(records, work, segmenter)


def segment_records(records: Sequence[Record], work: Work, segmenter: PageSegmenter) -> Outcome:
    """Segment a batch; a record that cannot be segmented becomes an error, and the rest goes on."""
    items = [_prepare(record) for record in records]
    good = [item for item in items if item.reason is None]
    try:
        results = segmenter.segment_many([item.page for item in good], **work.options)
        for item, result in zip(good, results, strict=True):
            item.result = result
    except Exception:  # noqa: BLE001 - whatever it is, it is not the other pages' fault
        # One page broke the batch. Alone, each page shows whether it was the one.
        for item in good:
            _segment_alone(item, work, segmenter)
    try:
        return _outcome(items, work)
    except Exception:  # noqa: BLE001 - an answer that cannot be written is a bad page as well
        for item in items:
            _check(item)
        return _outcome(items, work)


def _segment_alone(item: _Item, work: Work, segmenter: PageSegmenter) -> None:
    """Segment one page, or say why not."""
    try:
        (item.result,) = segmenter.segment_many([item.page], **work.options)
    except Exception as error:  # noqa: BLE001 - a page must not end the run; it is listed
        item.reason = f"the page cannot be segmented: {type(error).__name__}: {error}"


def _prepare(record: Record) -> _Item:
    """Parse and decode one record."""
    if record.kind == "bad":
        return _Item(record, record.id, reason=str(record.data))
    try:
        if record.kind == "json":
            return _parse(record)
        item = _Item(record, record.id)
        _fill(item, record.data, record.kind == "html")
    except BulkError:
        raise
    except StoryseamError as error:
        return _Item(record, record.id, reason=str(error))
    except Exception as error:  # noqa: BLE001 - a parser's trouble with a page must not end the run
        reason = f"the page cannot be read: {type(error).__name__}: {error}"
        return _Item(record, record.id, reason=reason)
    return item


def _parse(record: Record) -> _Item:
    """One line of JSON: an object with ``id``, and ``text`` or ``html``."""
    data = record.data
    assert isinstance(data, bytes)
    try:
        line = orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        return _Item(record, None, reason=f"not JSON: {error}")
    if not isinstance(line, dict):
        return _Item(record, None, reason="not a JSON object")
    try:
        ident = identifier(line.get("id"))
    except ValueError as error:
        return _Item(record, None, reason=str(error))
    item = _Item(record, f"{record.path}:{record.number}" if ident is None else ident)
    given = [name for name in ("text", "html") if line.get(name) is not None]
    if len(given) != 1:
        item.reason = "both text and html" if given else "neither text nor html"
    elif not isinstance(line[given[0]], str):
        item.reason = f"{given[0]} must be a string"
    else:
        _fill(item, line[given[0]], given[0] == "html")
    return item


def _fill(item: _Item, data: bytes | str, html: bool) -> None:
    """Decode what is not decoded, and read HTML as a reader would see it."""
    if isinstance(data, bytes):
        from model.charset import decode

        text = decode(data, item.record.charset, html=html)
    else:
        text = data
    if html:
        from model.html import page_from_html

        page = page_from_html(text)
        page.text.encode()  # a lone surrogate from a character reference could not be written
        item.page, item.markup = page, True
    else:
        item.page = text


def _outcome(items: Sequence[_Item], work: Work) -> Outcome:
    """Count, and encode in the form of the output."""
    outcome = Outcome()
    rows: list[dict[str, Any]] = []
    errors: list[bytes] = []
    for item in items:
        record = item.record
        row: dict[str, Any] = {"id": item.id}
        if record.url is not None and record.url != item.id:
            row["url"] = record.url
        if item.result is None:
            row["error"] = _place(record, item)
            outcome.bad += 1
            listed = {"path": record.path, "line": record.number, "id": item.id}
            errors.append(orjson.dumps(listed | {"error": item.reason}) + b"\n")
        else:
            result = item.result.to_dict(with_text=item.markup)
            del result["model"]
            row |= result
            outcome.pages += 1
            outcome.stories += len(item.result.stories)
            outcome.seams += len(item.result.seams)
        outcome.bytes += record.size
        rows.append(row)
    outcome.payload = encode_rows(rows) if work.columnar else b"".join(map(_line, rows))
    outcome.errors = b"".join(errors)
    return outcome


def _check(item: _Item) -> None:
    """Give up an answer that cannot be written."""
    if item.result is None:
        return
    try:
        _line(item.result.to_dict(with_text=item.markup))
    except Exception as error:  # noqa: BLE001 - a page must not end the run; it is listed
        item.reason, item.result = f"its answer cannot be written: {error}", None


def _place(record: Record, item: _Item) -> str:
    """The reason; with the line, where there is no id to find the record by."""
    reason = item.reason or "no result"
    return reason if item.id is not None else f"line {record.number}: {reason}"


def _line(row: dict[str, Any]) -> bytes:
    """One line of output."""
    return orjson.dumps(row, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE)
