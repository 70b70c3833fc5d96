"""Bounds on HTML that keep the parser and the extractor linear.

The parser follows the HTML standard, whose tree construction is quadratic on hostile input (deep
stacks with stray end tags, unclosed formatting elements, thousands of attributes), and the
extractor indents nested lists. The bounds below keep both linear. They lie far above what 1,364
real news pages hold (deepest element 54, most attributes 61, deepest list 9).
"""

from __future__ import annotations

import re

__all__ = ["ATTRIBUTES", "KEPT", "LONG_TAG", "NAME", "RAW", "TOKEN", "VOID", "bounded", "shortened"]

FEW_TAGS = 5000  # a page of 150 kB has 3,000; so few do no harm, but for attributes, formatting
MAX_DEPTH = 400  # Blink cuts trees at 512; nothing that a reader sees lies deeper
MAX_LISTS = 24  # the extractor indents by list depth: unbounded, output is quadratic
MAX_REOPENED = 150_000  # elements; the parser opens an unclosed <b> again in every paragraph
LONG_TAG = 1000  # characters; a shorter tag cannot hold more attributes than that
MAX_ATTRIBUTES = 250  # per tag; the parser looks for duplicates by comparing them all
MAX_OPTIONS = 2000  # per page; the parser walks the whole <select> at each one
FREE_STRAYS = 200_000  # stack entries that end tags without a start tag may make the parser look at

# One token of HTML source, as far as attribute values can hide a ">": text stays between tokens.
# Groups: what is kept as it is (comments, doctype, elements whose content is not markup), a whole
# tag, its name with the "/" of an end tag. Possessive throughout, and what is unclosed runs to the
# end of the page as it does in the parser, so that no stretch is scanned twice.
ATTRIBUTES = r"""(?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?+)*+"""
_RAW_TEXT = "script|style|title|textarea|iframe|noembed|noframes|xmp"
KEPT = (
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*+>?+|<(?=[sStTiInNxX])"
    rf"(?i:{_RAW_TEXT})(?=[\s/>]){ATTRIBUTES}(?<!/)>.*?(?:(?=</(?i:{_RAW_TEXT})[\s/>])|\Z)"
)
NAME = r"/?+[a-zA-Z][^\s/>]*+"
TOKEN = re.compile(rf"({KEPT})|(<({NAME}){ATTRIBUTES}(?:>|\Z))", re.DOTALL)
_FORMATTING_START = re.compile(
    r"<(?:b|i|u|s|em|tt|big|code|font|nobr|small|strike|strong)[\s/>]", re.IGNORECASE
)


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


RAW = frozenset(_RAW_TEXT.split("|"))
VOID = _names(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param "
    "source track wbr"
)
# Closed by their next sibling or their parent: they pile up only with an element in between.
# Not rp and rt, which are closed so within a ruby alone.
_IMPLIED = _names("p li dt dd td th tr tbody thead tfoot html body")
_FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")
_LISTS = frozenset(["ul", "ol"])
_INLINE = _FORMATTING | _names(
    "span abbr acronym bdi bdo cite data dfn kbd label mark q samp sub sup time var path g svg "
    "use button ins del option optgroup"
)
# Tags that need no bound: they leave the stack of open elements as it is.
_FREE = VOID | _IMPLIED | {f"/{name}" for name in _IMPLIED}
_ENDS = {name: f"/{name}" for name in ("div", "span", "a", "ul", "section", "article", "button")}

_COUNTED = frozenset(f"/{name}" for name in (*_FORMATTING, *_LISTS))


def shortened(token: re.Match[str]) -> str:
    """A token without its attributes where it has too many."""
    kept, tag, name = token.groups()
    if kept is not None or len(tag) <= LONG_TAG:
        return str(token[0])
    many = len(tag.split()) + tag.count("=") > 2 * MAX_ATTRIBUTES
    return f"<{name}>" if many else str(tag)


def bounded(html: str) -> str:
    """A page without those of its tags that lie beyond the bounds; most have none."""
    tags = html.count("<")
    # Most that so many paragraphs can open again: half the tags are paragraphs, at half depth.
    if tags <= FEW_TAGS and len(_FORMATTING_START.findall(html)) * tags <= 4 * MAX_REOPENED:
        return html
    parts = TOKEN.split(html)
    bounds = _Bounds()
    stack, opened = bounds.stack, bounds.opened
    out = [parts[0]]
    append = out.append
    for kept, tag, name, text in zip(
        parts[1::4], parts[2::4], parts[3::4], parts[4::4], strict=True
    ):
        if kept is not None:
            append(kept)
        elif name in _FREE:
            append(bounds.free(tag, name) if bounds.formatting else tag)
        elif stack and stack[-1] == name and name not in _COUNTED:
            stack.pop()
            opened[name] -= 1
            append(tag)
        else:
            append(bounds.pass_on(tag, name.lower()))
        append(text)
    return "".join(out)


class _Bounds:
    """The parser's stack of open elements, near enough to keep it short.

    The stack holds end tags ("/div"), so that a matching one is found by one comparison.
    """

    __slots__ = ("formatting", "lists", "opened", "options", "reopened", "stack", "strays")

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.opened: dict[str, int] = {}
        self.lists = self.formatting = self.options = self.reopened = self.strays = 0

    def pass_on(self, tag: str, name: str) -> str:
        """The tag to hand on: as it is, or what is left of it within the bounds."""
        if name in _FREE:
            return self.free(tag, name)
        if name[0] == "/":
            return tag if self._end(name) else ""
        if self._start(name):
            return tag
        return "" if name in _INLINE else "<br>"

    def free(self, tag: str, name: str) -> str:
        """The same for a tag that the stack does not hold: a paragraph opens formatting again."""
        if name not in _IMPLIED:
            return tag
        self.reopened += self.formatting
        if self.reopened <= MAX_REOPENED:
            return tag
        # Enough: end what is open, as often as it can be, and let no more in.
        ends = "".join(f"</{name}>" * min(self.formatting, 500) for name in sorted(_FORMATTING))
        self.formatting = 0
        return ends + tag

    def _start(self, name: str) -> bool:
        if name in _FORMATTING:
            if self.reopened > MAX_REOPENED or self.formatting >= 500:
                return False
            self.formatting += 1
        elif name in _LISTS:
            if self.lists >= MAX_LISTS:
                return False
            self.lists += 1
        elif name == "option" or name == "optgroup":
            self.options += 1
            return self.options <= MAX_OPTIONS
        if len(self.stack) >= MAX_DEPTH:
            self._count_off(name)
            return False
        end = _ENDS.get(name) or f"/{name}"
        self.stack.append(end)
        self.opened[end] = self.opened.get(end, 0) + 1
        return True

    def _end(self, end: str) -> bool:
        stack = self.stack
        if not self.opened.get(end):
            self.strays += len(stack)
            return self.strays <= FREE_STRAYS
        at = len(stack) - 1
        while stack[at] != end:
            at -= 1
        name = end[1:]
        if name in _FORMATTING:  # blocks that were opened inside it stay open
            del stack[at]
            self.opened[end] -= 1
            self._count_off(name)
            return True
        for closed in stack[at:]:
            self.opened[closed] -= 1
            if closed[1:] not in _FORMATTING:  # those are opened again behind it
                self._count_off(closed[1:])
        del stack[at:]
        return True

    def _count_off(self, name: str) -> None:
        if name in _FORMATTING:
            self.formatting = max(0, self.formatting - 1)
        elif name in _LISTS:
            self.lists = max(0, self.lists - 1)
