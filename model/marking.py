"""HTML before it is parsed: marks in front of every run of text.

The parser and the extractor are compiled code and see the page as a whole; what they do not tell is
which element a character of the extracted text came from. So every run of text gets a mark of two
private-use characters in front of it, which carries a number. The marks come out twice: in the
serialised tree, where they say which element they stand in, and in the extracted text, where they
say at which offset. Nothing is guessed and nothing is searched for.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from model.bounds import ATTRIBUTES, KEPT, LONG_TAG, NAME, TOKEN, bounded, shortened

__all__ = ["clean", "mark", "numbers_in", "unmark"]

# Tokens with nothing but white space between and behind them, up to the next run of text.
_BLANK_TEXT = r"(?:\s|&nbsp;|&#160;|&#[xX][aA]0;|[\u200b\ufeff\u2060])*+"
_RUN = re.compile(rf"(?:(?:{KEPT}|<{NAME}{ATTRIBUTES}(?:>|\Z)){_BLANK_TEXT})++", re.DOTALL)
_BLANK = re.compile(_BLANK_TEXT)
# References to the characters that marks are made of.
_REFERENCE = re.compile(
    r"&#(?:[xX]0*+(?:[fF]|10)[0-9a-fA-F]{4}|0*+(?:9[89]\d|1[01]\d\d)\d{3})(?!\d);?"
)

_LINE, _SPACE = 10, 32
_LEAD, _TRAIL, _BASE = 0x100000, 0xF0000, 0xFFFE
_MARK = re.compile("[\U00100000-\U0010fffd][\U000f0000-\U000ffffd]")

# They part words as a space does, but str.split() does not know them.
_INVISIBLE = ("\u200b", "\ufeff", "\u2060")

# A template that is shown: browsers attach it to the element around it while they read the page.
# Its end tag then ends nothing, and parsers pass over those.
_SHADOW = re.compile(r"<template(?=\s[^<>]{0,500}\bshadowrootmode\s*=)", re.IGNORECASE)

# How signs are read stands above them and not behind: "東京", not "東とう京きょう". Where it is in
# brackets, for browsers that cannot do that, it is as good in a line of text: "東京（とうきょう）".
_READING = re.compile(
    r"<rt(?:\s[^<>]*+)?>[^<]*+(?:</rt\s*+>|(?=</?r(?:[tb]|tc|uby)[\s>]))", re.IGNORECASE
)
_BRACKETS = re.compile(r"<rp[\s>]", re.IGNORECASE)


def clean(html: str) -> str:
    """Take out what marks are made of, and lone surrogates, which no parser accepts.

    What stands in a declarative shadow root comes to be seen, as it does in a browser; how signs
    are read is left out, unless it is in brackets.
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
    if ("<rt" in html or "<RT" in html) and not _BRACKETS.search(html):
        html = _READING.sub("", html)
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
    html = bounded(html)
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
            out += (html[last:start], TOKEN.sub(shortened, run.group()))
        last = end
        if end < length:
            out.append(_numbered(count))
            count += 1
    out.append(html[last:])
    return "".join(out), count


def _numbered(number: int) -> str:
    return chr(_LEAD + number // _BASE) + chr(_TRAIL + number % _BASE)


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
