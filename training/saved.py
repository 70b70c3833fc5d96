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
import random
import re
import textwrap
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import accumulate
from pathlib import Path
from typing import Any

from model.errors import StoryseamError
from model.page import Page
from model.telling.titles import letters_of
from training.labelled import LabelledPage, read_pages, write_pages

__all__ = ["FORMS", "OF_TEXT", "MissingPackage", "Style", "saved", "saved_pages", "wrap"]

# Widths of the letters of print that differ most, beside .52 of the others.
_LETTERS = dict.fromkeys("ijltf.,:;'|!", 0.28) | dict.fromkeys("mwMW@", 0.86)
# Two words with a capital, which become a link as names do in news.
_NAME = re.compile(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b")
# Letters of a line that it is found again by: the rest may be wrapped otherwise. A line with more
# than that is text, which does not stand in the page's title as well.
_ALIKE, _TEXT = 30, 80


# Signs beside words, and within them: a caption keeps "don't" and "follow-up".
_PUNCTUATION = re.compile(r"[^\w\s'’-]|(?<!\w)['’-]+|['’-]+(?!\w)")


@dataclass(frozen=True)
class Style:
    """What programs that save in one form differ in.

    Attributes
    ----------
    mail, terminal : int
        Columns that mail is wrapped at, and dumps for a terminal.
    print : float
        A line of print in widths of its type; 36 are some 80 characters.
    address : str
        Where links lead to.
    """

    mail: int = 72
    terminal: int = 78
    print: float = 36.0
    address: str = "https://www.lantern.example/topic/mooring-rules-1234"

    @classmethod
    def drawn(cls, rng: random.Random) -> Style:
        """Another one, to learn from: pages that are measured on have that above."""
        return cls(
            mail=rng.choice([n for n in range(60, 78) if n != cls.mail]),
            terminal=rng.choice([n for n in range(70, 120) if n != cls.terminal]),
            print=rng.uniform(24.0, 34.0) + rng.choice((0.0, 14.0)),
            address=rng.choice(
                (
                    "/news/local/{n}",
                    "https://pier.example/{n}/a-story-of-the-day.html",
                    "/tag/harbour?page={n}#top",
                    "https://m.dispatch.example/?p={n}&ref=home",
                )
            ).format(n=rng.randrange(10, 100_000)),
        )


class MissingPackage(StoryseamError, ImportError):
    """A form needs a package that is not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(package)
        self.package = package

    def __str__(self) -> str:
        return f"{self.package} is not installed; run: pip install {self.package}"


def _wrapped(line: str, style: Style) -> str:
    return wrap(line, style.mail)


def _parted(line: str, style: Style) -> str:
    return wrap(line, style.mail) + "\n"


def _indented(line: str, style: Style) -> str:
    return wrap(line, style.terminal, "    ")


def _printed(line: str, style: Style) -> str:
    return _set(line, style.print) + "\n"


def _linked(line: str, style: Style) -> str:
    return _NAME.sub(rf"[\g<0>]({style.address})", line)


def _tagged(line: str, style: Style) -> str:
    return f"<p>{escape(line)}</p>"


def _spoken(line: str, style: Style) -> str:
    return _PUNCTUATION.sub("", line).lower()


def wrap(line: str, width: int, first: str = "") -> str:
    """A line as several of so many columns, ``first`` in front of the first."""
    return "\n".join(
        textwrap.wrap(
            line,
            width,
            initial_indent=first,
            break_long_words=False,
            break_on_hyphens=False,
        )
    )


def _set(line: str, width: float) -> str:
    """Lines of a width of letters, as a typesetter fills them."""
    lines = [""]
    room = width
    for word in line.split():
        needs = sum(_LETTERS.get(sign, 0.52) for sign in word)
        if lines[-1] and needs > room:
            lines.append("")
            room = width
        lines[-1] = f"{lines[-1]} {word}".lstrip()
        room -= needs + _LETTERS["i"]
    return "\n".join(lines)


#: What each form of text makes of a line.
OF_TEXT: dict[str, Callable[[str, Style], str]] = {
    "wrapped": _wrapped,
    "parted": _parted,
    "indented": _indented,
    "printed": _printed,
    "linked": _linked,
    "tagged": _tagged,
    "spoken": _spoken,
}
#: What a page may be saved as.
FORMS = (*OF_TEXT, "html2text", "markdownify")


def saved(page: LabelledPage, form: str, style: Style | None = None) -> LabelledPage | None:
    """A page in another form, its labels moved along; those outside stories of text only.

    Parameters
    ----------
    form : str
        One of ``FORMS``.
    style : Style, optional
        The packages have their own.

    Returns
    -------
    LabelledPage or None
        None where the form is none of this page, or a story's first line is there no more.

    Raises
    ------
    MissingPackage
    """
    if form not in OF_TEXT:
        return None if page.html is None else _of_html(page, page.html, form)
    return None if page.html is not None else _of_text(page, form, style or Style())


def _of_text(page: LabelledPage, form: str, style: Style) -> LabelledPage | None:
    """Labels are where the same characters stand, white space left out of the count."""
    lines = page.text.split("\n")
    begins = [0, *accumulate(len(line) + 1 for line in lines)]
    changed = [OF_TEXT[form](line, style) if line.strip() else line for line in lines]
    text = "\n".join(line for line in changed if form != "indented" or line.strip())
    stand = [i for i, sign in enumerate(text) if not sign.isspace()]
    sizes = [0, *accumulate(map(_visible, changed))]

    def place(offset: int) -> int:
        """Visible characters in front of it; -1 where it is inside a line that has tags."""
        number = bisect_right(begins, offset) - 1
        start = lines[number][: offset - begins[number]]
        if not start.strip():
            return sizes[number]
        if form == "tagged" and start != lines[number]:
            return -1
        return sizes[number] + _visible(OF_TEXT[form](start, style))

    starts = [place(start) for start in page.starts]
    outside = [(place(start), place(end)) for start, end in page.outside]
    if -1 in starts or any(-1 in span for span in outside):
        return None
    # A line of signs alone is gone where nothing has any.
    if any(at >= len(stand) for at in starts) or len(set(starts)) < len(starts):
        return None
    return replace(
        page,
        text=text,
        starts=[stand[at] for at in starts],
        outside=[(stand[a], stand[b - 1] + 1) for a, b in outside if a < b],
    )


def _visible(text: str) -> int:
    return len("".join(text.split()))


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
        return str(package.html2text(html, bodywidth=Style.terminal))
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
