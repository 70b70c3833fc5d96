"""Lines of a story's text that are about the page, not about what the story tells.

What it is filed under, what else to read, how long reading takes, who earns by its links, what
readers say below it. Where markup does not tell them (:mod:`model.telling.furnished`), and labels
took them for the story's, their words do. A long line that comes twice is told once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from model.telling.shown import Shown

__all__ = ["is_aside", "is_disclosure", "without_asides"]

# Each rule was kept for what it brings on the real pages that are learned from, and not on those
# that are held out: of the lines that it takes there, weighed by their share of what a page tells,
# the gold text has 2 % (filed under), 20 % (who earns) and 30 % (what else to read).
_COLON = r"\s?(?:[:：–—]|-\s)"
_FILED = (
    r"(?:tags?|labels?|keywords?|topics?|filed under|tagged (?:in|with|as)|posted in|"
    r"categor(?:y|ies)|schlag(?:worte?|wörter)|stich(?:worte?|wörter)|kategorien?|themen|"
    r"mots[- ]cl[ée]s|etiquetas?|"
    r"categor[íi]as?|tagi|kategorie|теги|метки|标签|標籤|タグ|태그)\s?[:：]"
)
_ELSE = (
    rf"(?:read (?:more|also|next)|(?:also|see) (?:read|also)|must read|related(?: (?:stor(?:y|ies)|"
    rf"articles?))?|read|more|watch|(?:à )?lire aussi|l(?:ee|eer|ea) también|te puede interesar|"
    rf"leia (?:também|mais)|veja também|leggi anche|mehr zum thema|lesen sie auch|auch interessant|"
    rf"siehe auch|(?:zobacz|czytaj) (?:także|też|również)|lees ook|les også|läs (?:också|även)|"
    rf"baca juga|читайте также|اقرأ أيضا|延伸阅读|あわせて読みたい){_COLON}"
)
_OPENING = re.compile(rf"\W{{0,4}}(?:{_FILED}|{_ELSE})", re.IGNORECASE)
_LONGEST_OPENING = 200  # characters; what is longer goes on as a paragraph
# One of these is among its first characters, or the pattern finds nothing, in a tenth of the time.
_COLONS, _BEFORE_COLON = frozenset(":：–—-"), 30
_MINUTES = re.compile(
    r"\W*\d{1,3}\W{0,2}min(?:ute)?s?\.?\W*(?:read|lesezeit|de lectura|de lecture|di lettura)?\W*",
    re.IGNORECASE,
)
_LONGEST_MINUTES = 30
_EARNS = re.compile(
    r"may (?:earn|receive|get) (?:an? )?(?:small )?(?:affiliate )?(?:commission|compensation)|"
    r"earn (?:an? )?(?:affiliate )?commission|affiliate[- ]?links?\b|as an amazon associate|"
    r"provision(?:en)? (?:erh|bek)",
    re.IGNORECASE,
)
# As above.
_EARNING_SIGNS = ("ommission", "ompensation", "ffiliate", "ssociate", "rovision")
_LONGEST_DISCLOSURE = 600
_COMMENTS = (
    r"comments?|kommentare?|commentaires?|comentarios?|comentários?|commenti|komentarze|reacties|"
    r"kommentarer|replies|responses|yorumlar|комментарии|تعليقات|评论|評論|コメント|댓글"
)
_HEADING = re.compile(
    rf"\W*(?:(?:leave|post|write|add) (?:a |your )?(?:comment|reply)\b.{{0,40}}|"
    rf"(?:schreib(?:en sie|e)?|verfassen?) (?:einen |ein )?kommentar.{{0,30}}|"
    rf"(?:show |view |read |all |see |reader )?(?:\(?\d+\)? )?(?:{_COMMENTS})(?: ?\(\d+\))?"
    rf"(?: (?:on|to|zu|comment from)\b.{{0,80}})?|"
    r"reply|antworten|répondre|responder|discussion threads?)[\s:…»›>↓)]*",
    re.IGNORECASE,
)
_LONGEST_HEADING = 120
# Share of a story's characters above a heading of comments. Such words are on buttons, too: with .6
# a held-out page loses half of its story, with .8 those learned from gain .0006 less.
_ABOVE_COMMENTS = 0.7
# Share of a story's characters: where more is such lines, the page is a list of what else to read.
_MOST = 0.2
# Characters of a line that is told once. Shorter ones are rows of tables, steps, refrains, and
# items of lists may be true of several things.
_REPEATED = 60
_ITEM = ("•", "-", "–", "*")


def without_asides(shown: Shown, own: Sequence[int], last: int) -> Sequence[int]:
    """Those of a story's blocks that are about what it tells.

    Parameters
    ----------
    own : sequence of int
        Its blocks, ascending.
    last : int
        The first block behind the story; a heading of comments is looked for among all up to there.
    """
    if not own:
        return own
    page, low = shown.page, own[0]
    lengths = (page.ends[low:last] - page.starts[low:last]).tolist()
    own = own[: _above_comments(shown, own, last, lengths)]
    lines = [shown.block(k) for k in own]
    aside = [is_aside(line) for line in lines]
    if any(aside):
        some = sum(len(line) for line, out in zip(lines, aside, strict=True) if out)
        if some > _MOST * sum(map(len, lines)):
            aside = [False] * len(own)
    seen: set[str] = set()
    worth: list[int] = []
    for k, line, out in zip(own, lines, aside, strict=True):
        if out:
            continue
        if len(line) >= _REPEATED and not line.startswith(_ITEM):
            if line in seen:
                continue
            seen.add(line)
        worth.append(k)
    return worth


def is_aside(line: str) -> bool:
    """Whether a line says what the page is filed under, what else to read, how long that takes or
    who earns by it."""
    if len(line) <= _LONGEST_MINUTES and _MINUTES.fullmatch(line):
        return True
    opens = len(line) <= _LONGEST_OPENING and not _COLONS.isdisjoint(line[:_BEFORE_COLON])
    return (opens and _OPENING.match(line) is not None) or is_disclosure(line)


def is_disclosure(line: str) -> bool:
    """Whether a line says that somebody earns by the page's links."""
    if len(line) > _LONGEST_DISCLOSURE or not any(map(line.__contains__, _EARNING_SIGNS)):
        return False
    return _EARNS.search(line) is not None


def _above_comments(shown: Shown, own: Sequence[int], last: int, lengths: Sequence[int]) -> int:
    """How many blocks stand above the heading of what readers say: all, if little does.

    ``lengths`` are those of all blocks from the first of ``own`` to ``last``.
    """
    low = own[0]
    enough, above = _ABOVE_COMMENTS * sum(lengths[k - low] for k in own), 0
    for at, (k, following) in enumerate(pairwise((*own, last)), start=1):
        above += lengths[k - low]
        if above < enough:
            continue
        for j in range(k + 1, min(following + 1, last)):
            if lengths[j - low] <= _LONGEST_HEADING and _HEADING.fullmatch(shown.block(j)):
                return at
    return len(own)
