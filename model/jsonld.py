"""What a page says of its own story: JSON-LD, Open Graph and other ``meta`` tags, the title.

Publishers write JSON-LD by template, so it is often broken, and often right where nothing else is.
What cannot be read is left out; a page is never refused for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from html import unescape
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.meta_tags import BYLINE, HEADLINE, PUBLISHED, UPDATED, MetaTags, read_moment
from model.page import Metadata, Page
from model.telling.authors import named_person

__all__ = ["body_match", "headline_match", "read"]

MAX_SCRIPT = 2_000_000  # characters; the longest real one seen has 400,000
MAX_OBJECTS = 20_000
MAX_PEOPLE = 20  # authors of one story
MAX_SEARCH = 20_000_000  # characters of articleBody times blocks: more is not looked up at all
SHORT = 15  # characters; a shorter block occurs in any text

# https://schema.org/Article and the types below it that news sites use.
_ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|Review|LiveBlogPosting|Story)$")
_OPENERS = ("<!--", "//<![CDATA[", "<![CDATA[", "/*<![CDATA[*/")
_CLOSERS = (";", "//]]>", "/*]]>*/", "]]>", "//-->", "-->")
_ESCAPE = re.compile(r'\\(["\\/bfnrt]|u[0-9a-fA-F]{4})?')
_TRAILING_COMMA = re.compile(r",\s*([}\]])")
_STRING = r'"((?:[^"\\]|\\.)*+)"'
# A string that something else follows was not at its end: a quotation mark in it is not escaped.
_FIELD = re.compile(
    rf'"(headline|articleBody|datePublished|dateModified)"\s*:\s*{_STRING}(?=\s*+(?:[,}}\]]|\Z))'
)
# Possessive, and white space in one place: giving it back a sign at a time is quadratic.
_AUTHOR = re.compile(r'"author"\s*+:[\[{\s]*+[^{}\[\]]{0,300}?"name"\s*:\s*' + _STRING)
_SPACE = re.compile(r"\s+")


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
    meta = MetaTags(metas, _text)
    loaded = [_load(script) for script in scripts]
    called = meta.first(HEADLINE) or _text(title)
    story = _story(loaded, called)
    given = [story[name] for name in ("author", "creator") if story.get(name)]
    people = (_people(one) or _people(_referred(one, loaded)) for one in given)
    named = (_people(meta.all_of(name)) for name in BYLINE)
    return (
        Metadata(
            headline=_text(story.get("headline")) or called,
            byline=next((names for names in chain(people, named) if names), None),
            published=_date(story.get("datePublished"), meta, PUBLISHED)
            or _date(story.get("dateCreated"), meta, ()),
            updated=_date(story.get("dateModified"), meta, UPDATED),
            site=meta.first(("og:site_name",))
            or _people(story.get("publisher"))
            or meta.first(("application-name",)),
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
    for attempt in _mended(script):
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


def _mended(script: str) -> Iterator[str]:
    """A script as it stands, and with one thing after the other put right that templates break."""
    yield script
    script = _TRAILING_COMMA.sub(r"\1", script)
    yield script
    # JavaScript lets any sign be escaped ("\'"), JSON a few.
    yield _ESCAPE.sub(lambda found: found[0] if found[1] else "", script)
    if "&quot;" in script:
        yield _resolved(script)


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
    people = value if isinstance(value, list) else [value]
    for person in people[:MAX_PEOPLE]:
        given = person.get("name") if isinstance(person, dict) else person
        for one in given[:MAX_PEOPLE] if isinstance(given, list) else [given]:
            text = _text(one)
            name = named_person(text) if text else None
            if name and name not in names and len(names) < MAX_PEOPLE:
                names.append(name)
    return ", ".join(names) or None


def _date(value: Any, meta: MetaTags, names: Iterable[str]) -> str | None:
    """The first that is a date, as ISO 8601."""
    own = str(value) if type(value) is int else _text(value)
    tags = (content for name in names for content in meta.all_of(name)[:1])
    return next((iso for given in (own, *tags) if given and (iso := read_moment(given))), None)
