"""Elements of a real page that hold one block each, and new ones that look like them."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from resiliparse.parse.html import HTMLTree, traverse_dom

from model.bounds import bounded
from model.marking import clean
from model.page import Page

__all__ = ["Shells", "boxed", "put_behind"]

# What an element says of itself and may say of another; ids and dates are its own.
_KEPT = ("class", "itemprop", "role", "rel")
_LONGEST = 20_000  # characters; an element with more text holds no single block


class Shells:
    """The tree of one page.

    Parameters
    ----------
    page : Page
        What `model.html.page_from_html` made of ``html``.
    html : str
    """

    def __init__(self, page: Page, html: str) -> None:
        # Corrections may be any page; what the parser would take hours for is held off.
        self.tree: Any = HTMLTree.parse(bounded(clean(html)))
        self.page = page
        self._keys = [_key(block) for block in page.blocks()]
        # How many blocks above say the same.
        self._before: list[int] = []
        said: Counter[str] = Counter()
        for key in self._keys:
            self._before.append(said[key])
            said[key] += 1
        self._chains = self._find(set(said))

    def _find(self, wanted: set[str]) -> dict[str, list[list[Any]]]:
        """Chains of nested elements with the same text, outermost first, by that text."""
        chains: dict[str, list[list[Any]]] = defaultdict(list)

        def look(context: Any) -> None:
            node = context.node
            if node.tag in ("script", "style", "title", "body"):
                return
            text = node.text
            if not text or len(text) > _LONGEST:
                return
            key = _key(text)
            if key not in wanted:
                return
            known = chains[key]
            if known and known[-1][-1].contains(node):
                known[-1].append(node)
            else:
                known.append([node])

        if self.tree.body is not None:
            traverse_dom(self.tree.body, start_callback=look, elements_only=True)
        return chains

    def chain(self, block: int) -> list[Any]:
        """The elements whose text is just this block, outermost first; empty where none is."""
        known = self._chains.get(self._keys[block])
        return known[min(self._before[block], len(known) - 1)] if known else []

    def around(self, first: int, last: int) -> Any | None:
        """The innermost element that holds both blocks; None where one has no element."""
        one, other = self.chain(first), self.chain(last)
        if not one or not other:
            return None
        node = other[0]
        while node is not None and not (node == one[0] or node.contains(one[0])):
            node = node.parent
        return node

    def like(self, block: int, text: str) -> Any:
        """A new element with this text, nested and called as that of a block is."""
        chain = self.chain(block)
        if not chain:
            return self.made("p", text)
        outer = inner = self.bare(chain[0])
        for node in chain[1:]:
            child = self.bare(node)
            inner.append_child(child)
            inner = child
        inner.append_child(self.tree.create_text_node(text))
        return outer

    def bare(self, node: Any) -> Any:
        """A new element of the tag and the names of another, without what is in it."""
        out = self.tree.create_element(node.tag)
        for name in _KEPT:
            if node.hasattr(name):
                out.setattr(name, node[name])
        if node.tag == "a":
            out.setattr("href", "#")
        return out

    def made(self, tag: str, text: str = "", name: str = "") -> Any:
        """A new element with a text and a class."""
        out = self.tree.create_element(tag)
        if name:
            out.setattr("class", name)
        if tag == "a":
            out.setattr("href", "#")
        if text:
            out.append_child(self.tree.create_text_node(text))
        return out

    def levels(self, block: int) -> list[Any]:
        """The element of a block and those around it, up to that below the body."""
        out: list[Any] = []
        node = next(iter(self.chain(block)), None)
        while node is not None and node.parent is not None and node.tag != "body":
            out.append(node)
            node = node.parent
        return out

    def pick(self, blocks: Sequence[int], rng: random.Random) -> int | None:
        """One of the blocks that has an element of its own; None where none has."""
        own = [block for block in blocks if self.chain(block)]
        return rng.choice(own) if own else None


def put_behind(place: Any, elements: Sequence[Any]) -> None:
    """Put elements behind another one, in order."""
    after, parent = place.next, place.parent
    for element in elements:
        if after is None:
            parent.append_child(element)
        else:
            parent.insert_before(element, after)


def boxed(box: Any, elements: Sequence[Any]) -> Any:
    """The box with the elements in it."""
    for element in elements:
        box.append_child(element)
    return box


def _key(text: str) -> str:
    return "".join(text.split())
