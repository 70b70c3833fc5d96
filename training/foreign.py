"""Pages in languages that nobody speaks, so that the trees learn what to trust in an unknown one.

In a language that no article of the corpora is in, word vectors and wording say nothing, and yet
words come back, names have capitals and headers look alike. Trees that saw only known languages
trust the vectors everywhere. So some pages are read once more with their letters exchanged for one
another: every word is unknown, and all else is as it was. How much of a page is known is a feature
of its own.

    python -m training.foreign PAGES.jsonl --out FOREIGN.jsonl

writes labelled pages like this, to measure what a model is worth where it knows no word.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from model.characters import UNSPACED_RANGES
from training.corpus import fraction
from training.labelled import LabelledPage, read_pages, write_pages
from training.plan import Labelled

__all__ = ["foreign", "foreign_copies", "foreign_pages"]

_UNSPACED = re.compile(f"[{UNSPACED_RANGES}]")
# Letters of scripts without capitals: Hebrew, Arabic, Devanagari, Ethiopic, Hangul. No page has
# more than the last.
_UNCASED = tuple(
    [chr(code) for code in range(first, last) if chr(code).isalpha()]
    for first, last in (
        (0x5D0, 0x5EB),
        (0x620, 0x6D4),
        (0x904, 0x93A),
        (0x1200, 0x12C0),
        (0xAC00, 0xD7A4),
    )
)
# Of the copies, those without capitals.
_WITHOUT_CAPITALS = 0.25


def foreign(text: str, seed: int, *, capitals: bool = True) -> str:
    """The text with its letters exchanged, lower case for lower and upper for upper.

    As many characters as before, so that offsets stay. Figures, signs and scripts without spaces
    stay as they are.

    Parameters
    ----------
    capitals : bool
        Without them, letters that have case become letters of a script that has none.
    """
    letters = sorted({c for c in text.lower() if c.isalpha() and not _UNSPACED.match(c)})
    cased = [
        c for c in letters if c.upper() != c and c.upper().lower() == c and len(c.upper()) == 1
    ]
    uncased = [c for c in letters if c.upper() == c and c.lower() == c]
    chance = random.Random(seed)
    table: dict[int, str] = {}
    alphabet = cased
    if not capitals:
        alphabet = chance.choice([some for some in _UNCASED if len(some) >= len(cased)])
    for group, into in ((cased, alphabet), (uncased, uncased)):
        for one, other in zip(group, chance.sample(into, len(group)), strict=True):
            table |= {ord(one): other, ord(one.upper()): other.upper()}
    return text.translate(table)


def foreign_copies(pages: Sequence[Labelled], share: float, seed: int) -> list[Labelled]:
    """Copies of a share of the pages, each in a language of its own; all else is the page's.

    A page without articles, as corrections are, lends its own name: both share a fold.
    """
    copies: list[Labelled] = []
    for number, (page, truth) in enumerate(pages):
        if fraction(f"{truth.id} {number}", seed) < share:
            capitals = fraction(f"{number} {truth.id}", seed) >= _WITHOUT_CAPITALS
            text = foreign(page.text, seed + number, capitals=capitals)
            name = f"{truth.id} foreign"
            named = replace(truth, id=name, text=text, articles=truth.sources)
            copies.append((replace(page, text=text), named))
    return copies


def foreign_pages(
    pages: Iterable[LabelledPage], seed: int, *, capitals: bool = True
) -> Iterator[LabelledPage]:
    """Each page in a language of its own, but for HTML and for pages of which much stays readable:
    scripts without spaces are not exchanged."""
    for number, page in enumerate(pages):
        if page.html is None and 10 * len(_UNSPACED.findall(page.text)) < len(page.text):
            text = foreign(page.text, seed + number, capitals=capitals)
            yield replace(page, id=f"{page.id} foreign", text=text)


def main() -> None:
    """Write the foreign copies of a file of labelled pages."""
    parser = argparse.ArgumentParser(prog="python -m training.foreign", description=__doc__)
    parser.add_argument("pages", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--without-capitals", action="store_true", help="in letters of a script that has none"
    )
    asked = parser.parse_args()
    pages = foreign_pages(read_pages(asked.pages), asked.seed, capitals=not asked.without_capitals)
    print(f"{write_pages(asked.out, pages)} pages")


if __name__ == "__main__":
    main()
