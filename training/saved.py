"""Labelled pages as other programs would have saved them: wrapped, in tags, or as Markdown.

    python -m training.saved PAGES.jsonl --form wrapped --out WRAPPED.jsonl
    storyseam evaluate WRAPPED.jsonl

writes the same pages in another form, to measure what a model is worth where a mail, a database or
a scraper had them in hands before. `html2text` and `markdownify` need the package of that name, and
pages with HTML; the other forms are of text.
"""

from __future__ import annotations

import argparse
import importlib
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from model.errors import StoryseamError
from model.page import Page
from model.telling.titles import letters_of
from training.labelled import LabelledPage, read_pages, write_pages

__all__ = ["FORMS", "MissingPackage", "saved", "saved_pages"]

# Columns: what mail is wrapped at, and dumps for a terminal.
_MAIL, _TERMINAL = 72, 78
# A line of print in widths of its type, some 80 characters, and those of letters that differ most.
_PRINT = 36.0
_LETTERS = dict.fromkeys("ijltf.,:;'|!", 0.28) | dict.fromkeys("mwMW@", 0.86)
# Two words with a capital, which become a link as names do in news.
_NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")
# Letters of a line that it is found again by: the rest may be wrapped otherwise. A line with more
# than that is text, which does not stand in the page's title as well.
_ALIKE, _TEXT = 30, 80


class MissingPackage(StoryseamError, ImportError):
    """A form needs a package that is not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(package)
        self.package = package

    def __str__(self) -> str:
        return f"{self.package} is not installed; run: pip install {self.package}"


def _wrapped(text: str) -> str:
    return _each_line(text, lambda line: _wrap(line, _MAIL))


def _parted(text: str) -> str:
    return _each_line(text, lambda line: _wrap(line, _MAIL) + "\n")


def _indented(text: str) -> str:
    return _each_line(re.sub(r"\n+", "\n", text), lambda line: _wrap(line, _TERMINAL, "    "))


def _printed(text: str) -> str:
    return _each_line(text, lambda line: _set(line) + "\n")


def _linked(text: str) -> str:
    return _NAME.sub(r"[\g<0>](https://www.lantern.example/topic/mooring-rules-1234)", text)


def _tagged(text: str) -> str:
    return _each_line(text, lambda line: f"<p>{escape(line)}</p>")


def _wrap(line: str, width: int, first: str = "") -> str:
    return "\n".join(
        textwrap.wrap(
            line,
            width,
            initial_indent=first,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _set(line: str) -> str:
    """Lines of a width of letters, as a typesetter fills them."""
    lines = [""]
    room = _PRINT
    for word in line.split():
        needs = sum(_LETTERS.get(sign, 0.52) for sign in word)
        if lines[-1] and needs > room:
            lines.append("")
            room = _PRINT
        lines[-1] = f"{lines[-1]} {word}".lstrip()
        room -= needs + _LETTERS["i"]
    return "\n".join(lines)


def _each_line(text: str, change: Callable[[str], str]) -> str:
    return "\n".join(change(line) if line.strip() else line for line in text.split("\n"))


_OF_TEXT: dict[str, Callable[[str], str]] = {
    "wrapped": _wrapped,
    "parted": _parted,
    "indented": _indented,
    "printed": _printed,
    "linked": _linked,
    "tagged": _tagged,
}
#: What a page may be saved as.
FORMS = (*_OF_TEXT, "html2text", "markdownify")


def saved(page: LabelledPage, form: str) -> LabelledPage | None:
    """A page in another form, its labels moved along.

    Returns
    -------
    LabelledPage or None
        None where the form is none of this page, or a story's first line is there no more.

    Raises
    ------
    MissingPackage
    """
    if form in _OF_TEXT:
        lines = all(page.text[start - 1 : start] in ("", "\n") for start in page.starts)
        # A tag opens and closes in one line.
        if page.html is not None or not (lines or form != "tagged"):
            return None
        return _of_text(page, _OF_TEXT[form])
    return None if page.html is None else _of_html(page, page.html, form)


def _of_text(page: LabelledPage, change: Callable[[str], str]) -> LabelledPage:
    """Starts are where the same character stands, white space left out of the count."""
    text = change(page.text)
    stand = [i for i, sign in enumerate(text) if not sign.isspace()]
    before = [len("".join(change(page.text[:start]).split())) for start in page.starts]
    return replace(page, text=text, starts=[stand[count] for count in before], outside=[])


def _of_html(page: LabelledPage, html: str, form: str) -> LabelledPage | None:
    """As a package saves it; starts are where the same lines stand."""
    text = _convert(html, form)
    read = Page.from_text(text)
    lines = [letters_of(line) for line in read.blocks()]
    starts: list[int] = []
    least = 0
    for start in page.starts:
        own = [letters_of(line) for line in page.text[start:].split("\n")]
        body = next((line for line in own if len(line) > _TEXT), own[0])
        before = next((i for i in _alike(lines, body) if i >= least), -1)
        # The nearest above its text.
        found = [i for i in _alike(lines, own[0]) if least <= i <= before]
        if not found:
            return None
        starts.append(int(read.starts[found[-1]]))
        least = found[-1] + 1
    return replace(page, text=text, html=None, starts=starts, outside=[])


def _alike(lines: Sequence[str], wanted: str) -> list[int]:
    """The lines that begin as one does."""
    return [i for i, line in enumerate(lines) if wanted and line.startswith(wanted[:_ALIKE])]


def _convert(html: str, form: str) -> str:
    try:
        package: Any = importlib.import_module(form)
    except ImportError:
        raise MissingPackage(form) from None
    if form == "html2text":
        return str(package.html2text(html, bodywidth=_TERMINAL))
    return str(package.markdownify(html))


def saved_pages(pages: Iterable[LabelledPage], form: str) -> Iterator[LabelledPage]:
    """All pages that can be had in a form."""
    for page in pages:
        if (found := saved(page, form)) is not None:
            yield found


def main() -> None:
    """Write a file of labelled pages in another form."""
    parser = argparse.ArgumentParser(prog="python -m training.saved", description=__doc__)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--form", choices=FORMS, required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    try:
        count = write_pages(asked.out, saved_pages(read_pages(asked.pages), asked.form))
    except StoryseamError as error:
        parser.exit(1, f"{error}\n")
    print(f"{count} pages")


if __name__ == "__main__":
    main()
