"""Pages of HTML to measure extractors on, from sites that nothing was learned from.

Three sets: real pages of one story with their gold body; the same pages with a second story set in
behind the first, in the page's own tags and classes, in four kinds of container that real pages
have; real pages of several stories, labelled by hand.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from resiliparse.parse.html import HTMLTree, traverse_dom

from training.holdout import is_held_out
from training.labelled import LabelledPage
from training.real import RealPage, read_hand_labels, read_multistory, read_real_pages
from training.shells import boxed, put_behind

__all__ = ["CONTAINERS", "MarkupPage", "read_markup_pages", "set_in"]

#: Where the second story stands.
CONTAINERS = ("flat", "divs", "scroll box", "articles")
# A body of fewer paragraphs is not worth extracting; of the second story this many are set in.
_FEWEST = 3
_MOST = 12
# What a paragraph may be.
_HOLDERS = frozenset({"p", "div", "li", "blockquote", "span", "section", "td"})


@dataclass(frozen=True)
class MarkupPage:
    """A page of HTML and the text of its stories.

    Attributes
    ----------
    stories : tuple of str
        Gold bodies, the page's own story first.
    kind : str
        "one story", one of `CONTAINERS`, or "by hand".
    """

    id: str
    html: str
    lang: str
    kind: str
    stories: tuple[str, ...]


def read_markup_pages(folder: Path, *, count: int | None = None, seed: int = 1) -> list[MarkupPage]:
    """All three sets; every one-story page comes once as it is and once with a second story.

    Parameters
    ----------
    folder : Path
        As for `training.real.sides.read_sides`.
    count : int, optional
        So many one-story pages, drawn by ``seed``; all by default.
    """
    pages = read_real_pages(folder)
    given = read_multistory(folder)
    labelled = {page.id: page for page in [*read_hand_labels(folder), *given]}
    given_sites = {page.outlets[0] for page in given}
    held = [
        page
        for page in pages
        if page.html and (page.site in given_sites or is_held_out(page.site, page.lang, langs=()))
    ]
    single = [
        page
        for page in held
        if sum(page.main) >= _FEWEST
        and len(labelled[page.id].starts if page.id in labelled else [0]) == 1
    ]
    rng = random.Random(seed)
    donors = [page for page in single if page.title and sum(page.main) > _FEWEST]
    if count is not None:
        single = rng.sample(single, min(count, len(single)))
    out = [MarkupPage(p.id, p.html, p.lang, "one story", (_body(p),)) for p in single]
    for number, host in enumerate(single):
        others = [p for p in donors if p.site != host.site]
        donor = rng.choice([p for p in others if p.lang == host.lang] or others)
        kind = CONTAINERS[number % len(CONTAINERS)]
        made = _spliced(host, donor, kind)
        if made is not None:
            out.append(made)
    for page in held:
        truth = labelled.get(page.id)
        if truth is not None and len(truth.starts) > 1:
            out.append(MarkupPage(page.id, page.html, page.lang, "by hand", _stories(truth)))
    return out


def _body(page: RealPage) -> str:
    return "\n".join(block for block, own in zip(page.blocks, page.main, strict=True) if own)


def _stories(truth: LabelledPage) -> tuple[str, ...]:
    """The text of each story of a labelled page, what is outside left out."""
    ends = [*truth.starts[1:], len(truth.text)]
    out = []
    for start, end in zip(truth.starts, ends, strict=True):
        pieces, at = [], start
        for low, high in truth.outside:
            if high > at and low < end:
                pieces.append(truth.text[at : max(at, low)])
                at = max(at, high)
        pieces.append(truth.text[at:end] if at < end else "")
        out.append("".join(pieces).strip())
    return tuple(out)


def _spliced(host: RealPage, donor: RealPage, kind: str) -> MarkupPage | None:
    body = [b for b, own in zip(donor.blocks, donor.main, strict=True) if own][:_MOST]
    last = [b for b, own in zip(host.blocks, host.main, strict=True) if own][-1]
    html = set_in(host.html, last, donor.title, body, kind)
    if html is None:
        return None
    stories = (_body(host), "\n".join(body))
    return MarkupPage(f"{host.id}+{donor.id}", html, host.lang, kind, stories)


def set_in(html: str, last: str, headline: str, body: Sequence[str], kind: str) -> str | None:
    """The page with another story behind the paragraph ``last``.

    The paragraphs wear the tag and class of ``last``, the headline those of the page's first
    heading, one level down where that is an ``h1``.

    Returns
    -------
    str or None
        None where no element holds just that paragraph.
    """
    tree: Any = HTMLTree.parse(html)
    paragraph = _element_of(tree, last)
    if paragraph is None or paragraph.parent is None:
        return None
    heading = tree.body.query_selector("h1, h2")
    lines = [_element(tree, "h2", heading, headline)]
    lines += [_element(tree, paragraph.tag, paragraph, text) for text in body]
    if kind == "flat":
        put_behind(paragraph, lines)
    elif kind == "divs":
        put_behind(paragraph, [_box(tree, "div", "", lines)])
    else:
        article = _ancestor(paragraph, "article") or paragraph.parent
        if article.tag in ("body", "html"):
            article = paragraph
        tag, name = ("article", "") if kind == "articles" else ("div", "infinite-scroll-item")
        put_behind(article, [_box(tree, tag, name, lines)])
    return str(tree)


def _element_of(tree: Any, text: str) -> Any | None:
    """The innermost element whose text is just this."""
    wanted = "".join(text.split())
    found = []

    def look(context: Any) -> None:
        node = context.node
        if node.tag in _HOLDERS and "".join(node.text.split()) == wanted:
            found.append(node)

    # Not query_selector_all: asking its result for the next element takes longer the more it has.
    traverse_dom(tree.body, start_callback=look, elements_only=True)
    return found[-1] if found else None


def _element(tree: Any, tag: str, like: Any | None, text: str) -> Any:
    out = tree.create_element(tag)
    if like is not None and like.hasattr("class"):
        out.setattr("class", like["class"])
    out.append_child(tree.create_text_node(text))
    return out


def _box(tree: Any, tag: str, name: str, lines: Sequence[Any]) -> Any:
    out = tree.create_element(tag)
    if name:
        out.setattr("class", name)
    return boxed(out, lines)


def _ancestor(node: Any, tag: str) -> Any | None:
    while node is not None and node.tag != tag:
        node = node.parent
    return node
