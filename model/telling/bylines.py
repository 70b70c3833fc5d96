"""Who wrote it: names in the lines of a header, by how the line announces them.

A name is announced by a word in front of it ("By Ana Brook", "12 March 2021 by Ana Brook"), by
such a word on a line of its own above it, or by a date right beside it. Only the last has to be
told from section names, and is therefore the last resort.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from model.telling.author_words import (
    GENRE,
    IS_ROLE,
    KOREAN,
    LABEL,
    LONG_OPENERS,
    UNCASED_OPENER,
    WRITTEN,
)
from model.telling.authors import names_a_role, tidy
from model.telling.date_words import PASSING
from model.telling.dates import find_date
from model.vocabulary import BYLINE_OPENERS

__all__ = [
    "BEFORE_DATE",
    "END",
    "LINKS",
    "LONGEST",
    "announced",
    "announces_next",
    "is_sentence",
    "looks_like_frame",
    "looks_like_name",
    "name_in",
    "name_of_piece",
    "name_with_role",
    "opens_at_length",
    "uncased_name",
    "without_opener",
]

#: Characters of a line that is nothing but names.
LONGEST = 80
_NAME_PARTS = frozenset(["da", "di", "de", "av", "af", "od"])
_OPENERS = "|".join(map(re.escape, sorted((*BYLINE_OPENERS, *LONG_OPENERS), key=len, reverse=True)))
_LONG_OPENER = re.compile(rf"(?i:{'|'.join(map(re.escape, LONG_OPENERS))})[:：\s]")
# Glued to the name as in "ByAna Brook"; names that begin like the others are many: "DeShawn".
_GLUED = "|".join(re.escape(word) for word in BYLINE_OPENERS if word not in _NAME_PARTS)
_OPENER = re.compile(
    rf"(?i:{_OPENERS})[:：\s]\s*|(?i:{_GLUED})(?:(?<=[^\W_A-Z])(?=[^\W\d_a-zß-ÿ])|(?<=／))"
)
_ALONE = re.compile(
    rf"(?:{_OPENERS}|autor/in|authors?|text)(?:\((?:s|es|in)\))?\s*[:：]?"
    r"|(?:authors?|auteurs?|autor(?:es|a|en)?|autore)(?:\s\w+){1,3}\s*[:：]",
    re.IGNORECASE,
)
#: They link the parts of a name or two names, and are no capitals.
LINKS = frozenset(
    re.findall(r"\w+", "de da del della di la le van von der den ten bin al el and und y et e i")
)

#: Where the names end in a line that goes on: a bar, a figure, an address, words of the frame.
END = re.compile(
    r"\s*(?:[|•·@]|(?<!\w)\d|,\s*[^\W\d_]{1,3}\d|(?<=[a-zß-ÿ])\d{2}|\S+@|https?:|\bwww\."
    r"|\b(?:(?:last )?updated|(?:first )?published|posted|share|comments?|follow|subscribe"
    r"|aktualisiert|veröffentlicht|publié|mis à jour|publicado|actualizado|atualizado|pubblicato"
    r"|datum|опубликовано|обновлено)\b|(?-i:(?<=[a-zß-ÿ])(?:Updated|Published|Posted))\b)",
    re.IGNORECASE,
)
#: What is left of "on Tuesday, March 12" and of "am Dienstag, 12. März" in front of a date.
BEFORE_DATE = re.compile(
    r"(?:[\s,(]+(?:on\s\w+|on|at|in|am|vom|um|le|el|il|em|den"
    r"|(?:mon|tues|wednes|thurs|fri|satur|sun)day))+[\s,(]*$",
    re.IGNORECASE,
)
# They open what a page offers to do with a story, and stand in what it calls its parts.
_OFFERS = frozenset(
    re.findall(
        r"\w+",
        "share print email copy save add leave no skip show view click sign log subscribe download "
        "close schließen fermer cerrar fechar chiudi social posted published updated "
        "watch read listen follow photo image video teilen drucken partager compartir "
        "compartilhar condividi bagikan paylaş udostępnij",
    )
)
_FRAME = frozenset(
    re.findall(
        r"\w+",
        "news comment comments facebook twitter whatsapp telegram linkedin pinterest instagram "
        "youtube newsletter url permalink rss size images getty shutterstock istock anhören "
        "advertisement nachrichten noticias notícias notizie nouvelles kommentare kommentar "
        "comentarios comentários commentaires commenti politics sports business release stories",
    )
)
_SEEN = re.compile(r"photo|video|illustr", re.IGNORECASE)
_UNCASED = 24  # letters of a name; "아나 브룩" has 4, Arabic ones of four words have 24
_LABEL = 40  # characters of a line that only names a button or a section
_FROM = re.compile(r"Von \S+ (?:an|bis)\b")  # "Von Mai an fahren Busse", of a time or a place
_COUNT = re.compile(r"\d[:h]\d|@|https?:|www\.|\bcomment|\bkomment|\d$", re.IGNORECASE)
_FEWEST_OF_PROSE = 5  # words of a line with a figure that may be a sentence and no byline
_LOWERCASE = 4  # words without a capital that no byline has in a row of names

# All white space, as a line may hold "By |&nbsp;12 March": a name of a space alone has no words.
_TRIMMED = ":,|/·•-–—*_\u200b\u200e\u200f\u2060\ufeff" + "".join(
    char for char in map(chr, range(0x3001)) if char.isspace()
)


def announced(line: str) -> str | None:
    """The name in a line that opens like a byline, without what announces it."""
    name = _OPENER.sub("", line, count=1)
    if line.partition(" ")[0].casefold() in _NAME_PARTS and len(name.split()) < 2:
        return None  # "de Política"
    date = find_date(name)
    if date is not None and (at := name.find(date.words)) > 0:
        name = name[:at]
    end = END.search(name)
    if end is not None and name[: end.start()].strip(_TRIMMED):
        name = name[: end.start()]
    if date is not None or end is not None:
        name = BEFORE_DATE.sub("", name)
    name = tidy(GENRE.sub("", name.strip(_TRIMMED), count=1))
    return None if not name or name[0].isdigit() or _is_frame(name.split()) else name


def opens_at_length(line: str) -> bool:
    """Whether a line opens like a byline in more words than one: "Escrito por Ana Brook"."""
    return len(line) <= LONGEST and _LONG_OPENER.match(line) is not None


def without_opener(line: str) -> str:
    """The line without what announces a name at its beginning."""
    opener = _OPENER.match(line)
    return line[opener.end() :] if opener else line


def is_sentence(line: str) -> bool:
    """Whether a line that opens like a byline goes on as headlines and paragraphs do: "By popular
    demand, …", "De proef kostte 1,3 miljoen euro."."""
    if any(c in "|·•" for c in line):
        return False
    if _FROM.match(line) is not None:
        return True
    if any(c.isdigit() for c in line):
        # A header's figures are a date, a clock, how many have commented.
        if _COUNT.search(line) or PASSING.search(line) or find_date(line) is not None:
            return False
        if len(line.split()) < _FEWEST_OF_PROSE:
            return False
    name = _OPENER.sub("", line, count=1)
    words = name.split()
    part = re.split(r"[,;:|(]", name, maxsplit=1)[0].split()
    lower = sum(w[0].islower() and w.casefold() not in LINKS for w in part)
    opens = bool(words) and words[0][0].islower() and words[0].casefold() not in LINKS
    return lower >= _LOWERCASE or (opens and len(words) >= _LOWERCASE)


def looks_like_frame(line: str) -> bool:
    """Whether a short line would pass for a name, but for what its words mean."""
    words = line.split() if len(line) <= _LABEL else []
    if not words or line[-1] in ".!?:…":
        return False
    return all(word[0].isupper() for word in words) and _is_frame(words)


def _is_frame(words: Sequence[str]) -> bool:
    """Whether the words are those of a button or a section: "Share Article", "Local News"."""
    plain = [word.casefold().strip(",:;.") for word in words]
    frame = sum(word in _FRAME for word in plain)
    # "Ana Brook, Sports Editor" and "Ana Brook Fox News" are of people.
    return plain[0] in _OFFERS or frame > 1 or (frame == 1 and len(plain) <= 3)


def announces_next(line: str) -> bool:
    """Whether the line is nothing but "By" or "Author:", so that the next one is the name."""
    return len(line) <= 24 and _ALONE.fullmatch(line.strip()) is not None


def looks_like_name(line: str, *, fewest: int = 2) -> bool:
    """Whether the line is nothing but the names of people, as far as capitals tell.

    Parameters
    ----------
    fewest : int
        Words that a name has at least.
    """
    if len(line) > LONGEST or line.isupper() or any(c.isdigit() for c in line):
        return False
    words = [word.strip(",&;") for word in line.replace(" & ", " ").split()]
    names = [word for word in words if word and word.casefold() not in LINKS]
    if not fewest <= len(names) <= 8 or ":" in line or line[-1:] in "!?…":
        return False
    if names_a_role(re.split("[,;]", line, maxsplit=1)[0]):
        return False
    return all(word[0].isupper() for word in names) and not _is_frame(names)


def name_in(line: str, *, fewest: int = 2) -> str | None:
    """The names that a line holds, if with their roles and handles it holds nothing else."""
    return _name_in(line, fewest) if len(line) <= 2 * LONGEST else None


@lru_cache(maxsize=2048)  # asked of a header's line again and again, for all that it may be
def _name_in(line: str, fewest: int) -> str | None:
    name = tidy(line.strip(_TRIMMED))
    return name if looks_like_name(name, fewest=fewest) else None


def name_with_role(line: str) -> str | None:
    """The names in a line that also says what these people are: "Ana Brook, Staff Writer"."""
    if (korean := KOREAN.match(line)) is not None and len(line) <= LONGEST:
        return korean[1]
    name = name_in(line)
    bare = line.strip(_TRIMMED)
    return name if name is not None and name != bare and names_a_role(bare[len(name) :]) else None


def name_of_piece(line: str) -> str | None:
    """The name in a line that says what it is of: "Kommentar von Ana Brook", "Text: Ana Brook"."""
    if (written := WRITTEN.fullmatch(line)) is not None:
        return written[1]
    kind = GENRE.match(line)
    if kind is not None:
        return name_in(line[kind.end() :])
    label, sign, rest = line.partition(":")
    label = label.strip()
    # Of those who took the pictures another line tells.
    if not sign or not (LABEL.fullmatch(label) or IS_ROLE.fullmatch(label)) or _SEEN.match(label):
        return None
    return name_in(rest)


def uncased_name(line: str) -> str | None:
    """The words of a short line in a script without capitals, where the markup calls it a byline.

    Nothing else tells a name there.
    """
    name = line[opener.end() :] if (opener := UNCASED_OPENER.match(line)) else line
    letters = [c for c in name if c.isalpha()]
    if not 2 <= len(letters) <= _UNCASED or any(c.isdigit() or c in ":：。!?" for c in name):
        return None
    return name.strip(_TRIMMED) if not any(c.isupper() or c.islower() for c in letters) else None
