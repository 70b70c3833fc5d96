"""Pages to learn from as other programs would have saved them: wrapped, in tags, as Markdown.

What a scraper, a mail or a database made of a page is read without its signs, but not as if it had
never had them: a line here and there is wrapped for good or made one with the next, all is in small
letters, or it has headings and links and nothing else of its markup. Trees that saw pages as they
are only take that for a seam. So some pages are learned from once more in such a form, each in a
style of its own; pages to measure with (`training.saved`) come in others, HTML from real packages.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.cues import CUES
from model.decoder import OUTSIDE, START
from model.markdown_cues import BOLD, HEADING, LINKED, LIST, QUOTED
from model.page import Page
from training.corpus import fraction
from training.examples import block_labels
from training.labelled import LabelledPage
from training.plan import Labelled
from training.saved import OF_TEXT, Style, saved, wrap

__all__ = ["markdown_page", "saved_copies"]

_NAME = "markdown"
# Markdown is what most scrapers save.
_FORMS = (*(form for form in OF_TEXT if form != "linked"), _NAME, _NAME, _NAME)
# A longer line is no headline, nor one that ends like a sentence.
_SHORT = 140
_SENTENCE = (".", "!", "?", "”", '"', ":", "…", "。")
_PICTURES = 0.04
_SEED = 31  # beside that of other copies


def saved_copies(pages: Sequence[Labelled], share: float, seed: int) -> list[Labelled]:
    """Copies of a share of the pages, each in a form of its own; HTML becomes Markdown.

    A page without articles, as corrections are, lends its own name: both share a fold.
    """
    copies: list[Labelled] = []
    for number, (page, truth) in enumerate(pages):
        name = f"{truth.id} {number}"
        if fraction(name, seed + _SEED) >= share:
            continue
        rng = random.Random(f"{seed}/saved/{name}")
        form = rng.choice(_FORMS) if page.markup is None else _NAME
        if form == _NAME:
            copy: LabelledPage | None = markdown_page(page, truth, rng)
        else:
            plain = replace(truth, text=page.text, html=None)
            copy = saved(plain, form, Style.drawn(rng))
        if copy is not None:
            copy = replace(copy, id=f"{truth.id} {form}", articles=truth.sources)
            copies.append((Page.from_text(copy.text), copy))
    return copies


def markdown_page(page: Page, truth: LabelledPage, rng: random.Random) -> LabelledPage:
    """A page as Markdown: by its markup, or as if its headlines and furniture had had some."""
    labels = block_labels(page, truth)
    rows = _guessed(page, labels, rng) if page.markup is None else page.markup
    writer = _Writer.drawn(rng)
    blocks = page.blocks()
    text = ""
    starts: list[int] = []
    outside: list[tuple[int, int]] = []
    listed = False
    for i, (block, row) in enumerate(zip(blocks, rows, strict=True)):
        whole = i == 0 or page.breaks[i] > 0
        was, listed = listed, bool(row[LIST] > 0.5)
        if text:
            text += " " if not whole else "\n" if was and listed and writer.close else "\n\n"
            if whole and rng.random() < _PICTURES:
                text += f"![{' '.join(block.split()[:3])}]({writer.style.address}.jpg)\n\n"
        line = writer.line(block, row) if whole else block
        begin = len(text) + len(line) - len(line.lstrip())  # points of lists may be indented
        text += line
        if labels[i] == START:
            starts.append(begin)
        elif labels[i] == OUTSIDE:
            outside.append((begin, len(text)))
    return replace(truth, text=text, starts=starts, outside=outside, html=None)


@dataclass(frozen=True)
class _Writer:
    """How one program writes Markdown.

    Attributes
    ----------
    bullet : str
    rules : bool
        Headings of the first levels are known by a rule below them.
    width : int
        Columns that paragraphs are wrapped at; 0 for none.
    close : bool
        No empty line between points of a list.
    """

    style: Style
    bullet: str
    rules: bool
    width: int
    close: bool

    @classmethod
    def drawn(cls, rng: random.Random) -> _Writer:
        style = Style.drawn(rng)
        return cls(
            style=style,
            bullet=rng.choice(("* ", "- ", "  * ", "+ ")),
            rules=rng.random() < 0.3,
            width=rng.choice((0, 0, style.terminal)),
            close=rng.random() < 0.8,
        )

    def line(self, block: str, row: NDArray[np.float32]) -> str:
        text = self._linked(block, float(row[LINKED]))
        if row[BOLD] > 0.9:
            text = f"**{text}**"
        level = row[HEADING]
        if level >= 1:
            if self.rules and level <= 2:
                return f"{text}\n{'=-'[int(level) - 1] * max(len(text), 3)}"
            return f"{'#' * int(level)} {text}"
        if self.width:
            text = wrap(text, self.width)
        if row[LIST] > 0.5:
            return self.bullet + text
        if row[QUOTED] > 0.5:
            return "> " + text.replace("\n", "\n> ")
        return text

    def _linked(self, block: str, share: float) -> str:
        """So much of a block as the words of one link, at its start where it is not all."""
        if not share > 0.02:
            return block
        words = block.split(" ")
        count = max(round(share * len(words)), 1)
        linked, rest = " ".join(words[:count]), " ".join(words[count:])
        return f"[{linked}]({self.style.address}) {rest}".rstrip()


def _guessed(page: Page, labels: NDArray[np.int64], rng: random.Random) -> NDArray[np.float32]:
    """What markup a page of text would have had, as far as Markdown keeps it."""
    rows = np.full((len(page), len(CUES)), np.nan, np.float32)
    rows[:, [LIST, QUOTED, BOLD]] = 0.0
    level = rng.choice((1, 2, 2, 3))
    titled, subheads, menus = rng.random() < 0.7, rng.random() < 0.5, rng.random() < 0.7
    for i, block in enumerate(page.blocks()):
        short = len(block) < _SHORT and not block.endswith(_SENTENCE)
        if labels[i] == OUTSIDE:
            rows[i, LINKED] = float(menus and short and rng.random() < 0.8)
            rows[i, LIST] = rows[i, LINKED] * (rng.random() < 0.7)
        elif labels[i] == START and short:
            rows[i, HEADING] = level if titled else np.nan
        elif short and subheads and rng.random() < 0.5:
            rows[i, HEADING] = level + 1
        elif rng.random() < 0.2:
            rows[i, LINKED] = rng.uniform(0.03, 0.2)
    return rows
