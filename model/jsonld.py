"""What a page says of its own story: JSON-LD, Open Graph and other ``meta`` tags, the title.

Publishers write JSON-LD by template, so it is often broken, and often right where nothing else is.
What cannot be read is left out; a page is never refused for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.dates import find_date
from model.page import Metadata, Page

__all__ = ["body_match", "headline_match", "read"]

MAX_SCRIPT = 2_000_000  # characters; the longest real one seen has 400,000
MAX_OBJECTS = 20_000
MAX_SEARCH = 20_000_000  # characters of articleBody times blocks: more is not looked up at all
SHORT = 15  # characters; a shorter block occurs in any text

# https://schema.org/Article and the types below it that news sites use.
_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|Review|LiveBlogPosting|Story)$")
_ATTRIBUTE = re.compile(r'\s(name|property|itemprop|content)="([^"]*+)"')
_OPENERS = ("<!--", "//<![CDATA[", "<![CDATA[", "/*<![CDATA[*/")
_CLOSERS = (";", "//]]>", "/*]]>*/", "]]>", "//-->", "-->")
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_STRING = r'"((?:[^"\\]|\\.)*+)"'
_FIELD = re.compile(r'"(headline|articleBody|datePublished|dateModified)"\s*:\s*' + _STRING)
# Possessive, and white space in one place: giving it back a sign at a time is quadratic.
_AUTHOR = re.compile(r'"author"\s*+:[\[{\s]*+[^{}\[\]]{0,300}?"name"\s*:\s*' + _STRING)
_SPACE = re.compile(r"\s+")

_HEADLINE = ("og:title", "twitter:title", "headline", "dc.title", "parsely-title")
_BYLINE = ("author", "article:author", "dc.creator", "parsely-author", "byl", "sailthru.author")
_PUBLISHED = (
    "article:published_time",
    "datepublished",
    "date",
    "pubdate",
    "publishdate",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date",
    "dc.date.issued",
    "cxenseparse:recs:publishtime",
)
_UPDATED = ("article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified")


def read(scripts: Sequence[str], metas: Sequence[str], title: str) -> tuple[Metadata, str | None]:
    """Gather the metadata of a page's own story.

    Parameters
    ----------
    scripts : sequence of str
        The contents of the JSON-LD scripts.
    metas : sequence of str
        ``meta`` start tags as the serialiser writes them.
    title : str
        The content of the ``title`` element.

    Returns
    -------
    metadata : Metadata
        Dates as ISO 8601.
    body : str or None
        The story's text, where JSON-LD gives it.
    """
    meta = _meta(metas)
    loaded = [_load(script) for script in scripts]
    called = next((meta[name] for name in _HEADLINE if name in meta), None) or _text(title)
    story = _story(loaded, called)
    headline = _text(story.get("headline")) or called
    byline = _people(story.get("author")) or _people(_referred(story.get("author"), loaded))
    if byline is None:
        named = (meta[name] for name in _BYLINE if name in meta)
        byline = next((name for name in named if not name.startswith("http")), None)
    return (
        Metadata(
            headline=headline,
            byline=byline,
            published=_date(story.get("datePublished"), meta, _PUBLISHED),
            updated=_date(story.get("dateModified"), meta, _UPDATED),
        ),
        _text(story.get("articleBody")),
    )


def headline_match(page: Page, headline: str | None) -> NDArray[np.float32]:
    """1 for blocks that are the headline, 0 for others, NaN where there is none."""
    if headline is None:
        return np.full(len(page), np.nan, dtype=np.float32)
    wanted = _plain(headline)
    # og:title and <title> often go on with " | Name of the site".
    return np.array(
        [
            block[0].casefold() == wanted[:1]
            and len(block) <= 2 * len(wanted)
            and ((plain := _plain(block)) == wanted or _begins(wanted, plain))
            for block in page.blocks()
        ],
        dtype=np.float32,
    )


def _begins(wanted: str, plain: str) -> bool:
    return len(plain) >= SHORT and wanted.startswith(plain) and not wanted[len(plain)].isalnum()


def body_match(page: Page, body: str | None) -> NDArray[np.float32]:
    """1 for blocks that occur in the article body, 0 for others, NaN where that is unknown."""
    if body is None or len(body) * len(page) > MAX_SEARCH:
        return np.full(len(page), np.nan, dtype=np.float32)
    whole = _plain(_resolved(body))
    return np.array(
        [len(block) >= SHORT and _plain(block) in whole for block in page.blocks()],
        dtype=np.float32,
    )


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def _meta(metas: Iterable[str]) -> dict[str, str]:
    """Content by lower-case name; the first of a name counts."""
    found: dict[str, str] = {}
    for tag in metas:
        given = dict(_ATTRIBUTE.findall(tag))
        content = _text(given.get("content"))
        name = given.get("property") or given.get("name") or given.get("itemprop")
        if content and name:
            found.setdefault(name.lower(), content)
    return found


def _story(loaded: Iterable[Any], called: str | None) -> dict[str, Any]:
    """The article that the scripts describe: of several the one that the page is named after, else
    the first with a headline, else the first."""
    best: dict[str, Any] = {}
    title = _plain(called or "")
    for data in loaded:
        for thing in _things(data):
            kinds = thing.get("@type")
            kinds = kinds if isinstance(kinds, list) else [kinds]
            if not any(isinstance(kind, str) and _ARTICLE.search(kind) for kind in kinds):
                continue
            headline = _plain(_text(thing.get("headline")) or "")
            if headline and headline in title:
                return thing
            if not best or (headline and not _text(best.get("headline"))):
                best = thing
    return best


def _referred(value: Any, loaded: Iterable[Any]) -> list[dict[str, Any]]:
    """The authors that are given by reference, ``{"@id": …}`` to another node of the graph."""
    given = value if isinstance(value, list) else [value]
    wanted = [person.get("@id") for person in given[:20] if isinstance(person, dict)]
    ids = {name for name in wanted if isinstance(name, str)}
    if not ids:
        return []
    found: dict[str, dict[str, Any]] = {}
    for data in loaded:
        for thing in _things(data):
            name = thing.get("@id")
            if isinstance(name, str) and name in ids and "name" in thing:
                found.setdefault(name, thing)
    return [found[name] for name in wanted if isinstance(name, str) and name in found]


def _load(script: str) -> Any:
    """The JSON of a script, mended where that is easy; its main fields where it is not."""
    script = script[:MAX_SCRIPT].strip()
    for opener in _OPENERS:
        script = script.removeprefix(opener).lstrip()
    for closer in _CLOSERS:
        script = script.removesuffix(closer).rstrip()
    for attempt in (script, _TRAILING_COMMA.sub(r"\1", script)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    fields: dict[str, Any] = {"@type": "Article"}
    for name, value in _FIELD.findall(script):
        fields.setdefault(name, _unescaped(value))
    author = _AUTHOR.search(script)
    if author:
        fields["author"] = _unescaped(author.group(1))
    return fields if len(fields) > 1 else None


def _unescaped(value: str) -> str:
    try:
        return str(json.loads(f'"{value}"', strict=False))
    except ValueError:
        return value


def _things(data: Any) -> Iterator[dict[str, Any]]:
    """Every object in JSON-LD, outer ones first, without recursion."""
    level: list[Any] = [data]
    seen = 0
    while level and seen < MAX_OBJECTS:
        following: list[Any] = []
        for item in level:
            seen += 1
            if isinstance(item, dict):
                yield item
                following += item.values()
            elif isinstance(item, list):
                following += item
        level = [item for item in following if isinstance(item, dict | list)]


def _text(value: Any) -> str | None:
    """A string in one line, references resolved (templates escape twice); None for no string."""
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, str):
        return None
    if not value.isascii():
        # JSON may escape half a character ("\ud83d", a headline cut inside an emoji); no UTF-8 can.
        value = value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return _SPACE.sub(" ", _resolved(_resolved(value))).strip() or None


def _resolved(text: str) -> str:
    """Text with its references to characters resolved."""
    try:
        return unescape(text)
    except ValueError:  # "&#99999…;", with more digits than Python reads
        return text


def _people(value: Any) -> str | None:
    """The names of authors, whatever the shape they are given in."""
    names: list[str] = []
    for person in value if isinstance(value, list) else [value]:
        name = _text(person.get("name") if isinstance(person, dict) else person)
        if name and name not in names and not name.startswith("http"):
            names.append(name)
            if len(names) == 20:
                break
    return ", ".join(names) or None


def _date(value: Any, meta: dict[str, str], names: Iterable[str]) -> str | None:
    """The first that is a date, as ISO 8601."""
    for given in (_text(value), *(meta.get(name) for name in names)):
        hit = find_date(given) if given else None
        if hit is not None:
            return hit.iso
    return None
