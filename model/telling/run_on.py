"""The header of a story whose line breaks are lost: it stands in the story's first sentence.

"Rovers reach the final By Ana Brook 3 November 2022 CORRIN — They beat …": a byline with a date, or
the place that agencies begin with, tells where the headline ends and where the text begins. What
has neither is left alone: where a headline ends cannot be told from its words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from model.telling.authors import people
from model.telling.bylines import announced, looks_like_name
from model.telling.dates import DateHit, find_date
from model.telling.header_view import LENGTHS

__all__ = ["RunOn", "read_run_on"]

# Characters of a sentence that a header may take.
_DEEPEST = 420
# Characters of a byline, the date that ends it included.
_BYLINE = 130
# With a capital: inside a sentence "by" announces anything.
_OPENER = re.compile(r"(?<=[^\s,;:(])\s+(?:By|BY|Von|Par|Por|Oleh|Door)\s+(?=[^\W\d_a-zß-ÿ])")
# "CORRIN, Lakeland (Agency) — ", as agencies begin.
_PLACE = re.compile(
    r"(?:^|\s)([A-ZÀ-ÖØ-Þ][A-ZÀ-ÖØ-Þ.'’-]{2,}(?:\s[A-ZÀ-ÖØ-Þ.'’-]{2,}){0,3}"
    r"(?:,\s[A-ZÀ-Þ][\w.]{1,20}){0,2}(?:\s\([A-Z][\w .]{1,20}\))?)"
    r"\s?[—–-]{1,2}\s(?=[\"“„«‘']?[A-ZÀ-Þ0-9])"
)
_BETWEEN = " \t\u00a0|·•,:;–—-"
_FEWEST, _MOST = 3, 32  # words of a headline
# Names of people and of papers have no such word; they, too, stand before a place.
_LOWER = re.compile(r"(?:^|\s)(?!and\b|und\b|the\b|der\b|von\b)[a-zß-ÿ]{3,}")


@dataclass(frozen=True, slots=True)
class RunOn:
    """What the beginning of a sentence says of its story.

    Attributes
    ----------
    headline : str
    byline : str or None
    published : DateHit or None
    end : int
        Characters of the sentence that are header; the story's text begins there.
    """

    headline: str
    byline: str | None
    published: DateHit | None
    end: int


def read_run_on(sentence: str) -> RunOn | None:
    """The header at the beginning of a sentence; None where none can be told from its text."""
    top = sentence[:_DEEPEST]
    for opener in _OPENER.finditer(top):
        found = _signed(top, opener)
        if found is not None:
            return found
    place = _PLACE.search(top)
    if place is None or not _is_headline(headline := top[: place.start()].strip(_BETWEEN)):
        return None
    if not _LOWER.search(headline):
        return None
    told, published = _undated(headline, None)
    return RunOn(told, None, published, place.start(1))


def _signed(top: str, opener: re.Match[str]) -> RunOn | None:
    """With a byline that a date or a place ends."""
    behind = top[opener.start() :].lstrip()
    headline = top[: opener.start()].strip(_BETWEEN)
    date, place = find_date(behind[:_BYLINE]), _PLACE.search(behind)
    at = behind.find(date.words) if date is not None else -1
    if place is not None and (at < 0 or place.start() < at):
        signed, end, date = behind[: place.start()], place.start(1), None
    elif date is not None and at >= 0:
        signed, end = behind[: at + len(date.words)], at + len(date.words)
    else:
        return None
    names = announced(signed) if len(signed) <= _BYLINE else None
    if names is None or not all(map(looks_like_name, people(names))) or not _is_headline(headline):
        return None
    end += len(behind[end:]) - len(behind[end:].lstrip(_BETWEEN))
    told, published = _undated(headline, date)
    return RunOn(told, names, published, len(top) - len(behind) + end)


def _is_headline(words: str) -> bool:
    shortest, longest = LENGTHS
    many = len(words.split())
    return (
        shortest <= len(words) <= longest
        and _FEWEST <= many <= _MOST
        and re.search(r"[.!?…]\s+[^\W\d_]", words) is None
    )


def _undated(headline: str, date: DateHit | None) -> tuple[str, DateHit | None]:
    """Without a date at its end, which stands before the byline on some sites."""
    hit = find_date(headline)
    if hit is not None and headline.endswith(hit.words):
        shorter = headline.removesuffix(hit.words).strip(_BETWEEN)
        if _is_headline(shorter):
            return shorter, date or hit
    return headline, date
