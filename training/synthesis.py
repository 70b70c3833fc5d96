"""Single articles -> labelled pages in the layouts that real pages have.

A page is drawn in three steps: which stories stand on it, what they wear (:mod:`training.dress`),
and what stands around and between them (:mod:`training.material`). Every cue is missing on some
pages, so that no single one carries a model.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from model.decoder import INSIDE, OUTSIDE, START
from model.page import sentence_spans
from training.corpus import Article
from training.dress import Line, draw_dress, fill_header, open_with_dateline, other_date
from training.labelled import LabelledPage
from training.material import Material

__all__ = ["KINDS", "Composer", "first_words", "split_sentences"]

# (kind, weight): how often each kind of page is drawn.
KINDS: tuple[tuple[str, float], ...] = (
    ("plain", 0.15),
    ("running", 0.08),
    ("titled", 0.10),
    ("dressed", 0.20),
    ("digest", 0.09),
    ("sentences", 0.08),
    ("mosaic", 0.06),
    ("interrupted", 0.10),
    ("full", 0.14),
)
# Share of one-story pages, and how many stories the others hold.
_SINGLE = 0.45
_STORIES = ((2, 0.42), (3, 0.22), (4, 0.14), (5, 0.08), (7, 0.07), (10, 0.05), (16, 0.02))
_TEASER_HEADS = (
    "Related", "Read also", "More from us", "Most read", "Mehr zum Thema", "Más noticias",
    "You may also like", "Editor's picks", "Lire aussi", "Recommended", "Trending now",
)  # fmt: skip
_BIOGRAPHIES = (
    "{name} covers {desk}.",
    "{name} is a reporter on the {desk} desk. Before that she worked for three regional papers.",
    "{name} writes about {desk} and lives with two dogs. Follow {name} for more.",
    "About the author: {name} has reported on {desk} since 2009.",
)
_DESKS = ("politics", "business", "the courts", "health", "sport", "the region", "technology")
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
        self.names = names
        self.host = composer.material.host(lang, rng)
        self.kind = rng.choices([k for k, _ in KINDS], [w for _, w in KINDS])[0]
        header = self.host.header if rng.random() < 0.6 else None
        self.dress = draw_dress(rng, names, header, composer.material.fixed)
        self.noise = {"interrupted": 0.16, "full": 0.05}.get(self.kind, rng.choice((0, 0, 0.02)))
        self.subheads = rng.random() < 0.25
        self.lines: list[Line] = []

    def page(self, page_id: str) -> LabelledPage:
        stories = self._stories()
        if self.kind == "full":
            self._run(self.host.before)
        for i, article in enumerate(stories):
            if i:
                self._between()
            self._story(article, i, len(stories))
        self._ending()
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
            count = rng.choices([n for n, _ in _STORIES], [w for _, w in _STORIES])[0]
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
            paragraphs = sentences
        for i, paragraph in enumerate(paragraphs):
            if i:
                self._maybe_interrupt(article, paragraphs, i)
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
            paragraphs = _regroup([s for p in paragraphs for s in split_sentences(p)], rng)
        elif rng.random() < 0.08:
            paragraphs = _regroup(paragraphs, rng)
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

    # -- what is not story ----------------------------------------------------------------------

    def _maybe_interrupt(self, article: Article, paragraphs: Sequence[str], i: int) -> None:
        rng = self.rng
        if self.subheads and i > 2 and rng.random() < 0.12:
            words = paragraphs[i].split()[: rng.randint(2, 6)]
            text = " ".join(words).strip(".,;:“”\"'")
            if 4 < len(text) < 70:
                case = rng.choice((str.upper, str.title, str))
                self.lines.append(Line(case(text), INSIDE, self.dress.paragraph))
        if rng.random() >= self.noise:
            return
        choice = rng.random()
        if choice < 0.45 and self.host.inside:
            for text in rng.choice(self.host.inside):
                self.lines.append(Line(text, OUTSIDE, self.dress.paragraph))
        elif choice < 0.65:
            self._teasers(rng.randint(1, 5))
        elif choice < 0.75:
            quote = rng.choice(split_sentences(rng.choice(list(paragraphs))) or [""])
            if quote:
                self.lines.append(Line(quote, OUTSIDE, self.dress.paragraph))
        elif choice < 0.8 and article.title:
            self.lines.append(Line(article.title, OUTSIDE, self.dress.paragraph))
        else:
            text = rng.choice(("Advertisement", "ADVERTISEMENT", "Read more", "* * *", "Anzeige"))
            for _ in range(rng.choice((1, 1, 1, 4))):
                self.lines.append(Line(text, OUTSIDE, self.dress.paragraph))

    def _teasers(self, count: int) -> None:
        """Headlines of other stories, at times with a line of their leads: no stories."""
        rng = self.rng
        if rng.random() < 0.5:
            self.lines.append(Line(rng.choice(_TEASER_HEADS), OUTSIDE, self.dress.paragraph))
        form = rng.choice(("headline", "headline", "two lines", "merged", "merged", "dated"))
        # On real pages merged teasers run to 800 characters: headline and all of the lead.
        length = rng.choice((120, 260, 420, 650))
        for _ in range(count):
            article = self._any_article()
            lead = " ".join(article.paragraphs[:2])
            lead = lead[:length].rsplit(" ", 1)[0] if len(lead) > length else lead
            lead += rng.choice(("", "", "…", " ..."))
            title = article.title or lead[:70]
            if form == "merged":
                self.lines.append(Line(f"{title} {lead}", OUTSIDE, self.dress.paragraph))
                continue
            if form == "dated":
                date = other_date(self.dress.date, rng)
                self.lines.append(Line(date, OUTSIDE, self.dress.paragraph))
            self.lines.append(Line(title, OUTSIDE, self.dress.paragraph))
            if form == "two lines":
                self.lines.append(Line(lead[:260], OUTSIDE, self.dress.paragraph))

    def _comments(self, count: int) -> None:
        """What readers wrote under the story: a name, a date, a sentence or three."""
        rng = self.rng
        if rng.random() < 0.6:
            head = rng.choice(("Comments", f"{count} comments", "Kommentare", "Leave a comment"))
            self.lines.append(Line(head, OUTSIDE, self.dress.paragraph))
        form = rng.choice(("{name}", "{name} · {date}", "{name} says:", "{date} {name}", "@{name}"))
        for _ in range(count):
            name = form.format(name=rng.choice(self.names), date=other_date(self.dress.date, rng))
            self.lines.append(Line(name, OUTSIDE, self.dress.paragraph))
            pieces = split_sentences(rng.choice(self._any_article().paragraphs))
            text = " ".join(pieces[: rng.randint(1, 3)])
            self.lines.append(Line(text, OUTSIDE, self.dress.paragraph))
            if rng.random() < 0.3:
                text = rng.choice(("Reply", "Like · Reply", "12", "Antworten"))
                self.lines.append(Line(text, OUTSIDE, 1))

    def _about_author(self) -> None:
        rng = self.rng
        text = rng.choice(_BIOGRAPHIES).format(name=rng.choice(self.names), desk=rng.choice(_DESKS))
        self.lines.append(Line(text, OUTSIDE, self.dress.paragraph))

    def _ending(self) -> None:
        """What follows the last story."""
        rng = self.rng
        if self.kind in ("running", "mosaic"):
            return
        if rng.random() < 0.15:
            self._about_author()
        if self.kind == "full" or rng.random() < 0.1:
            self._run(self.host.after)
        if rng.random() < 0.3:
            self._teasers(rng.randint(2, 12))
        if rng.random() < 0.12:
            self._comments(rng.randint(1, 9))

    def _between(self) -> None:
        """What stands between two stories: nothing in two cases of three."""
        rng = self.rng
        if self.kind in ("plain", "running", "mosaic", "sentences", "titled"):
            return
        choice = rng.random()
        if choice < 0.68:
            return
        if choice < 0.8 and self.host.inside:
            for text in rng.choice(self.host.inside):
                self.lines.append(Line(text, OUTSIDE, self.dress.paragraph))
        elif choice < 0.92:
            self._teasers(rng.randint(1, 6))
        else:
            text = rng.choice(("* * *", "---", "Next story", "Read next", "More news"))
            self.lines.append(Line(text, OUTSIDE, 2))

    def _run(self, texts: Sequence[str]) -> None:
        for text in texts:
            self.lines.append(Line(text, OUTSIDE, 1))

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


def split_sentences(text: str) -> list[str]:
    """The sentences of one line."""
    return [text[a:b] for a, b in sentence_spans(text, 0, len(text))]


def _regroup(pieces: Sequence[str], rng: random.Random) -> list[str]:
    """Paragraphs of one to four pieces."""
    out = []
    at = 0
    while at < len(pieces):
        take = rng.randint(1, 4)
        out.append(" ".join(pieces[at : at + take]))
        at += take
    return out


def first_words(paragraphs: Sequence[str], words: int) -> list[str]:
    """Whole paragraphs up to about so many words (six characters a word), one at least."""
    out: list[str] = []
    room = words * 6
    for paragraph in paragraphs:
        if out and room < len(paragraph) / 2:
            break
        out.append(paragraph)
        room -= len(paragraph)
    return out


