"""Who wrote it: names in the lines of a header, by how the line announces them.

A name is announced by a word in front of it ("By Ana Brook", "12 March 2021 by Ana Brook"), by
such a word on a line of its own above it, or by a date right beside it. Only the last has to be
told from section names, and is therefore the last resort.
"""

from __future__ import annotations

import re

from model.vocabulary import BYLINE_OPENERS

__all__ = ["announced", "announces_next", "looks_like_name", "name_beside_date"]

LONGEST = 80  # characters of a line that is nothing but names
_OPENERS = "|".join(map(re.escape, sorted(BYLINE_OPENERS, key=len, reverse=True)))
_OPENER = re.compile(rf"(?:{_OPENERS})(?:[:：\s]\s*|(?=[^\W\d_a-z]))", re.IGNORECASE)
_ALONE = re.compile(rf"(?:{_OPENERS}|autor/in|authors?|text)\s*[:：]?", re.IGNORECASE)
# Openers that stand inside a line; "de" and "di" would find names of places.
_INLINE = re.compile(
    r"(?:^|[\s|/·•–—,-])(?i:by|von|par|por|oleh|door|автор)[:\s]\s*"
    r"((?:[^\W\d_][\w.'’-]*\s+){1,3}[^\W\d_][\w.'’-]*)"
)
# They link the parts of a name or two names, and are no capitals.
_LINKS = frozenset(
    re.findall(r"\w+", "de da del della di la le van von der den ten bin al el and und y et e i")
)

_TRIMMED = " :,|/·•-–—"


def announced(line: str) -> str | None:
    """The name in a line that opens like a byline, without what announces it."""
    name = _OPENER.sub("", line, count=1).strip(_TRIMMED)
    return name or None


def announces_next(line: str) -> bool:
    """Whether the line is nothing but "By" or "Author:", so that the next one is the name."""
    return len(line) <= 24 and _ALONE.fullmatch(line.strip()) is not None


def looks_like_name(line: str, *, fewest: int = 2) -> bool:
    """Whether the line is nothing but the names of people, as far as capitals tell.

    Parameters
    ----------
    fewest : int
        Words that a name has at least.
    """
    if len(line) > LONGEST or line.isupper() or any(c.isdigit() for c in line):
        return False
    words = [word.strip(",&;") for word in line.replace(" & ", " ").split()]
    names = [word for word in words if word and word.casefold() not in _LINKS]
    if not fewest <= len(names) <= 8 or line[-1:] in "!?:…":
        return False
    return all(word[0].isupper() for word in names)


def name_beside_date(line: str) -> str | None:
    """A name in a line that holds a date: "12 March 2021 by Ana Brook | Comments"."""
    found = _INLINE.search(line)
    if found is None:
        return None
    kept: list[str] = []
    for word in found[1].split():
        if not word[0].isupper() and word.casefold() not in _LINKS:
            break
        kept.append(word.rstrip(","))
    while kept and kept[-1].casefold() in _LINKS:
        kept.pop()
    return " ".join(kept) if len(kept) >= 2 else None
