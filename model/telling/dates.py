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
* The time of day is kept as the page has it, with an offset where the line names a zone that has
  one fixed offset. "오후 2:05", "午後2時5分" and "02:05 م" are 14:05 as "2:05 pm" is.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

from model.telling.months import ALSO_WORDS, MONTH, MONTH_LANGUAGES

__all__ = ["DateHit", "find_date", "is_date_line"]

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
_CLOCK = re.compile(
    r"(?<![\d:.,/])(\d{1,2})(?:\s?[:.h：]\s?(\d\d)(?::(\d\d))?(?!\d)\s?([ap]\.?\s?m\b\.?)?"
    r"|\s?([ap]\.?\s?m\b\.?))",
    re.IGNORECASE,
)
# "14時05分", "14시", but no "3時間" (three hours).
_CJK_CLOCK = re.compile(r"(?<!\d)(\d{1,2})\s?[時时点點시](?!間|间|간)(?:\s?(\d{1,2})\s?[分분])?")
# Halves of the day that stand in front of the clock, and behind it: afternoon, morning.
_HALF_BEFORE = re.compile(r"(?:(오후|午後|下午|晚上|傍晚)|(오전|午前|上午|凌晨|早上))\s?$")
_HALF_BEHIND = re.compile(
    r"\s?(?:(م(?!\w)|مساء\w*|ظهر\w*|بعد الظهر|μ\.?\s?μ\.?)|(ص(?!\w)|صباح\w*|فجر\w*|π\.?\s?μ\.?))"
)
_ZONE = re.compile(r"\s?\(?(Z|UTC|GMT|[A-Z]{2,4})?\)?\s?([+-]\d\d?(?::?\d\d)?)?(?![\w:])")
_AMERICAN = re.compile(r"\d\s?[ap]\.?m\b|\b[ECMP][SD]?T\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
_DAY_NAME_MONTH = re.compile(
    rf"(?<!\d)(\d{{1,2}}){_ORDINAL}[\s,/-]{{0,3}}{_OF}{_NAME}", re.IGNORECASE
)
_MONTH_NAME_DAY = re.compile(rf"{_NAME}[\s.]{{0,2}}\d{{1,2}}(?!\d)")

# Minutes from UTC of the abbreviations that stand for one offset wherever a news page writes them.
_OFFSETS = {
    zone: minutes
    for minutes, zones in {
        0: "Z UTC GMT WET",
        60: "CET MEZ WAT",
        120: "CEST MESZ EET CAT SAST",
        180: "EEST MSK EAT",
        420: "WIB",
        540: "JST KST",
        600: "AEST",
        660: "AEDT",
        720: "NZST",
        780: "NZDT",
        -240: "EDT",
        -300: "EST CDT",
        -360: "MDT",
        -420: "MST PDT",
        -480: "PST",
    }.items()
    for zone in zones.split()
}

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
    page_line = line[:LONGEST]
    line = _plain_digits(page_line)
    if not _SHAPE.search(line):
        return None
    iso = _ISO.search(line)
    found = [hit for hit in (_numbered(line), _named(line)) if hit is not None]
    if iso is not None and (not found or iso.start() <= min(found)[0]):
        hit = _iso(iso)
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


def is_date_line(line: str) -> bool:
    """Tell, very cheaply, whether a short line is there to name a date or a time of day."""
    if len(line) > 160 or not _DIGIT.search(line):
        return False
    line = _plain_digits(line)
    rest = len(_LETTER.findall(line))
    if rest > 60:
        return False
    if any(shape.search(line) for shape in (_CJK, _ISO, _YEAR_FIRST, _VIETNAMESE)):
        return True
    numeric = _NUMERIC.search(line)
    if numeric and int(numeric[1]) <= 31 and int(numeric[3]) <= 31:
        return True
    names = [match[2] for match in _DAY_NAME_MONTH.finditer(line)]
    names += [match[1] for match in _MONTH_NAME_DAY.finditer(line)]
    if any(_month(name) and name.casefold() not in ALSO_WORDS for name in names):
        return True
    if _DAY_MONTH.search(line) and _named(line):
        return True
    clock = _CLOCK.search(line)
    return clock is not None and rest <= 25 and int(clock[1]) < 24 and int(clock[2] or 0) < 60


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
    hour = _hour(int(match[4]), (match[7] or "").lower())
    seconds = f":{match[6]}" if match[6] and int(match[6]) < 60 else ""
    zone = match[8] or ""
    if zone in ("Z", "z", "UTC", "GMT"):
        zone = "+00:00"
    elif zone:
        zone = _offset(0, zone)
    return DateHit(f"{day.isoformat()}T{hour:02d}:{match[5]}{seconds}{zone}", match[0].strip())


def _hour(hour: int, half: str) -> int:
    """The hour of 24 for one of a twelve-hour clock; "14:05 PM" is 14:05."""
    return hour % 12 + (12 if half[0] == "p" else 0) if half and hour <= 12 else hour


def _with_time(line: str, start: int, end: int, day: dt.date) -> DateHit:
    """Add the time of day that stands next to the date, behind it or else before it."""
    stop = min(len(line), end + 30)
    clock = _CLOCK.search(line, end, stop) or _CJK_CLOCK.search(line, end, stop)
    if clock is None:
        before = list(_CLOCK.finditer(line, max(0, start - 25), start))
        clock = before[-1] if before else None
    iso = day.isoformat()
    if clock is None:
        return DateHit(iso, line[start:end].strip())
    first, last = clock.span()
    half = (clock[4] or clock[5] or "").lower() if clock.re is _CLOCK else ""
    if not half and (named := _HALF_BEFORE.search(line, max(0, first - 4), first)):
        half, first = "p" if named[1] else "a", named.start()
    elif not half and (named := _HALF_BEHIND.match(line, last)):
        half, last = "p" if named[1] else "a", named.end()
    hour, minute = _hour(int(clock[1]), half), int(clock[2] or 0)
    if hour > 23 or minute > 59:
        return DateHit(iso, line[start:end].strip())
    offset = ""
    zone = _ZONE.match(line, last)
    if zone and (zone[1] or zone[2]) and (zone[1] is None or zone[1] in _OFFSETS):
        offset = _offset(_OFFSETS.get(zone[1] or "Z", 0), zone[2])
        last = zone.end()
    words = line[min(start, first) : max(end, last)].strip()
    return DateHit(f"{iso}T{hour:02d}:{minute:02d}{offset}", words)


def _offset(minutes: int, shift: str | None) -> str:
    if shift:
        digits = shift[1:].replace(":", "")
        hours, rest = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
        minutes += (-1 if shift[0] == "-" else 1) * (int(hours) * 60 + int(rest))
    # Nowhere is it 14 hours and more from UTC, but for islands with 14 exactly.
    if abs(minutes) > 14 * 60:
        return ""
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
