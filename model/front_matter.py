"""The front matter of a Markdown file: what its maker knew of the page, above the page itself.

Extractors, clippers and generators of sites write it between two lines of "---", as simple YAML. It
says what ``meta`` tags say in HTML, and is no more shown to a reader than those.
"""

from __future__ import annotations

import re

from model.meta_tags import read_moment
from model.telling.authors import named_person

__all__ = ["read_front_matter"]

# Rules stand between the stories of plain text, too: what follows one is front matter if it has a
# title among its fields and nothing but fields as far as the next one.
_FRONT = re.compile(
    r"[\ufeff\s]*+---[ \t]*+\r?\n"
    r"((?:(?:[A-Za-z][\w.-]{0,40}+:(?=\s)|[ \t]++(?=\S)|- |#)[^\n]*+\n|[ \t]*+\r?\n){2,200}+)"
    r"(?:---|\.\.\.)[ \t]*+\r?(?=\n|\Z)"
)
# The same as services write it that give out any page as Markdown.
_HEAD = re.compile(
    r"Title: [^\n]*+\n\s*+URL Source: [^\n]*+\n"
    r"(?:\s*+(?:Published Time|Number of Pages|Warning): [^\n]*+\n)*+"
    r"\s*+Markdown Content:[ \t]*+(?=\r?\n|\Z)"
)
_FIELD = re.compile(r"([A-Za-z][\w. -]{0,40}+):[ \t]*+(.*)")
_ITEM = re.compile(r"[ \t]*+-[ \t]++(.*)")
_BETWEEN = re.compile(r"\s*[;,]\s+|\s*;\s*")
_LONGEST = 1000  # characters of a value
_QUOTES = "\"'"

# By the names that trafilatura, Jekyll, Hugo, Obsidian and their plugins give them, without signs.
_NAMES = {
    "headline": "title",
    "byline": "author authors byline",
    "published": "date published datepublished publishdate publishedtime pubdate created",
    "updated": "updated lastmod modified datemodified lastmodifiedat",
    "site": "sitename site",
}


def read_front_matter(text: str) -> tuple[int, dict[str, str]]:
    """Find the front matter of a text.

    Returns
    -------
    end : int
        Where its last line ends; 0 where there is none.
    fields : dict
        Those of :class:`model.page.Metadata` that it gives.
    """
    found = _FRONT.match(text) or _HEAD.match(text)
    if found is None:
        return 0, {}
    given: dict[str, list[str]] = {}
    values: list[str] = []
    for line in found[0].splitlines():
        if (field := _FIELD.match(line)) is not None:
            name, value = field.groups()
            values = given.setdefault(re.sub(r"[ _.-]", "", name).lower(), [])
        elif (item := _ITEM.match(line)) is not None:
            value = item[1]
        else:
            continue
        # A list in one line: "[Ana Brook, Ben Marsh]".
        inner = value[:_LONGEST].strip()
        many = inner[1:-1].split(",") if inner[:1] == "[" and inner[-1:] == "]" else [inner]
        values += [bare for one in many if (bare := one.strip().strip(_QUOTES).strip())]
    if not given.get("title"):
        return 0, {}
    fields = {
        field: value
        for field, names in _NAMES.items()
        for name in names.split()
        if (value := _read(field, given.get(name, [])))
    }
    return found.end(), fields


def _read(field: str, values: list[str]) -> str | None:
    if not values:
        return None
    if field == "byline":
        people = [named_person(one) for value in values for one in _BETWEEN.split(value)]
        return ", ".join(dict.fromkeys(name for name in people if name)) or None
    if field in ("published", "updated"):
        return read_moment(values[0])
    return values[0]
