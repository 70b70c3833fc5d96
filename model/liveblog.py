"""Live blogs: one story, or one for every entry.

The labels that a model learns from call every entry with a text of its own a story. Most callers
want the blog as one piece, so that is what they get unless they ask for ``entry``. Entries are
told from the stories of a feed by two signs that both have to be there: they open with a time of
day and no date, and they report on one thing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from model.characters import SENTENCE_STOPS
from model.decoder import Span
from model.page import Page

__all__ = ["join_entries"]

Floats = NDArray[np.float32]

# Fewer entries in a row may be stories with a clock in front.
FEWEST = 3
# Mean cosine of two entries. Of five pieces of an article, 300 characters each, 19 in 20 reach .24
# to .42 by language, and .10 in Russian, which the vectors know little of; of pieces of five
# articles of one outlet 1 in 20 reaches .07 to .20 (six corpora; no command repeats it). Rather one
# story too few than a blog in pieces.
# The cosine with their sum, which came before, says .5 of four pieces that have nothing in common.
ALIKE = 0.15
# "14:05", "14.05 Uhr", "Updated at 2:05 pm", "[14:05] Headline".
_CLOCK = re.compile(
    r"\W*(?:(?:last )?(?:updated|posted|published)?\W*(?:at|um|à|às|ore|kl|a las)?\W*)?"
    r"\d{1,2}[:.h]\d\d(?!\d|[./-]\d)",
    re.IGNORECASE,
)
_DATED = re.compile(r"\b(?:19|20)\d\d\b|\d{1,2}[./]\d{1,2}[./]\d")
_OPENING = 2  # blocks among which the clock stands
# A line with more letters that ends in a stop is a sentence, and in a shorter one "p.m." does; a
# line with as many as paragraphs have is one whatever its end, as Thai has no stops.
_SENTENCE, _PARAGRAPH = 16, 120
_UNCASED = 2  # a sign of a script without capitals, Chinese above all, says what two letters say
_STOP = re.compile(rf"[{SENTENCE_STOPS}]\W*$")


def join_entries(page: Page, spans: Sequence[Span], vectors: Floats) -> list[Span]:
    """Spans with every run of live-blog entries as one, with what stands before it.

    Parameters
    ----------
    spans : sequence of Span
        Stories and entries, in order.
    vectors : float32 array, shape (n_blocks, n_dims)
        Word vectors of the page's blocks.
    """
    out: list[Span] = []
    i = 0
    while i < len(spans):
        run = i
        while run < len(spans) and _is_entry(page, spans[run]):
            run += 1
        if run - i >= FEWEST and _alike(spans[i:run], vectors):
            # The blog's own header and summary, if the page has them.
            head = [out.pop()] if out else []
            if head and out and _is_bare(page, head[0]) and _is_bare(page, out[-1]):
                # Its headline and its list of key events; another story says something.
                head.insert(0, out.pop())
            out.append(_joined([*head, *spans[i:run]]))
            i = run
        else:
            out += spans[i : max(run, i + 1)]
            i = max(run, i + 1)
    return out


def _is_entry(page: Page, span: Span) -> bool:
    for k in range(span.first, min(span.first + _OPENING, span.last)):
        line = page.block(k)[:60]
        if _CLOCK.match(line) and not _DATED.search(line):
            return True
    return False


def _is_bare(page: Page, span: Span) -> bool:
    """Whether no sentence stands in the span: a story is more than its header."""
    return not any(_is_sentence(page.block(k)) for k in range(span.first, span.last))


def _is_sentence(line: str) -> bool:
    letters = [c for c in line if c.isalpha()]
    says = len(letters) * (1 if any(c.islower() or c.isupper() for c in letters) else _UNCASED)
    return says > _PARAGRAPH or (says > _SENTENCE and _STOP.search(line) is not None)


def _alike(spans: Sequence[Span], vectors: Floats) -> bool:
    sums = np.stack([vectors[s.first : s.last][s.inside].sum(axis=0) for s in spans])
    units = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    # Of all pairs, but for each with itself.
    total = float(np.square(units.sum(axis=0)).sum() - np.square(units).sum())
    return total / (len(spans) * (len(spans) - 1)) >= ALIKE


def _joined(spans: Sequence[Span]) -> Span:
    """One span over several, as sure as its beginning."""
    first, last = spans[0].first, spans[-1].last
    inside = np.zeros(last - first, dtype=bool)
    for span in spans:
        inside[span.first - first : span.last - first] = span.inside
    return Span(first, last, spans[0].probability, inside)
