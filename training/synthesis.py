"""Single articles -> labelled pages in the layouts that real pages have.

A page is drawn in three steps: which stories stand on it, what they wear (:mod:`training.dress`),
and what stands around and between them (:mod:`training.material`). Every cue is missing on some
pages, so that no single one carries a model.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model.decoder import INSIDE, OUTSIDE, START
from training.chance import drawn
from training.corpus import Article
from training.dress import Line, draw_dress, fill_header, open_with_dateline
from training.furniture import Furniture
from training.labelled import LabelledPage
from training.material import Material
from training.sentences import first_words, regroup, split_sentences

__all__ = ["KINDS", "Composer"]

# (kind, weight): how often each kind of page is drawn.
KINDS: tuple[tuple[str, float], ...] = (
    ("plain", 0.14),
    ("running", 0.08),
    ("titled", 0.10),
    ("dressed", 0.20),
    ("digest", 0.09),
    ("sentences", 0.08),
    ("mosaic", 0.08),
    ("interrupted", 0.10),
    ("full", 0.13),
)
# Share of one-story pages, and how many stories the others hold.
_SINGLE = 0.45
_STORIES = ((2, 0.42), (3, 0.22), (4, 0.14), (5, 0.08), (7, 0.07), (10, 0.05), (16, 0.02))
# Share of the pages of a sentence a line whose text was cut into tokens, as corpora come.
_TOKENISED = 0.25
_MARK = re.compile(r"([.,;:!?()\"“”»«])")
# Bodies with longer lines than this on average come without their paragraphs.
_LOST_BREAKS = 900


@dataclass(frozen=True)
class Composer:
    """Composes pages from articles and material; the same seed gives the same pages."""

    articles: Sequence[Article]
    material: Material
    seed: int

    def pages(self, count: int, first: int = 0) -> Iterator[LabelledPage]:
        """Pages number ``first`` to ``first + count``; each depends on its number only."""
        groups = _groups(self.articles)
        langs = sorted(groups)
        weights = [sum(len(v) for v in groups[lang].values()) ** 0.75 for lang in langs]
        names = sorted({a.byline.split(",")[0] for a in self.articles if a.byline}) or ["Ana Brook"]
        for number in range(first, first + count):
            rng = random.Random(f"{self.seed}/{number}")
            lang = rng.choices(langs, weights)[0]
            yield _Draft(self, rng, groups[lang], names, lang).page(f"synthetic-{number}")


def _groups(articles: Sequence[Article]) -> dict[str, dict[str, list[Article]]]:
    """Articles by language, then by topic or outlet."""
    groups: dict[str, dict[str, list[Article]]] = defaultdict(lambda: defaultdict(list))
    for article in articles:
        groups[article.lang][article.topic or article.outlet].append(article)
    return {lang: dict(kinds) for lang, kinds in groups.items()}


class _Draft:
    """One page in the making."""

    def __init__(
        self,
        composer: Composer,
        rng: random.Random,
        groups: dict[str, list[Article]],
        names: Sequence[str],
        lang: str,
    ) -> None:
        self.rng = rng
        self.groups = groups
        self.lang = lang
        self.host = composer.material.host(lang, rng)
        self.kind = drawn(rng, KINDS)
        header = self.host.header if rng.random() < 0.6 else None
        self.dress = draw_dress(rng, names, header, composer.material.fixed)
        self.tokenised = rng.random() < _TOKENISED
        self.lines: list[Line] = []
        self.furniture = Furniture(
            rng=rng,
            kind=self.kind,
            dress=self.dress,
            host=self.host,
            names=names,
            noise={"interrupted": 0.16, "full": 0.05}.get(self.kind, rng.choice((0, 0, 0.02))),
            subheads=rng.random() < 0.25,
            any_article=self._any_article,
            lines=self.lines,
        )

    def page(self, page_id: str) -> LabelledPage:
        stories = self._stories()
        if self.kind == "full":
            self.furniture.run(self.host.before)
        for i, article in enumerate(stories):
            if i:
                self.furniture.between()
            self._story(article, i, len(stories))
        self.furniture.ending()
        text, starts, outside = self._text()
        return LabelledPage(
            id=page_id,
            text=text,
            starts=starts,
            outside=outside,
            kind=self.kind if len(stories) > 1 else "single",
            lang=self.lang,
            outlets=tuple(sorted({a.outlet for a in stories})),
            articles=tuple(a.id for a in stories),
        )

    def _stories(self) -> list[Article]:
        """The articles of the page: by chance all of one topic or outlet, the hard neighbours."""
        rng = self.rng
        single = _SINGLE if self.kind not in ("mosaic", "digest") else 0.1
        count = 1
        if rng.random() >= single:
            count = drawn(rng, _STORIES)
            if self.kind == "mosaic":
                count = rng.randint(3, 11)
        kinds = list(self.groups)
        pool = self.groups[rng.choices(kinds, [len(self.groups[k]) for k in kinds])[0]]
        if len(pool) < count or rng.random() < 0.4:
            pool = [a for members in self.groups.values() for a in members]
        return rng.sample(pool, min(count, len(pool)))

    def _any_article(self) -> Article:
        return self.rng.choice(self.groups[self.rng.choice(list(self.groups))])

    # -- one story ------------------------------------------------------------------------------

    def _story(self, article: Article, number: int, of: int) -> None:
        rng, dress = self.rng, self.dress
        paragraphs = self._paragraphs(article, number, of)
        sentences = [s for p in paragraphs for s in split_sentences(p)]
        bare = self.kind in ("plain", "mosaic") or (
            self.kind in ("running", "sentences") and rng.random() < 0.6
        )
        header: list[Line] = []
        if self.kind == "titled":
            header = [Line(dress.case(article.title), INSIDE)] if article.title else []
        elif not bare:
            header = fill_header(dress, article, sentences, rng)
        first = len(self.lines)
        for line in header:
            self.lines.append(line)
        if paragraphs and not bare:
            paragraphs[0] = open_with_dateline(dress, paragraphs[0], rng)
        if self.kind in ("sentences", "mosaic"):
            paragraphs = [_MARK.sub(r" \1 ", s) for s in sentences] if self.tokenised else sentences
        for i, paragraph in enumerate(paragraphs):
            if i:
                self.furniture.maybe_interrupt(article, paragraphs, i)
            self.lines.append(Line(paragraph, INSIDE, dress.paragraph))
        if len(self.lines) > first:
            self.lines[first].label = START
            self.lines[first].breaks = dress.story
        for text in dress.tail if not bare else ():
            self.lines.append(Line(text, OUTSIDE, dress.paragraph))

    def _paragraphs(self, article: Article, number: int, of: int) -> list[str]:
        """The body, or the part of it that this kind of page shows."""
        rng = self.rng
        paragraphs = [p for p in article.paragraphs if p.strip()]
        if sum(map(len, paragraphs)) > _LOST_BREAKS * len(paragraphs):
            paragraphs = regroup([s for p in paragraphs for s in split_sentences(p)], rng)
        elif rng.random() < 0.08:
            paragraphs = regroup(paragraphs, rng)
        if self.kind == "mosaic":
            sentences = [s for p in paragraphs for s in split_sentences(p)]
            take = rng.randint(3, 11)
            at = rng.randint(0, max(0, len(sentences) - take))
            return sentences[at : at + take]
        if self.kind == "digest" or (of >= 7 and rng.random() < 0.7):
            return first_words(paragraphs, rng.randint(30, 160))
        if self.kind == "sentences" and of > 1:
            return first_words(paragraphs, rng.randint(60, 500))
        if number and rng.random() < 0.25:
            return first_words(paragraphs, rng.randint(40, 200))
        if rng.random() < 0.3:
            return first_words(paragraphs, rng.randint(120, 900))
        return paragraphs

    # -- lines -> text --------------------------------------------------------------------------

    def _text(self) -> tuple[str, list[int], list[tuple[int, int]]]:
        """Join the lines; offsets of the starts and of what is outside."""
        rng = self.rng
        newline = "\r\n" if rng.random() < 0.03 else "\n"
        joined = " " if self.kind == "running" else None
        parts: list[str] = []
        starts: list[int] = []
        outside: list[tuple[int, int]] = []
        at = 0
        for i, line in enumerate(self.lines):
            text = " ".join(line.text.split())
            if not text:
                continue
            if i and at:
                gap = joined or newline * line.breaks
                parts.append(gap)
                at += len(gap)
            if line.label == START:
                starts.append(at)
            elif line.label == OUTSIDE:
                outside.append((at, at + len(text)))
            parts.append(text)
            at += len(text)
        return "".join(parts), starts, outside
