"""Lines that say what a picture shows and who took it: "Marta Ek at the quay. Photo: Ana Brook".

Where markup does not call them captions, the credit at their end tells them.
"""

from __future__ import annotations

import re

__all__ = ["is_picture_credit"]

# Characters; a longer line is a paragraph, whatever it ends with.
_LONGEST = 300
# A credit is no sentence, and most lines are paragraphs.
_STOPS = ".!?。"
_AGENCY = (
    r"(?:AP|AFP|EPA(?:-EFE)?|EFE|dpa|APA|ANSA|PA|TASS|SDA|Keystone|Reuters|REUTERS|NurPhoto|WireImage|"
    r"Bloomberg|Xinhua|Anadolu|Getty|imago|IMAGO|i[sS]tock|Shutterstock|Adobe\s?Stock|123RF|Alamy)"
)
# At the line's end, a credit has no more than names behind its label. "Picture" and its like are
# words of headings, too ("The bigger picture: why rents rise"), but not where a sentence begins.
_LABELLED = re.compile(
    r"(?:(?:^|[\s(\[|/.…·•—–-])(?:photos?|photo(?:graph)?s? by|fotos?|fotografie|fotoğraf|"
    r"titelbild|symbolbild|zdj[ęe]cie|kuva|fot\.|фото|credits?|"
    r"(?:photo|image|picture) (?:credit|courtesy)s?)"
    r"|(?:^|[(\[|/.…·•—–-]\s?)(?:photograph|pictures?|images?|imagen|imagem|bild(?:er|quelle)?|"
    r"illustration|صورة))\s?[:：/]\s?[^:：]{0,80}$",
    re.IGNORECASE,
)
_OPENED = re.compile(
    r"(?:photo(?:graph)?s?|pictures?|images?|illustrations?|fotos?) (?:by|courtesy of) "
    r"[^.:]{3,60}$",
    re.IGNORECASE,
)
_STOCK = re.compile(
    r"(?:Getty Images|Shutterstock|i[sS]tock(?:photo)?|Adobe\s?Stock|AP Photo|Unsplash|Pixabay|"
    r"picture[ -]alliance)\b[^.!?]{0,40}[)\]]?$"
)
_NAMED = re.compile(rf"[^\W\d_]{{2,}} [^\W\d_][\w.'’-]+\s?/\s?{_AGENCY}\b[^.!?]{{0,30}}[)\]]?$")
_SIGNED = re.compile(r"©[^.!?©]{0,80}$")
# Characters at a line's end that hold the sign of a credit, if it is one.
_TAIL = 130
# Without any of these none of the above is found, in a tenth of the time.
_SIGNS = (
    "photo", "foto", "pictur", "imag", "bild", "illustr", "zdj", "kuva", "fot.",
    "фото", "صورة", "credit", "stock", "unsplash", "pixabay", "alliance", "getty", "©", "/",
)  # fmt: skip


def is_picture_credit(line: str) -> bool:
    """Whether a line is a picture's credit, alone or behind what the picture shows."""
    if not 0 < len(line) <= _LONGEST:
        return False
    if line[-1] in _STOPS or not any(map(line[-_TAIL:].lower().__contains__, _SIGNS)):
        return False
    return any(
        pattern.search(line) is not None
        for pattern in (_LABELLED, _OPENED, _STOCK, _NAMED, _SIGNED)
    )
