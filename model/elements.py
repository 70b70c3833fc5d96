"""What one element says by itself: its name, its role, and the names that people gave it.

Names of classes and ids give hints by their parts ("byline", "related"), never by the name of a
site. An element has many hints or none; what they are worth is for the classifier to learn.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

__all__ = ["AUTHOR", "DELETED", "FLAGS", "INSERTED", "OWN_FLAGS", "UNSEEN", "Element", "describe"]

# What an element may be, by its name …
_TAGS = {
    "link_density": "a",
    "in_p": "p",
    "in_list": "ul ol dl menu",
    "in_table": "table",
    "in_nav": "nav amp-sidebar",
    "in_aside": "aside",
    "in_footer": "footer",
    "in_header": "header",
    "in_article": "article",
    "in_section": "section",
    "in_main": "main",
    "in_blockquote": "blockquote",
    "in_form": "form button label fieldset dialog",
    "in_bold": "b strong",
    "is_time": "time",
}

# … by the vocabularies of schema.org (itemprop) and of ARIA (role) …
_VALUES = {
    "itemprop": {
        "itemprop_headline": r"headline|^name$",
        "itemprop_articlebody": r"articlebody|^text$",
        "itemprop_author": r"author|creator",
        "itemprop_date": r"date",
    },
    "role": {
        "role_complementary": r"complementary",
        "role_navigation": r"navigation|menu|tablist",
        "role_contentinfo": r"contentinfo",
        "role_dialog": r"dialog|alert",
    },
}

# … and by what the people who name classes and ids commonly call things (WordPress, BEM, and the
# pages of the training corpora). A hint is found anywhere in a name; behind "=" it must be a whole
# part of it, so that "=ad" is in "ad-slot" and not in "header".
_HINTS = {
    "hint_comment": "comment disqus =respond =reply =replies",
    "hint_related": "relat recommend readmore read-more =more also teaser promo trending popular "
    "most latest similar suggest recirc upnext up-next",
    "hint_share": "share sharing social follow",
    "hint_byline": "byline author writer contributor",
    "hint_date": "=date =time dateline timestamp publish posted pubdate datetime",
    "hint_caption": "caption credit legend wp-image",
    "hint_ad": "=ad =ads advert sponsor banner",
    "hint_headline": "headline heading =title =titles =hed",
    "hint_body": "body content text paragraph prose",
    "hint_story": "=story =article =post =entry =stories =articles =posts",
    "hint_card": "card =item =items tile feed list",
    "hint_newsletter": "newsletter subscri signup sign-up paywall donat regist",
    "hint_breadcrumb": "breadcrumb",
    "hint_consent": "cookie consent gdpr privacy",
    "hint_menu": "=nav navigation navbar menu dropdown",
    "hint_topic": "=tag =tags topic keyword categor kicker eyebrow label",
    "hint_side": "sidebar side-bar aside widget =rail",
    "hint_frame": "footer copyright masthead site-header",
    "hint_media": "galler slide carousel swiper video player audio",
    "hint_quote": "quote tweet embed",
    "hint_live": "=live liveblog",
    "hint_summary": "summary excerpt =lead =lede standfirst =dek =deck subhead sub-head abstract "
    "intro",
}

FLAGS = (
    *_TAGS,
    *(name for values in _VALUES.values() for name in values),
    "in_hidden",
    *_HINTS,
)
# Hints that mean one thing on an element of the block's own and another on a box around it.
OWN_FLAGS = (
    "hint_comment",
    "hint_related",
    "hint_share",
    "hint_byline",
    "hint_date",
    "hint_caption",
    "hint_headline",
    "hint_body",
    "hint_topic",
    "hint_summary",
    "hint_quote",
)

# Bits beyond those of FLAGS, for what is told of a story and not for the classifier. ``in_hidden``
# is more than UNSEEN: what is kept from screen readers alone (aria-hidden) is mostly there to see.
UNSEEN = 1 << len(FLAGS)
DELETED = 1 << len(FLAGS) + 1
INSERTED = 1 << len(FLAGS) + 2
AUTHOR = 1 << len(FLAGS) + 3

_BIT = {name: 1 << i for i, name in enumerate(FLAGS)}
_BY_NAME: dict[str, int] = {"del": DELETED, "ins": INSERTED, "dialog": UNSEEN}
for _cue, _names in _TAGS.items():
    for _name in _names.split():
        _BY_NAME[_name] = _BY_NAME.get(_name, 0) | _BIT[_cue]
_BY_VALUE = {
    attribute: [(_BIT[cue], re.compile(pattern)) for cue, pattern in values.items()]
    for attribute, values in _VALUES.items()
}
_ALL_HINTS = [(hint, _BIT[cue]) for cue, hints in _HINTS.items() for hint in hints.split()]
_WHOLE = {hint[1:]: bit for hint, bit in _ALL_HINTS if hint[0] == "="}
_INSIDE = [(hint, bit) for hint, bit in _ALL_HINTS if hint[0] != "="]

_ATTRIBUTE = re.compile(r'\s(class|id|itemprop|rel|role|style|hidden|aria-hidden|open)="([^"]*+)"')
_HIDDEN = _BIT["in_hidden"]
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_PART = re.compile(r"[a-z]+|[A-Z][a-z]*+")
_DIGITS = re.compile(r"\d+")
# Characters of the longest tag that is worth remembering; one with a picture in its style is not
# met again, and thirty thousand of them would fill the memory.
_REMEMBERED = 2000
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# Their classes speak of the site's theme, not of a place; and a script shows again what they hide.
_NO_HINTS = frozenset(["html", "body"])
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr acronym b bdi bdo big button cite code data del dfn em font g i ins kbd label mark "
        "nobr path q s samp small span strike strong sub sup svg time tt u use var",
    )
)


class Element(NamedTuple):
    """What a start tag says.

    Attributes
    ----------
    flags : int
        Bits of :data:`FLAGS`, with ``UNSEEN``, ``DELETED``, ``INSERTED`` and ``AUTHOR``.
    heading : int
        1 to 6; 0 where it is no heading.
    is_block : bool
    token : int
        Hash of the name and the classes, for the dress; 0 for inline elements.
    """

    flags: int
    heading: int
    is_block: bool
    token: int


def describe(tag: str) -> Element:
    """Read one start tag as the serialiser writes it, without its angle brackets."""
    read = _describe if len(tag) <= _REMEMBERED else _describe.__wrapped__
    return read(tag.partition(" ")[0], tuple(_ATTRIBUTE.findall(tag)))


@lru_cache(maxsize=1 << 15)
def _describe(name: str, attributes: tuple[tuple[str, str], ...]) -> Element:
    flags = _BY_NAME.get(name, 0)
    classes = ""
    for attribute, value in attributes:
        if attribute == "class" or attribute == "id":
            if attribute == "class":
                classes = value
            if name not in _NO_HINTS:
                for word in value.split():
                    flags |= _hints(word)
        elif attribute == "style":
            if _HIDING.search(value):
                flags |= _HIDDEN | UNSEEN
        elif attribute in _BY_VALUE:
            for bit, pattern in _BY_VALUE[attribute]:
                if pattern.search(value.lower()):
                    flags |= bit
        elif attribute == "rel":
            if "author" in value.lower().split():
                flags |= AUTHOR
        elif attribute == "open":
            if name == "dialog" and not flags & _HIDDEN:
                flags &= ~UNSEEN
        elif value != "false":
            flags |= _HIDDEN
            if attribute == "hidden" and value != "until-found":
                flags |= UNSEEN
    if flags & _HIDDEN:
        if name in _NO_HINTS:
            flags &= ~UNSEEN
        elif flags & _BIT["role_dialog"]:
            # Screen readers are told to pass over it because nobody has opened it yet.
            flags |= UNSEEN
    heading = _HEADINGS.get(name, 0)
    if name in _INLINE:
        return Element(flags, heading, False, 0)
    return Element(flags, heading, True, _token(name, classes))


@lru_cache(maxsize=1 << 15)
def _hints(word: str) -> int:
    """The hints that one class name or id gives."""
    flags = 0
    lower = word.lower()
    for hint, bit in _INSIDE:
        if hint in lower:
            flags |= bit
    for part in _PART.findall(word):
        flags |= _WHOLE.get(part.lower(), 0)
    return flags


@lru_cache(maxsize=1 << 15)
def _token(name: str, classes: str) -> int:
    """A hash of an element's name and classes, without digits; the same in every run."""
    words = sorted(set(_DIGITS.sub("", classes.lower()).split()))
    plain = " ".join([name, *words]).encode("utf-8", "replace")
    return int.from_bytes(blake2b(plain, digest_size=8).digest(), "little") >> 1  # fits an int64
