"""Markdown, tags in text, and dumps of terminals: which of it a reader would not see.

Scrapers save pages as Markdown, with the target of every link behind its words, or as text with the
numbers of links in front of them; feeds and databases have paragraphs in tags. Read as words,
addresses and tags are what such a page is mostly about.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from model.marks import Marks

__all__ = ["RULES", "Signs", "breaking_tags", "named_characters", "read_markdown"]

# Links, headings and definitions of addresses that there must be on a page before anything of it is
# read as Markdown: one may be anywhere. Rules are none, as plain text has them between its stories.
# So many ends of paragraphs, or characters by name or number, are what a database holds; other tags
# may be what a page is about.
_ENOUGH = 2
# Numbers of links that follow one another, in a dump.
_NUMBERED = 8

_LINK = re.compile(
    r"\]\(<?(?:https?:|mailto:|tel:|javascript:|data:|[/#.?])|^\s{0,4}\[[^\]\n]+\]:[ \t]+\S",
    re.MULTILINE,
)
_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(?=\S)", re.MULTILINE)
# An address holds brackets in pairs, and no space, but may be wrapped at a hyphen; behind it may
# stand a title in quotes. (Atomic groups, as before 3.11.5 Python misreads possessive ones that may
# give something back within, gh-106052; counted, as it remembers each turn of an atomic one.)
_BRACKET = re.compile(
    r"\\[!-/:-@\[-`{-~]|!?\["
    r"|\]\(\s*+(?:<[^<>\n]*+>|(?>(?:[^\s()]++|\([^\s()]*+\)|(?<=-)\n[ \t]*+(?=[^\s()])){0,200}))"
    r"(?:\s++(?:\"[^\"]*+\"|'[^']*+'))?\s*+\)"
    r"|\]\[[^\[\]\n]*+\]|\]"
)
_SIGNS = re.compile(
    # what lines begin with: quotations, headings, points of lists,
    r"^[ \t]*+(?>(?:>[ \t]?){0,200})(?:#{1,6}[ \t]++|[*+-][ \t]++)?"
    # what headings and lines end with, and definitions of addresses,
    r"|(?<!\\)\\(?=\r?$)|(?<![ \t])[ \t]++#++[ \t]*+$|^\s{0,4}\[[^\]\n]++\]:[ \t]++\S.*$"
    # emphasis, which leans on a word on one side only.
    r"|(?<![\w*\\])\*{1,3}(?=[^\s*])|(?<=[^\s*\\])\*{1,3}(?![\w*])"
    r"|(?<![\w_\\])_{1,3}(?=[^\s_])|(?<=[^\s_\\])_{1,3}(?![\w_])",
    re.MULTILINE,
)
_TAG = re.compile(r"</(?:p|h[1-6]|li|td|blockquote)>|<br ?/?>", re.IGNORECASE)
_TAGS = re.compile(r"<(?:/?[a-zA-Z][^<>]*+|!--[^<>]*+)>")
_SCRIPT = re.compile(r"<(script|style)\b", re.IGNORECASE)
# Those that a new line begins at.
_BREAK = re.compile(
    r"</?(?:p|div|h[1-6]|li|ul|ol|dl|d[td]|tr|t[dh]|table|blockquote|section|article|aside|header|footer"
    r"|main|nav|figure|figcaption|pre|br|hr)(?:\s[^<>]*+)?/?>",
    re.IGNORECASE,
)
_CHARACTER = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,6}|#x[\da-fA-F]{2,5});")
_NUMBER = re.compile(r"\[(\d{1,4})\](?=\w)")
_DUMPED = re.compile(
    # numbers of links and points of lists, names of pictures, fields of forms,
    r"\[\d{1,4}\]|^[ \t]*+[*+#o][ \t]++|\[[\w%.-]+\.(?:png|jpe?g|gif|svg|webp)\]|\[BUTTON\]|_{3,}"
    # and the addresses at the end.
    r"|^[ \t]*+\d{1,4}\.[ \t]++(?:[a-z][a-z\d+.-]*:|/)\S*[ \t]*$"
    r"|^(?:References|[ \t]*(?:Visible|Hidden) links:?)[ \t]*$",
    re.MULTILINE,
)
#: What rules and the frames of tables are made of; a line of nothing else is not seen either.
RULES = " \t*-_=|:#+>"


@dataclass(frozen=True, slots=True)
class Signs:
    """What a text holds beside what a reader sees.

    Attributes
    ----------
    marks : Marks
        The spans that are Markdown's, or a dump's; often none.
    links : sequence of (start, end), or None
        The words of its links, in the order in which they end; None where it is no Markdown.
    """

    marks: Marks = field(default_factory=Marks)
    links: Sequence[tuple[int, int]] | None = None


def read_markdown(text: str, front: int = 0) -> Signs:
    """The signs of a text.

    In time linear in the length of the text: what may be repeated gives nothing back.

    Parameters
    ----------
    front : int
        Where its front matter ends, if it has one: then it is Markdown.
    """
    links: list[tuple[int, int]] | None = None
    linked = "]" in text and ("](" in text or "]: " in text)
    spans: list[tuple[int, int]] = [(0, front)] if front else []
    if front or linked or ("#" in text and "# " in text):
        found = _some(_LINK.finditer(text)) + _some(_HEADING.finditer(text))
        if front or found >= _ENOUGH:
            around, links = _links(text)
            spans += [*around, *_spans(_SIGNS.finditer(text))]
    if "<" in text and _some(_TAG.finditer(text)) >= _ENOUGH:
        spans += [*_spans(_TAGS.finditer(text)), *_scripts(text)]
    if spans:
        return Signs(Marks.joined(spans), links)
    if "]" in text and "[1]" in text and _is_dump(_NUMBER.findall(text)):
        return Signs(Marks.joined(_spans(_DUMPED.finditer(text))))
    return Signs()


def named_characters(text: str) -> list[tuple[int, int]]:
    """Characters that are written by name or number, if there are some."""
    if "&" not in text or _some(_CHARACTER.finditer(text)) < _ENOUGH:
        return []
    return list(_spans(_CHARACTER.finditer(text)))


def breaking_tags(text: str, marks: Marks) -> list[int]:
    """Where tags make a new line: in front of those that open, behind those that close."""
    if not marks or "<" not in text or _some(_TAG.finditer(text)) < _ENOUGH:
        return []
    return [
        tag.end() if tag[0][1] == "/" or tag[0][:3].lower() == "<br" else tag.start()
        for tag in _BREAK.finditer(text)
    ]


def _some(matches: Iterator[re.Match[str]]) -> int:
    return sum(1 for _, _ in zip(range(_ENOUGH), matches, strict=False))


def _spans(matches: Iterator[re.Match[str]]) -> Iterator[tuple[int, int]]:
    return (match.span() for match in matches if match[0])


def _is_dump(numbers: Sequence[str]) -> bool:
    """Links are numbered as they come, footnotes come back."""
    on = sum(int(b) == int(a) + 1 for a, b in pairwise(numbers))
    return on >= _NUMBERED and on >= 0.8 * len(numbers)


def _scripts(text: str) -> Iterator[tuple[int, int]]:
    """What stands in scripts and styles, up to the tag that ends each."""
    at = 0
    open_ended: set[str] = set()
    for tag in _SCRIPT.finditer(text):
        name = tag[1]
        if tag.start() < at or name in open_ended:
            continue
        end = text.find(f"</{name}", tag.end())
        if end < 0:
            open_ended.add(name)
            continue
        yield tag.start(), end
        at = end


def _links(text: str) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """What stands around the words of links, pictures as a whole; and those words."""
    around: list[tuple[int, int]] = []
    words: list[tuple[int, int]] = []
    open_: list[tuple[int, int]] = []
    for match in _BRACKET.finditer(text):
        sign = match[0]
        if sign[0] == "\\":
            around.append((match.start(), match.start() + 1))
        elif sign[-1] == "[":
            open_.append(match.span())
        elif open_:
            start, end = open_.pop()
            if text[start] == "!":
                around.append((start, match.end()))
            elif len(sign) > 1:
                around += [(start, end), match.span()]
                words.append((end, match.start()))
    return around, words
