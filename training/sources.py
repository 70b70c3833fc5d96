"""Rows of article files, whatever their format: JSONL, Parquet, folders of text."""

from __future__ import annotations

import io
import json
import logging
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

from model.errors import StoryseamError
from training.packed import DAMAGE, open_packed

__all__ = ["STDIN", "CorpusError", "Row", "open_lines", "read_rows"]

log = logging.getLogger(__name__)

# Names under which collections give the same thing, ours first.
_NAMES = {
    "id": ("id", "ID", "uid"),
    "source": ("source", "outlet", "publisher", "site", "url"),
    "lang": ("lang", "language"),
    "title": ("title", "headline"),
    "date": ("date", "published", "date_publish", "publication_date"),
    "authors": ("authors", "author", "byline"),
    "text": ("text", "body", "content", "maintext", "article"),
    "topic": ("topic", "category"),
}

# Suffixes of lines of JSON, packed or not.
_LINES = {".jsonl", ".ndjson", ".json", ".gz", ".xz", ".zst", ".zstd"}

# What is wrong with a row that is many.
_ARRAY = "an array; it takes one JSON object a line, as `jq -c '.[]'` makes of it"

#: Where standard input is read in place of a file.
STDIN = Path("-")


class CorpusError(StoryseamError):
    """A file of articles that cannot be read at all; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """What a file says of an article; absent fields are empty."""

    id: str
    source: str
    lang: str
    title: str
    date: str
    authors: str
    text: str
    topic: str


def read_rows(path: Path) -> Iterator[Row]:
    """Rows of one file or folder, or of standard input for ``-``; bad ones are counted, reported
    through logging and skipped.

    Raises
    ------
    CorpusError
        The file is missing, of an unknown kind, damaged, without any article, or needs a package
        that is absent.
    """
    if path.is_dir():
        yield from _texts(path)
        return
    if path != STDIN and not path.exists():
        raise CorpusError(f"no such file of articles: {path}")
    records = _parquet(path) if path.suffix == ".parquet" else _json_lines(path)
    good = bad = 0
    first = ""
    for number, record in enumerate(records, 1):
        row = record if isinstance(record, str) else _row(record, path, number)
        if isinstance(row, Row):
            good += 1
            yield row
        else:
            bad += 1
            first = first or f"row {number}: {row}"
    if not good:
        raise CorpusError(f"{path}: no article in it" + (f" ({first})" if first else ""))
    if bad:
        log.warning("%s: %d bad rows skipped (%s)", path.name, bad, first)


def _row(record: object, path: Path, number: int) -> Row | str:
    if isinstance(record, list):
        return _ARRAY
    if not isinstance(record, Mapping):
        return "not an object"
    values = {field: _value(record, names) for field, names in _NAMES.items()}
    try:
        values["text"] = _text(record)
    except TypeError as error:
        return str(error)
    if not values["text"].strip():
        return "no text"
    values["id"] = values["id"] or f"{path.name.split('.')[0]}-{number}"
    values["lang"] = values["lang"] or "und"
    return Row(**values)


def _value(record: Mapping[Any, Any], names: tuple[str, ...]) -> str:
    for name in names:
        value = record.get(name)
        if isinstance(value, (list, tuple)):
            value = ", ".join(str(one) for one in value if not _absent(one))
        if value and not _absent(value):
            return str(value)
    return ""


def _absent(value: object) -> bool:
    """Tables give NaN, which is not even equal to itself, where a row has nothing."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def _text(record: Mapping[Any, Any]) -> str:
    """The text of an article, of which a list has the paragraphs; raises TypeError for others."""
    for name in _NAMES["text"]:
        value = record.get(name)
        given = value if isinstance(value, (list, tuple)) else [value]
        parts: list[Any] = [part for part in given if not _absent(part)]
        if not all(isinstance(part, str) for part in parts):
            raise TypeError(f'"{name}" is neither text nor a list of paragraphs')
        if any(parts):
            return "\n".join(parts)
    return ""


def _json_lines(path: Path) -> Iterator[object]:
    """Parsed lines; for a bad one, a str that says what is wrong with it."""
    with open_lines(path) as lines:
        try:
            for line in lines:
                if not line.strip():
                    continue
                try:
                    yield json.loads(line)
                except ValueError as error:
                    # The first line of an array that was written over several.
                    yield _ARRAY if line.lstrip().startswith("[") else f"not JSON: {error}"
        except DAMAGE as error:
            raise CorpusError(f"{path} is damaged: {error}") from error


def open_lines(path: Path) -> IO[str]:
    """A text file, unpacked by its suffix; bytes that are no UTF-8 become U+FFFD, and the mark that
    some programs begin UTF-8 with goes."""
    kind = path.suffix.lower()
    binary: BinaryIO
    if path == STDIN:
        if sys.stdin is None:
            raise CorpusError("standard input is closed")
        binary = sys.stdin.buffer
    elif kind in _LINES:
        binary = open_packed(path)
    else:
        raise CorpusError(f"{path}: not .jsonl(.gz, .xz, .zst), .parquet or a folder of .txt")
    return io.TextIOWrapper(binary, encoding="utf-8-sig", errors="replace", newline="\n")


def _parquet(path: Path) -> Iterator[object]:
    try:
        import pyarrow  # type: ignore[import-not-found,import-untyped,unused-ignore]
        from pyarrow import parquet  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        raise CorpusError(f"{path}: Parquet needs a package: pip install pyarrow") from None
    try:
        for batch in parquet.ParquetFile(path).iter_batches():
            yield from batch.to_pylist()
    except (
        OSError,
        ValueError,
        pyarrow.ArrowException,
    ) as error:  # ValueError: text that is no UTF-8
        raise CorpusError(f"{path} is damaged, or no Parquet: {error}") from error


def _texts(folder: Path) -> Iterator[Row]:
    """Each .txt an article; a short first line before a blank one is its title."""
    files = sorted(folder.rglob("*.txt"))
    if not files:
        raise CorpusError(f"{folder}: no .txt in this folder")
    for file in files:
        text = file.read_text("utf-8-sig", errors="replace")
        title = ""
        head, _, rest = text.partition("\n\n")
        if rest and "\n" not in head.strip() and len(head) < 200:
            title, text = head.strip(), rest
        if text.strip():
            name = file.relative_to(folder).with_suffix("").as_posix()
            yield Row(name, file.parent.name, "und", title, "", "", text, "")
