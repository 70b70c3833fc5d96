"""What ``meta`` tags say of a page's own story, by the many names that they have for one thing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence

from model.telling.dates import find_date

__all__ = ["BYLINE", "HEADLINE", "PUBLISHED", "UPDATED", "MetaTags", "read_moment"]

_ATTRIBUTE = re.compile(r'\s(name|property|itemprop|content)="([^"]*+)"')
_SIGNS = re.compile(r"[\s:._-]+")

HEADLINE = ("og:title", "twitter:title", "headline", "dc.title", "parsely-title")
# Without the signs that part their words: "dc.date.issued" is "DC:date_issued" elsewhere.
BYLINE = tuple(
    re.findall(
        r"\w+",
        "author articleauthor dccreator parselyauthor byl sailthruauthor dcauthor dctermscreator "
        "ogarticleauthor dcsextauthor citationauthor",
    )
)
PUBLISHED = tuple(
    re.findall(
        r"\w+",
        "articlepublishedtime datepublished date pubdate publishdate parselypubdate sailthrudate "
        "dcdate dcdateissued cxenseparserecspublishtime articlepublished ogarticlepublishedtime "
        "publicationdate dctermscreated dctermsissued dcdatecreated citationpublicationdate pdate "
        "dcsextarticlefirstpublished",
    )
)
UPDATED = tuple(
    re.findall(
        r"\w+",
        "articlemodifiedtime ogupdatedtime datemodified lastmod lastmodified articlemodified "
        "ogarticlemodifiedtime dctermsmodified dcdatemodified",
    )
)

# "20240312", "20240312T140500Z": the basic form of ISO 8601, which no page shows to its readers.
_BASIC = re.compile(
    r"((?:19|20)\d\d)(\d\d)(\d\d)(?:T?(\d\d)(\d\d)(\d\d)?(Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE
)
_SECONDS = re.compile(r"(1\d{9})(?:\d{3})?")  # since 1970, or thousandths of them: from 2001 on
# What systems write where they know no date.
_NEVER = ("0001-", "1900-01-01", "1970-01-01")


class MetaTags:
    """The ``meta`` tags of a page.

    Parameters
    ----------
    tags : sequence of str
        Start tags as the serialiser writes them.
    text : callable
        Makes a content one line of text, or None.
    """

    def __init__(self, tags: Sequence[str], text: Callable[[str | None], str | None]) -> None:
        self._first: dict[str, str] = {}
        self._all: dict[str, list[str]] = {}
        for tag in tags:
            given = dict(_ATTRIBUTE.findall(tag))
            content = text(given.get("content"))
            name = given.get("property") or given.get("name") or given.get("itemprop")
            if content and name:
                self._first.setdefault(name.lower(), content)
                self._all.setdefault(_SIGNS.sub("", name.lower()), []).append(content)

    def first(self, names: Iterable[str]) -> str | None:
        """The content of the first of some names, as they are written."""
        return next((self._first[name] for name in names if name in self._first), None)

    def all_of(self, name: str) -> list[str]:
        """Every content of a name without its signs: each author of a piece may have a tag."""
        return self._all.get(name, [])


def read_moment(value: str) -> str | None:
    """A date as systems write it, as ISO 8601; None where it is none.

    Besides what :func:`model.telling.dates.find_date` reads, the basic form of ISO 8601 and seconds
    since 1970, which no page shows to a reader.
    """
    value = value.strip()
    if value.startswith(_NEVER):
        return None
    if (seconds := _SECONDS.fullmatch(value)) is not None:
        moment = dt.datetime.fromtimestamp(int(seconds[1]), dt.UTC)
        return moment.isoformat()
    if (basic := _BASIC.fullmatch(value)) is not None:
        year, month, day, hour, minute, second, zone = basic.groups()
        value = f"{year}-{month}-{day}"
        if hour:
            value += f"T{hour}:{minute}:{second or '00'}{(zone or '').upper()}"
    hit = find_date(value)
    return hit.iso if hit is not None else None
