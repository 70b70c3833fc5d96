"""Which articles and pages a model learns from, and which it is measured on: never the same.

Articles are split by `training.holdout.held_out_split`. A labelled page goes by its outlets (for a
correction, its site): held out if all of them are, learned from if none is, and dropped where they
are on both sides. An outlet whose articles are split one by one counts as learned from, in every
language that it has. Of a site of which real pages are measured on, all else is measured as well.
`SharedSources` is the proof that it worked, checked at every run.

Names are not enough: one wire story has many outlets, and a corpus may hold, under a name of its
own, the article of a page that stands elsewhere. So texts are compared as well, and of two that
are one text only one side keeps its own:

* what is measured as a page, real or corrected, is not learned from, as article or as page;
* what is learned from as a page is not composed into pages to measure on. Pages are few, and
  people labelled them; held-out articles are many, and another one does as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from model.page import Page
from training.corpus import Article, fraction, solo_outlets
from training.duplicates import COPY, duplicate_pairs, forget_sketches
from training.holdout import is_held_out
from training.labelled import LabelledPage
from training.real import RealPage
from training.real.sides import REAL, RealSides
from training.shared_sources import BY_ARTICLE, SharedSources, check_apart

__all__ = ["Partition", "SharedSources", "describe", "divide_sources", "partition"]

# Added to the seed: thinning draws other lots than `training.fit` for what teaches words.
_THINNED = 23
# What `Partition.without_copies` compares, by number.
_ARTICLES, _LEARNED, _HELD, _FROZEN = range(4)

Split = Callable[[Sequence[Any]], tuple[Sequence[Any], Sequence[Any]]]
Compose = Callable[[Sequence[Any], Collection[str]], Iterable[LabelledPage]]


@dataclass(frozen=True)
class Partition:
    """The two sides.

    Attributes
    ----------
    articles, pages
        To learn from.
    held_articles
        To compose frozen pages of.
    frozen
        Pages to measure on.
    by_article : frozenset of str
        Languages whose one outlet is on both sides, its articles on one each.
    real : list of (Page, LabelledPage)
        Real pages to learn from.
    hosts : list of RealPage
        Real pages whose furniture may dress composed pages to learn from.
    copies : int
        Articles and pages left out because the other side has their text.
    measured_sites : frozenset of str
        Outlets whose articles are not learned from, as real pages of theirs are measured on.
    """

    articles: Sequence[Article]
    pages: list[LabelledPage]
    held_articles: Sequence[Article]
    frozen: list[LabelledPage]
    by_article: frozenset[str] = frozenset()
    real: list[tuple[Page, LabelledPage]] = field(default_factory=list)
    hosts: list[RealPage] = field(default_factory=list)
    copies: int = 0
    measured_sites: frozenset[str] = frozenset()

    def with_frozen(self, more: Iterable[LabelledPage]) -> Partition:
        """With more pages to measure on; raises `SharedSources` if they were learned from.

        What another run composed and wrote may be composed again, and counts once.
        """
        texts = {page.text for page in self.frozen}
        out = replace(self, frozen=[*self.frozen, *(p for p in more if p.text not in texts)])
        out.check()
        return out

    def with_real(self, real: RealSides) -> Partition:
        """With real pages on both sides; what is of the measured sites is not learned from.

        A labelled page of these sites alone is measured on: people's work is not thrown away.
        Not checked: one page under two addresses may be on both sides until `without_copies`.
        """
        sites = {name for page in real.measure for name in page.outlets}
        articles = [*self.articles, *real.articles]
        measured = [page for page in self.pages if page.outlets and sites.issuperset(page.outlets)]
        texts = {page.text for page in measured}
        return replace(
            self,
            articles=[one for one in articles if one.outlet not in sites],
            pages=[
                page
                for page in self.pages
                if not sites & set(page.outlets) and page.text not in texts
            ],
            real=list(real.learn),
            hosts=list(real.hosts),
            frozen=[*self.frozen, *measured, *real.measure],
            measured_sites=frozenset(sites & {one.outlet for one in articles}),
        )

    def without_copies(self) -> Partition:
        """Without what is one text with something of the other side; see the module's rule."""
        to_learn = [*self.pages, *(page for _, page in self.real)]
        parts: list[Sequence[Article | LabelledPage]] = [
            self.articles, to_learn, self.held_articles, self.frozen
        ]  # fmt: skip
        part_of = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        pairs = duplicate_pairs([one.text for part in parts for one in part], COPY)
        one, other = np.concatenate((pairs, pairs[:, ::-1])).T
        gone = np.zeros(len(part_of), bool)
        # In this order: a page that goes itself takes nothing with it.
        for loser, winner in ((_LEARNED, _FROZEN), (_HELD, _LEARNED), (_ARTICLES, _FROZEN)):
            copied = (part_of[one] == loser) & (part_of[other] == winner) & ~gone[other]
            gone[one[copied]] = True
        # A real page is there as text, as HTML, as an article and as furniture: all of it goes.
        names = {
            name
            for page, out in zip(to_learn, gone[part_of == _LEARNED], strict=True)
            if out
            for name in _names(page)
        }
        out = replace(
            self,
            articles=[
                one
                for one, out in zip(self.articles, gone[part_of == _ARTICLES], strict=True)
                if not out and one.id.removeprefix(REAL) not in names
            ],
            pages=[page for page in self.pages if not names & _names(page)],
            held_articles=[
                one
                for one, out in zip(self.held_articles, gone[part_of == _HELD], strict=True)
                if not out
            ],
            real=[pair for pair in self.real if not names & _names(pair[1])],
            hosts=[host for host in self.hosts if host.id not in names],
        )
        dropped = sum(
            len(before) - len(after)
            for before, after in (
                (self.articles, out.articles),
                (self.pages, out.pages),
                (self.held_articles, out.held_articles),
                (self.real, out.real),
            )
        )
        out.check()
        return replace(out, copies=dropped)

    def thinned(self, share: float, seed: int) -> Partition:
        """With a share of what there is to learn from; what is measured stays.

        A real page goes or stays whole: as text, as HTML, as an article and as furniture.
        """

        def kept(name: str) -> bool:
            return fraction(name.removeprefix(REAL), seed + _THINNED) < share

        return replace(
            self,
            articles=[one for one in self.articles if kept(one.id)],
            pages=[page for page in self.pages if kept(min(_names(page)))],
            real=[pair for pair in self.real if kept(min(_names(pair[1])))],
            hosts=[host for host in self.hosts if kept(host.id)],
        )

    def check(self) -> None:
        """Raise `SharedSources` if an article, an outlet or a page is on both sides."""
        check_apart(self)

    def split_outlets(self) -> set[str]:
        """Outlets some of whose articles are learned from and others measured on."""
        every = (*self.articles, *self.held_articles)
        return {one.outlet for one in every if one.lang in self.by_article}


def divide_sources(
    articles: Sequence[Any],
    pages: Iterable[LabelledPage],
    real: RealSides | None,
    *,
    split: Split,
    compose: Compose,
) -> Partition:
    """Everything that there is, on two sides, with pages composed to measure on.

    Parameters
    ----------
    articles : sequence of Article
    pages : iterable of LabelledPage
        Labelled pages, corrections among them.
    real : RealSides, optional
    split : callable
        Articles -> (to learn from, held out).
    compose : callable
        Held-out articles and the languages split by article -> pages to measure on.

    Raises
    ------
    SharedSources
        ``split`` or ``compose`` let something onto both sides.
    """
    sides = partition(articles, pages, split=split)
    if real is not None:
        sides = sides.with_real(real)
    sides = sides.without_copies()
    forget_sketches()
    return sides.with_frozen(compose(sides.held_articles, sides.by_article))


def _names(page: LabelledPage) -> set[str]:
    return set(page.articles) or {page.id}


def partition(articles: Sequence[Any], pages: Iterable[LabelledPage], *, split: Split) -> Partition:
    """Both sides, before pages are composed of the held-out articles."""
    learned, held = split(articles)
    by_article = frozenset(solo_outlets(articles))
    # An outlet that is split by article is learned from, so that its pages may be as well: also
    # where another language of its is held out by name, or all that people labelled would go.
    learned_names = {one.outlet for one in learned}
    split_names = {one.outlet for one in learned if one.lang in by_article}
    held_names = {one.outlet for one in held if one.lang not in by_article} - split_names
    by_name = ((True, held_names), (False, learned_names))
    by_id = ((True, {str(one.id) for one in held}), (False, {str(one.id) for one in learned}))
    to_learn: list[LabelledPage] = []
    frozen: list[LabelledPage] = []
    for page in pages:
        sides = {out for out, ids in by_id if not ids.isdisjoint(page.articles)}
        articles_say = bool(sides)
        # A page that nobody said the site of is a site of its own.
        for name in page.outlets or (f"page {page.id}",):
            # What `storyseam train --held-out` wrote of an outlet that was split was held out.
            if name.endswith(BY_ARTICLE):
                sides.add(True)
                continue
            if articles_say and name in split_names:
                continue
            known = {out for out, names in by_name if name in names}
            sides |= known or {is_held_out(name, page.lang, langs=())}
        if sides == {True}:
            frozen.append(page)
        elif sides == {False}:
            to_learn.append(page)
    out = Partition(learned, to_learn, held, frozen, by_article)
    # The same text under two ids or sites is learned from or measured on, not both.
    texts = {page.text for page in frozen}
    out = replace(out, pages=[page for page in to_learn if page.text not in texts])
    out.check()
    return out


def describe(articles: Iterable[Any]) -> list[dict[str, Any]]:
    """What a card says of articles: for each language, how many, of which outlets."""
    counts: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
    for article in articles:
        counts[article.lang][article.outlet] += 1
    return [
        {"lang": lang, "articles": sum(outlets.values()), "outlets": len(outlets)}
        for lang, outlets in sorted(counts.items())
    ]
