"""When a story was published and updated: the dates in the lines of its header.

What a reader sees decides which day it was. What the markup says beside it, in ``<time>``, fills in
what the words leave open: all of "3 hours ago", the time of day, the zone, and which number of
"03/04/2021" is the month.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from model.page import Stamp
from model.telling.date_words import PUBLISHED, UPDATED
from model.telling.dates import DateHit, find_date
from model.telling.header_view import View

__all__ = ["day_agrees", "more_exact", "read_dates", "same_time", "zoned"]

_AROUND = " |·•,:;()–—-"
_MINUTES = len("2024-10-18T14:05")
# Zones are whole quarters of an hour apart, and 14 hours at most.
_FARTHEST, _ZONES = dt.timedelta(hours=14), dt.timedelta(minutes=15)
_MIDNIGHT = ("T00:00", "T00:00:00")


def read_dates(view: View, lines: Sequence[int]) -> tuple[DateHit | None, DateHit | None, set[int]]:
    """The first date of publication and of update, and the lines that are there to name them.

    A date that the markup alone calls an update is often the only one there is (WordPress themes
    do so): after it, what is no date of publication by its own words or markup is some other one.
    """
    published: DateHit | None = None
    updated: DateHit | None = None
    spent: set[int] = set()
    called: int | None = None  # the line of an update that only the markup calls so
    for k in lines:
        dates, stamps = view.dates(k), view.stamps(k)
        if not dates and not stamps:
            continue
        for words, stamped in _pieces(view, k, stamps):
            hit = find_date(words) if dates else None
            if stamped is not None:
                hit = _filled(hit, *stamped)
            if hit is None:
                continue
            says = _says(words)
            marked = stamped[0].called if stamped is not None else None
            if (says or marked) == "updated":
                updated = updated or hit
                called = k if called is None and says is None else called
            elif called in (None, k) or says or marked:
                published = published or hit
            else:
                continue
            spent.add(k)
        if view.of("date", k) and not view.of("ends_stop", k):
            spent.add(k)
    return published, updated, spent


def day_agrees(seen: DateHit, iso: str) -> bool:
    """Whether a date in ISO 8601 names a day that the words may mean."""
    return iso[:10] in (seen.iso[:10], seen.other)


def same_time(seen: DateHit, iso: str) -> bool:
    """Whether a date in ISO 8601 may be that of the words, in whatever zones they are."""
    if day_agrees(seen, iso):
        return True
    one, other = seen.iso[:_MINUTES], iso[:_MINUTES]
    if len(one) < _MINUTES or len(other) < _MINUTES:
        return False
    apart = abs(dt.datetime.fromisoformat(one) - dt.datetime.fromisoformat(other))
    return apart <= _FARTHEST and not apart % _ZONES


def zoned(iso: str, other: str) -> str:
    """A time of day without a zone, in the one in which it is the moment of another date.

    "22 December 2023, 10 pm" and ``2023-12-23T03:00:46Z`` are one moment five hours west of
    Greenwich; seconds are dropped, which pages do, too.
    """
    try:
        one, moment = dt.datetime.fromisoformat(iso), dt.datetime.fromisoformat(other)
    except ValueError:
        return iso
    if len(iso) < _MINUTES or one.tzinfo is not None or moment.tzinfo is None:
        return iso
    moment = moment.astimezone(dt.UTC).replace(second=0, microsecond=0)
    zone = one.replace(second=0, microsecond=0, tzinfo=dt.UTC) - moment
    if abs(zone) > _FARTHEST or zone % _ZONES:
        return iso
    return one.replace(tzinfo=dt.timezone(zone)).isoformat(
        timespec="seconds" if len(iso) > _MINUTES else "minutes"
    )


def more_exact(one: str, other: str) -> str:
    """Of two dates of one day, as ISO 8601, the one that says more; the first where both say alike.

    Midnight says no more than the day: it is what systems fill in.
    """
    return max(one, other, key=_exactness)


def _exactness(iso: str) -> int:
    time = iso[len("2024-10-18") :]
    zone = time[-1:] == "Z" or time[-6:-5] in ("+", "-")
    if not time or (time[:-6] if zone else time) in _MIDNIGHT:
        return 0
    return 1 + zone


def _filled(hit: DateHit | None, stamp: Stamp, words: str) -> DateHit:
    """What a ``<time>`` and its words say together."""
    if hit is None:
        return DateHit(stamp.iso, words, by_words=False)
    own = find_date(words)
    if own is not None and own.iso == hit.iso:
        hit = own  # without what is glued to it: "Ana Brook12 March 2021"
    if not day_agrees(hit, stamp.iso):
        return hit
    day = stamp.iso[:10]
    return DateHit(more_exact(day + hit.iso[len(day) :], stamp.iso), hit.words)


def _says(words: str) -> str | None:
    """What the words call a date, in the terms of ``Stamp.called``."""
    if UPDATED.search(words):
        return "updated"
    return "published" if PUBLISHED.search(words) else None


def _pieces(
    view: View, k: int, stamps: Sequence[Stamp]
) -> Iterator[tuple[str, tuple[Stamp, str] | None]]:
    """A line in pieces with one date each; with what a ``<time>`` says, and its words."""
    shown, low, end = view.shown, int(view.page.starts[k]), int(view.page.ends[k])
    for i, stamp in enumerate(stamps):
        high = end if i + 1 == len(stamps) else stamp.end
        parts = _parts(shown.cut(low, high))
        begins, ends = len(shown.cut(low, stamp.start)), len(shown.cut(low, stamp.end))
        words, at = [], 0
        for part in parts:
            words.append(part[max(0, begins - at) : max(0, ends - at)].strip(_AROUND))
            at += len(part)
        mine = _about(stamp, parts, words)
        for j, part in enumerate(parts):
            yield part, (stamp, words[j]) if j == mine else None
        low = high
    if not stamps:
        for part in _parts(shown.block(k)):
            yield part, None


def _about(stamp: Stamp, parts: Sequence[str], words: Sequence[str]) -> int:
    """Which part of a line a ``<time>`` speaks of that may hold words of several.

    "Posted 12 March 2021 | Updated Sunday" is about its day, "Last updated 3 hours ago" about what
    names it.
    """
    own = [j for j, said in enumerate(words) if said]
    hits = {j: find_date(parts[j]) for j in own}
    for j, hit in hits.items():
        if hit is not None and day_agrees(hit, stamp.iso):
            return j
    return next((j for j in own if _says(words[j])), own[-1] if own else len(parts) - 1)


def _parts(line: str) -> list[str]:
    """A line that names two dates as two: "Published 12 March 2021 | Updated 14 March 2021"."""
    update, publication = UPDATED.search(line), PUBLISHED.search(line)
    if update is None:
        return [line]
    # "2024年3月14日 更新": the word stands behind its date, and speaks for the line.
    if publication is None and not any(c.isdigit() for c in line[update.end() :]):
        return [line]
    if publication is not None and publication.start() > update.start():
        return [line[: publication.start()], line[publication.start() :]]
    return [line[: update.start()], line[update.start() :]]
