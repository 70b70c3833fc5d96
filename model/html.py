"""A page of HTML as a reader sees it: its text, and what the markup says of every block.

The text is what resiliparse extracts, with white space in order. The cues of a block are shares:
how many of its characters stand in a link, in a list, in something called "related". A mark in
front of every run of text (:mod:`model.marking`) ties the two together, so they cannot drift apart.

Nothing is fetched and no script is run.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from model import jsonld
from model.cues import CUES
from model.elements import AUTHOR, DELETED, FLAGS, INSERTED, OWN_FLAGS, UNSEEN
from model.errors import UndecodablePage
from model.marking import clean, mark, unmark
from model.markup import Outline, outline
from model.page import Page
from model.stages import stage
from model.telling.deleted import taken_back
from model.telling.times import read_stamps

__all__ = ["MAX_CHARACTERS", "page_from_html"]

# The tree takes up to 80 bytes a character and a block 300; more is a whole site in one file.
MAX_CHARACTERS = 21_000_000
MAX_BLOCKS = 1_000_000

_OWN = np.array([FLAGS.index(name) for name in OWN_FLAGS])
_BITS = np.arange(len(FLAGS))
_TIMED = 1 << FLAGS.index("is_time")
_FIRST = CUES.index(FLAGS[0])
_SHARES = slice(_FIRST, _FIRST + len(FLAGS))
_OWN_SHARES = slice(_FIRST + len(FLAGS), len(CUES))
_AT_ONCE = 20_000  # blocks; more than any page has, but what is sent may be no page


@stage("parse")
def page_from_html(html: str) -> Page:
    """Extract the visible text of a page, its blocks, their cues and the page's metadata.

    Parameters
    ----------
    html : str
        The decoded page, whole, broken or empty.

    Returns
    -------
    Page
        ``markup`` has a row of :data:`CUES` a block, NaN where a cue is unknown.

    Raises
    ------
    UndecodablePage
        The page has more than :data:`MAX_CHARACTERS` or :data:`MAX_BLOCKS`.
    """
    if len(html) > MAX_CHARACTERS:
        raise UndecodablePage(
            f"it has {len(html):,} characters of HTML, and {MAX_CHARACTERS:,} is the most that "
            "one page may have"
        )
    marked, count = mark(clean(html))
    tree = HTMLTree.parse(marked)
    del marked  # a page of 20 MB makes several copies; what is not needed goes
    text, numbers, offsets = unmark(_extract(tree), count)
    source = str(tree)
    del tree
    found = outline(source, count)
    stamps = read_stamps(source, text, numbers, offsets, (found.flags & _TIMED) > 0)
    del source
    if (
        text.count("\n") >= 2 * MAX_BLOCKS
        or len(page := Page.from_text(text, plain=False)) > MAX_BLOCKS
    ):
        raise UndecodablePage(f"it has more than {MAX_BLOCKS:,} lines of text")
    metadata, body = jsonld.read(found.scripts, found.metas, found.title)
    flags = found.flags[numbers]
    hidden, deleted, authors = (
        _spans(flags & bit, offsets, len(text)) for bit in (UNSEEN, DELETED, AUTHOR)
    )
    if authors is not None:
        authors = _parted(authors, offsets, text)
    if deleted is not None:
        deleted = taken_back(text, deleted, _spans(flags & INSERTED, offsets, len(text)))
    page = replace(
        page, metadata=metadata, stamps=stamps, hidden=hidden, deleted=deleted, authors=authors
    )
    if not len(page):
        return replace(
            page,
            markup=np.zeros((0, len(CUES)), dtype=np.float32),
            dress=np.zeros(0, dtype=np.int64),
        )
    markup, dress = _cues(page, found, numbers, offsets)
    markup[:, CUES.index("jsonld_headline_match")] = jsonld.headline_match(page, metadata.headline)
    markup[:, CUES.index("jsonld_body")] = jsonld.body_match(page, body)
    return replace(page, markup=markup, dress=dress)


def _extract(tree: HTMLTree) -> str:
    """The text, in the form that reproduces the labelled pages (99.9 % of their blocks).

    Without ``alt_texts`` the extractor leaves figures out, and their captions with them.
    """
    text: str = extract_plain_text(
        tree,
        preserve_formatting=True,
        main_content=False,
        list_bullets=False,
        alt_texts=False,
        links=False,
        form_fields=False,
        noscript=False,
    )
    return text


def _spans(
    chosen: NDArray[np.int64], offsets: NDArray[np.int64], length: int
) -> NDArray[np.int64] | None:
    """Spans of the text behind the marks that are not 0, each up to the next that is."""
    if not chosen.any():
        return None
    padded = np.zeros(len(chosen) + 2, dtype=bool)
    padded[1:-1] = chosen
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    spans = np.append(offsets, length)[edges].reshape(-1, 2)
    return spans[spans[:, 0] < spans[:, 1]]


def _parted(spans: NDArray[np.int64], offsets: NDArray[np.int64], text: str) -> NDArray[np.int64]:
    """Spans, parted where elements stand side by side: "Ana Brook" and "Ben Marsh" in two links,
    of which the text is "Ana BrookBen Marsh"."""
    cuts = [
        at
        for a, b in spans.tolist()
        for at in offsets[
            np.searchsorted(offsets, a, "right") : np.searchsorted(offsets, b)
        ].tolist()
        if text[at - 1].islower() and text[at].isupper()
    ]
    return np.sort(np.concatenate([spans.ravel(), np.repeat(np.array(cuts, np.int64), 2)])).reshape(
        -1, 2
    )


def _cues(
    page: Page, found: Outline, numbers: NDArray[np.int64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """The matrix blocks x cues, and the dress of every block."""
    starts, ends = page.starts, page.ends
    markup = np.full((len(page), len(CUES)), np.nan, dtype=np.float32)
    if not len(offsets):
        return markup, np.zeros(len(page), dtype=np.int64)
    # The text falls into pieces at every mark and at every block start. A piece belongs to the
    # last mark and to the last block that begin at it or before. What is in front of the first mark
    # belongs to that.
    cuts = np.sort(np.concatenate([starts, offsets]))
    piece_mark = np.searchsorted(offsets, cuts, side="right") - 1
    piece_block = np.searchsorted(starts, cuts, side="right") - 1
    cuts, piece_mark, piece_block = (a[piece_block >= 0] for a in (cuts, piece_mark, piece_block))
    piece_ends = np.minimum(np.append(cuts[1:], len(page.text)), ends[piece_block])
    weights = np.maximum(piece_ends - cuts, 0) / (ends - starts)[piece_block]
    piece_mark = numbers[np.maximum(piece_mark, 0)]

    first_piece = np.searchsorted(piece_block, np.arange(len(page)))
    last_piece = np.append(first_piece[1:], len(cuts))
    for low in range(0, len(page), _AT_ONCE):
        high = min(low + _AT_ONCE, len(page))
        pieces = slice(first_piece[low], last_piece[high - 1])
        weight = weights[pieces, None]
        for bits, columns, chosen in (
            (found.flags, _SHARES, _BITS),
            (found.own, _OWN_SHARES, _OWN),
        ):
            shares = ((bits[piece_mark[pieces]][:, None] >> chosen) & 1) * weight
            markup[low:high, columns] = np.add.reduceat(
                shares, first_piece[low:high] - first_piece[low], axis=0
            )

    at = piece_mark[first_piece]
    block, parent = found.blocks[at], found.parents[at]
    heading = found.headings[at].astype(np.float32)
    heading[heading == 0] = np.nan
    depth = found.depths[at].astype(np.float32)
    markup[:, 0] = heading
    markup[:, 1] = depth
    markup[1:, 2] = np.diff(depth)
    markup[1:, 3] = (block[1:] == block[:-1]) | (parent[1:] == parent[:-1])
    article = found.articles[at]
    _, first = np.unique(article, return_index=True)
    markup[:, 4] = 0
    markup[first, 4] = article[first] > 0
    return markup, found.dress[at]
