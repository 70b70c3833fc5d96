"""Names in lines that also hold a date, or a word that announces them in their midst."""

from __future__ import annotations

import re

from model.telling.bylines import BEFORE_DATE, END, LINKS, name_in, name_with_role
from model.telling.date_words import PASSING, PUBLISHED, UPDATED
from model.telling.dates import find_date
from model.telling.uncased_names import uncased_person

__all__ = ["name_beside_date"]

# Openers that stand inside a line; "de" and "di" would find names of places.
_UNCASED_INLINE = re.compile(
    r"(?:作者|记者|記者|撰文)\s?[:：／/]\s?([\u3400-\u9fff·]{2,6})(?![\u3400-\u9fff])"
)
_INLINE = re.compile(
    r"(?:^|[\s|/·•–—,-])(?i:by|von|par|por|oleh|door|автор)[:\s]\s*"
    r"((?:(?:[^\W\d_][\w.'’-]*|&)\s+){1,11}[^\W\d_][\w.'’-]*)"
)
# Words of a person's name in a line that goes on behind it.
_PARTS = 4
# They join two people, and are no parts of a name as "de" and "van" are.
_JOINERS = frozenset(re.findall(r"\S+", "and und et & og och dan ve y e i"))
_PIECE = re.compile(r"\s*[|·•/]\s*|\s[–—-]\s")  # what lines of a header are parted by
_AFTER_CLOCK = re.compile(r"^\s*(?:uhr|hrs?)\b", re.IGNORECASE)


def name_beside_date(line: str) -> str | None:
    """A name in a line that holds a date: "12 March 2021 by Ana Brook | Comments", "Ana Brook
    12 March 2021", "12 March 2021 / Ana Brook", "Ana Brook 3 hours ago"."""
    return _inline(line) or _bare(line)


def _bare(line: str) -> str | None:
    date, before, after = find_date(line), line, ""
    if date is not None:
        at = line.find(date.words)
        before, after = line[:at], line[at + len(date.words) :]
    elif (passing := PASSING.search(line)) is not None:
        before = line[: passing.start()]
    else:
        return None
    # "New York, 12 March" is a place; "Berlin (dpa)" has a sign that no name has.
    place = before.rstrip()[-1:] in (",", "(") and name_with_role(before) is None
    for side in ("" if place else BEFORE_DATE.sub("", before), _AFTER_CLOCK.sub("", after)):
        for piece in _PIECE.split(side):
            end = END.search(piece)
            told = piece[: end.start()] if end is not None else piece
            # A label: "Giriş Tarihi: 14.03.2025".
            label = told.rstrip().endswith((":", "："))
            name = None if label else name_in(told) or uncased_person(told)
            if name is not None and not (PUBLISHED.search(name) or UPDATED.search(name)):
                return name
    return None


def _inline(line: str) -> str | None:
    if (uncased := _UNCASED_INLINE.search(line)) is not None:
        return uncased[1]
    found = _INLINE.search(line)
    if found is None:
        return None
    people: list[tuple[str, list[str]]] = [("", [])]
    for word in found[1].split():
        if word.casefold() in _JOINERS:
            people.append((word, []))
        elif word[0].isupper() or word.casefold() in LINKS:
            people[-1][1].append(word)
        else:
            break
    first = people[0][1]
    kept = first[:_PARTS]
    for joiner, person in people[1:] if kept == first else ():
        # Of a longer one the end is of another kind: "and Ben Marsh Globe Staff".
        names = sum(word.casefold() not in LINKS for word in person)
        whole = names < _PARTS
        kept += [joiner, *(person if whole else person[: len(first)])]
        if not whole:
            break
    while kept and kept[-1].casefold() in LINKS | _JOINERS:
        kept.pop()
    return " ".join(kept) if len(kept) >= 2 else None
