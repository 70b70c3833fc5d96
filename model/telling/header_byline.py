"""Who wrote a story: the name in the lines of its header, the surest sign of one first.

A word that announces it ("By"), the markup that calls the line a byline, a role beside it ("Senior
Editor"), and last a date beside it, where sections have their names, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from model.telling.authors import named_person, names_a_role, tidy
from model.telling.bylines import (
    LONGEST,
    announced,
    announces_next,
    looks_like_frame,
    looks_like_name,
    name_in,
    name_of_piece,
    name_with_role,
    uncased_name,
    without_opener,
)
from model.telling.date_words import PASSING, PUBLISHED, UPDATED
from model.telling.header_view import View
from model.telling.inline_names import name_beside_date
from model.telling.uncased_names import uncased_person

__all__ = ["read_byline"]

_PASSING = 40  # characters of a line that only says how long ago it was
_JOINER = re.compile(r"&|,|and|und|et|y|e|en|og|och|dan|ve|и|i|та", re.IGNORECASE)
_LINE = 160  # characters of a line with a link to its author; a longer one is a paragraph
_ROLE = 60  # characters of a line that only says what somebody is
_TOLD = 30  # blocks among which the story's paragraphs are
_AUTHORS = 8  # lines of names; more is a list of all who work there


def read_byline(
    view: View, lines: Sequence[int], dated: set[int], headline: int | None
) -> tuple[str | None, bool, set[int]]:
    """Who wrote it, whether words announce it, and the lines that are there to say it.

    Parameters
    ----------
    dated : set of int
        Those of the lines that are there to name a date.
    headline : int or None
        Its block; a name above it that nothing announces is that of a section.
    """
    name, spent = _announced(view, lines)
    told = name is not None
    for find in (_called, _with_role):
        if name is None:
            name, more = find(view, lines)
            spent |= more
    spent |= {k for k in lines if looks_like_frame(view.text(k)) or _passes(view.text(k))}
    if name is None:
        name, more = _beside_date(view, lines, dated, -1 if headline is None else headline)
        spent |= more
    return name, told, spent


def _announced(view: View, lines: Sequence[int]) -> tuple[str | None, set[int]]:
    names: list[str] = []
    spent: set[int] = set()
    last = -2
    for at in lines:
        k, line = at, view.text(at)
        name: str | None = None
        if announces_next(line):
            name, more = _below(view, k)
            spent |= more
            k = max(more, default=k)
        elif view.signed(k):
            spent.add(k)
            name = announced(view.undated(k))
        elif (name := name_of_piece(line)) is not None:
            spent.add(k)
        # Each of several people may have a line; what is announced further down took a photo.
        if name and (not names or (k == last + 1 and name not in names)):
            names.append(name)
            last = k
    return ", ".join(names) or None, spent


def _below(view: View, k: int) -> tuple[str | None, set[int]]:
    """The names below a line that says nothing but "By", and all these lines."""
    # "By" that nobody sees may stand above "By Ana Brook".
    below = without_opener(view.text(k + 1)) if k + 1 < len(view.page) else ""
    first = name_in(below, fewest=1) if below else None
    if first is None:
        return None, set()
    names, at = [first], k + 1
    while len(names) < _AUTHORS and at + 1 < len(view.page):
        joined = _JOINER.fullmatch(view.text(at + 1)) is not None
        following = at + 1 + joined
        goes_on = joined or _JOINER.fullmatch(view.text(at).split()[-1].strip(",")) is not None
        goes_on |= view.text(at).endswith((",", "&"))
        name = name_in(view.text(following)) if goes_on and following < len(view.page) else None
        if name is None:
            break
        at = following
        names.append(name)
    return ", ".join(names), set(range(k, at + 1))


def _called(view: View, lines: Sequence[int]) -> tuple[str | None, set[int]]:
    """Names in links and lines that the markup calls a byline, each person once."""
    names: dict[str, str] = {}
    spent: set[int] = set()
    for k in lines:
        for words in view.authors(k) if len(view.text(k)) <= _LINE else ():
            name = named_person(tidy(without_opener(words)))
            if name is not None and len(name) <= LONGEST:
                names.setdefault(name.casefold(), name)
                spent.add(k)
        if k in spent:
            continue
        line = view.undated(k).split("|")[0].strip()
        if not view.byline(k) or announces_next(line):
            continue
        bare = without_opener(line)
        name = name_with_role(bare) or name_in(bare, fewest=1) or uncased_name(bare)
        if name is None and bare.isupper() and name_in(bare.title()) is not None:
            name = bare
        if name is not None and not (PUBLISHED.search(name) or UPDATED.search(name)):
            names.setdefault(name.casefold(), name)
            spent.add(k)
    return (", ".join(names.values()) or None, spent) if len(names) <= _AUTHORS else (None, set())


def _with_role(view: View, lines: Sequence[int]) -> tuple[str | None, set[int]]:
    """A name with a role, or above a line that is nothing else."""
    for k in lines:
        line = view.text(k)
        if len(line) > _ROLE:
            continue
        if (name := name_with_role(line)) is not None:
            return name, {k}
        if k + 1 in lines and looks_like_name(line) and _is_role(view.text(k + 1)):
            return line, {k, k + 1}
    return None, set()


def _beside_date(
    view: View, lines: Sequence[int], dated: set[int], headline: int
) -> tuple[str | None, set[int]]:
    for k in sorted(dated):
        name = name_beside_date(view.text(k)) or _before_time(view.undated(k))
        if name is not None:
            return name, set()
    for k in lines:
        line = view.text(k)
        if k not in dated and len(line) <= _ROLE and PASSING.search(line):
            name = name_beside_date(line)
            if name is not None:
                return name, {k}
    beside = [k for k in lines if k > headline and (k - 1 in dated or k + 1 in dated)]
    beside = [k for k in beside if not view.signed(k)]
    # Whom the headline names it is rather about, unless it ends or begins so: "A comment by Ana
    # Brook", "Ana Brook: The pier must stay".
    about = view.text(headline).casefold() if headline >= 0 else ""
    names = [(k, view.text(k).casefold()) for k in beside]
    beside = [
        k
        for k, name in names
        if name not in about or about.endswith(name) or about.startswith(f"{name}:")
    ]
    for k in [k for k in beside if looks_like_name(view.text(k))][:1]:
        return view.text(k), {k}
    for k in beside:
        name = uncased_person(view.text(k))
        near = [*range(max(headline, 0), k), *range(k + 1, min(k + _TOLD, len(view.page)))]
        # Whom the story is about nobody would call its author.
        if name is not None and not _is_told_of(view, name, near):
            return name, {k}
    return None, set()


def _is_told_of(view: View, name: str, lines: Iterable[int]) -> bool:
    """Whether lines that are more than the name hold it, or two words of it: "said Ana Brook"."""
    words = name.split()
    parts = [name, *map(" ".join, pairwise(words))] if len(words) > 1 else [name]
    texts = [view.text(k) for k in lines]
    return any(part in text for text in texts if text != name for part in parts)


def _passes(line: str) -> bool:
    """Whether the line only says how long ago it was, or how long it takes to read."""
    return len(line) <= _PASSING and PASSING.fullmatch(line.strip(" |·•")) is not None


def _is_role(line: str) -> bool:
    # "Harbour correspondent, Brennick"
    return len(line) <= _ROLE and (names_a_role(line) or names_a_role(line.partition(",")[0]))


def _before_time(undated: str) -> str | None:
    """The name in a line that holds a name and a ``<time>``."""
    rest = undated.strip(" |·•,:;–—-")
    return rest if undated.count("|") == 1 and looks_like_name(rest) else None
