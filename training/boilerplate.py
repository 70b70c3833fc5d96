"""What a publisher wraps around an article's own words, taken off again.

Mostly learnt from the corpus itself: a paragraph that one outlet prints with many articles, at
their heads or tails, is the outlet's and not the article's. A model that saw "WHILE YOU'RE HERE…"
before each seam would learn the publisher instead of the seam. The few patterns below are for what
differs from article to article by a name or a number. Datelines stay: readers see them.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["is_furniture", "recurring_parts", "strip_edges"]

# Within these many paragraphs of its article's ends, a recurring paragraph is judged more strictly.
_HEAD, _TAIL = 2, 6
# At the ends, three articles of one outlet with the same paragraph are no accident …
_AT_ENDS = 3
# … while in the middle a formula ("The White House declined to comment.") may come now and then.
_ANYWHERE = 8
# An opening shared by variants of one notice ("… contact Carter at"). Leads share up to 40 or so
# characters by chance in a politics corpus, so heads need a longer match than tails.
_TAIL_OPENING, _HEAD_OPENING = 40, 64
_OPENINGS = 4
# Lines are matched with patterns only up to this length; longer ones are prose.
_LINE = 220

# The Hill's page script put profiles and headlines into its sentences: "Trump Donald John TrumpHill
# chairman asks … MORE said".
_INLAID = re.compile(r"(?<=[a-z])(?<!Mc)[A-Z](?:[^.\n]|\.(?=\S| [A-Z][a-z]+ )){20,400}? MORE\b")
_NUMBERS = re.compile(r"\d+")
_SPACES = re.compile(r"\s+")

# Origin: short lines of bodies in the development corpora that recur with changing names.
_FURNITURE = re.compile(
    r"""
      \W* advert?i[sz]ements? \W* (?: continue\ reading .* )?
    | (?:the\ )? story\ continued? s?\ below .* | continue\ reading .*
    | scroll\ (?:down|below)\b.{0,60} | view\ gallery\W* | (?:video|poll|image|photo)s?\ loading\W*
    | enlarge\ this\ image .* | toggle\ caption .* | hide\ caption .*
    | more\ (?:on\ this|from|in|about)\b .{0,80} | related\W* | related\ [^.]{0,60}
    | (?:see|view)\ all\ related\W* | \W* (?:also\ on|watch|see\ also|read\ more|more)\b\ ?[:|] .*
    | (?:photos?|images?|pictures?|video|gallery|photo\ gallery|slideshow)\ ?: .{0,160}
    | \(\ ?(?:also|watch|see|more|photos?|videos?|related|read)\b .* \)
    | \( .{0,140} (?:reuters|\bap|getty(?:\ images)?|afp|epa|upi|/\w+) \)
    | [^.!?]{0,120} (?:/|\bvia\ )
        (?:ap|afp|epa|upi|reuters|getty(?:\ images)?|bloomberg|shutterstock)\W*
    | [\[(] \ ?(?:image|photo|music|video|picture|h/t|via)\b .* [\])]
    | (?:photo|image)s?\ (?:credit|by|via)\b .{0,120} | (?:file\ )?photo\W*
    | sign\ up\ (?:for|to|here|now)\b .* | subscribe\ (?:to|now|here)\b .*
    | click\ here\b .* | .* \bclick\ here\ (?:for\ reprint|to\ (?:read|sign|subscribe|get)) .*
    | (?:like|follow|find|join)\ us\ on\b .* | (?:>>\ ?|\*+\ ?)?follow\ [^.]* @\w+ .{0,60}
    | (?:(?:copyright|\(c\)|©)\ ?){1,2} .* | .{0,80} all\ rights\ reserved .*
    | (?:tweet|share|print|e-?mail|comments?|facebook|twitter|pinterest)\W*
    | share\ (?:this|on|via)\b .{0,80}
    | .{0,200} \((?:photos?|image|pic|picture|video)\ ?:\ .{1,80}\)
    | (?-i:CLOSE\ [A-Z]) .*
    | [^.!?:]{3,60} :(?-i:[A-Z‘“']) \S.{10,150}
    | analysis/opinion\W* | opinion\W*
    | [^.]{0,100} \bcontribut(?:ed|ing)\ to\ this\ (?:report|story|article)\W*
    | contributing\ ?: .{0,120}
    | (?:follow|twitter|correo\ electr[oó]nico|e-?mail)\b \W{0,3} \S*@\S+ .{0,60}
    | (?:\S+@\S+\ ?){1,3} | @\w+ | (?:https?://|www\.|pic\.twitter)\S+
    | .{0,24}\\\[(?:img|video|embed)[.\d]*\\\].{0,24}
    | @media\b .* | \[.{1,40}\]\(https?://\S+\)
    | (?:last\ )?(?:updated?|published|posted|first\ published)\b [^.]{0,40} \d .{0,40}
    | by\ [A-Z]?[^.!?]{2,70}
    | photo\ [^.!?]{2,60}
    """,
    re.VERBOSE | re.IGNORECASE,
)
# Names and nothing else, as of reporters under a headline.
_NAMES_ONLY = re.compile(r"(?:[^\W\d_][\w.'’-]*(?<![.!?])[ ,]+){1,12}[^\W\d_][\w.'’-]+(?<![.!?:])")
_JOINER = re.compile(r"and|und|y|et?|d[aei]|la|del|v[ao]n|bin|al|to|for|of|the|with|special")
# A heading after which nothing of the article follows (Kompas: a machine's satirical summary).
_ENDINGS = re.compile(
    r"\W*(?:ringkasan|comments?|trackbacks?|track ?back \(\d+\)"
    r"|related (?:posts|articles|stories|links)"
    r"|recent posts|tin liên quan|you may also like|notas relacionadas|leia também|lire aussi)\W*",
    re.IGNORECASE,
)


def _key(paragraph: str) -> str:
    """The paragraph without what differs between printings: case, spacing, numbers."""
    return _NUMBERS.sub("0", _SPACES.sub(" ", paragraph).strip().casefold())


def is_furniture(paragraph: str) -> bool:
    """Whether a paragraph is no sentence of anyone's: rules, share lines, credits, addresses."""
    if len(paragraph) > _LINE:
        return False
    line = _SPACES.sub(" ", paragraph).strip()
    return not any(letter.isalnum() for letter in line) or bool(_FURNITURE.fullmatch(line))


def _names_only(line: str) -> bool:
    """Whether a line is made of capitalised words, as bylines (and some headings) are."""
    if len(line) > 90 or not _NAMES_ONLY.fullmatch(line):
        return False
    words = [word for word in re.split(r"[ ,]+", line) if not _JOINER.fullmatch(word)]
    return all(word[0] != word[0].lower() for word in words)


def strip_edges(paragraphs: Sequence[str], title: str, byline: str) -> list[str]:
    """An article's paragraphs without furniture, repeated title, byline lines and appended lists.

    Furniture goes wherever it stands; the title and the byline only near the head; what follows a
    closing heading ("Related posts") only in the second half, where it is a list and not a section.
    """
    own = {_key(name) for name in (title, byline, *byline.split(",")) if name.strip()}
    kept: list[str] = []
    for place, paragraph in enumerate(paragraphs):
        if 2 * place >= len(paragraphs) and len(paragraph) < 60 and _ENDINGS.fullmatch(paragraph):
            break
        if len(kept) < _HEAD and (_key(paragraph) in own or _names_only(paragraph)):
            continue
        if not is_furniture(paragraph):
            kept.append(_INLAID.sub("", paragraph))
    return kept


def recurring_parts(
    articles: Iterable[Sequence[str]], outlets: Sequence[str]
) -> list[NDArray[np.bool_]]:
    """Find what an outlet prints with many of its articles.

    Of each paragraph two numbers are kept, not its text: of 200,000 articles with five million
    paragraphs 0.1 GB, and 0.4 while they are counted.

    Parameters
    ----------
    articles : iterable of sequences of str
        Paragraphs of each article; without duplicates, or copies of one report count as a habit.
    outlets : sequence of str
        Of each article.

    Returns
    -------
    list of bool arrays, each of shape (n_paragraphs,)
        Which paragraphs of each article are its outlet's.
    """
    sizes: list[int] = []
    # Only within one run: hashes of text differ between runs, counts do not.
    keys, openings, at_ends = array("q"), array("q"), array("b")
    for paragraphs, outlet in zip(articles, outlets, strict=True):
        sizes.append(len(paragraphs))
        for place, paragraph in enumerate(paragraphs):
            key = _key(paragraph)
            tail = len(paragraphs) - place <= _TAIL and place >= _HEAD
            ends = tail or place < _HEAD
            width = _TAIL_OPENING if tail else _HEAD_OPENING
            keys.append(hash((outlet, key)))
            at_ends.append(ends)
            opens = ends and len(key) >= width
            openings.append(hash((outlet, tail, key[:width])) if opens else 0)
    same, opening, at_end = np.array(keys), np.array(openings), np.array(at_ends, bool)
    owners = np.repeat(np.arange(len(sizes)), sizes)
    habit = _articles_with(same, owners) >= _ANYWHERE
    habit[at_end] |= _articles_with(same[at_end], owners[at_end]) >= _AT_ENDS
    opened = opening != 0
    habit[opened] |= _articles_with(opening[opened], owners[opened]) >= _OPENINGS
    last = np.cumsum(sizes, dtype=np.int64).tolist()
    return [habit[end - size : end] for end, size in zip(last, sizes, strict=True)]


def _articles_with(values: NDArray[np.int64], owners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each value, in how many articles it occurs; ``owners`` are the articles, by number."""
    different, number = np.unique(values, return_inverse=True)
    # Once for each article, however often it has the value.
    pairs = np.unique(owners * len(different) + number)
    return np.bincount(pairs % max(len(different), 1))[number]
