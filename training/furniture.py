"""What stands on a page beside its stories: teasers, comments, advertisements, biographies.

Everything here is outside, but for subheads, which belong to their story.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from model.decoder import INSIDE, OUTSIDE
from training.corpus import Article
from training.dress import Dress, Line, other_date
from training.material import Surroundings
from training.sentences import split_sentences

__all__ = ["Furniture"]

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


@dataclass(frozen=True)
class Furniture:
    """Writes furniture onto the lines of one page.

    Attributes
    ----------
    kind : str
        Kind of page; see `training.synthesis.KINDS`.
    noise : float
        How often a story is interrupted, from one paragraph to the next.
    subheads : bool
        Whether stories have subheads.
    any_article : callable
        Draws an article to make a teaser or a comment of.
    lines : list of Line
        The page so far.
    """

    rng: random.Random
    kind: str
    dress: Dress
    host: Surroundings
    names: Sequence[str]
    noise: float
    subheads: bool
    any_article: Callable[[], Article]
    lines: list[Line]

    def maybe_interrupt(self, article: Article, paragraphs: Sequence[str], i: int) -> None:
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
            self.teasers(rng.randint(1, 5))
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

    def teasers(self, count: int) -> None:
        """Headlines of other stories, at times with a line of their leads: no stories."""
        rng = self.rng
        if rng.random() < 0.5:
            self.lines.append(Line(rng.choice(_TEASER_HEADS), OUTSIDE, self.dress.paragraph))
        form = rng.choice(("headline", "headline", "two lines", "merged", "merged", "dated"))
        # On real pages merged teasers run to 800 characters: headline and all of the lead.
        length = rng.choice((120, 260, 420, 650))
        for _ in range(count):
            article = self.any_article()
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

    def comments(self, count: int) -> None:
        """What readers wrote under the story: a name, a date, a sentence or three."""
        rng = self.rng
        if rng.random() < 0.6:
            head = rng.choice(("Comments", f"{count} comments", "Kommentare", "Leave a comment"))
            self.lines.append(Line(head, OUTSIDE, self.dress.paragraph))
        form = rng.choice(("{name}", "{name} · {date}", "{name} says:", "{date} {name}", "@{name}"))
        for _ in range(count):
            name = form.format(name=rng.choice(self.names), date=other_date(self.dress.date, rng))
            self.lines.append(Line(name, OUTSIDE, self.dress.paragraph))
            pieces = split_sentences(rng.choice(self.any_article().paragraphs))
            text = " ".join(pieces[: rng.randint(1, 3)])
            self.lines.append(Line(text, OUTSIDE, self.dress.paragraph))
            if rng.random() < 0.3:
                text = rng.choice(("Reply", "Like · Reply", "12", "Antworten"))
                self.lines.append(Line(text, OUTSIDE, 1))

    def about_author(self) -> None:
        rng = self.rng
        text = rng.choice(_BIOGRAPHIES).format(name=rng.choice(self.names), desk=rng.choice(_DESKS))
        self.lines.append(Line(text, OUTSIDE, self.dress.paragraph))

    def ending(self) -> None:
        """What follows the last story."""
        rng = self.rng
        if self.kind in ("running", "mosaic"):
            return
        if rng.random() < 0.15:
            self.about_author()
        if self.kind == "full" or rng.random() < 0.1:
            self.run(self.host.after)
        if rng.random() < 0.3:
            self.teasers(rng.randint(2, 12))
        if rng.random() < 0.12:
            self.comments(rng.randint(1, 9))

    def between(self) -> None:
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
            self.teasers(rng.randint(1, 6))
        else:
            text = rng.choice(("* * *", "---", "Next story", "Read next", "More news"))
            self.lines.append(Line(text, OUTSIDE, 2))

    def run(self, texts: Sequence[str]) -> None:
        for text in texts:
            self.lines.append(Line(text, OUTSIDE, 1))
