"""What ``<time datetime="…">`` says: the date behind "3 hours ago", and its zone and seconds.

Whether it is a story's date is not decided here: comments and lists of other stories have them too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from model.marking import numbers_in
from model.page import Stamp
from model.telling.dates import find_date

__all__ = ["read_stamps"]

MAX_TIMES = 20_000  # that are looked at; real pages have up to 400, most of them of comments
LONGEST = 4000  # characters of the element with all that is in it
LONGEST_WORDS = 110  # characters of its text; what is longer is a paragraph
LONGEST_VALUE = 40  # characters; "2024-10-18T14:05:00.000000000+02:00" has 35

_ATTRIBUTE = re.compile(r'\s(datetime|class|itemprop)="([^"]*+)"')
# A day, alone or with a time of day: no time alone, no duration, no month.
_DAY = re.compile(r"(?:19|20)\d\d-\d\d-\d\d(?!\d)")
# Templates write it where they know no date.
_EPOCH = "1970-01-01"
# What classes and itemprop call a date: "dateModified", "entry-date updated". With both, as
# WordPress writes it for what was never changed, it is the date of publication.
_PUBLISHED = re.compile(r"publi|creat|issued", re.IGNORECASE)
_UPDATED = re.compile(r"updat|modif|aktuali[sz]|actuali[sz]|atualiz|aggiorn", re.IGNORECASE)


def read_stamps(
    source: str,
    text: str,
    numbers: NDArray[np.int64],
    offsets: NDArray[np.int64],
    timed: NDArray[np.bool_],
) -> tuple[Stamp, ...]:
    """Find every ``time`` element with a machine-readable date and words of its own.

    Parameters
    ----------
    source : str
        The serialised tree, with its marks.
    text, numbers, offsets
        What :func:`model.marking.unmark` makes of the extracted text.
    timed : bool array, shape (n_marks,)
        Whether a mark stands in a ``time``; without any there is nothing to look for.

    Returns
    -------
    tuple of Stamp
        Those of the first :data:`MAX_TIMES` elements, in the order of the text.
    """
    if not timed.any():
        return ()
    places = np.full(len(timed), -1, dtype=np.int64)
    places[numbers] = np.arange(len(numbers))
    bounds = np.append(offsets, len(text))
    found: list[Stamp] = []
    for tag, content in _elements(source):
        given = dict(_ATTRIBUTE.findall(tag))
        iso = _iso(given.get("datetime", ""))
        if iso is None:
            continue
        own = [places[number] for number in numbers_in(content) if number < len(places)]
        own = [place for place in own if place >= 0]
        if not own:
            continue
        start, end = int(bounds[min(own)]), int(bounds[max(own) + 1])
        words = text[start:end]
        start += len(words) - len(words.lstrip())
        end = start + len(words.strip())
        if 0 < end - start <= LONGEST_WORDS:
            found.append(Stamp(start, end, iso, _called(given)))
    # What the parser moved, out of a table most often, is in another order in the text.
    out: list[Stamp] = []
    for stamp in sorted(found, key=lambda stamp: stamp.start):
        if not out or stamp.start >= out[-1].end:
            out.append(stamp)
    return tuple(out)


def _elements(source: str) -> Iterator[tuple[str, str]]:
    """Start tag and content of every ``time`` with attributes and without another one in it.

    The serialiser writes "<" as a reference everywhere but in scripts and comments; and what is
    found in those holds no marks.
    """
    following, seen = source.find("<time"), 0
    while following >= 0 and seen < MAX_TIMES:
        at, seen = following, seen + 1
        following = source.find("<time", at + 1)
        if source[at + len("<time")] != " ":
            continue
        stop = min(at + LONGEST, len(source) if following < 0 else following)
        tag, _, rest = source[at + len("<time") : stop].partition(">")
        content, closed, _ = rest.partition("</time")
        if closed:
            yield tag, content


def _iso(value: str) -> str | None:
    """The value as ISO 8601; None where it is not a date, or something else besides."""
    value = value.strip()
    hit = find_date(value) if len(value) <= LONGEST_VALUE and _DAY.match(value) else None
    if hit is None or hit.words != value or hit.iso.startswith(_EPOCH):
        return None
    return hit.iso


def _called(given: dict[str, str]) -> str | None:
    """What the markup calls the date, in the terms of ``Stamp.called``."""
    # The vocabulary of schema.org has one meaning, classes are named as people like.
    for names in (given.get("itemprop", ""), given.get("class", "")):
        if _PUBLISHED.search(names):
            return "published"
        if _UPDATED.search(names):
            return "updated"
    return None
