"""Where the story of a real page begins and what of the page is not its story, without a reader.

The data say which blocks are the article's own paragraphs, not where its header is. The header is
found by the page's titles; conventions follow the hand labels (`training/labels/README.md`).
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

__all__ = ["Titles", "body_blocks", "headline_block", "kickers", "label_blocks", "page_titles"]

# Own paragraphs further apart than this belong to different places: the same lead in a menu's
# teaser, a copy of the article further down.
_GAP = 25
# A headline stands at most so many blocks before the first paragraph (galleries, share bars).
_REACH = 100
# Likeness to a title that is enough, and how much less than the best still competes.
_LIKE, _AS_GOOD = 0.55, 0.03
# The browser's title may be another than the reader's headline, and stand on the page as well.
_TITLE_WEIGHT = 0.9
# Stray paragraphs (cookie prose of the dataset's own body) may precede the headline.
_STRAY_BLOCKS, _STRAY_SHARE = 12, 0.25
# More lines than this between headline and first paragraph are not all header.
_LONGEST_HEADER = 12
_SHORT = 90
_KICKER = re.compile(r"[^\W\d_][^.!?…]{2,29}")
# A block of so many characters that ends as a sentence does is no link and no label; after the
# last paragraph, a longer one is mostly an author's biography.
_PROSE, _LAST_PROSE = 90, 450
_SITE = re.compile(r"\s+(?:[-–—|•·«»:/]|::)+\s+")
_TAGS = re.compile(r"<[^>]+>")
_TAG_RUN = re.compile(r"(?:<[^>]*>\s*)+")
_MENU = re.compile(
    r"</?(?:nav|li|ul|ol|menu)\b[^>]*>|<[^>]*breadcrumb[^>]*>(?:[^<]*<[^>]*>){1,4}|</h\d>"
    r"|</?(?:script|style|button|form|select|option|figure|p)\b[^>]*>",
    re.IGNORECASE,
)
_H1 = re.compile(r"<h1\b[^>]*>(.{3,600}?)</h1\s*>", re.IGNORECASE | re.DOTALL)
_TITLE = re.compile(r"<title\b[^>]*>(.{3,400}?)</title\s*>", re.IGNORECASE | re.DOTALL)
_META = re.compile(r"<meta\b[^>]{0,400}(?:og|twitter):title[^>]{0,600}>", re.IGNORECASE)
_CONTENT = re.compile(r"content\s*=\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s>]+))", re.IGNORECASE)
_DATE = re.compile(
    r"\b\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d{2,4}\b|\b\d{4}[-./]\d{1,2}[-./]\d{1,2}\b"
    r"|\d{4}年\d{1,2}月|\b\d+ (?:hours?|days?|mins?|minutes?) ago\b"
    r"|\b\d{1,2}\.? ?(?:de )?[^\W\d_]{3,10}\.?,? (?:de )?\d{4}\b"
    r"|\b[^\W\d_]{3,9}\.? \d{1,2},? \d{4}\b",
    re.IGNORECASE,
)
_BYLINE = re.compile(
    r"\W*(?:by|von|par|por|di|door|words by|text:|autor(?:in)?:?|author:?|av|af|oleh|przez)\s+"
    r"[^\W\d_].{1,70}|.{2,40}/",
    re.IGNORECASE,
)
_BY = re.compile(
    r"\W*(?:written )?(?:by|von|par|por|di|door|de|reuters|afp|ap|dpa|efe)\W*", re.IGNORECASE
)
_SHARE = re.compile(
    r"\W*(?:(?:share|teilen|partager|compartir|tweet|twittern?|facebook|twitter|x|whatsapp|e-?mail"
    r"|linkedin|pinterest|reddit|telegram|flipboard|print|drucken|imprimer|imprimir|merken|save|copy"
    r"|link|bookmark|kommentare?|comments?|follow|listen|vorlesen|subscribe|anzeige|advertisement"
    r"|publicit[eé]|publicidad|sponsored|mail|feedback|hören|anhören|artikel|article|this|on|auf|per"
    r"|via|web|to|in|zu|xing|pocket|messenger|kopieren|copied|lien|copié)\W*){1,8}\d*\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Titles:
    """What a page calls its story.

    Attributes
    ----------
    headings : list of str
        First-level headings that are like one of the names.
    names : list of str
        Titles for the browser and for other sites, whole and without the site's name.
    """

    headings: list[str]
    names: list[str]


def page_titles(markup: str, title: str | None) -> Titles:
    """Titles of a page, from its markup and from what the data say."""
    names = [title or ""]
    for tag in _META.findall(markup)[:2]:
        if match := _CONTENT.search(tag):
            names.append(next(filter(None, match.groups())))
    names += _TITLE.findall(markup)[:1]
    names = [_plain(name) for name in names]
    names += [max(_SITE.split(name), key=len) for name in names if _SITE.search(name)]
    names = [name for name in dict.fromkeys(names) if len(name) > 3]
    grams = [_grams(name) for name in names]
    found = [_plain(match) for match in _H1.findall(markup)[:4]]
    headings = [one for one in found if not grams or _likeness(one, grams) > 0.3]
    return Titles(headings, names)


def kickers(markup: str, heading: str) -> list[str]:
    """Short lines right before a heading that are its own and no part of a menu or breadcrumb."""
    for match in _H1.finditer(markup):
        if _plain(match[1]) != heading:
            continue
        before = markup[max(0, match.start() - 700) : match.start()]
        last = max((m.end() for m in _MENU.finditer(before)), default=0)
        texts = [_plain(text) for text in _TAG_RUN.split(before[last:])[1:]]
        return [text for text in texts if _KICKER.fullmatch(text)][-2:]
    return []


def _plain(markup: str) -> str:
    return " ".join(html.unescape(_TAGS.sub(" ", markup)).split())


def _grams(text: str) -> set[str]:
    letters = "".join(sign for sign in text.casefold() if sign.isalnum())
    return {letters[at : at + 3] for at in range(max(1, len(letters) - 2))}


def _likeness(block: str, titles: Sequence[set[str]]) -> float:
    """Dice coefficient of letter trigrams with the nearest title; any script, any spacing."""
    own = _grams(block)
    return max((2 * len(own & one) / (len(own) + len(one)) for one in titles), default=0.0)


def body_blocks(blocks: Sequence[str], main: Sequence[int]) -> list[int]:
    """The run of own paragraphs that holds most of the article, stray copies left out."""
    runs: list[list[int]] = []
    for at, flag in enumerate(main):
        if flag and blocks[at].strip():
            if runs and at - runs[-1][-1] <= _GAP:
                runs[-1].append(at)
            else:
                runs.append([at])
    return max(runs, key=lambda run: sum(len(blocks[at]) for at in run), default=[])


def headline_block(blocks: Sequence[str], body: Sequence[int], titles: Titles) -> int | None:
    """The block of the headline before the first paragraph, or after a few stray ones.

    A headline that is printed several times is taken where it stands nearest to the body: what
    stands above is a breadcrumb or a bar. Two copies one after another begin with the first.
    """
    headings = [_grams(one) for one in titles.headings]
    names = [_grams(one) for one in titles.names]
    weight = sum(len(blocks[at]) for at in body)
    last = body[0] + 1
    passed = 0
    for at in body:
        passed += len(blocks[at])
        if at > body[0] + _STRAY_BLOCKS or passed > _STRAY_SHARE * weight:
            break
        last = at + 1
    scores = {
        at: max(_likeness(blocks[at], headings), _TITLE_WEIGHT * _likeness(blocks[at], names))
        for at in range(max(0, body[0] - _REACH), min(len(blocks), last + 1))
        if 3 < len(blocks[at]) < 400 and any(sign.isalpha() for sign in blocks[at])
    }
    best = max(scores.values(), default=0.0)
    if best < _LIKE:
        return None
    at = max(at for at, score in scores.items() if score >= max(_LIKE, best - _AS_GOOD))
    return at - 1 if at and blocks[at - 1] == blocks[at] else at


def _opens(block: str) -> bool:
    """Whether a line right above a headline is its date or byline."""
    return len(block) < _SHORT and bool(_DATE.search(block) or _BYLINE.fullmatch(block))


def label_blocks(
    blocks: Sequence[str],
    main: Sequence[int],
    titles: Titles,
    *,
    furniture: Collection[str] = (),
    above: Collection[str] = (),
) -> tuple[int, list[bool]] | None:
    """First block of the page's story, and for each block whether it belongs to the story.

    Parameters
    ----------
    furniture : collection of str
        Lines known from several sites.
    above : collection of str
        Lines that the markup puts together with the headline (see `kickers`).

    Returns
    -------
    (start, inside), or None where the page's article was not found among its blocks.
    """
    body = body_blocks(blocks, main)
    if not body:
        return None
    head = headline_block(blocks, body, titles)
    if head is not None:
        body = [at for at in body if at >= head]
    start = body[0] if head is None else head
    own = {line for line in above if line not in furniture and not _SHARE.fullmatch(line)}
    while start and (_opens(blocks[start - 1]) or blocks[start - 1] in own):
        start -= 1
    inside = [False] * len(blocks)
    for at in body:
        inside[at] = True
    if head is not None:
        inside[head] = True
    for at in range(start, body[min(2, len(body) - 1)]):
        block = blocks[at].strip()
        near = at <= start + _LONGEST_HEADER or at >= body[0] - 2
        known = block in furniture and not (_DATE.search(block) or _BY.fullmatch(block))
        if near and block and not known and not _SHARE.fullmatch(block):
            inside[at] = inside[at] or any(sign.isalnum() for sign in block)
    inside[start] = True
    own_body = set(body)
    for at in range(start + 1, min(body[-1] + 2, len(blocks))):
        # The dataset's own body lacks a paragraph here and there, most often the last.
        alone = at - 1 in own_body and (at + 1 in own_body or at > body[-1])
        if alone and not inside[at] and blocks[at] not in furniture:
            most = _LAST_PROSE if at > body[-1] else len(blocks[at])
            inside[at] = len(blocks[at]) <= most and _is_prose(blocks[at])
    return start, inside


def _is_prose(block: str) -> bool:
    return len(block) >= _PROSE and block.rstrip("\"'”’»)").endswith((".", "!", "?", "…", "。"))
