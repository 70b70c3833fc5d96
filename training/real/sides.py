"""Real pages to learn from and real pages to measure on, apart by site.

Every page comes twice, as text and as HTML, so that a model learns to use markup where there is
any and to do without. The pages that came labelled by hand with the data are measured on only,
and no page of their sites is learned from.

``python -m training.real.sides FOLDER --out PAGES.jsonl.xz`` writes the pages that are measured on,
for ``storyseam evaluate``; with ``--learned`` also those labelled by hand that a model learns from,
whose figures flatter a model that did.
"""

from __future__ import annotations

import argparse
from collections.abc import Collection
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path

from joblib import Parallel, delayed

from model.html import page_from_html
from model.page import Page
from training.corpus import Article
from training.holdout import is_held_out
from training.labelled import LabelledPage, write_pages
from training.real import (
    RealPage,
    as_labelled,
    read_hand_labels,
    read_multistory,
    read_newsletters,
    read_real_pages,
)

__all__ = ["REAL", "RealSides", "html_twin", "read_sides"]

#: What the id of a real page's own story begins with, where it serves as an article.
REAL = "real/"

_FEWEST_PARAGRAPHS = 5
# A page that is labelled by hand with hundreds of ambiguous starts would outweigh all others.
_MOST_STARTS = 60
# Pages whose HTML is read sooner than processes start.
_FEW = 200


@dataclass(frozen=True)
class RealSides:
    """Both sides of the real pages.

    Attributes
    ----------
    hosts : list of RealPage
        Pages whose furniture may dress composed pages: those of the sites that are learned from.
    learn : list of (Page, LabelledPage)
    measure : list of LabelledPage
    articles : list of Article
        The stories of the pages that are learned from, as articles: the only ones there are in
        some languages.
    """

    hosts: list[RealPage]
    learn: list[tuple[Page, LabelledPage]]
    measure: list[LabelledPage]
    articles: list[Article]

    def without(self, langs: Collection[str]) -> RealSides:
        """Nothing to learn from in some languages; what is measured on stays."""
        return replace(
            self,
            hosts=[page for page in self.hosts if page.lang not in langs],
            learn=[pair for pair in self.learn if pair[1].lang not in langs],
            articles=[article for article in self.articles if article.lang not in langs],
        )


def read_sides(folder: Path) -> RealSides:
    """Split the real pages by site, by the same rule as outlets of articles.

    Parameters
    ----------
    folder : Path
        Where ``real_main.jsonl.xz`` and its companions lie.
    """
    pages = read_real_pages(folder)
    given = read_multistory(folder)
    kept = {page.id for page in given}
    kept_sites = {page.outlets[0] for page in given}
    by_hand = {page.id: page for page in read_hand_labels(folder)}
    hosts = []
    learn: list[tuple[Page, LabelledPage]] = []
    measure: list[LabelledPage] = []
    markup = {page.id: page.html for page in pages}
    mine = [
        (page, truth)
        for page in pages
        if page.id not in kept
        and (truth := by_hand.get(page.id) or as_labelled(page)) is not None
        and len(truth.starts) <= _MOST_STARTS
    ]
    twins = Parallel(n_jobs=-1 if len(mine) > _FEW else 1, max_nbytes=None)(
        delayed(html_twin)(truth, page.html) for page, truth in mine
    )
    for (page, truth), twin in zip(mine, twins, strict=True):
        held = is_held_out(page.site, page.lang, langs=())
        if page.site not in kept_sites and not held:
            hosts.append(page)
            learn.append((Page.from_text(truth.text), truth))
            if twin is not None:
                learn.append(twin)
        elif page.site not in kept_sites:
            measure.append(replace(truth, kind=truth.kind + "_text"))
            if twin is not None:
                measure.append(replace(twin[1], kind=truth.kind + "_html"))
    learn += [(Page.from_text(page.text), page) for page in read_newsletters(folder)]
    for truth in given:
        measure.append(replace(truth, kind=_given_kind(truth) + "_text"))
        twin = html_twin(truth, markup.get(truth.id, ""))
        if twin is not None:
            measure.append(replace(twin[1], kind=_given_kind(truth) + "_html"))
    return RealSides(hosts, learn, measure, [a for a in map(_article, hosts) if a is not None])


def _article(page: RealPage) -> Article | None:
    """The page's own story, None if it is only a few paragraphs."""
    body = [block for block, own in zip(page.blocks, page.main, strict=True) if own]
    if len(body) < _FEWEST_PARAGRAPHS:
        return None
    return Article(
        id=f"{REAL}{page.id}",
        outlet=page.site,
        lang=page.lang,
        title=page.title,
        date="",
        byline="",
        text="\n".join(" ".join(block.split()) for block in body),
    )


def _given_kind(truth: LabelledPage) -> str:
    return "real_multistory" if len(truth.starts) > 1 else "real_teasers"


def html_twin(truth: LabelledPage, html: str) -> tuple[Page, LabelledPage] | None:
    """The same labels on the page that its HTML gives.

    Returns
    -------
    (Page, LabelledPage) or None
        None where there is no markup, or a start is not found in it.
    """
    if not html:
        return None
    source, page = Page.from_text(truth.text), page_from_html(html)
    place = _places(source, page)
    begins = dict(zip(source.starts.tolist(), range(len(source)), strict=True))
    starts = []
    for start in truth.starts:
        at = place.get(begins.get(start, -1))
        if at is None:
            return None
        starts.append(int(page.starts[at]))
    outside: list[tuple[int, int]] = []
    ends = dict(zip(source.ends.tolist(), range(len(source)), strict=True))
    for a, b in truth.outside:
        first, last = begins.get(a), ends.get(b)
        if first is None or last is None:
            continue
        for k in range(first, last + 1):
            at = place.get(k)
            if at is not None and int(page.starts[at]) not in starts:
                outside.append((int(page.starts[at]), int(page.ends[at])))
    label = replace(
        truth,
        id=truth.id + "/html",
        text=page.text,
        starts=sorted(starts),
        outside=sorted(set(outside)),
        html=html,
    )
    return page, label


def _places(source: Page, target: Page) -> dict[int, int]:
    """Block of the source -> equal block of the target, in order."""
    a = [" ".join(block.split()) for block in source.blocks()]
    b = [" ".join(block.split()) for block in target.blocks()]
    if a == b:
        return {i: i for i in range(len(a))}
    place: dict[int, int] = {}
    for match in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks():
        for step in range(match.size):
            place[match.a + step] = match.b + step
    return place


def _by_hand(sides: RealSides, folder: Path) -> list[LabelledPage]:
    """What is learned from and was labelled by hand, its kind told apart."""
    ids = {page.id for page in (*read_hand_labels(folder), *read_newsletters(folder))}
    return [
        replace(truth, kind=f"learned_{truth.kind}_{'text' if truth.html is None else 'html'}")
        for _, truth in sides.learn
        if truth.id.removesuffix("/html") in ids
    ]


def main() -> None:
    """Write the real pages to measure on."""
    parser = argparse.ArgumentParser(prog="python -m training.real.sides", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="labelled pages, JSONL(.gz/.xz)")
    parser.add_argument("--learned", action="store_true", help="with those learned from by hand")
    options = parser.parse_args()
    sides = read_sides(options.folder)
    pages = [*sides.measure, *(_by_hand(sides, options.folder) if options.learned else [])]
    print(f"{write_pages(options.out, pages)} pages are in {options.out}")


if __name__ == "__main__":
    main()
