"""An article as lines in the dress of a real page: its header's, its paragraphs'."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.decoder import INSIDE, OUTSIDE
from model.page import Page
from training.corpus import Article
from training.dress import draw_dress, fill_header
from training.sentences import first_words, split_sentences

__all__ = ["Line", "Pool", "pour"]

Ints = NDArray[np.int64]

_PARAGRAPH = 90  # characters; a shorter line of a story is its header's, or an interruption
_HEADER = 12  # lines


@dataclass(frozen=True)
class Line:
    """A line of a story that is set into a page.

    Attributes
    ----------
    text : str
    label : int
        INSIDE or OUTSIDE; the first of a story becomes its start.
    like : int
        The page's block that it looks like.
    """

    text: str
    label: int
    like: int


class Pool:
    """Articles to pour, by language."""

    def __init__(self, articles: Iterable[Article]) -> None:
        self._by_lang: defaultdict[str, list[Article]] = defaultdict(list)
        for article in articles:
            self._by_lang[article.lang].append(article)

    def of(self, lang: str) -> Sequence[Article]:
        """Those of a language, or English ones where it has none."""
        return self._by_lang.get(lang) or self._by_lang.get("en", [])


def pour(
    page: Page,
    labels: Ints,
    article: Article,
    rng: random.Random,
    length: int,
    fixed: frozenset[str],
) -> tuple[list[Line], list[Line]]:
    """An article in the header and the paragraphs of a page's own story.

    Parameters
    ----------
    labels : int64 array, shape (n_blocks,)
        The page holds at least one block that is not outside.
    length : int
        Words that it is cut to, about; 0 for all.
    fixed : frozenset of str
        Lines that are furniture wherever they stand.

    Returns
    -------
    header, paragraphs : list of Line
    """
    paragraphs = [p for p in article.paragraphs if p.strip()]
    if len(paragraphs) < 3:
        paragraphs = split_sentences(article.text)
    if length:
        paragraphs = first_words(paragraphs, length)
    sentences = [s for p in paragraphs for s in split_sentences(p)]
    own = np.flatnonzero(labels != OUTSIDE)
    start = int(own[0])
    body = [int(i) for i in own[1:] if page.ends[i] - page.starts[i] > _PARAGRAPH]
    body = body or [int(own[-1])]
    header = list(range(start, body[0]))[:_HEADER]
    if not article.title or not header:
        header = []
    # The longest of the first lines is the headline; the others are filled by their kind.
    sizes = [int(page.ends[i] - page.starts[i]) for i in header]
    head = header[int(np.argmax(sizes))] if header else -1
    lines = ["\0" if i == head else page.block(i) for i in header]
    names = [article.byline.split(",")[0] or "Ana Brook"]
    top: list[Line] = []
    for at, line in zip(header, lines, strict=True):
        dress = draw_dress(rng, names, [line], fixed)
        dress = replace(dress, case=str, slots=dress.slots[:1])
        filled = fill_header(dress, article, sentences, rng)
        if filled:
            top.append(Line(filled[0].text, int(labels[at]) if at != start else INSIDE, at))
    return top, [
        Line(paragraph, INSIDE, body[min(k, len(body) - 1)] if k < 2 else rng.choice(body))
        for k, paragraph in enumerate(paragraphs)
    ]
