"""What a caller gets back: stories, and the seams between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.cues import CUES
from model.decoder import Span
from model.page import Metadata, Page
from model.telling.asides import without_asides
from model.telling.authors import agreed
from model.telling.dates import DateHit
from model.telling.furnished import without_furniture
from model.telling.header import read_header
from model.telling.header_dates import day_agrees, more_exact, same_time, zoned
from model.telling.shown import show
from model.telling.titles import best_title, letters_of

__all__ = ["Block", "Boundary", "Relatedness", "Segmentation", "Story", "label_blocks", "tell"]

Floats = NDArray[np.float32]

# Marks of direction and of width that a headline may be wrapped in.
_INVISIBLE = "\u200b\u200e\u200f\u2060\ufeff"
_BREAKABLE = "\xad"  # where a word may be broken; nobody sees it
# A line with a lower chance than this to be of no story is in the clean text: half of the main
# text's F1, which is where F1 is best for chances that are right (Lipton et al. 2014).
_SURE = 0.47
# Lines among which the headline that the page's metadata names is looked for.
_OPENING = 14
_LEVEL, _NAMED = CUES.index("heading_level"), CUES.index("jsonld_headline_match")


@dataclass(frozen=True, slots=True)
class Story:
    """One story of a page; ``page.text[start:end]`` is the story exactly as it stood.

    Dates are ISO 8601, as exact as the page is; the ``words`` are what stands on the page, None
    where only its metadata gives the date; "3 hours ago", where the date is that of the ``<time>``
    around them.
    """

    start: int
    end: int
    main: bool
    headline: str | None
    byline: str | None
    published: str | None
    updated: str | None
    confidence: float
    relatedness: float
    text: str
    published_words: str | None = None
    updated_words: str | None = None


@dataclass(frozen=True, slots=True)
class Boundary:
    """A seam: the first character of any story after the first."""

    offset: int
    probability: float
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a page, ``page.text[start:end]``, and the probabilities of its labels."""

    start: int
    end: int
    outside: float
    inside: float
    start_probability: float


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The answer for one page.

    Attributes
    ----------
    blocks : tuple of Block, optional
        Only where they were asked for.
    doubt : float, optional
        How unsure the model was of the page's least clear seam, whether it is one of ``seams`` or
        not: 0 sure, 1 no idea. None where nobody has asked themselves.
    """

    model: str
    text: str
    stories: tuple[Story, ...]
    seams: tuple[Boundary, ...]
    blocks: tuple[Block, ...] | None = None
    doubt: float | None = None

    def to_dict(self, *, with_text: bool = False) -> dict[str, Any]:
        """The JSON shape of DESIGN; ``with_text`` adds the text that the offsets refer to."""
        out: dict[str, Any] = {"model": self.model}
        if with_text:
            out["text"] = self.text
        out["stories"] = [asdict(s) for s in self.stories]
        out["seams"] = [
            {"offset": s.offset, "probability": s.probability, "evidence": list(s.evidence)}
            for s in self.seams
        ]
        if self.blocks is not None:
            # Not asdict: it takes longer over a page of 10,000 blocks than the model does.
            out["blocks"] = [
                {
                    "start": b.start,
                    "end": b.end,
                    "outside": b.outside,
                    "inside": b.inside,
                    "start_probability": b.start_probability,
                }
                for b in self.blocks
            ]
        return out


@dataclass(frozen=True, slots=True)
class Relatedness:
    """Cosine of two stories' vectors -> probability that they report on one thing."""

    slope: float
    middle: float

    def __call__(self, cosine: float) -> float:
        return float(1.0 / (1.0 + np.exp(-self.slope * (cosine - self.middle))))


def label_blocks(page: Page, proba: Floats) -> tuple[Block, ...]:
    """Every block of a page with its label probabilities, shape (n_blocks, 3)."""
    # As double, so that four digits stay four digits in JSON.
    rounded = proba.astype(np.float64).round(4).tolist()
    bounds = zip(page.starts.tolist(), page.ends.tolist(), rounded, strict=True)
    return tuple(Block(start, end, *row) for start, end, row in bounds)


def tell(
    page: Page,
    spans: Sequence[Span],
    evidence: Sequence[tuple[str, ...]],
    vectors: Floats,
    columns: dict[str, Floats],
    low: int,
    outside: Floats,
    *,
    relatedness: Relatedness,
    model: str,
) -> Segmentation:
    """Tell the stories of one page.

    Parameters
    ----------
    vectors : float32 array, shape (n_blocks, n_dims)
        Word vectors of the page's blocks.
    columns : dict
        Layout of the whole batch; the page's blocks begin at ``low``.
    outside : float32 array, shape (n_blocks,)
        The chance of each block to be of no story.
    """
    if not spans:
        return Segmentation(model, page.text, (), ())
    sums = [vectors[s.first : s.last][s.inside].sum(axis=0) for s in spans]
    main = _main(page, spans)
    blocks = page.blocks()
    stories: list[Story] = []
    unsigned = False
    for i, span in enumerate(spans):
        own = (span.first + np.flatnonzero(span.inside)).tolist()
        floor = spans[i - 1].last if i else 0
        shown = show(page, floor, span.last, own, blocks)
        mine = shown.seen(own)
        header = read_header(
            shown, span.first, span.last, mine, columns, low, floor=floor, unsigned=unsigned
        )
        unsigned = header.byline is None
        named = page.metadata if i == main else Metadata()
        titled = () if header.headline is None else (header.headline, *header.more)
        title = " ".join(shown.block(k) for k in titled).strip(_INVISIBLE)
        if header.run_on is not None:
            title = header.run_on.headline
        title = title.replace(_BREAKABLE, "")
        headline = best_title(title or None, named.headline, named.site)
        published = _date(header.published, named.published, named)
        updated = _date(header.updated, named.updated, named)
        below = [k for k in mine if k not in header.spent]
        sure = [k for k in below if outside[k] < _SURE] or below
        lines = without_asides(shown, without_furniture(shown, sure), span.last)
        told = [shown.block(k) for k in lines]
        if header.run_on is not None and lines and lines[0] == span.first:
            told[0] = told[0][header.run_on.end :]
        body = "\n\n".join(told).replace(_BREAKABLE, "")
        stories.append(
            Story(
                start=int(page.starts[span.first]),
                end=int(page.ends[span.last - 1]),
                main=i == main,
                headline=headline,
                byline=agreed(
                    header.byline, named.byline, site=named.site, announced=header.announced
                ),
                published=published,
                updated=updated,
                confidence=round(span.probability, 4),
                relatedness=1.0 if i == main else _related(sums[i], sums[main], relatedness),
                text=body,
                published_words=_words(header.published, published),
                updated_words=_words(header.updated, updated),
            )
        )
    seams = tuple(
        Boundary(int(page.starts[s.first]), round(s.probability, 4), evidence[i])
        for i, s in enumerate(spans)
        if i
    )
    return Segmentation(model, page.text, tuple(stories), seams)


def _date(seen: DateHit | None, named: str | None, metadata: Metadata) -> str | None:
    """A date as metadata have it, which are more exact, unless the page shows another day.

    Metadata also hold against a ``<time>`` whose words name no day ("3 hours ago"). Where words do
    name it, on 1,364 real pages, 5 of 445 times in headers were left over from a template and of
    381 metadata none; and where they do not, the two agree on all of 41.
    """
    if seen is None:
        return named
    told = [day for day in (metadata.published, metadata.updated) if day]
    if not any(day_agrees(seen, day) for day in told):
        if named is None:
            return seen.iso
        return zoned(seen.iso, named) if seen.by_words else named
    if named is None:
        return seen.iso
    return more_exact(named, seen.iso) if named[:10] == seen.iso[:10] else named


def _words(seen: DateHit | None, told: str | None) -> str | None:
    """The words of a date, unless metadata tell of another one: then they are of something else."""
    return seen.words if seen is not None and told is not None and same_time(seen, told) else None


def _related(a: Floats, b: Floats, relatedness: Relatedness) -> float:
    norm = float(np.linalg.norm(a) * np.linalg.norm(b))
    return round(relatedness(float(a @ b) / norm), 4) if norm > 0 else 0.0


def _is_named(page: Page, k: int) -> bool:
    """Whether a block is a heading that the headline of the metadata begins with."""
    markup = page.markup
    return markup is not None and markup[k, _LEVEL] <= 3 and markup[k, _NAMED] == 1


def _main(page: Page, spans: Sequence[Span]) -> int:
    """The page's own story: the one that its metadata names, else the first of good length.

    A page opens with its own story, unless what stands before it is much shorter.
    """
    if page.metadata.headline:
        wanted = letters_of(page.metadata.headline)
        for i, span in enumerate(spans):
            for k in range(span.first, min(span.first + _OPENING, span.last)):
                if wanted and letters_of(page.block(k)) == wanted:
                    return i
        # Metadata go on with the site's name more often than not: "Council votes | Daily Pier".
        for i, span in enumerate(spans):
            last = min(span.first + _OPENING, span.last)
            if any(_is_named(page, k) for k in range(span.first, last)):
                return i
    lengths = [
        int((page.ends[s.first : s.last] - page.starts[s.first : s.last])[s.inside].sum())
        for s in spans
    ]
    enough = 0.3 * max(lengths)
    return next(i for i, length in enumerate(lengths) if length >= enough)
