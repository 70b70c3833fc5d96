"""HTML before it is parsed: marks in front of every run of text, and bounds on what may come.

The parser and the extractor are compiled code and see the page as a whole; what they do not tell is
which element a character of the extracted text came from. So every run of text gets a mark of two
private-use characters in front of it, which carries a number. The marks come out twice: in the
serialised tree, where they say which element they stand in, and in the extracted text, where they
say at which offset. Nothing is guessed and nothing is searched for.

The parser follows the HTML standard, whose tree construction is quadratic on hostile input (deep
stacks with stray end tags, unclosed formatting elements, thousands of attributes), and the
extractor indents nested lists. The bounds below keep both linear. They lie far above what 1,364
real news pages hold (deepest element 54, most attributes 61, deepest list 9).
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

__all__ = ["RAW", "VOID", "clean", "mark", "numbers_in", "unmark"]

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
_ATTRIBUTES = r"""(?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?+)*+"""
_RAW_TEXT = "script|style|title|textarea|iframe|noembed|noframes|xmp"
_KEPT = (
    r"<!--.*?(?:-->|\Z)|<[!?][^>]*+>?+|<(?=[sStTiInNxX])"
    rf"(?i:{_RAW_TEXT})(?=[\s/>]){_ATTRIBUTES}(?<!/)>.*?(?:(?=</(?i:{_RAW_TEXT})[\s/>])|\Z)"
)
_NAME = r"/?+[a-zA-Z][^\s/>]*+"
_TOKEN = re.compile(rf"({_KEPT})|(<({_NAME}){_ATTRIBUTES}(?:>|\Z))", re.DOTALL)
# Tokens with nothing but white space between and behind them, up to the next run of text.
_BLANK_TEXT = r"(?:\s|&nbsp;|&#160;|&#[xX][aA]0;|[\u200b\ufeff\u2060])*+"
_RUN = re.compile(rf"(?:(?:{_KEPT}|<{_NAME}{_ATTRIBUTES}(?:>|\Z)){_BLANK_TEXT})++", re.DOTALL)
_BLANK = re.compile(_BLANK_TEXT)
_FORMATTING_START = re.compile(
    r"<(?:b|i|u|s|em|tt|big|code|font|nobr|small|strike|strong)[\s/>]", re.IGNORECASE
)
# References to the characters that marks are made of.
_REFERENCE = re.compile(
    r"&#(?:[xX]0*+(?:[fF]|10)[0-9a-fA-F]{4}|0*+(?:9[89]\d|1[01]\d\d)\d{3})(?!\d);?"
)


def _names(names: str) -> frozenset[str]:
    return frozenset(names.split())


RAW = frozenset(_RAW_TEXT.split("|"))
VOID = _names(
    "area base basefont bgsound br col embed frame hr image img input keygen link meta param "
    "source track wbr"
)
# Closed by their next sibling or their parent: they pile up only with an element in between.
_IMPLIED = _names("p li dt dd td th tr tbody thead tfoot rp rt html body")
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

_LINE, _SPACE = 10, 32
_LEAD, _TRAIL, _BASE = 0x100000, 0xF0000, 0xFFFE
_MARK = re.compile("[\U00100000-\U0010fffd][\U000f0000-\U000ffffd]")

# They part words as a space does, but str.split() does not know them.
_INVISIBLE = ("\u200b", "\ufeff", "\u2060")


# A template that is shown: browsers attach it to the element around it while they read the page.
# Its end tag then ends nothing, and parsers pass over those.
_SHADOW = re.compile(r"<template(?=\s[^<>]{0,500}\bshadowrootmode\s*=)", re.IGNORECASE)


def clean(html: str) -> str:
    """Take out what marks are made of, and lone surrogates, which no parser accepts.

    What stands in a declarative shadow root comes to be seen, as it does in a browser.
    """
    try:
        codes = np.frombuffer(html.encode("utf-32-le"), dtype="<u4")
    except UnicodeEncodeError:
        return clean(html.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    own = codes >= _TRAIL
    if own.any():
        html = codes[~own].tobytes().decode("utf-32-le")
    if "shadowrootmode" in html:
        html = _SHADOW.sub("<shadow-root", html)
    return _REFERENCE.sub("", html) if "&#" in html else html


def mark(html: str) -> tuple[str, int]:
    """Put a numbered mark in front of every run of text; hold the page within the bounds.

    Parameters
    ----------
    html : str
        The page, after :func:`clean`.

    Returns
    -------
    marked : str
    count : int
        Numbers ``0 … count - 1`` are in use.
    """
    tags = html.count("<")
    # Most that so many paragraphs can open again: half the tags are paragraphs, at half depth.
    if tags > FEW_TAGS or len(_FORMATTING_START.findall(html)) * tags > 4 * MAX_REOPENED:
        html = _bounded(html)
    out: list[str] = []
    count = last = 0
    length = len(html)
    begin = _BLANK.match(html).end()  # type: ignore[union-attr]  # it matches nothing, too
    if begin < length and html[begin] != "<":
        out += (html[:begin], _numbered(0))
        count, last = 1, begin
    for run in _RUN.finditer(html):
        start, end = run.span()
        if end - start <= LONG_TAG:
            out.append(html[last:end])
        else:
            out += (html[last:start], _TOKEN.sub(_shortened, run.group()))
        last = end
        if end < length:
            out.append(_numbered(count))
            count += 1
    out.append(html[last:])
    return "".join(out), count


def _numbered(number: int) -> str:
    return chr(_LEAD + number // _BASE) + chr(_TRAIL + number % _BASE)


def _shortened(token: re.Match[str]) -> str:
    """A token without its attributes where it has too many."""
    kept, tag, name = token.groups()
    if kept is not None or len(tag) <= LONG_TAG:
        return str(token[0])
    many = len(tag.split()) + tag.count("=") > 2 * MAX_ATTRIBUTES
    return f"<{name}>" if many else str(tag)


def _bounded(html: str) -> str:
    """A page of many tags, without those that lie beyond the bounds."""
    parts = _TOKEN.split(html)
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


def numbers_in(text: str) -> list[int]:
    """The numbers of the marks in a piece of text, in order."""
    return [(ord(m[0]) - _LEAD) * _BASE + ord(m[1]) - _TRAIL for m in _MARK.findall(text)]


def unmark(marked: str, count: int) -> tuple[str, NDArray[np.int64], NDArray[np.int64]]:
    """Take the marks out of extracted text, and put its white space in order.

    Runs of spaces become one, lines lose the spaces at their ends; line breaks stay.

    Returns
    -------
    text : str
    numbers : int64 array
        The marks that came through, in the order of the text.
    offsets : int64 array
        Where in ``text`` each of them stood.
    """
    for invisible in _INVISIBLE:
        marked = marked.replace(invisible, " ")
    marked = "\n".join([" ".join(line.split()) for line in marked.split("\n")]).strip("\n")
    codes = np.frombuffer(marked.encode("utf-32-le"), dtype="<u4")
    kept = codes < _TRAIL
    at = np.flatnonzero(codes[:-1] >= _LEAD)
    trail = codes[at + 1].astype(np.int64) - _TRAIL
    numbers = (codes[at].astype(np.int64) - _LEAD) * _BASE + trail
    # A page may hold character references to private-use characters: those are no marks of ours.
    true = (trail >= 0) & (trail < _BASE) & (numbers < count)
    offsets = np.cumsum(kept, dtype=np.int32)[at]
    codes = codes[kept]
    # A mark in front of a space that was written as a reference kept it from its neighbours.
    before = np.concatenate(([_LINE], codes[:-1])) if len(codes) else codes
    idle = (codes == _SPACE) & ((before == _SPACE) | (before == _LINE))
    if idle.any():
        before_each = np.zeros(len(idle) + 1, dtype=np.int32)
        np.cumsum(idle, out=before_each[1:])
        offsets = offsets - before_each[offsets]
        codes = codes[~idle]
    text = codes.tobytes().decode("utf-32-le")
    return text, numbers[true], offsets[true].astype(np.int64)
