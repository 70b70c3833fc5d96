"""Which articles and pages a model learns from, and which it is measured on: never the same.

Articles are split by `training.holdout.held_out_split`. A labelled page goes by its outlets (for a
correction, its site): held out if all of them are, learned from if none is, and dropped where they
are on both sides. `SharedSources` is the proof that it worked, checked at every run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from model.errors import StoryseamError
from training.corpus import Article, solo_outlets
from training.holdout import is_held_out
from training.labelled import LabelledPage

__all__ = ["Partition", "SharedSources", "describe", "partition"]

#: Mark of outlets whose articles are split one by one, as their language has no other.
BY_ARTICLE = "#articles"

Split = Callable[[Sequence[Any]], tuple[Sequence[Any], Sequence[Any]]]


class SharedSources(StoryseamError):
    """Something would have been learned from and measured on: every figure would flatter."""

    def __init__(self, what: str, names: Sequence[str]) -> None:
        super().__init__(what, tuple(names))
        self.what = what
        self.names = tuple(names)

    def __str__(self) -> str:
        some = ", ".join(self.names[:5]) + (" …" if len(self.names) > 5 else "")
        return f"{len(self.names)} {self.what} stand on both sides of the split: {some}"


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
    """

    articles: Sequence[Article]
    pages: list[LabelledPage]
    held_articles: Sequence[Article]
    frozen: list[LabelledPage]
    by_article: frozenset[str] = frozenset()

    def with_frozen(self, more: Iterable[LabelledPage]) -> Partition:
        """With more pages to measure on; raises `SharedSources` if they were learned from."""
        out = replace(self, frozen=[*self.frozen, *more])
        out.check()
        return out

    def measuring(self, pages: Iterable[LabelledPage]) -> Partition:
        """With real pages to measure on; what is of their sites is no longer learned from."""
        pages = list(pages)
        sites = {name for page in pages for name in page.outlets}
        out = replace(
            self,
            articles=[one for one in self.articles if one.outlet not in sites],
            pages=[page for page in self.pages if not sites & set(page.outlets)],
        )
        return out.with_frozen(pages)

    def check(self) -> None:
        """Raise `SharedSources` if an article, an outlet or a page is on both sides."""
        learned_pages = {page.text for page in self.pages}
        ids = {str(article.id) for article in self.articles}
        ids |= {name for page in self.pages for name in page.articles}
        outlets = {one.outlet for one in self.articles if one.lang not in self.by_article}
        outlets |= {name for page in self.pages for name in page.outlets}
        held_ids = {str(article.id) for article in self.held_articles}
        held_ids |= {name for page in self.frozen for name in page.articles}
        held_outlets = {one.outlet for one in self.held_articles if one.lang not in self.by_article}
        held_outlets |= {
            name for page in self.frozen for name in page.outlets if not name.endswith(BY_ARTICLE)
        }
        pages = [page.id for page in self.frozen if page.text in learned_pages]
        for what, both in (
            ("articles", ids & held_ids),
            ("outlets", outlets & held_outlets),
            ("pages", set(pages)),
        ):
            if both:
                raise SharedSources(what, sorted(both))


def partition(articles: Sequence[Any], pages: Iterable[LabelledPage], *, split: Split) -> Partition:
    """Both sides, before pages are composed of the held-out articles."""
    learned, held = split(articles)
    by_article = frozenset(solo_outlets(articles))
    learned_names = {one.outlet for one in learned if one.lang not in by_article}
    held_names = {one.outlet for one in held if one.lang not in by_article}
    to_learn: list[LabelledPage] = []
    frozen: list[LabelledPage] = []
    for page in pages:
        # A page that nobody said the site of is a site of its own.
        sides = {
            name in held_names
            or (name not in learned_names and is_held_out(name, page.lang, langs=()))
            for name in page.outlets or (f"page {page.id}",)
        }
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
