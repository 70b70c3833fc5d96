"""Headlines without what is no part of them: the site's name, and a section's in the same heading.

``og:title`` and ``<title>`` go on with " | Daily Pier"; and a heading may hold a line above its
headline, as in ``<h1><span>Town hall</span> Council votes …</h1>``, which a text cannot part again.
"""

from __future__ import annotations

import re

__all__ = ["best_title", "letters_of"]

# Letters of a headline that a heading may end with; "Open" ends many another one.
_ENOUGH = 15
_LONGEST = 1000  # characters of a title; in a longer one every sign is not looked at
_LINK = 4  # letters of a word that leads on to the next
_OPENING = "\"'“„«‚‘»›¿¡([#"
_SUFFIX = re.compile(r"\s[|–—-]\s[^|–—]{1,40}$")
_PARTING = "|–—-·•»«:›~/│"


def letters_of(text: str) -> str:
    """Letters and digits alone: equal for one headline with straight quotes and with curly ones."""
    return "".join(c for c in text.casefold() if c.isalnum())


def best_title(seen: str | None, named: str | None, site: str | None) -> str | None:
    """One headline of what a reader sees and what the metadata name.

    Parameters
    ----------
    site : str or None
        What the site calls itself: on some pages nothing else is in a heading.
    """
    title = _without_site(named, site) if named else None
    if seen is None or (title and site and letters_of(seen) == letters_of(site)):
        return title or seen
    if named and letters_of(seen) == letters_of(named):
        # Parts of a heading that stand side by side have no space between them in its text.
        return named if len(named.split()) > len(seen.split()) else seen
    return _without_kicker(seen, named) if named else seen


def _without_kicker(heading: str, named: str) -> str:
    """A heading from where the headline begins that the page's metadata name.

    Behind a colon it is all one headline: "Harbour: Council votes to mend the pier".
    """
    # Titles go on with the name of the site, which not every page tells.
    for title in (named, _SUFFIX.sub("", named)):
        at = _begins(heading, letters_of(title))
        if at:
            return heading[at:]
    return heading


def _begins(heading: str, wanted: str) -> int:
    """Where in a heading its last letters begin, if these are a headline by itself; else 0."""
    whole = letters_of(heading)
    if len(wanted) < _ENOUGH or len(whole) <= len(wanted) or not whole.endswith(wanted):
        return 0
    # From the end, as many letters as the headline has; folding may make two of one ("ß").
    at, left = len(heading), len(wanted)
    while left > 0:
        at -= 1
        left -= len(letters_of(heading[at]))
    glued = heading[at - 1].isalnum() and not (heading[at - 1].islower() and heading[at].isupper())
    if left or glued:
        return 0
    while at and heading[at - 1] in _OPENING:
        at -= 1
    before = heading[:at].split()
    if not before or before[-1][-1] in ":：":
        return 0
    # "A list of Ana Brook's plays", which metadata may name after her plays alone.
    leads_on = before[-1].islower() and len(before[-1]) <= _LINK
    return 0 if leads_on else at


def _without_site(title: str, site: str | None) -> str:
    """A title without the name of the site at its end or its beginning, if a sign parts them."""
    name = letters_of(site or "")
    if (
        not name
        or len(title) > _LONGEST
        or not letters_of(title).removesuffix(name).removeprefix(name)
    ):
        return title
    for i, sign in enumerate(title):
        if sign not in _PARTING:
            continue
        before, after = title[:i].rstrip(), title[i + 1 :].lstrip()
        if before and letters_of(after) == name:
            return before
        if after and letters_of(before) == name and sign != "-":
            return after
    return title
