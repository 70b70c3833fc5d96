"""Dates in the short lines around a headline: "Updated 18 October 2024", "12.03.2024, 14:05 Uhr".

Nearly all of them have one of a few shapes, which are read here in microseconds. A month's name
that the table lacks is looked up once through dateparser and remembered.

Rules where a line can be read in two ways:

* A line may hold several dates; the first counts.
* ``a.b.c`` and ``a-b-c`` are day, month, year. ``a/b/c`` is month first if ``b`` is no month, or if
  the line has a twelve-hour clock or a North American time zone; else day first.
* A date without a day or without a year is none: nothing is filled in from today's date. Neither
  are relative dates ("2 hours ago"), since a saved page does not say when it was saved.
* Where a Thai month has a year beyond 2400, it is the Buddhist one.
* The time of day is that of `clock.py`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from model.telling.clock import find_clock, hour_of_day, offset_from_utc
from model.telling.months import MONTH, MONTH_LANGUAGES

__all__ = ["DateHit", "find_date"]

LONGEST = 300  # characters; what is longer is a paragraph
EARLIEST, LATEST = 1900, 2100

_YEAR = r"((?:19|20|25)\d\d)"  # Thai pages count from 543 BC
# Two months of the Levant have names of two words.
_NAME = r"((?:تشرين|كانون)\s+ال\w+|[^\s\d.,:;/|()\[\]·•–—-]{2,24})"
# The other name of the same month, which Arabic pages add: "12 مارس/آذار 2024".
_OTHER_NAME = r"(?:\s?/\s?[^\W\d_]{2,12}(?:\s+ال\w+)?)?"
_OF = r"(?:de\s+|del\s+|of\s+|d['’]|di\s+)?"
_ORDINAL = r"(?:st|nd|rd|th|er|re|º|ª|°|\.)?"
_SHAPE = re.compile(r"\d{4}|\d\d?[./-]\d\d?[./-]\d\d")
# Digits of other scripts, one for one, so that offsets stay.
_ASCII_DIGITS = {
    zero + i: str(i) for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10) for i in range(10)
}
_ISO = re.compile(
    r"(?<!\d)(\d{4})-(\d\d)-(\d\d)(?!\d)"
    r"(?:[Tt ]{1,2}(\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?(?:\s?([AaPp])\.?\s?[Mm]\b\.?)?"
    r"\s?([Zz]\b|UTC\b|GMT\b|[+-]\d\d:?\d\d)?)?"
)
_CJK = re.compile(r"(\d{4})\s?[年년]\s?(\d{1,2})\s?[月월]\s?(\d{1,2})\s?[日일]")
_VIETNAMESE = re.compile(
    rf"(\d{{1,2}})\s+tháng\s+(\d{{1,2}}),?\s+(?:năm\s+)?{_YEAR}", re.IGNORECASE
)
_DAY_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}}){_ORDINAL}[\s,/-]{{0,3}}{_OF}{_NAME}{_OTHER_NAME}[\s.,/-]{{0,3}}{_OF}{_YEAR}",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"{_NAME}[\s.,/-]{{0,3}}(?<!\d)(\d{{1,2}})(?:st|nd|rd|th)?[\s.,/-]{{1,3}}{_YEAR}",
    re.IGNORECASE,
)
_YEAR_NAME_DAY = re.compile(rf"{_YEAR}[.,]?\s{_NAME}\s(\d{{1,2}})(?![\d:])", re.IGNORECASE)
_YEAR_FIRST = re.compile(r"(?<![\d./-])(\d{4})([./-])\s?(\d{1,2})\2\s?(\d{1,2})(?!\d)")
_NUMERIC = re.compile(r"(?<![\d./-])(\d{1,2})([./-])\s?(\d{1,2})\2\s?((?:19|20)\d\d|\d\d(?!\.?\d))")
_OPEN = (len("2025-03-14"), len("2025-03-14T18:05"))
_AMERICAN = re.compile(r"\d\s?[ap]\.?m\b|\b[ECMP][SD]?T\b", re.IGNORECASE)

_Found = tuple[int, int, dt.date]  # start and end in the line, and the day


@dataclass(frozen=True, slots=True)
class DateHit:
    """A date that a line names.

    Attributes
    ----------
    iso : str
        ISO 8601: ``2024-10-18``, ``2024-10-18T14:05`` or ``2024-10-18T14:05+02:00``.
    words : str
        What stands on the page, from the first character of the date to the last of the time.
    other : str or None
        The day that the words mean if a day is read for a month: ``2021-04-03`` of "03/04/2021".
    by_words : bool
        Whether the words name the day; "3 hours ago" does not, but a ``<time>`` around it may.
    """

    iso: str
    words: str
    other: str | None = None
    by_words: bool = True


def find_date(line: str) -> DateHit | None:
    """Find the first complete date in a short line; None where there is none."""
    return _found(line[:LONGEST])


# A header's line is asked four times for what it may be, and sites repeat their lines.
@lru_cache(maxsize=2048)
def _found(page_line: str) -> DateHit | None:
    line = _plain_digits(page_line)
    if not _SHAPE.search(line):
        return None
    iso = _ISO.search(line)
    found = [hit for hit in (_numbered(line), _named(line)) if hit is not None]
    if iso is not None and (not found or iso.start() <= min(found)[0]):
        hit = _iso(iso)
        if hit is not None and len(hit.iso) in _OPEN:
            # The time of day may stand behind any sign, and a zone have any name: "2025-03-14 |
            # 18:05 CET".
            day = dt.date.fromisoformat(hit.iso[:10])
            hit = _with_time(line, iso.start(), iso.start() + 10, day)
            at = line.index(hit.words)
            return DateHit(hit.iso, page_line[at : at + len(hit.words)])
        if hit is not None:
            return DateHit(hit.iso, page_line[iso.start() : iso.start() + len(hit.words)])
    if not found:
        return None
    hit = _with_time(line, *min(found))
    at = line.index(hit.words)
    return DateHit(hit.iso, page_line[at : at + len(hit.words)], _other_day(hit))


def _other_day(hit: DateHit) -> str | None:
    """The day with its number and its month exchanged, where the words would allow it."""
    year, month, day = hit.iso[:10].split("-")
    if month == day or int(day) > 12 or not _NUMERIC.search(hit.words):
        return None
    return f"{year}-{day}-{month}"


def _plain_digits(line: str) -> str:
    return line if line.isascii() else line.translate(_ASCII_DIGITS)


def _day(year: str, month: int, day: str) -> dt.date | None:
    number = int(year)
    if len(year) <= 2:  # "0001-01-01" is what some systems write for no date at all
        number += 2000 if number < 70 else 1900
    if not EARLIEST <= number <= LATEST:
        return None
    try:
        return dt.date(number, month, int(day))
    except ValueError:
        return None


def _numbered(line: str) -> _Found | None:
    """The first date that is all numbers."""
    found: list[_Found] = []
    for pattern, year, month, day in (
        (_CJK, 1, 2, 3),
        (_YEAR_FIRST, 1, 3, 4),
        (_VIETNAMESE, 3, 2, 1),
    ):
        for match in pattern.finditer(line):
            date = _day(match[year], int(match[month]), match[day])
            if date is not None:
                found.append((*match.span(), date))
                break
    for match in _NUMERIC.finditer(line):
        first, second = int(match[1]), int(match[3])
        american = second > 12 or (match[2] == "/" and first <= 12 and bool(_AMERICAN.search(line)))
        month, day_of = (first, match[3]) if american else (second, match[1])
        date = _day(match[4], month, day_of)
        if date is not None:
            found.append((*match.span(), date))
            break
    return min(found, default=None)


def _named(line: str) -> _Found | None:
    """The first date with a month's name."""
    found: list[_Found] = []
    for pattern, day, name, year in (
        (_DAY_MONTH, 1, 2, 3),
        (_MONTH_DAY, 2, 1, 3),
        (_YEAR_NAME_DAY, 3, 2, 1),
    ):
        at = 0
        while match := pattern.search(line, at):
            month = _month(match[name]) or _looked_up(match[name].casefold())
            date = _day(_christian(match[year], match[name]), month, match[day]) if month else None
            if date is not None:
                start = match.start() + (
                    _glued(match[name]) if match.start(name) == match.start() else 0
                )
                found.append((start, match.end(), date))
                break
            at = match.end(min(day, name, year))
    return min(found, default=None)


def _christian(year: str, month: str) -> str:
    """The year of our era: with a Thai month it may be the Buddhist one."""
    return str(int(year) - 543) if year >= "2400" and "\u0e00" <= month[0] <= "\u0e7f" else year


def _month(name: str) -> int:
    """The number of a month; 0 for no month. Lines lose spaces: "DambrotNovember"."""
    if " " in name or "\xa0" in name:
        return MONTH.get(" ".join(name.split()), 0)
    number = MONTH.get(name.casefold(), 0)
    if not number:
        last = max((i for i, c in enumerate(name) if c.isupper()), default=0)
        number = MONTH.get(name[last:].casefold(), 0) if last else 0
    return number


def _glued(name: str) -> int:
    """How many characters stand before the month that a name ends with: "BrookMarch"."""
    if name.casefold() in MONTH or " " in name or "\xa0" in name:
        return 0
    last = max((i for i, c in enumerate(name) if c.isupper()), default=0)
    return last if name[last:].casefold() in MONTH else 0


@lru_cache(maxsize=4096)
def _looked_up(name: str) -> int:
    """The same, by dateparser's tables, for languages that the table of months lacks."""
    if len(name) < 3 or name[0] < "\u0500":  # the table has Latin, Greek and Cyrillic ones
        return 0
    import dateparser  # slow to import, and most processes never need it

    parsed = dateparser.parse(
        f"15 {name} 2001",
        languages=MONTH_LANGUAGES,
        settings={"REQUIRE_PARTS": ["day", "month", "year"], "PARSERS": ["absolute-time"]},
    )
    if parsed is None or (parsed.year, parsed.day) != (2001, 15):
        return 0
    return int(parsed.month)


def _iso(match: re.Match[str]) -> DateHit | None:
    day = _day(match[1], int(match[2]), match[3])
    if day is None:
        return None
    if match[4] is None or int(match[4]) > 23 or int(match[5]) > 59:
        return DateHit(day.isoformat(), match[0][:10])
    hour = hour_of_day(int(match[4]), (match[7] or "").lower())
    seconds = f":{match[6]}" if match[6] and int(match[6]) < 60 else ""
    zone = match[8] or ""
    if zone in ("Z", "z", "UTC", "GMT"):
        zone = "+00:00"
    elif zone:
        zone = offset_from_utc(0, zone)
    return DateHit(f"{day.isoformat()}T{hour:02d}:{match[5]}{seconds}{zone}", match[0].strip())


def _with_time(line: str, start: int, end: int, day: dt.date) -> DateHit:
    """Add the time of day that stands next to the date, behind it or else before it."""
    clock = find_clock(line, start, end)
    if clock is None:
        return DateHit(day.isoformat(), line[start:end].strip())
    words = line[min(start, clock.first) : max(end, clock.last)].strip()
    return DateHit(f"{day.isoformat()}T{clock.iso}", words)
