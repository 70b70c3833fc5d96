"""The time of day that stands beside a date: "14:05 Uhr", "2:05 p.m. EST".

It is kept as the page has it, with an offset where the line names a zone that has one fixed
offset. "오후 2:05", "午後2時5分" and "02:05 م" are 14:05 as "2:05 pm" is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Clock", "find_clock", "hour_of_day", "offset_from_utc"]

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
_ZONE = re.compile(
    r"\s?\(?(Z|UTC|GMT|[A-Z]{2,4})?\)?\s?([+-]\d\d?(?::?\d\d)?)?"
    # "10.30 GMTLast modified": what follows has lost its space.
    r"(?:(?![\w:])|(?<=[A-Z])(?=[A-Z][a-z]))"
)

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


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day: where it stands in the line, and as ISO 8601 has it (``14:05+02:00``)."""

    first: int
    last: int
    iso: str


def find_clock(line: str, start: int, end: int) -> Clock | None:
    """The time of day beside ``line[start:end]``, behind it or else before it."""
    stop = min(len(line), end + 30)
    # Behind a date a page may have lost the space: "March 14, 20256:05 PM".
    behind = line[end:stop]
    clock, shift = _CLOCK.search(behind) or _CJK_CLOCK.search(behind), end
    if clock is None:
        before = list(_CLOCK.finditer(line, max(0, start - 25), start))
        clock, shift = before[-1] if before else None, 0
    if clock is None:
        return None
    first, last = clock.start() + shift, clock.end() + shift
    half = (clock[4] or clock[5] or "").lower() if clock.re is _CLOCK else ""
    if not half and (named := _HALF_BEFORE.search(line, max(0, first - 4), first)):
        half, first = "p" if named[1] else "a", named.start()
    elif not half and (named := _HALF_BEHIND.match(line, last)):
        half, last = "p" if named[1] else "a", named.end()
    hour, minute = hour_of_day(int(clock[1]), half), int(clock[2] or 0)
    if hour > 23 or minute > 59:
        return None
    offset = ""
    zone = _ZONE.match(line, last)
    if zone and (zone[1] or zone[2]) and (zone[1] is None or zone[1] in _OFFSETS):
        offset = offset_from_utc(_OFFSETS.get(zone[1] or "Z", 0), zone[2])
        last = zone.end()
    return Clock(first, last, f"{hour:02d}:{minute:02d}{offset}")


def hour_of_day(hour: int, half: str) -> int:
    """The hour of 24 for one of a twelve-hour clock; "14:05 PM" is 14:05."""
    return hour % 12 + (12 if half[0] == "p" else 0) if half and hour <= 12 else hour


def offset_from_utc(minutes: int, shift: str | None) -> str:
    """So many minutes and the shift behind them ("+5:30") as ISO 8601 has them; "" for none."""
    if shift:
        digits = shift[1:].replace(":", "")
        hours, rest = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")
        minutes += (-1 if shift[0] == "-" else 1) * (int(hours) * 60 + int(rest))
    # Nowhere is it 14 hours and more from UTC, but for islands with 14 exactly.
    if abs(minutes) > 14 * 60:
        return ""
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
