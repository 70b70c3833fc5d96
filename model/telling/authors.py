"""The people of a byline: their names without what they are, and which of two bylines to tell.

A header writes more than names: "Ana BrookPolitics Reporter", "Ana Brook@brook", "Ana Brook, Staff
Writer, and Ben Marsh". What the page's metadata name is bare, but lacks people as often as it lacks
none, and is the site's own name or a user's as often as that of a person.
"""

from __future__ import annotations

import re

from model.telling.author_words import IS_ROLE, JOINED, NO_PERSON, RANK

__all__ = ["agreed", "named_person", "names_a_role", "people", "tidy"]

_MOST = 400  # characters; more is no byline
_HANDLE = re.compile(
    r"\s*\(?@\w+\)?|\s*\(?\b(?:https?://|www\.)\S*|\s*<?[\w.+-]+@[\w-]+\.[\w.-]+>?"
)
_HANDED_IN = re.compile(r"\s+(?:[Ff]or|FOR)\s+(?:the\s+)?[A-Z].*$")  # "Ana Brook For Daily Pier"
_GLUED = re.compile(r"(?<=[a-zß-ÿ.])(?=[A-ZÀ-Ý][a-zß-ÿ])")
_SPACED_COMMA = re.compile(r"\s+(?=,)")
_ADDRESS = re.compile(r"\S+@\S+|(?:https?:|www\.)|^\S+\.[a-z]{2,4}/\S", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_NO_NAME = re.compile(r"\(\s*\)")
# "Von Ana Brook", but "Von Marsh" is a name.
_ANNOUNCED = re.compile(r"^(?:(?:(?:written )?by|por|par|oleh)\s+|von\s+(?=\S+\s))", re.IGNORECASE)
_EDGES = " ,;:|/·•&-–—"
_FEWEST = 2  # words of a name that a role may follow without a sign between


def tidy(names: str) -> str:
    """The names of a byline without roles, handles, addresses and the outlet that it was made for.

    What is nothing but a role ("Staff Writer") stays: a byline that says it means it.
    """
    if len(names) > _MOST:
        return names
    bare = _HANDLE.sub("", names).strip(_EDGES) or names
    bare = _HANDED_IN.sub("", _SPACED_COMMA.sub("", bare))
    out, at, behind = "", 0, ""
    for sign in [*JOINED.finditer(bare), None]:
        end = sign.start() if sign else len(bare)
        person = _without_role(bare[at:end])
        # The sign that stood before a role goes with it, but "and" does not: it joins people.
        if person and not (out and names_a_role(person)):
            out += behind + person if out else person
            behind = ""
        if sign:
            said = sign[0]
            behind = said if not behind or said.strip(" ,") else behind
            at = sign.end()
    return out.strip(_EDGES) or bare


def names_a_role(words: str) -> bool:
    """Whether the words say what somebody is: "Senior Editor", "Redakteurin Wirtschaft"."""
    parts = [word.strip(",.:") for word in words.split()]
    if not parts or len(parts) > 5:
        return False
    if parts[-1].casefold() == "staff":
        return True
    return any(IS_ROLE.fullmatch(parts[i]) is not None for i in (0, -1))


def _without_role(person: str) -> str:
    """ "Ana BrookCity Columnist" and "Ana Brook City Columnist" as "Ana Brook"."""
    for glue in _GLUED.finditer(person):
        name, rest = person[: glue.start()], person[glue.start() :]
        if len(name.split()) >= _FEWEST and any(
            IS_ROLE.fullmatch(word) for word in _GLUED.sub(" ", rest).split()
        ):
            return name
    words = person.split()
    if len(words) <= _FEWEST or not IS_ROLE.fullmatch(words[-1]) or RANK.fullmatch(words[0]):
        return person.strip()
    last = len(words) - 1
    while last > _FEWEST and RANK.fullmatch(words[last - 1]):
        last -= 1
    return " ".join(words[:last])


def named_person(name: str) -> str | None:
    """What metadata call an author, without what is no name; None for addresses and accounts."""
    bare = _NO_NAME.sub("", _HANDLE.sub("", _TAG.sub("", name[:_MOST])))
    bare = _ANNOUNCED.sub("", bare.partition("|")[0].strip(_EDGES))
    if not bare or bare[0] == "(" or _ADDRESS.search(bare) or NO_PERSON.fullmatch(bare):
        return None
    return bare


def agreed(seen: str | None, named: str | None, *, site: str | None, announced: bool) -> str | None:
    """One byline of what a reader sees and what the metadata name.

    Parameters
    ----------
    site : str or None
        What the site calls itself: many name it where the author belongs.
    announced : bool
        Whether words announce what is seen; else it may be a section that stands beside the date.
    """
    seen = _without_site(seen, site) if seen else seen
    if not seen or not named:
        return seen or named
    shown, told = _words(seen), _words(named)
    if not told or (site and told <= _words(site)):
        return seen
    if _letters(seen) == _letters(named):
        # "Ana BrookBen Marsh" is of two people whom the page's markup parts, and its text does not.
        return seen if len(people(seen)) >= len(people(named)) else named
    goes_on = seen[len(named) :] if seen.casefold().startswith(named.casefold()) else ""
    if goes_on and not JOINED.match(goes_on):
        return named
    if told < shown:
        # Whoever is seen beside those that metadata name is an author as well.
        others = [name for name in people(seen) if not _words(name) & told]
        return seen if any(len(name.split()) >= _FEWEST for name in others) else named
    if shown & told or announced:
        return named if shown < told else seen
    # Digits are in what somebody logs in by, and in no name.
    return seen if any(c.isdigit() for c in named) else named


def _without_site(names: str, site: str | None) -> str:
    """ "Ana Brook, Daily Pier" as "Ana Brook", where the site is called so."""
    bare = names[: -len(site)] if site and names.casefold().endswith(site.casefold()) else names
    bare = bare.rstrip(_EDGES)
    return bare if len(bare.split()) >= _FEWEST and bare[-1].isalnum() else names


def people(names: str) -> list[str]:
    """The names in a byline, one by one."""
    return [name for name in JOINED.split(names) if name.strip()]


def _words(names: str) -> frozenset[str]:
    return frozenset(word for name in people(names) for word in re.findall(r"\w+", name.casefold()))


def _letters(names: str) -> str:
    return "".join(c for name in people(names) for c in name.casefold() if c.isalnum())
