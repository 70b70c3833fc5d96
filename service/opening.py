"""Whether a page that comes without a media type is HTML: by the name of its file, or how it opens.

The page at `/` tells by the same rule, in `service/web/source.js`; a test compares the two.
"""

from __future__ import annotations

import re

__all__ = ["HTML_FILE", "looks_like_html"]

# Written so that JavaScript reads it as well. A comment ends where it first can: with several
# to choose from, thousands of comments in a row would be tried in every way.
_BEGINS = re.compile(
    r"^\s*(?:<\?xml[^>]*>\s*|<!--(?:(?!-->)[\s\S])*-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE,
)
_CLOSES_A_BLOCK = re.compile(
    r"<\/(?:p|div|article|section|main|h[1-6]|ul|table|body|html)\s*>", re.IGNORECASE
)
_OPENING = 100_000  # characters

#: Names of files of HTML, compressed or not.
HTML_FILE = re.compile(r"\.x?html?(?:\.(?:gz|xz|zst))?$", re.IGNORECASE)


def looks_like_html(text: str) -> bool:
    """Whether a text is HTML: it begins with a tag, and has the tags that a page is made of.

    >>> looks_like_html("<div><p>One.</p></div>"), looks_like_html("A story on </p> tags")
    (True, False)
    """
    opening = text[:_OPENING]
    if _BEGINS.match(opening):
        return True
    return opening.lstrip().startswith("<") and bool(_CLOSES_A_BLOCK.search(opening))
