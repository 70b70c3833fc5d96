"""What the markup says of every marked run of text: the elements that it stands in.

Read from the serialised tree, that is, after the parser has put right what was broken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from model.elements import Element, describe
from model.marking import RAW, VOID, numbers_in

__all__ = ["Outline", "outline"]

_NOTHING = Element(0, 0, False, 0)
_SKIPPED = frozenset(n for name in (*VOID, *RAW) for n in (name, f"/{name}"))


@dataclass(frozen=True, slots=True)
class Outline:
    """The elements of a page, as far as its marks need them.

    Attributes
    ----------
    elements : int64 array, shape (n_marks,)
        The element that each mark stands in; 0, the page as a whole, where it is in none.
    flags, own : int64 arrays, shape (n_elements,)
        Bits of :data:`model.elements.FLAGS`: of an element and all around it; from its block-level
        element inwards.
    headings : int64 array
        Level of the heading that it is in; 0 for none.
    articles : int64 array
        Number of the innermost ``article``; 0 for none.
    blocks, parents, depths : int64 arrays
        Its nearest block-level element, the block-level element around that, how deep it lies.
    dress : int64 array
        Hash of names and classes of the last three block-level elements.
    scripts, metas, title
        What :mod:`model.jsonld` reads: JSON-LD as it stands, ``meta`` tags, the title element.
    """

    elements: NDArray[np.int64]
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
    elements = [0] * count
    tree = _Tree()
    top = 0
    stack = [0]
    known: dict[str, Element] = {}
    scripts: list[str] = []
    metas: list[str] = []
    title = ""
    chunks = iter(html.split("<"))
    for chunk in chunks:
        tag, closed, text = chunk.partition(">")
        element = known.get(tag)
        if element is not None:
            if element is not _NOTHING:
                top = tree.enter(tag, element, top)
                stack.append(top)
        elif tag[:1] == "/":
            if tag not in _SKIPPED and len(stack) > 1:
                stack.pop()
                top = stack[-1]
        elif closed and tag[:1].isalpha():
            name = tag.partition(" ")[0]
            if name in RAW:
                content = _skip(chunks, f"/{name}>", text)
                if name == "script" and "ld+json" in tag:
                    scripts.append(content)
                elif name == "title" and not title:
                    title = content
                continue
            if name in _SKIPPED:
                known[tag] = _NOTHING
                if name == "meta":
                    metas.append(tag)
            else:
                element = known[tag] = describe(tag)
                top = tree.enter(tag, element, top)
                stack.append(top)
        elif tag[:3] == "!--":
            text = _behind(chunk, chunks, "-->")
        elif not closed:
            text = _behind(chunk, chunks, ">")
        if text and not text.isspace():
            for number in numbers_in(text):
                if number < count:
                    elements[number] = top
    return tree.outline(elements, scripts, metas, title)


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


@dataclass(slots=True)
class _Tree:
    """The elements so far, one list an attribute of :class:`Outline`; 0 is around them all."""

    flags: list[int] = field(default_factory=lambda: [0])
    own: list[int] = field(default_factory=lambda: [0])
    headings: list[int] = field(default_factory=lambda: [0])
    articles: list[int] = field(default_factory=lambda: [0])
    blocks: list[int] = field(default_factory=lambda: [0])
    parents: list[int] = field(default_factory=lambda: [0])
    depths: list[int] = field(default_factory=lambda: [0])
    tokens: list[int] = field(default_factory=lambda: [0])

    def enter(self, tag: str, element: Element, around: int) -> int:
        """The element inside ``around``: a new one, or ``around`` itself if it says nothing new."""
        flags, heading, is_block, token = element
        if is_block:
            number = len(self.flags)
            self.own.append(flags)
            self.articles.append(
                number if tag[:7] == "article" and tag[7:8] in ("", " ") else self.articles[around]
            )
            self.blocks.append(number)
            self.parents.append(self.blocks[around])
            self.depths.append(self.depths[around] + 1)
        elif flags & ~self.own[around]:
            number = len(self.flags)
            self.own.append(self.own[around] | flags)
            self.articles.append(self.articles[around])
            self.blocks.append(self.blocks[around])
            self.parents.append(self.parents[around])
            self.depths.append(self.depths[around])
        else:
            return around
        self.flags.append(self.flags[around] | flags)
        self.headings.append(heading or self.headings[around])
        self.tokens.append(token)
        return number

    def outline(
        self, elements: list[int], scripts: list[str], metas: list[str], title: str
    ) -> Outline:
        blocks, parents = _int64(self.blocks), _int64(self.parents)
        return Outline(
            elements=_int64(elements),
            flags=_int64(self.flags),
            own=_int64(self.own),
            headings=_int64(self.headings),
            articles=_int64(self.articles),
            blocks=blocks,
            parents=parents,
            depths=_int64(self.depths),
            dress=_dress(np.array(self.tokens, dtype=np.uint64), blocks, parents),
            scripts=scripts,
            metas=metas,
            title=title,
        )


def _int64(values: list[int]) -> NDArray[np.int64]:
    return np.array(values, dtype=np.int64)


def _dress(
    tokens: NDArray[np.uint64], blocks: NDArray[np.int64], parents: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Hash of the last three block-level elements, by multiply and add modulo 2**64."""
    around = parents[blocks]
    mixed = tokens[blocks] * np.uint64(0x9E3779B97F4A7C15)
    mixed += tokens[around] * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed += tokens[parents[around]] * np.uint64(0x165667B19E3779F9)
    return mixed.view(np.int64)
