"""What the markup says of every marked run of text: the elements that it stands in.

Read from the serialised tree, that is, after the parser has put right what was broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from model.bounds import RAW, VOID
from model.elements import Element, describe
from model.marking import numbers_in

__all__ = ["Outline", "outline"]

_NOTHING = Element(0, 0, False, 0)
_SKIPPED = frozenset(n for name in (*VOID, *RAW) for n in (name, f"/{name}"))
_PART = 1 << 18  # characters that are split at once


# Where a run of text stands: the columns of Outline as far as depths, then the tokens of the last
# three block-level elements. Plain tuples and not objects with references: a page has thousands of
# elements, but only those with text of their own end up in an array.
_Place = tuple[int, int, int, int, int, int, int, int, int, int]
_TOP: _Place = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Outline:
    """What is around every mark of a page.

    Attributes
    ----------
    flags, own : int64 arrays, shape (n_marks,)
        Bits of :data:`model.elements.FLAGS` and beyond: of all elements around a mark; of those
        from its block-level element inwards.
    headings : int64 array
        Level of the heading that it is in; 0 for none.
    articles : int64 array
        Number of the innermost ``article``; 0 for none.
    blocks, parents, depths : int64 arrays
        Number of its nearest block-level element and of the block-level element around that, and
        how deep it lies.
    dress : int64 array
        Hash of names and classes of the last three block-level elements.
    scripts, metas, title
        What :mod:`model.jsonld` reads: JSON-LD as it stands, ``meta`` tags, the title element.
    """

    flags: NDArray[np.int64]
    own: NDArray[np.int64]
    headings: NDArray[np.int64]
    articles: NDArray[np.int64]
    blocks: NDArray[np.int64]
    parents: NDArray[np.int64]
    depths: NDArray[np.int64]
    dress: NDArray[np.int64]
    scripts: list[str]
    metas: list[str]
    title: str


def outline(html: str, count: int) -> Outline:
    """Walk through serialised HTML that holds ``count`` marks, once and without recursion.

    The serialiser writes "<" and ">" as references in text and in attribute values. So a "<" opens
    a tag and the next ">" ends it, except in comments and in elements such as ``script``.
    """
    places = [_TOP] * count
    top = _TOP
    stack = [_TOP]
    numbered = 0
    known: dict[str, Element] = {}
    scripts: list[str] = []
    metas: list[str] = []
    title = ""
    chunks = _chunks(html)
    # Every microsecond counts here: a page of 150 kB has 6,000 chunks, and nothing else that is
    # done for it in Python is done so often. Hence no calls for the usual element and mark.
    for chunk in chunks:
        tag, closed, text = chunk.partition(">")
        element = known.get(tag)
        if element is None:
            if tag[:1] == "/":
                if tag not in _SKIPPED and len(stack) > 1:
                    stack.pop()
                    top = stack[-1]
            elif closed and tag[:1].isalpha():
                name = tag.partition(" ")[0]
                if name in RAW:
                    content = _skip(chunks, f"/{name}>", text)
                    if name == "script" and "ld+json" in tag.lower():
                        scripts.append(content)
                    elif name == "title" and not title:
                        title = content
                    continue
                element = known[tag] = _NOTHING if name in _SKIPPED else describe(tag)
                if name == "meta":
                    metas.append(tag)
            elif tag[:3] == "!--":
                text = _behind(chunk, chunks, "-->")
            elif not closed:
                text = _behind(chunk, chunks, ">")
        if element is not None and element is not _NOTHING:
            numbered += 1
            more, level, is_block, own_token = element
            flags, own, heading, article, block, parent, depth, token, around, beyond = top
            if is_block:
                if tag[:7] == "article" and tag[7:8] in ("", " "):
                    article = numbered
                top = (
                    flags | more, more, level or heading, article, numbered, block, depth + 1,
                    own_token, token, around,
                )  # fmt: skip
            elif more & ~own:
                top = (
                    flags | more, own | more, heading, article, block, parent, depth,
                    token, around, beyond,
                )  # fmt: skip
            stack.append(top)
        if text and not text.isspace():
            for number in numbers_in(text):
                if number < count:
                    places[number] = top
    rows = np.fromiter(chain.from_iterable(places), dtype=np.int64, count=count * len(_TOP))
    columns = rows.reshape(count, len(_TOP)).T
    all_flags, owns, headings, articles, blocks, parents, depths, *tokens = columns
    return Outline(
        flags=all_flags,
        own=owns,
        headings=headings,
        articles=articles,
        blocks=blocks,
        parents=parents,
        depths=depths,
        dress=_dress(*tokens),
        scripts=scripts,
        metas=metas,
        title=title,
    )


def _chunks(html: str) -> Iterator[str]:
    """``html.split("<")``, a part at a time: as one list it takes ten times what the page does."""
    low = 0
    while (high := html.find("<", low + _PART)) >= 0:
        yield from html[low:high].split("<")
        low = high + 1
    yield from html[low:].split("<")


def _skip(chunks: Iterator[str], end: str, text: str) -> str:
    """The content of an element whose content is no markup."""
    content = [text]
    for chunk in chunks:
        if chunk.startswith(end):
            break
        content.append(chunk)
    return "<".join(content)


def _behind(chunk: str, chunks: Iterator[str], end: str) -> str:
    """The text behind a comment or an instruction, which may hold a "<"."""
    while end not in chunk:
        following = next(chunks, None)
        if following is None:
            return ""
        chunk = following
    return chunk.partition(end)[2]


def _dress(
    own: NDArray[np.int64], around: NDArray[np.int64], beyond: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Hash of the last three block-level elements, by multiply and add modulo 2**64."""
    # Odd constants of xxHash64, as signed numbers; array arithmetic wraps around.
    return own * -7046029288634856825 + around * -4417276706812531889 + beyond * 1609587929392839161
