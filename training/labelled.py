"""Pages whose stories are known: what a model is fitted on, measured with and corrected by.

One JSON object a line::

    {"id": "…", "text": "…", "starts": [0, 4105], "outside": [[4090, 4104]],
     "kind": "digest", "lang": "en"}

``starts`` holds every story's start, the first included, as code point offsets into ``text``, each
at the first character of the story's first block (normally its headline). ``outside`` and all that
follows it may be left out. ``"body"`` may give what the clean text of the main story should be.
"""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from model.errors import StoryseamError
from model.page import Page
from training.packed import DAMAGE, create_packed, open_packed

__all__ = [
    "CORRECTED",
    "BadLabelledPage",
    "LabelledPage",
    "as_page",
    "read_pages",
    "write_pages",
]


#: Kind of the pages that people corrected.
CORRECTED = "corrected"


class BadLabelledPage(StoryseamError, ValueError):
    """A labelled page that contradicts itself or lacks something; says which and what."""

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.where}: {self.reason}"


@dataclass(frozen=True, slots=True)
class LabelledPage:
    """A page and the truth about it.

    Attributes
    ----------
    id : str
    text : str
        What the offsets refer to; for HTML, what ``page_from_html`` makes of it.
    starts : list of int
        Where each story starts, ascending; empty for a page without a story.
    outside : list of (start, end)
        Text that belongs to no story, where it is known; ascending and disjoint.
    kind, lang : str
        What figures are reported by.
    outlets, articles : tuple of str
        Where the text came from, so that nothing stands on both sides of a split.
    html : str or None
    body : str or None
        The clean text of the page's own story, where it is known.
    """

    id: str
    text: str
    starts: list[int]
    outside: list[tuple[int, int]] = field(default_factory=list)
    kind: str = "unknown"
    lang: str = "und"
    outlets: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    html: str | None = None
    body: str | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """The articles that it is made of; a page without any, as corrections are, is its own."""
        return self.articles or (self.id,)

    def check(self) -> LabelledPage:
        """Return the page itself, or raise `BadLabelledPage`."""
        size = len(self.text)
        reason = None
        if not all(map(_encodable, (self.text, self.html or "", self.body or ""))):
            reason = "the text holds a lone surrogate"
        elif any(not 0 <= start < size for start in self.starts):
            reason = f"a story starts outside the text of {size} characters"
        elif any(b <= a for a, b in zip(self.starts, self.starts[1:], strict=False)):
            reason = "story starts are not ascending"
        elif any(self.text[start].isspace() for start in self.starts):
            reason = "a story starts at white space; it starts at its first character"
        elif any(not 0 <= start < end <= size for start, end in self.outside):
            reason = f"an outside span is empty or leaves the text of {size} characters"
        elif any(b[0] < a[1] for a, b in zip(self.outside, self.outside[1:], strict=False)):
            reason = "outside spans overlap or are not ascending"
        if reason is not None:
            raise BadLabelledPage(f"page {self.id!r}", reason)
        return self

    def to_json(self) -> str:
        """One line of JSON, without the line break; empty fields are left out."""
        out: dict[str, Any] = {"id": self.id, "text": self.text, "starts": self.starts}
        if self.outside:
            out["outside"] = [list(span) for span in self.outside]
        out |= {"kind": self.kind, "lang": self.lang}
        if self.outlets:
            out["outlets"] = list(self.outlets)
        if self.articles:
            out["articles"] = list(self.articles)
        if self.html is not None:
            out["html"] = self.html
        if self.body is not None:
            out["body"] = self.body
        return json.dumps(out, ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str, *, where: str = "labelled page") -> LabelledPage:
        """Read one line.

        Raises
        ------
        BadLabelledPage
            The line is not JSON, lacks a field, or its offsets contradict its text.
        """
        try:
            raw = json.loads(line)
        except ValueError as error:
            raise BadLabelledPage(where, f"not JSON: {error}") from None
        if not isinstance(raw, dict):
            raise BadLabelledPage(where, "not a JSON object")
        for name, kinds in (("text", str), ("starts", list)):
            if not isinstance(raw.get(name), kinds):
                raise BadLabelledPage(where, f'needs "{name}" ({kinds.__name__})')
        try:
            page = cls(
                id=where if raw.get("id") is None else str(raw["id"]),
                text=raw["text"],
                starts=[_offset(start) for start in raw["starts"]],
                outside=[(_offset(a), _offset(b)) for a, b in raw.get("outside") or ()],
                kind=_word(raw.get("kind"), "unknown"),
                lang=_word(raw.get("lang"), "und"),
                outlets=tuple(map(str, raw.get("outlets") or ())),
                articles=tuple(map(str, raw.get("articles") or ())),
                html=None if raw.get("html") is None else _word(raw["html"], ""),
                body=None if raw.get("body") is None else _word(raw["body"], ""),
            )
        except (TypeError, ValueError) as error:
            raise BadLabelledPage(where, str(error)) from None
        try:
            return page.check()
        except BadLabelledPage as error:
            raise BadLabelledPage(f"{where}: {error.where}", error.reason) from None


def as_page(truth: LabelledPage) -> Page:
    """The page as a model should see it.

    Raises
    ------
    BadLabelledPage
        The page came as HTML and its text is not what this version extracts, so that its offsets
        no longer mean anything.
    """
    if truth.html is None:
        return Page.from_text(truth.text)
    from model.html import page_from_html  # its parser is not needed for pages of text

    page = page_from_html(truth.html)
    if page.text != truth.text:
        raise BadLabelledPage(f"page {truth.id!r}", "its text is not what its HTML now gives")
    return page


def read_pages(*paths: str | Path) -> Iterator[LabelledPage]:
    """Pages of JSONL files (.gz, .xz and .zst too), or of standard input for ``-``, one by one.

    Where an id comes again, among all that are read at once, its line is added to it: pages of one
    id pass for one page in several forms, which is learned from or left out as a whole.

    Raises
    ------
    BadLabelledPage
        Naming the file and line; also where the file is damaged or no UTF-8.
    OSError
        The file cannot be opened.
    """
    seen: set[str] = set()
    for path in paths:
        for number, page in _numbered(str(path)):
            name = page.id
            while name in seen:
                name += f"~{number}"
            seen.add(name)
            yield page if name == page.id else replace(page, id=name)


def _numbered(path: str) -> Iterator[tuple[int, LabelledPage]]:
    """Pages of one file, each with its line."""
    number = 0
    with _opened(path) as lines:
        try:
            # Bytes, as a line of text would come after the bad bytes of a later one.
            for number, line in enumerate(lines, 1):
                where = f"{path}:{number}"
                text = _decoded(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line, where)
                if text.strip():
                    yield number, LabelledPage.from_json(text, where=where)
        except DAMAGE as error:
            raise BadLabelledPage(
                f"{path}:{number + 1}", f"the file is damaged: {error}"
            ) from error


def write_pages(path: str | Path, pages: Iterable[LabelledPage]) -> int:
    """Write pages as JSONL, compressed by suffix; the file appears whole or not at all.

    Returns
    -------
    int
        How many.
    """
    count = 0
    target = Path(path)
    # The suffix stays last, as it chooses the compression.
    partial = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        with io.TextIOWrapper(create_packed(partial), "utf-8", newline="\n") as out:
            for page in pages:
                out.write(page.check().to_json() + "\n")
                count += 1
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
    return count


def _opened(path: str) -> BinaryIO:
    if path != "-":
        return open_packed(Path(path))
    if sys.stdin is None:
        raise BadLabelledPage(path, "standard input is closed")
    return sys.stdin.buffer


def _decoded(line: bytes, where: str) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: byte 0x{line[error.start]:02x} at {error.start}"
        raise BadLabelledPage(where, reason) from None


def _offset(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"an offset is a whole number, not {value!r}")
    return value


def _word(value: object, default: str) -> str:
    if value is None:
        return default
    if not isinstance(value, str):
        raise ValueError(f"expected text, not {value!r}")
    return value


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
