"""Held-out articles made ready for evaluation pages: cut into paragraphs and sentences, paired."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from training.corpus import Article

__all__ = ["Deck", "Story", "neighbours", "prepare", "sentences"]

# A body with a paragraph longer than this, or of one or two lines, was scraped without its breaks.
_LOST_BREAKS = 1100
_CLOSING = "\"'”’»)\\]」』）"
_SENTENCE_END = re.compile(
    rf"[.!?…][{_CLOSING}]{{0,2}}\s+(?=[\"'“‘«(\[¿¡—–-]{{0,2}}[^\W\da-zа-яё])"
    rf"|[。！？][{_CLOSING}]{{0,2}}(?![{_CLOSING}])|[۔؟।]\s+"
)
_ABBREVIATED = re.compile(
    r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|Sen|Rep|Gov|Gen|Lt|Col|Sgt|Rev|Prof|Jr|Sr|No|vs|Sra?|Bapak"
    r"|Jan|Feb|Aug|Sept|Oct|Nov|Dec|U\.S|a\.m|p\.m))\.$"
)


@dataclass(frozen=True, slots=True)
class Story:
    """An article with paragraphs of ordinary length."""

    article: Article
    paragraphs: tuple[str, ...]

    @property
    def title(self) -> str:
        return self.article.title


def sentences(text: str) -> list[str]:
    """Sentences by a rule of thumb that is not the model's own splitter."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    done: list[str] = []
    for start, end in zip([0, *ends], [*ends, len(text)], strict=True):
        piece = text[start:end].strip()
        if done and _ABBREVIATED.search(done[-1]):
            done[-1] += " " + piece
        elif piece:
            done.append(piece)
    return done


def prepare(article: Article, rng: random.Random) -> Story:
    """Restore paragraphs where the corpus lost them, so that a line break gives no seam away."""
    paragraphs = article.paragraphs
    if len(paragraphs) > 2 and max(map(len, paragraphs)) <= _LOST_BREAKS:
        return Story(article, tuple(paragraphs))
    made: list[str] = []
    gap = "" if article.lang in ("zh", "ja") else " "
    for paragraph in paragraphs:
        parts = sentences(paragraph)
        at = 0
        while at < len(parts):
            step = rng.choice((1, 1, 2, 2, 3, 4))
            made.append(gap.join(parts[at : at + step]))
            at += step
    return Story(article, tuple(made))


class Deck:
    """Articles dealt one after another; none comes again before all have come."""

    def __init__(self, articles: Sequence[Article], rng: random.Random) -> None:
        self.rng = rng
        self.all = list(articles)
        self.rest: list[Article] = []
        self.by_outlet: defaultdict[str, list[Article]] = defaultdict(list)
        for article in articles:
            self.by_outlet[article.outlet].append(article)

    def deal(self, count: int) -> list[Article]:
        """Distinct articles, in half of the deals from one outlet, as on an endless page."""
        first = self._next()
        home = self.by_outlet[first.outlet]
        pool = home if len(home) > count and self.rng.random() < 0.5 else self.all
        hand = [first]
        while len(hand) < count:
            card = self.rng.choice(home) if pool is home else self._next()
            if all(card.id != other.id for other in hand):
                hand.append(card)
        self.rng.shuffle(hand)
        return hand

    def _next(self) -> Article:
        if not self.rest:
            self.rest = self.rng.sample(self.all, len(self.all))
        return self.rest.pop()


def neighbours(articles: Sequence[Article], *, count: int = 6) -> list[list[int]]:
    """For each article the most similar others, by words; of its own topic where that is known.

    Two reports that share more than half of their weight are left out: they are one story's
    versions more often than two stories.
    """
    if len(articles) < 2:
        return [[] for _ in articles]
    chinese = articles[0].lang in ("zh", "ja")
    words = TfidfVectorizer(
        max_features=30_000,
        sublinear_tf=True,
        max_df=0.3,
        analyzer="char" if chinese else "word",
        ngram_range=(2, 2) if chinese else (1, 1),
    )
    matrix = words.fit_transform([article.text[:4000] for article in articles]).astype(np.float32)
    nearest: list[list[int]] = []
    for start in range(0, len(articles), 500):
        block = (matrix[start : start + 500] @ matrix.T).toarray()
        for offset, row in enumerate(block):
            topic = articles[start + offset].topic
            ranked = [int(at) for at in np.argsort(-row)[: 8 * count] if row[at] < 0.5]
            own = [at for at in ranked if topic and articles[at].topic == topic]
            nearest.append((own or ranked)[:count])
    return nearest
