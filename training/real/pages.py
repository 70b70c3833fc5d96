"""Real scraped pages, as training and evaluation read them.

They lie outside the repository (see the data's own README); everything here takes the folder as an
argument. ``python -m training.real FOLDER`` prints how well the labels that are made without a
reader agree with those made by hand.
"""

from __future__ import annotations

import argparse
import json
import lzma
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from training.corpus import fraction
from training.labelled import LabelledPage
from training.outlets import registered_domain
from training.real.headers import kickers, label_blocks, page_titles

__all__ = [
    "RealPage",
    "as_labelled",
    "fold",
    "read_all",
    "read_hand_labels",
    "read_multistory",
    "read_newsletters",
    "read_real_pages",
]

_LABELS = Path(__file__).parents[1] / "labels"
_HOST = re.compile(r"(?:https?://)?(?:[a-z]+::)?((?:[a-z0-9-]+\.)+[a-z]{2,})", re.IGNORECASE)
# Lines seen on so many sites are nobody's header.
_SITES = 5


@dataclass(frozen=True)
class RealPage:
    """One page with the flags of its own article.

    Attributes
    ----------
    site : str
        Registered domain, or the page's id where no address is known.
    blocks : tuple of str
        Visible text, a block a line.
    main : tuple of int
        1 for the article's own paragraphs; headlines, bylines and dates are mostly 0.
    """

    id: str
    site: str
    lang: str
    title: str
    blocks: tuple[str, ...]
    main: tuple[int, ...]
    folder: Path = field(repr=False)

    @property
    def body(self) -> str:
        """The article's own paragraphs."""
        return "\n".join(b for b, own in zip(self.blocks, self.main, strict=True) if own)

    @property
    def html(self) -> str:
        """The markup; all pages' is read at the first use (about 100 MB)."""
        return _markup(self.folder).get(self.id, "")


@cache
def _markup(folder: Path) -> dict[str, str]:
    return {row["id"]: row["html"] for row in _rows(folder / "real_html.jsonl.xz")}


@cache
def _furniture(folder: Path) -> frozenset[str]:
    """Short lines that stand around the articles of several sites."""
    path = folder / "furniture_by_zone.json.xz"
    if not path.exists():
        return frozenset()
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        zones: dict[str, dict[str, int]] = json.load(lines)
    return frozenset(line for zone in zones.values() for line, n in zone.items() if n >= _SITES)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def _site(row: dict[str, Any]) -> str:
    match = _HOST.match(row.get("url") or "")
    return registered_domain(match[1].removesuffix(".html")) if match else str(row["id"])


def read_real_pages(folder: Path) -> list[RealPage]:
    """All pages of ``real_main.jsonl.xz``."""
    return [
        RealPage(
            id=row["id"],
            site=_site(row),
            lang=row["lang"] or "und",
            title=row["title"] or "",
            blocks=tuple(row["blocks"]),
            main=tuple(row["main"]),
            folder=folder,
        )
        for row in _rows(folder / "real_main.jsonl.xz")
    ]


def fold(site: str, n: int) -> int:
    """One of n folds, by the site alone, so that no site is in two."""
    return int(fraction(site, 11) * n)


def as_labelled(page: RealPage) -> LabelledPage | None:
    """A page as one story from its header to its last own paragraph, everything else outside.

    Pages that hold more stories than one are labelled wrongly by this; those that are known are
    in `read_multistory` and `read_hand_labels`, and have to be taken from there.

    Returns
    -------
    LabelledPage or None
        None where the page's own article was not found among its blocks.
    """
    titles = page_titles(page.html, page.title)
    found = label_blocks(
        page.blocks,
        page.main,
        titles,
        furniture=_furniture(page.folder),
        above=[line for one in titles.headings[:1] for line in kickers(page.html, one)],
    )
    if found is None:
        return None
    start, inside = found
    spans = [at for at, own in enumerate(inside) if not own]
    return replace(_labelled(page, page.blocks, [start], spans, kind="real"), body=page.body)


def _labelled(
    page: RealPage, blocks: Sequence[str], starts: Iterable[int], outside: Iterable[int], kind: str
) -> LabelledPage:
    """Block indexes as offsets into the blocks joined by line breaks."""
    offsets = [0]
    for block in blocks:
        offsets.append(offsets[-1] + len(block) + 1)
    spans: list[tuple[int, int]] = []
    before = -2
    for at in outside:
        if not blocks[at]:
            continue
        if spans and not any(blocks[before + 1 : at]):
            spans[-1] = (spans[-1][0], offsets[at + 1] - 1)
        else:
            spans.append((offsets[at], offsets[at + 1] - 1))
        before = at
    return LabelledPage(
        id=page.id,
        text="\n".join(blocks),
        starts=[offsets[at] + len(blocks[at]) - len(blocks[at].lstrip()) for at in starts],
        outside=spans,
        kind=kind,
        lang=page.lang,
        outlets=(page.site,),
        articles=(page.id,),
    ).check()


def _spanned(spans: Iterable[Sequence[int]], size: int) -> list[int]:
    return sorted({at for a, b in spans for at in range(a, min(b, size))})


def read_multistory(folder: Path) -> list[LabelledPage]:
    """The pages of several stories or teasers that came labelled by hand with the data."""
    pages: list[LabelledPage] = []
    for row in _rows(folder / "real_multistory.jsonl.xz"):
        blocks = row["blocks"]
        page = RealPage(row["id"], _site(row), row["lang"] or "und", "", (), (), folder)
        first = row["story_starts"][0]
        last = row["furniture_from"]
        # Stories further down than the furniture's beginning (teasers) are stories all the same.
        below = [start for start in row["story_starts"] if start >= last]
        spans = [*row["furniture_spans"], [0, first], [last, below[0] if below else len(blocks)]]
        outside = [at for at in _spanned(spans, len(blocks)) if at not in row["story_starts"]]
        pages.append(_labelled(page, blocks, row["story_starts"], outside, f"real_{row['kind']}"))
    return pages


def read_hand_labels(
    folder: Path, *, labels: Path = _LABELS, ambiguous: bool = True, drafted: bool = True
) -> list[LabelledPage]:
    """Our own hand labels of pages in ``real_main.jsonl.xz``.

    Parameters
    ----------
    ambiguous : bool
        Also those of which a careful reader could think otherwise.
    drafted : bool
        Also those that began as an automatic label and were mended.
    """
    pages = {page.id: page for page in read_real_pages(folder)}
    made: list[LabelledPage] = []
    for row in _labels(labels / "real_multistory.jsonl"):
        if row["id"] not in pages or (row.get("ambiguous") and not ambiguous):
            continue
        if row.get("drafted") and not drafted:
            continue
        page = pages[row["id"]]
        outside = _spanned(row["outside"], len(page.blocks))
        label = _labelled(page, page.blocks, row["story_starts"], outside, f"real_{row['kind']}")
        if len(label.starts) == 1:  # of several the flags do not tell which one they mean
            flags = (own and at not in outside for at, own in enumerate(page.main))
            label = replace(label, body=replace(page, main=tuple(flags)).body)
        made.append(label)
    return made


def read_all(folder: Path) -> list[LabelledPage]:
    """Every real page once: by hand where a person labelled it, else automatically."""
    by_hand = [*read_multistory(folder), *read_hand_labels(folder)]
    known = {page.id for page in by_hand}
    made = (as_labelled(page) for page in read_real_pages(folder) if page.id not in known)
    return [*by_hand, *(page for page in made if page is not None)]


def read_newsletters(folder: Path, *, labels: Path = _LABELS) -> list[LabelledPage]:
    """Our own hand labels of e-mail digests; blank lines go, as the labels do not count them."""
    rows = {row["id"]: row for row in _rows(folder / "newsletters_en.jsonl.xz")}
    pages: list[LabelledPage] = []
    for row in _labels(labels / "newsletters.jsonl"):
        blocks = [line for line in rows[row["id"]]["text"].split("\n") if line.strip()]
        page = RealPage(row["id"], "spotlightpa.org", "en", "", (), (), folder)
        outside = _spanned(row["outside"], len(blocks))
        pages.append(_labelled(page, blocks, row["starts"], outside, "real_newsletter"))
    return pages


def _labels(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def agreement(pages: Collection[RealPage], hand: Iterable[LabelledPage]) -> dict[str, Any]:
    """How the automatic labels compare with the hand labels of the same pages."""
    by_id = {page.id: page for page in pages}
    starts: list[bool] = []
    same = total = 0
    wrong: list[str] = []
    for truth in hand:
        made = as_labelled(by_id[truth.id]) if truth.id in by_id else None
        if made is None:
            continue
        starts.append(made.starts[:1] == truth.starts[:1])
        if not starts[-1]:
            wrong.append(truth.id)
        if len(truth.starts) == 1:
            marks = [bytearray(len(truth.text)) for _ in range(2)]
            for mark, one in zip(marks, (made, truth), strict=True):
                for a, b in one.outside:
                    mark[a:b] = b"\1" * (b - a)
            same += sum(a == b for a, b in zip(*marks, strict=True))
            total += len(truth.text)
    return {
        "pages": len(starts),
        "first start exact": sum(starts) / max(1, len(starts)),
        "characters alike, one-story pages": same / max(1, total),
        "starts that differ": wrong,
    }


def main() -> None:
    """Print the agreement with both sets of hand labels."""
    parser = argparse.ArgumentParser(prog="python -m training.real", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    pages = read_real_pages(folder)
    for name, hand in (
        ("with the data", read_multistory(folder)),
        # Those that were drafted automatically were chosen because the draft was wrong.
        ("our own", read_hand_labels(folder, drafted=False)),
    ):
        print(name, json.dumps(agreement(pages, hand), indent=1))
