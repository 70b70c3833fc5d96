"""How the stories that are set into one page of HTML are headed: all of them alike."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from model.decoder import INSIDE, OUTSIDE
from training.chance import drawn
from training.corpus import Article
from training.sentences import split_sentences
from training.shells import Shells, boxed

__all__ = ["Lines", "MarkupStyle"]

#: Text and label of what is put in, block by block.
Lines = list[tuple[str, int]]

_HEADINGS = (("h2", 0.45), ("same", 0.3), ("h3", 0.12), ("h1", 0.08), ("strong", 0.05))
_METAS = ("byline", "meta", "posted-on", "info", "author-line", "")
_MONTHS = ("January", "March", "May", "June", "August", "October")
_TEASER = 200  # characters of the sentence below a teaser's headline


@dataclass(frozen=True)
class MarkupStyle:
    """What was drawn for a page.

    Attributes
    ----------
    whole : bool
        Stories have the header of the page's own, line by line; else a headline and little more.
    plain : bool
        Paragraphs are bare ``<p>``.
    heading : str
        Tag of headlines, or "same" for that of the page's own.
    named, linked : bool
        Headlines have the class of the page's own; are links.
    meta, timed : bool
        There is a line of who and when below; a ``<time>`` without the name.
    meta_name : str
        Class of that line.
    """

    whole: bool
    plain: bool
    heading: str
    named: bool
    linked: bool
    meta: bool
    timed: bool
    meta_name: str

    @classmethod
    def of(cls, rng: random.Random) -> MarkupStyle:
        """Draw one."""
        return cls(
            whole=rng.random() < 0.4,
            plain=rng.random() < 0.2,
            heading=drawn(rng, _HEADINGS),
            named=rng.random() < 0.5,
            linked=rng.random() < 0.3,
            meta=rng.random() < 0.4,
            timed=rng.random() < 0.5,
            meta_name=rng.choice(_METAS),
        )

    def title(self, article: Article, shells: Shells, first: int) -> tuple[Any, str]:
        """The headline's element and text; ``first`` is the block that opens the page's own."""
        text = " ".join(article.title.split())
        chain = shells.chain(first)
        if self.heading == "same" and chain and not self.linked:
            return shells.like(first, text), text
        tag = chain[0].tag if self.heading == "same" and chain else self.heading
        if tag in ("same", "a", "span"):
            tag = "h2"
        inner = "a" if self.linked else "strong" if tag == "strong" else ""
        out = shells.made("p" if tag == "strong" else tag, "" if inner else text)
        if inner:
            boxed(out, [shells.made(inner, text)])
        if self.named and chain and chain[-1].hasattr("class"):
            out.setattr("class", chain[-1]["class"])
        return out, text

    def header(
        self, article: Article, shells: Shells, first: int, rng: random.Random
    ) -> tuple[list[Any], Lines]:
        """A headline, and who and when where the style has it."""
        element, text = self.title(article, shells, first)
        if not self.meta:
            return [element], [(text, INSIDE)]
        name = article.byline.split(",")[0].strip()
        said = f"{rng.randint(1, 28)} {rng.choice(_MONTHS)} 20{rng.randint(10, 26)}"
        if self.timed:
            meta = boxed(shells.made("div"), [shells.made("time", said, self.meta_name)])
        else:
            said = f"By {name} | {said}" if name else said
            meta = shells.made("div", said, self.meta_name)
        return [element, meta], [(text, INSIDE), (said, INSIDE)]

    def teaser(self, article: Article, shells: Shells, first: int) -> tuple[list[Any], Lines]:
        """A headline with at most a sentence below it: no story."""
        element, text = self.title(article, shells, first)
        sentence = " ".join(next(iter(split_sentences(article.text)), "").split())
        sentence = sentence[:_TEASER].strip()
        if not self.meta or not sentence:
            return [element], [(text, OUTSIDE)]
        return (
            [element, shells.made("p", sentence, self.meta_name)],
            [(text, OUTSIDE), (sentence, OUTSIDE)],
        )
