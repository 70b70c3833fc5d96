"""How the stories of one page are dressed: the header every story of it wears, drawn once a page.

A header is a list of slots ("headline", "byline", "date", a fixed share line, …) that is filled
anew for each story. Slots come from the headers of real pages where there are any, else from
patterns of our own.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from model.decoder import INSIDE, OUTSIDE
from model.layout import looks_like_byline, looks_like_date
from training.corpus import Article

__all__ = [
    "Dress",
    "Line",
    "draw_dress",
    "fill_header",
    "open_with_dateline",
    "other_date",
]


@dataclass(slots=True)
class Line:
    """One line of a page in the making."""

    text: str
    label: int
    breaks: int = 1


@dataclass(frozen=True)
class Dress:
    """What all headers of a page have in common.

    Attributes
    ----------
    slots : tuple of str
        "headline", "headline again", "kicker", "dek", "caption", "bullets", "byline" or "date";
        anything that begins with "=" is a fixed line.
    byline, date : str
        Templates, with ``{name}`` and with digits that are drawn anew.
    case : callable
        What is done to a headline.
    paragraph, header, story : int
        Line breaks between paragraphs, header lines and stories.
    dateline : str
        How bodies open, with ``{place}``; empty for none.
    tail : tuple of str
        Fixed lines after each story.
    """

    slots: tuple[str, ...] = ()
    byline: str = "By {name}"
    date: str = "12 March 2021"
    case: Callable[[str], str] = str
    paragraph: int = 1
    header: int = 1
    story: int = 1
    dateline: str = ""
    tail: tuple[str, ...] = ()
    names: Sequence[str] = field(default_factory=lambda: ("Ana Brook",))


_PLACES = (
    "LONDON", "Madrid", "NEW DELHI", "Nairobi", "SPRINGFIELD, Ill.", "KYIV, Ukraine", "Jakarta",
    "LAGOS", "WASHINGTON", "Lima", "Hanoi", "TUNIS", "Chișinău", "Berlin", "Tokyo", "PARIS",
    "Kampala", "Harare", "HARRISBURG", "Sydney", "OTTAWA", "Oslo", "Warszawa", "ROMA", "Ankara",
    "Москва", "SAN JOSE, Calif.",
)  # fmt: skip
_DATELINES = (
    "{place}: ", "{place} — ", "{place} (Agency) — ", "{place} (AN) - ", "{place} – ",
    "{place}, KBC – ",
)  # fmt: skip
_BYLINES = (
    "By {name}", "By {name}", "{name}", "By {name}, Staff Writer", "Written by {name}",
    "BY {name}", "{name} /", "Von {name}", "Por {name}", "Par {name}", "Oleh {name}",
    "Автор: {name}", "{name} | Correspondent", "by {name}", "Text: {name}", "De {name}",
    "{name} @desk",
)  # fmt: skip
_DATES = (
    "12 March 2021", "March 12, 2021", "2021-03-12", "12.03.2021", "12/03/2021",
    "Updated 12 March 2021", "Published: 12 March 2021 14:05", "Fri, Mar 12, 2021",
    "12.03.2021, 14:05 Uhr", "March 12, 2021 at 2:05 PM", "Mar 12 2021 | 14:05",
    "12 de marzo de 2021", "12 марта 2021", "12 mars 2021 à 14h05", "2021年3月12日 14:05",
    "Posted on March 12, 2021", "[12 March 2021]", "14:05", "12 hours ago",
    "Last updated 12/03/2021 14:05 GMT",
)  # fmt: skip
_FIXED = (
    "Share", "Share this story", "Follow", "Short Url", "Save", "Print", "Email",
    "Listen to article", "3 min read", "Comments (12)", "Facebook", "Tweet", "Share on WhatsApp",
    "Copy link", "Add as preferred source", "Teilen", "Compartir", "Partager", "Поделиться", "分享",
    "Reading time: 4 minutes", "0 comments", "A A A", "Read later",
)  # fmt: skip
_TAILS = (
    "Read more", "Continue reading", "© All rights reserved", "Comments", "Share this",
    "Tags: news, region", "Weiterlesen", "Leer más", "Back to top", "— Agencies",
    "Follow us for more", "Filed under: News", "* * *",
)  # fmt: skip
_KICKERS = (
    "Politics", "WORLD", "Business", "Local news", "SPORT", "Opinion", "Health", "Technology",
    "Culture", "Crime", "Politik", "Economía", "Société", "Общество", "Exclusive", "Region",
    "Breaking News", "Science", "News",
)  # fmt: skip
_PATTERNS: tuple[tuple[str, ...], ...] = (
    ("headline",),
    ("headline",),
    ("headline", "byline", "date"),
    ("headline", "date"),
    ("date", "headline"),
    ("headline", "byline"),
    ("kicker", "headline", "dek", "byline", "date"),
    ("kicker", "headline"),
    ("byline", "date", "headline", "dek"),
    ("headline", "dek", "date", "=", "="),
    ("headline", "caption", "=", "date", "=", "headline again", "bullets"),
    ("headline", "date", "=", "headline again", "bullets"),
    ("kicker", "date", "headline", "=", "caption"),
    ("headline", "=", "byline", "caption"),
    ("date", "kicker", "kicker", "headline", "byline"),
)
_LETTERS = re.compile(r"[^\W\d_]+")
_SHORTEST = 4  # letters of a word that a section may be called
_MONTH = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def draw_dress(
    rng: random.Random, names: Sequence[str], header: Sequence[str] | None, fixed: frozenset[str]
) -> Dress:
    """Draw what the stories of one page have in common.

    Parameters
    ----------
    header : sequence of str, optional
        The lines of a real page's header with its headline as "\\0"; None draws a pattern of ours.
    fixed : frozenset of str
        Lines seen on several sites: they are kept as they are.
    """
    byline, date = rng.choice(_BYLINES), rng.choice(_DATES)
    if header is not None:
        slots, byline, date = _slots_of(header, fixed, byline, date, rng)
    else:
        lines = rng.sample(_FIXED, 4)
        slots = tuple(
            "=" + lines[i % 4] if slot == "=" else slot
            for i, slot in enumerate(rng.choice(_PATTERNS))
        )
        if rng.random() < 0.15:
            slots = (*slots, *("=" + line for line in lines[: rng.randint(1, 3)]))
    if rng.random() < 0.08 and "headline again" not in slots:
        slots = (*slots, "headline again")
    paragraph = rng.choice((1, 1, 1, 2, 2, 2, 3))
    return Dress(
        slots=slots,
        byline=byline,
        date=date,
        case=rng.choice((str, str, str, str, str.upper, _title_case, _with_mark)),
        paragraph=paragraph,
        header=rng.choice((1, paragraph, paragraph)),
        story=rng.choice((1, 1, paragraph, paragraph, paragraph, paragraph + 1, 3)),
        dateline=rng.choice(_DATELINES) if rng.random() < 0.2 else "",
        tail=tuple(rng.sample(_TAILS, rng.randint(1, 2))) if rng.random() < 0.2 else (),
        names=names,
    )


def _title_case(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


def _with_mark(text: str) -> str:
    return "» " + text


def _slots_of(
    header: Sequence[str], fixed: frozenset[str], byline: str, date: str, rng: random.Random
) -> tuple[tuple[str, ...], str, str]:
    """Slots of a real header: what is the story's own becomes a slot, the rest stays."""
    slots: list[str] = []
    for line in header:
        if line == "\0":
            slots.append("headline")
        elif len(line) <= 60 and line in fixed:
            slots.append("=" + line)
        elif looks_like_date(line) and len(line) <= 70:
            slots.append("date")
            date = line
        elif looks_like_byline(line) and len(line) <= 70:
            slots.append("byline")
            opener = line.split()[0]
            byline = opener + " {name}" if len(opener) <= 8 else "By {name}"
        elif len(line) > 70:
            slots.append(rng.choice(("dek", "dek", "caption")))
        elif 2 <= len(line.split()) <= 3 and line.istitle():
            slots.append("byline")
            byline = "{name}"
        elif len(line) <= 40:
            slots.append("=" + line)
        else:
            slots.append("dek")
    return tuple(slots[:10]), byline, date


def fill_header(
    dress: Dress, article: Article, sentences: Sequence[str], rng: random.Random
) -> list[Line]:
    """The header of one story; its first line is the story's start. Empty if there is nothing."""
    lines: list[Line] = []
    title = dress.case(article.title) if article.title else ""
    for slot in dress.slots:
        if slot.startswith("="):
            lines.append(Line(slot[1:], OUTSIDE, dress.header))
        elif slot in ("headline", "headline again"):
            if title:
                lines.append(Line(title, INSIDE, dress.header))
        elif slot == "kicker":
            lines.append(Line(_kicker(title, rng), INSIDE, dress.header))
        elif slot == "dek" and sentences:
            lines.append(Line(rng.choice(sentences[:6])[:240], INSIDE, dress.header))
        elif slot == "caption" and sentences:
            credit = rng.choice(("(Agency/File)", "Photo: {name}", "/ Getty", "| Foto: {name}", ""))
            text = rng.choice(sentences[:9])[:180] + " " + credit.format(name=_name(dress, rng))
            lines.append(Line(text.strip(), OUTSIDE, dress.header))
        elif slot == "bullets" and len(sentences) > 2:
            for sentence in rng.sample(list(sentences[:8]), 2):
                lines.append(Line("• " + sentence[:140].rstrip(".。"), INSIDE, dress.header))
        elif slot == "byline":
            name = article.byline.split(",")[0] or _name(dress, rng)
            lines.append(Line(dress.byline.format(name=name), INSIDE, dress.header))
        elif slot == "date":
            lines.append(Line(other_date(dress.date, rng), INSIDE, dress.header))
    return lines


def _kicker(title: str, rng: random.Random) -> str:
    """A section's name: half of the time a word of the language, which no list can know, so that it
    has to be told by where it stands."""
    words = [word for word in _LETTERS.findall(title) if len(word) >= _SHORTEST]
    word = rng.choice(words) if words else ""
    return word[:1].upper() + word[1:] if word and rng.random() < 0.5 else rng.choice(_KICKERS)


def _name(dress: Dress, rng: random.Random) -> str:
    return rng.choice(dress.names)


def other_date(template: str, rng: random.Random) -> str:
    """The same form with other numbers."""

    def number(match: re.Match[str]) -> str:
        digits = match.group()
        if len(digits) == 4:
            return str(rng.randint(2005, 2026))
        return str(rng.randint(1, 12)).zfill(len(digits))

    return _MONTH.sub(lambda _: rng.choice(_MONTHS), re.sub(r"\d+", number, template))


def open_with_dateline(dress: Dress, text: str, rng: random.Random) -> str:
    """The first paragraph of a body, with the page's kind of dateline."""
    return dress.dateline.format(place=rng.choice(_PLACES)) + text if dress.dateline else text
