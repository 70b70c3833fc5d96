"""The proof that nothing is learned from and measured on, looked for at every run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from model.errors import StoryseamError

if TYPE_CHECKING:
    from training.partition import Partition

__all__ = ["BY_ARTICLE", "SharedSources", "check_apart"]

#: Mark of outlets whose articles are split one by one, as their language has no other.
BY_ARTICLE = "#articles"


class SharedSources(StoryseamError):
    """Something would have been learned from and measured on: every figure would flatter."""

    def __init__(self, what: str, names: Sequence[str]) -> None:
        super().__init__(what, tuple(names))
        self.what = what
        self.names = tuple(names)

    def __str__(self) -> str:
        some = ", ".join(self.names[:5]) + (" …" if len(self.names) > 5 else "")
        return (
            f"{len(self.names)} {self.what} stand on both sides of the split: {some}; where they "
            "are of files of --pages, take these pages out"
        )


def check_apart(sides: Partition) -> None:
    """Raise `SharedSources` if an article, an outlet or a page is on both sides.

    What people labelled of an outlet that is split by article is learned from, and so are some of
    its articles: where it is held out by name in another language, what is measured there are
    other articles of its, as in the first.
    """
    split = sides.split_outlets()
    learned = [*sides.pages, *(page for _, page in sides.real)]
    learned_pages = {page.text for page in learned}
    ids = {str(article.id) for article in sides.articles}
    ids |= {name for page in learned for name in page.articles}
    outlets = {one.outlet for one in sides.articles if one.lang not in sides.by_article}
    outlets |= {name for page in learned for name in page.outlets} - split
    held_ids = {str(article.id) for article in sides.held_articles}
    held_ids |= {name for page in sides.frozen for name in page.articles}
    held_outlets = {one.outlet for one in sides.held_articles if one.lang not in sides.by_article}
    marked = {name for page in sides.frozen for name in page.outlets}
    held_outlets |= {name for name in marked if not name.endswith(BY_ARTICLE)} - split
    pages = [page.id for page in sides.frozen if page.text in learned_pages]
    for what, both in (
        ("articles", ids & held_ids),
        ("outlets", outlets & held_outlets),
        ("pages", set(pages)),
    ):
        if both:
            raise SharedSources(what, sorted(both))
