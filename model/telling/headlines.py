"""Which of a story's opening lines is its headline."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set

import numpy as np

from model.telling.asides import is_disclosure
from model.telling.bylines import looks_like_name, name_with_role, without_opener
from model.telling.date_words import PASSING, PUBLISHED, UPDATED
from model.telling.dates import find_date
from model.telling.header_view import LENGTHS, View
from model.telling.inline_names import name_beside_date
from model.telling.titles import letters_of

__all__ = ["find_headline", "further_lines"]

# Letters of a line that may be the name of a section, and is a headline only if nothing else is.
_KICKER = 25
_FIRST = 4  # lines that may be one, among which the headline is
# A word in small letters, a full stop, and a word with a capital.
_SENTENCES = re.compile(
    r"(?<!\w)(?!vs\b|feat\b|bzw\b)[^\W\d_A-ZÀ-Þ]{2,}\.[”’»\"]? [\"“„«‘]?[^\W\d_a-zß-ÿ]"
)
# Words of a headline as short as a section's name, of which few have more: "Ask an Advisor".
_WORDS = 4
_STOPS = ".。।॥።۔"  # of sentences; a question may be a headline
# What parts the links at a site's top. Two spaces are what is left of their distance, but part
# the halves of a headline in Chinese.
_PARTED = re.compile(r"\s*[|•·»›▸►]\s*|\s/\s|(?<=[^\W\d_\u3040-\u9fff])\s{2,}")
# Parts that a menu has at least; characters and words that one has at most.
_MENU, _PART, _PART_WORDS = 3, 25, 3
_LABEL = 16  # letters beside a date that are its day of the week and its label
_CRUMB = re.compile(r"\s[»›>→]\s")
# Words without a capital, and letters, that a headline with a date in it has at least.
_TELLING, _TOLD = 3, 30
# A year, a clock or a date in figures: dates of publication are exact.
_EXACT = re.compile(r"\d{4}|\d[:.h]\d\d|\d[./]\d|\d ?[ap]\.?m\b")
_SIBLING = 3  # of model.cues.CUES: same_parent_as_previous
_SIGNED = 40  # a longer line that opens like a byline may be one: "From Munich to Aachen …"


def find_headline(
    view: View, lines: Sequence[int], own: Set[int], above: Sequence[int]
) -> int | None:
    """The block of the headline; None where there is none.

    Parameters
    ----------
    lines : sequence of int
        The opening blocks, of which those in ``own`` are the story's and the others furniture.
    above : sequence of int
        The few blocks above them.
    """
    mine = [k for k in lines if k in own]
    found = _among(view, mine, above)
    return None if found is None else _over_marks(view, found, lines)


def _among(view: View, lines: Sequence[int], above: Sequence[int]) -> int | None:
    """The line that metadata names, else a heading of the markup, else the line said twice, else
    the first that is long enough."""
    candidates = [k for k in lines if _may_be_headline(view, k)]
    higher = [k for k in above if _may_be_headline(view, k)]
    wanted = letters_of(view.page.metadata.headline or "")
    either = (*candidates, *reversed(higher))
    named = [k for k in either if wanted and letters_of(view.text(k)) == wanted]
    # og:title and <title> often go on with " | Name of the site".
    named = named or [k for k in either if view.level(k) <= 3 and view.begins_named(k)]
    if named:
        return named[0]
    headings = _headings(view, candidates)
    if not headings:
        # Behind a heading of a form or a list above it, the story's first line is its headline.
        begins = bool(candidates) and candidates[0] == lines[0] and _is_long(view, lines[0])
        headings = _headings(view, [k for k in higher if not begins or view.level(k) == 1])
    if headings:
        return headings[0]
    told = [k for k in candidates if not _is_header_line(view, k)]
    # Where such a line is all that could be one, the headline stands above what was found.
    only = len(told) < len(candidates)
    candidates = told
    if not candidates:
        return None
    top = candidates[:_FIRST]
    texts = [view.text(k).casefold() for k in candidates]
    # What says where on the site the page is ends with the headline. Rows of results and verses
    # come twice, too, but further down.
    trails = [text for k in lines if _CRUMB.search(text := view.text(k).casefold())]
    for k, text in zip(top, texts, strict=False):
        if not _is_long(view, k) or text[-1] in _STOPS:
            continue
        if texts.count(text) > 1 or any(_CRUMB.split(trail)[-1] == text for trail in trails):
            return k
    long_enough = [k for k in top if _is_long(view, k)]
    # What ends in a full stop is rather a remark ("We may earn a commission.").
    titles = [k for k in long_enough if view.text(k)[-1] not in _STOPS]
    found = next(iter(titles or (() if only else long_enough or candidates)), None)
    return None if found is None else _over_lead(view, found, candidates)


def _over_lead(view: View, found: int, candidates: Sequence[int]) -> int:
    """The short line right above what says whole sentences: "What the river kept" over "In 1966 a
    bus went into the river. Last summer somebody found its bell"."""
    lead = view.text(found)
    says = lead[-1] in _STOPS or _SENTENCES.search(lead) is not None
    if says and found - 1 in candidates and len(view.text(found - 1).split()) >= _WORDS:
        return found - 1
    return found


def _over_marks(view: View, found: int, lines: Sequence[int]) -> int:
    """The line over the first byline or date, where what was found stands below these.

    The page's headline may have been taken for furniture, and what is told as one be a remark or a
    row among the text. What stands over the byline as well is the headline, whatever is above it.
    """
    mark = next((k for k in lines if k < found and view.mark(k)), -1)
    over = [k for k in lines if k < mark]
    said = view.text(found).casefold()
    if not np.isnan(view.level(found)) or any(view.text(k).casefold() == said for k in over):
        return found
    return next((k for k in over if _may_be_headline(view, k) and _is_title(view, k)), found)


def _is_title(view: View, k: int) -> bool:
    """Whether a line is as long as headlines are, and neither a remark nor a byline with a date."""
    return _is_long(view, k) and view.text(k)[-1] not in _STOPS and not _is_header_line(view, k)


def _is_long(view: View, k: int) -> bool:
    """Whether a line has more to say than a section's name.

    A sign of an uncased script, Chinese above all, says what two letters say.
    """
    return view.of("length", k) * (1 + view.of("uncased", k)) > _KICKER


def further_lines(view: View, headline: int, lines: Sequence[int]) -> tuple[int, ...]:
    """The lines behind the headline in the same heading: ``<h1>A headline<br>in two lines</h1>``.

    White space parts one heading from another by more than a break.
    """
    markup, breaks, level = view.page.markup, view.page.breaks, view.level(headline)
    found: list[int] = []
    k = headline + 1
    while (
        markup is not None
        and k in lines
        and view.level(k) == level
        and breaks[k] == 1
        and markup[k, _SIBLING] == 1
        and not (view.of("date", k) or view.of("byline", k))
        and len(found) < 3
    ):
        found.append(k)
        k += 1
    return tuple(found)


def _may_be_headline(view: View, k: int) -> bool:
    length = view.of("length", k)
    if view.text(k).startswith(("http://", "https://", "www.")):
        return False
    shortest, longest = LENGTHS
    if not shortest <= length <= longest or view.of("opens_bullet", k):
        return False
    if view.signed(k) and (length < _SIGNED or looks_like_name(view.text(k))):
        return False
    dated = view.of("date", k) or _is_date(view.text(k))
    if dated and length < 60 and view.level(k) != 1 and not _tells_of_day(view.text(k)):
        return False
    if PASSING.fullmatch(view.text(k).strip(" |·•")):
        return False
    if np.isnan(view.level(k)) and (_is_menu(view.text(k)) or is_disclosure(view.text(k))):
        return False
    if not (view.of("ends_stop", k) and length > 90):
        return True
    # A question or a call may be as long as any headline, where the markup says that it is one.
    return view.level(k) <= 2 and (view.level(k) == 1 or view.text(k)[-1] not in ".。")


def _is_menu(line: str) -> bool:
    """Whether a line names the parts of a site: "Politics | Sport | Culture | Subscribe"."""
    parts = [part for part in _PARTED.split(line.strip()) if part]
    return len(parts) >= _MENU and all(
        len(part) <= _PART and len(part.split()) <= _PART_WORDS for part in parts
    )


def _is_date(line: str) -> bool:
    """Whether a line is a date with little beside it, in whatever language."""
    date = find_date(line)
    rest = line.replace(date.words, "") if date else line
    return date is not None and sum(c.isalpha() for c in rest) < _LABEL


def _tells_of_day(line: str) -> bool:
    """Whether a line tells something of a day, as "Results from Brennick, 4 to 8 March" does."""
    if PUBLISHED.search(line) or UPDATED.search(line) or _EXACT.search(line):
        return False
    lower = sum(word[0].islower() for word in line.split())
    return lower >= _TELLING and sum(c.isalpha() for c in line) >= _TOLD


def _is_header_line(view: View, k: int) -> bool:
    """Whether a line as long as a headline says who wrote it and when, or where on the site it is:
    "By Ana Brook - Daily Pier - Thursday, March 12, 2021", "Home » Town » Council votes …"."""
    line = view.text(k)
    if len(_CRUMB.findall(line)) > 1:
        return True
    if view.signed(k) and name_with_role(without_opener(line)) is not None:
        return True
    date = find_date(line)
    if date is None:
        return False
    at = line.find(date.words)
    return view.signed(k) or bool(PUBLISHED.search(line, 0, at)) or bool(name_beside_date(line))


def _headings(view: View, lines: Iterable[int]) -> list[int]:
    """Those of the lines that the markup calls headings, the highest level first."""
    return sorted((k for k in lines if not np.isnan(view.level(k))), key=view.level)
